package cli

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"

	"carapace/schema"
	"carapace/schema/text"
)

// session is a service that is running, and what it tells.
type session struct {
	*app
	service  Service
	end      func() // closes the service, once
	progress chan schema.Progress
	finished chan schema.Finished
	changed  chan schema.StatusChanged
	log      chan schema.LogLine
	checks   chan schema.Check
	canceled bool // what is waited for was canceled by this command: that is what was asked for
}

// backlog is how much the service may tell before somebody who waits for it shows it.
// Of all but ends, what does not fit is left out.
const backlog = 256

// with runs a command on a service of its own, which ends with it.
func (a *app) with(ctx context.Context, do func(context.Context, *session) error) error {
	s := &session{
		app:      a,
		progress: make(chan schema.Progress, backlog), finished: make(chan schema.Finished, backlog),
		changed: make(chan schema.StatusChanged, backlog), log: make(chan schema.LogLine, 32*backlog), checks: make(chan schema.Check, backlog),
	}
	var err error
	if s.service, err = a.Open(s); err != nil {
		return asRefusal(err)
	}
	s.end = sync.OnceFunc(s.service.Close)
	defer s.end()
	return do(ctx, s)
}

// asRefusal is an error as one that has a kind.
func asRefusal(err error) error {
	if known := (*schema.Error)(nil); errors.As(err, &known) {
		return err
	}
	return schema.Fail(schema.KindInternal, &text.RequestFailed, text.Args{"words": err.Error()})
}

// offer leaves a value in a channel that has room for it.
func offer[T any](c chan T, v T) {
	select {
	case c <- v:
	default:
	}
}

// Progress is part of Listener.
func (s *session) Progress(p schema.Progress) { offer(s.progress, p) }

// Finished is part of Listener.
func (s *session) Finished(f schema.Finished) { offer(s.finished, f) }

// Checked is part of Listener.
func (s *session) Checked(c schema.Check) { offer(s.checks, c) }

// ConfigChanged is part of Listener. No command waits for it.
func (s *session) ConfigChanged(schema.ConfigChanged) {}

// TunnelClosed is part of Listener. No command opens one.
func (s *session) TunnelClosed(schema.TunnelClosed) {}

// WatchChanged is part of Listener. No command waits for a continuous sync.
func (s *session) WatchChanged(schema.VaultWatchChanged) {}

// StatusChanged is part of Listener.
func (s *session) StatusChanged(c schema.StatusChanged) { offer(s.changed, c) }

// Log is part of Listener. The lines of operations come as well, also of those that other processes drive.
func (s *session) Log(l schema.LogLine) {
	if l.Subscription == subscription {
		offer(s.log, l)
	}
}

// call carries out a method of the protocol. The error is a *schema.Error.
func call[P, R any](ctx context.Context, s *session, m schema.Method[P, R], p P) (result R, err error) {
	err = s.carryOut(ctx, "", m.Name, &p, &result)
	return result, err
}

// callWaiting is call of a method that takes seconds: what goes on is shown meanwhile.
func callWaiting[P, R any](ctx context.Context, s *session, what string, m schema.Method[P, R], p P) (result R, err error) {
	err = s.carryOut(ctx, what, m.Name, &p, &result)
	return result, err
}

// carryOut is callWaiting without the types: what follows here is not made anew for each method. params and result are
// pointers; what is "" where nothing is shown.
func (s *session) carryOut(ctx context.Context, what, method string, params, result any) error {
	if what != "" {
		defer s.waiting(what)()
	}
	written, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answer, err := s.ask(ctx, method, written)
	if err == nil {
		reflect.ValueOf(result).Elem().Set(reflect.ValueOf(answer))
	}
	return err
}

// ask carries out a method with params in JSON. A --name that the person gave goes with
// every method that takes a name: left out, the name is that of the one server there is,
// which may be another.
func (s *session) ask(ctx context.Context, method string, params []byte) (any, error) {
	if name := s.given.Lookup("name"); name != nil && name.Changed && takesName(method) {
		members := map[string]json.RawMessage{}
		if err := json.Unmarshal(params, &members); err == nil && members["name"] == nil {
			members["name"], _ = json.Marshal(name.Value.String())
			params, _ = json.Marshal(members)
		}
	}
	return s.service.Call(ctx, method, params)
}

// takesName reports whether a method's params have the name of a server.
func takesName(method string) bool {
	for _, m := range schema.Methods {
		if m.Name == method {
			return m.Named
		}
	}
	return false
}

// join is the operation of a kind that a refusal says stands in the way of another of that kind: asked for again, it is the one that is
// waited for. It may have ended since.
func (s *session) join(ctx context.Context, refusal error, kind schema.OperationKind) (schema.Operation, bool) {
	why := (*schema.Error)(nil)
	if !errors.As(refusal, &why) || why.Operation == "" {
		return schema.Operation{}, false
	}
	op, err := call(ctx, s, schema.OperationGet, schema.OperationGetParams{ID: why.Operation})
	return op, err == nil && op.Kind == kind
}

// await shows how an operation gets on, until its end, and returns that. The error is
// that of ctx: the operation goes on, and the person was told what that means.
func (s *session) await(ctx context.Context, accepted schema.OperationResult) (schema.Finished, error) {
	if !s.asJSON {
		s.screen.Begin()
	}
	for {
		select {
		case <-ctx.Done():
			s.interrupted(accepted)
			return schema.Finished{}, ctx.Err()
		case p := <-s.progress:
			if p.Operation == accepted.Operation.ID && !s.asJSON {
				s.screen.Progress(p)
			}
		case end := <-s.finished:
			if end.Operation.ID == accepted.Operation.ID {
				return end, nil
			}
		}
	}
}

// seeThrough waits for what was accepted, and shows how it ended.
func (s *session) seeThrough(ctx context.Context, accepted schema.OperationResult) error {
	return s.shown(s.await(ctx, accepted))
}

// shown shows the end of an operation that was waited for, to a person or a program. The error is why the wait ended without it.
func (s *session) shown(end schema.Finished, err error) error {
	if err != nil {
		return err
	}
	if s.asJSON {
		s.print(end)
	}
	return s.ended(end)
}

// ended shows a person how an operation has ended, and what there is now. The error is errShown where that is not what was asked for.
func (s *session) ended(end schema.Finished) error {
	op := end.Operation
	if s.canceled && op.State == schema.OperationCanceled {
		op.State = schema.OperationSucceeded
	}
	if !s.asJSON {
		s.screen.Ended(op, end.Cluster.Warnings)
		s.left(end)
	}
	unusable := end.Cluster.Status == schema.StatusError && op.Kind != schema.OperationDestroy // what was to go is not to be used
	if op.State != schema.OperationSucceeded || unusable {
		return errShown
	}
	return nil
}

// left says what there is after an operation: the machine, or, where it failed or left
// an error, the whole sentence, which says what goes on costing.
func (s *session) left(end schema.Finished) {
	switch {
	case end.Operation.Kind == schema.OperationInstall:
	case end.Cluster.Status == schema.StatusError, end.Operation.State != schema.OperationSucceeded:
		if rest := strings.TrimSpace(strings.Replace(end.Cluster.Description, end.Operation.Message, "", 1)); rest != "" {
			s.screen.Line("  " + rest)
		}
	case end.Cluster.Status != schema.StatusNoServer:
		s.screen.Machine(end.Cluster)
	}
}

// interrupted says what an interrupted command leaves: what goes on, what that costs,
// and how to see or end it.
func (s *session) interrupted(accepted schema.OperationResult) {
	s.screen.Rest()
	if s.asJSON {
		s.print(accepted)
		return
	}
	op, spends := accepted.Operation, ""
	switch {
	case op.Kind == schema.OperationInstall:
	case s.Simulated():
		spends = " " + text.MoneySimulated.Message
	default:
		spends = " " + s.spends(accepted.Cluster)
	}
	s.screen.Last("\nInterrupted. What was begun is handed over …")
	s.end() // what is said now is true only after that
	s.screen.Line(s.goesOn(op.Kind) + spends)
	s.offerSight(op.Kind)
	if op.Kind == schema.OperationLaunch && !s.canceled {
		s.screen.Line("To end it, and remove what it made:")
		s.screen.Raw("  " + s.command("cancel"))
	}
}

// offerSight names the command that shows what goes on, as a line to be copied. The status is a server's: of an installation it tells
// nothing.
func (s *session) offerSight(kind schema.OperationKind) {
	shows := "status"
	if kind == schema.OperationInstall {
		shows = "wait"
	}
	s.screen.Line("To see how it stands, and take it up:")
	s.screen.Raw("  " + s.command(shows))
}

// spends is what a server costs, in the service's words, as far as it is known by now.
func (s *session) spends(c schema.Cluster) string {
	now, err := call(context.Background(), s, schema.ClusterStatus, schema.StatusParams{Name: c.Name})
	if err != nil {
		now = c
	}
	return now.Costs.Sentence
}

// goesOn says what becomes of an operation that is not waited for any more. One that this command canceled does not go on: its end does.
func (s *session) goesOn(kind schema.OperationKind) string {
	what, atCloud := string(kind), kind != schema.OperationSync && kind != schema.OperationInstall
	if kind == schema.OperationInstall {
		what = "installation"
	}
	switch {
	case s.canceled && atCloud:
		return "The " + what + " is being canceled. That goes on at the cloud without this program."
	case s.canceled:
		return "The " + what + " is being canceled. The next command takes that up."
	case !atCloud:
		return "The " + what + " is left where it is, and the next command takes it up."
	}
	return "The " + what + " goes on at the cloud without this program."
}
