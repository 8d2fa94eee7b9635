package main

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carapace/provision"
	"carapace/rpc"
	"carapace/schema"
	"carapace/schema/text"
)

// headStart is how long the service waits for a first request that needs none of it,
// before it is made: making it takes a millisecond of processor time.
const headStart = 5 * time.Millisecond

// binding is what the methods are bound to. All but the service is complete before the
// first request is read.
type binding struct {
	options  options
	outcome  *outcome
	shutdown func()
	language atomic.Pointer[text.Language] // that the host is told things in; nil is English

	need    func()             // says that somebody waits for the service
	needed  chan struct{}      // closed by need
	made    chan struct{}      // closed when what follows is there, which then does not change
	service *provision.Service // nil when it can't start
	refusal error              // then why
}

func newBinding(o options) *binding {
	b := &binding{options: o, outcome: &outcome{}, needed: make(chan struct{}), made: make(chan struct{})}
	b.need = sync.OnceFunc(func() { close(b.needed) })
	return b
}

// open makes the service when it is needed, or when the head start is over.
func (b *binding) open(open func() (*provision.Service, error)) {
	defer close(b.made)
	late := time.NewTimer(headStart)
	defer late.Stop()
	select {
	case <-b.needed:
	case <-late.C:
	}
	b.service, b.refusal = open()
}

// opened waits for the service; its error says why there is none.
func (b *binding) opened(ctx context.Context) (*provision.Service, error) {
	b.need()
	select {
	case <-b.made:
		return b.service, b.refusal
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bind puts every method of the protocol into the table: the one place where
// the names of schema meet the functions of provision.
func bind(t *rpc.Table, b *binding) {
	t.Refusal = b.remedied
	handle(t, schema.Initialize, b.initialize)
	t.First(schema.Initialize.Name) // it sets the language of what comes after it
	handle(t, schema.Discover, func(context.Context, schema.Empty) (schema.OpenRPC, error) {
		return schema.OpenRPCDocument(), nil
	})
	handle(t, schema.Ping, func(context.Context, schema.Empty) (schema.Empty, error) { return schema.Empty{}, nil })
	handle(t, schema.Shutdown, func(context.Context, schema.Empty) (schema.Empty, error) {
		b.shutdown()
		return schema.Empty{}, nil
	})
	serviceMethod(t, b, schema.Doctor, (*provision.Service).Doctor)
	serviceMethod(t, b, schema.SkyPilotCheck, (*provision.Service).CheckSkyPilot)
	serviceMethod(t, b, schema.SkyPilotInstall, (*provision.Service).InstallSkyPilot)
	serviceMethod(t, b, schema.ProviderList, (*provision.Service).Providers)
	serviceMethod(t, b, schema.ProviderCheck, (*provision.Service).CheckProvider)
	serviceMethod(t, b, schema.ProviderRegions, (*provision.Service).Regions)
	serviceMethod(t, b, schema.ProviderSizes, (*provision.Service).Sizes)
	serviceMethod(t, b, schema.ClusterPreview, (*provision.Service).Preview)
	serviceMethod(t, b, schema.ClusterEstimate, (*provision.Service).Estimate)
	serviceMethod(t, b, schema.ClusterLaunch, (*provision.Service).Launch)
	serviceMethod(t, b, schema.ClusterStart, (*provision.Service).Start)
	serviceMethod(t, b, schema.ClusterStop, (*provision.Service).Stop)
	serviceMethod(t, b, schema.ClusterDestroy, (*provision.Service).Destroy)
	serviceMethod(t, b, schema.ClusterSync, (*provision.Service).Sync)
	serviceMethod(t, b, schema.ClusterCancel, withService(b.outcome.cancel))
	serviceMethod(t, b, schema.ClusterStatus, withService(b.status))
	serviceMethod(t, b, schema.ClusterList, (*provision.Service).List)
	serviceMethod(t, b, schema.ClusterLogs, withService(logs))
	serviceMethod(t, b, schema.ClusterConnection, (*provision.Service).Connection)
	serviceMethod(t, b, schema.ClusterCost, (*provision.Service).Cost)
	serviceMethod(t, b, schema.ClusterAutostop, (*provision.Service).SetAutostop)
	serviceMethod(t, b, schema.ClusterForget, (*provision.Service).Forget)
	serviceMethod(t, b, schema.EventList, (*provision.Service).ListEvents)
	serviceMethod(t, b, schema.EventsSince, (*provision.Service).EventsSince)
	serviceMethod(t, b, schema.VaultStatus, (*provision.Service).VaultStatus)
	serviceMethod(t, b, schema.VaultWatching, (*provision.Service).WatchVaults)
	serviceMethod(t, b, schema.TunnelOpen, (*provision.Service).OpenTunnel)
	serviceMethod(t, b, schema.TunnelClose, (*provision.Service).CloseTunnel)
	serviceMethod(t, b, schema.TunnelList, (*provision.Service).ListTunnels)
	serviceMethod(t, b, schema.OperationGet, (*provision.Service).GetOperation)
	serviceMethod(t, b, schema.OperationLog, (*provision.Service).OperationLog)
	serviceMethod(t, b, schema.OperationWait, withService(b.waitForOperation))
	serviceMethod(t, b, schema.OperationList, (*provision.Service).ListOperations)
	serviceMethod(t, b, schema.PollerConfigure, (*provision.Service).ConfigurePoller)
	serviceMethod(t, b, schema.ConfigGet, (*provision.Service).GetConfig)
	serviceMethod(t, b, schema.ConfigSet, (*provision.Service).SetConfig)
	if b.options.simulate {
		serviceMethod(t, b, schema.SimulateInject, (*provision.Service).Inject)
		serviceMethod(t, b, schema.SimulateClear, (*provision.Service).ClearFaults)
		serviceMethod(t, b, schema.SimulateOutside, (*provision.Service).Outside)
	}
}

func handle[P, R any](t *rpc.Table, m schema.Method[P, R], fn func(context.Context, P) (R, error)) {
	t.HandleRaw(m.Name, func(ctx context.Context, params []byte) (any, error) {
		var p P
		ignored, err := decode(m.Strict, params, &p)
		if err != nil {
			return nil, err
		}
		result, err := fn(ctx, p)
		return beside(result, ignored), err
	})
}

// decode decodes a method's params, and returns what of them is ignored.
func decode(strict bool, params []byte, into any) (ignored []string, err error) {
	if strict {
		return nil, rpc.Decode(params, into)
	}
	return rpc.DecodeOpen(params, into)
}

// partly is a result of a request that has members which this version does not know.
type partly struct {
	result  any
	ignored []string
}

// beside is a result with the names of what was ignored, if anything was.
func beside(result any, ignored []string) any {
	if len(ignored) == 0 {
		return result
	}
	return partly{result, ignored}
}

// MarshalJSON adds a member to the result, which is an object.
func (p partly) MarshalJSON() ([]byte, error) {
	result, err := json.Marshal(p.result)
	if err != nil {
		return nil, err
	}
	ignored, err := json.Marshal(map[string][]string{schema.IgnoredField: p.ignored})
	if err != nil || len(result) == len("{}") {
		return ignored, err
	}
	return slices.Concat(result[:len(result)-1], []byte(","), ignored[1:]), nil
}

// serviceMethod holds the types together, and hands on to what is not made anew for each.
func serviceMethod[P, R any](t *rpc.Table, b *binding, m schema.Method[P, R], fn func(*provision.Service, context.Context, P) (R, error)) {
	b.serve(t, m.Name, m.Strict, fn)
}

// serve is serviceMethod without the types.
func (b *binding) serve(t *rpc.Table, name string, strict bool, method any) {
	t.HandleRaw(name, b.onService(strict, method))
}

// onService calls a method of the service, of the form that serviceMethod holds it to, by reflection. To call each as it is would be 5 kB
// of code for each, copies of params and results for the most part; a call takes half a microsecond longer than such a one.
func (b *binding) onService(strict bool, method any) func(context.Context, []byte) (any, error) {
	fn := reflect.ValueOf(method)
	return func(ctx context.Context, params []byte) (any, error) {
		p := reflect.New(fn.Type().In(2))
		ignored, err := decode(strict, params, p.Interface())
		if err != nil {
			return nil, err
		}
		service, err := b.opened(ctx)
		if err != nil {
			return nil, err
		}
		out := fn.Call([]reflect.Value{reflect.ValueOf(service), reflect.ValueOf(ctx), p.Elem()})
		err, _ = out[1].Interface().(error)
		return beside(out[0].Interface(), ignored), err
	}
}

// withService gives a function of ours the form of a method of the service.
func withService[P, R any](fn func(context.Context, *provision.Service, P) (R, error)) func(*provision.Service, context.Context, P) (R, error) {
	return func(s *provision.Service, ctx context.Context, p P) (R, error) { return fn(ctx, s, p) }
}

// logs reads a log. One that is followed is followed until the end of the requests,
// so that nobody waits for it, and answered with the end that it has then.
func logs(ctx context.Context, s *provision.Service, p schema.LogsParams) (schema.LogsResult, error) {
	if !p.Follow {
		return s.Logs(ctx, p)
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	ended := rpc.Draining(ctx)
	go func() {
		select {
		case <-ended:
			stop()
		case <-following.Done():
		}
	}()
	result, err := s.Logs(following, p)
	if following.Err() != nil && ctx.Err() == nil {
		p.Follow = false
		return s.Logs(ctx, p)
	}
	return result, err
}

// waitForOperation waits until an operation has ended. With the requests the wait ends, too, as
// nobody is there to be told, and is answered with what the operation is then; with --wait
// somebody is.
func (b *binding) waitForOperation(ctx context.Context, s *provision.Service, p schema.OperationWaitParams) (schema.Operation, error) {
	if b.options.wait {
		return s.WaitForOperation(ctx, p, nil)
	}
	return s.WaitForOperation(ctx, p, rpc.Draining(ctx))
}

// oneShotGrace is how long after a request the end of stdin may come that belongs to
// it: `echo REQUEST | sidecar` ends it at once.
const oneShotGrace = 100 * time.Millisecond

// status answers from memory, but for whoever asks this once and has gone: without
// settling for them what a dead process has left, nobody who only asks would ever
// see it end.
func (b *binding) status(ctx context.Context, s *provision.Service, p schema.StatusParams) (schema.Cluster, error) {
	if !b.options.wait && s.Inherited(p.Name) {
		grace := time.NewTimer(oneShotGrace)
		defer grace.Stop()
		select {
		case <-rpc.Draining(ctx):
			s.Settle(ctx, p.Name)
		case <-grace.C:
		}
	}
	return s.Status(ctx, p)
}

// linger blocks until the service has told what there is and, with --wait, until every
// operation that this process drives has ended.
func (b *binding) linger(ctx context.Context) error {
	service, err := b.opened(ctx)
	if err != nil || !b.options.wait {
		return err
	}
	return service.Idle(ctx)
}

// said is what is written in place of a value of the protocol: the same in the host's language.
func (b *binding) said(value any) any {
	language := b.language.Load()
	if language == nil || language == text.English {
		return value
	}
	if p, is := value.(partly); is {
		return partly{schema.In(language, p.result), p.ignored}
	}
	return schema.In(language, value)
}

// initialize sets the language first: its own refusal is in it.
func (b *binding) initialize(_ context.Context, p schema.InitializeParams) (schema.InitializeResult, error) {
	language := text.In(p.Locale)
	b.language.Store(language)
	if p.ProtocolVersion != 0 && p.ProtocolVersion != schema.ProtocolVersion {
		return schema.InitializeResult{}, schema.Fail(schema.KindProtocolUnsupported, &text.ParamsProtocol, text.Args{
			"version": schema.ProtocolVersion, "asked": p.ProtocolVersion,
		}).WithField("protocolVersion")
	}
	v := readVersion()
	result := schema.InitializeResult{
		Name: "carapace-sidecar", Version: v.version, Commit: v.commit,
		ProtocolVersion: schema.ProtocolVersion, Simulated: b.options.simulate,
		Methods: b.methods(), Locale: language.Tag, Locales: text.Tags(),
	}
	for _, n := range schema.Notifications {
		result.Notifications = append(result.Notifications, n.Name)
	}
	return result, nil
}

// errorFor gives the transport's own refusals the form that all errors have.
func (b *binding) errorFor(reason rpc.Reason, err error) rpc.CodedError {
	switch reason {
	case rpc.ReasonInvalidParams:
		refusal := schema.Fail(schema.KindInvalidParams, &text.ParamsWrong, text.Args{"words": err.Error()})
		if at := (*rpc.ParamsError)(nil); errors.As(err, &at) {
			refusal = refusal.WithField(at.Path)
		}
		return refusal
	case rpc.ReasonBusy:
		return schema.Fail(schema.KindBusy, &text.RequestTooMany)
	case rpc.ReasonCanceled:
		return schema.Fail(schema.KindCanceled, &text.RequestCanceled)
	case rpc.ReasonMethodNotFound:
		return b.noSuchMethod(err)
	case rpc.ReasonInternal:
		return schema.Fail(schema.KindInternal, &text.RequestDefect)
	}
	return schema.Fail(schema.KindInvalidParams, &text.ParamsNoMessage, text.Args{"words": err.Error()})
}

// noSuchMethod names the method that may have been meant.
func (b *binding) noSuchMethod(err error) *schema.Error {
	words := "T" + strings.TrimPrefix(err.Error(), "t")
	if unknown := (*rpc.MethodError)(nil); errors.As(err, &unknown) {
		if meant := rpc.Nearest(unknown.Name, b.methods()); meant != "" {
			return schema.Fail(schema.KindInvalidParams, &text.ParamsOtherMethod, text.Args{"words": words, "method": meant})
		}
	}
	return schema.Fail(schema.KindInvalidParams, &text.ParamsNoMethod, text.Args{"words": words})
}

// methods are the names of those that are answered.
func (b *binding) methods() (names []string) {
	for _, m := range schema.Methods {
		if !m.SimulateOnly || b.options.simulate {
			names = append(names, m.Name)
		}
	}
	return names
}
