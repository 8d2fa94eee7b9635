package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/schema"
	"carapace/sidecar/terminal"
)

const (
	server  = "carapace-node"
	command = "the command that destroys it"
)

// noon is when a fake's first operation begins; each takes a minute.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// fake is a service that does at once what it is asked for, and whose course a test
// changes at any call. It is used by one goroutine.
type fake struct {
	t          *testing.T
	host       *Demo
	clock      time.Time
	server     schema.Cluster
	operations []schema.Operation // oldest first
	calls      []string           // of what is more than a question
	problems   []schema.Error     // of a preview
	specs      []schema.Spec      // that were asked about, or launched

	refuse map[schema.OperationKind]*schema.Error // before the operation begins
	fail   map[schema.OperationKind]*schema.Error // at its end
	// then is what happens after an operation of that kind has ended, before the demo
	// does anything else.
	then map[schema.OperationKind]func(*fake)
	// hangs are operations that do not end; the function is called when one has begun.
	hangs map[schema.OperationKind]func()
	// onLook changes what a look finds; nil: nothing.
	onLook func(*fake)
	looks  int
}

func newFake(t *testing.T) *fake {
	return &fake{t: t, clock: noon, server: gone()}
}

func gone() schema.Cluster {
	return schema.Cluster{Name: server, Status: schema.StatusNoServer, Description: "There is no server."}
}

// machine is a server that runs since that time.
func machine(created time.Time) schema.Cluster {
	return schema.Cluster{
		Name: server, Status: schema.StatusRunning, Description: "The server is running.",
		CreatedAt: created, LaunchedAt: created.Truncate(time.Second),
	}
}

// begin is every method of a service that begins an operation. after is the server
// when it has succeeded.
func (f *fake) begin(kind schema.OperationKind, after func(schema.Cluster) schema.Cluster) (schema.OperationResult, error) {
	f.calls = append(f.calls, string(kind))
	if refusal := f.refuse[kind]; refusal != nil {
		return schema.OperationResult{}, refusal
	}
	op := schema.Operation{
		ID: fmt.Sprint(kind, len(f.operations)), Kind: kind, Cluster: server,
		State: schema.OperationRunning, StartedAt: f.clock,
	}
	if kind == schema.OperationLaunch {
		f.server = schema.Cluster{Name: server, Status: schema.StatusProvisioning, CreatedAt: f.clock}
	}
	accepted := schema.OperationResult{Operation: op, Cluster: f.server}
	f.operations = append(f.operations, op)
	if hang := f.hangs[kind]; hang != nil {
		hang()
		return accepted, nil
	}
	op.State, op.Message = schema.OperationSucceeded, string(kind)+" succeeded"
	f.server = after(f.server)
	f.clock = f.clock.Add(time.Minute)
	if failure := f.fail[kind]; failure != nil {
		op.State, op.Error, op.Message = schema.OperationFailed, failure, failure.Message
		f.server.Status = schema.StatusError
	}
	op.EndedAt = f.clock
	f.operations[len(f.operations)-1] = op
	f.host.Finished(schema.Finished{Operation: op, Cluster: f.server})
	f.clock = f.clock.Add(time.Minute)
	if then := f.then[kind]; then != nil {
		then(f)
	}
	return accepted, nil
}

func (f *fake) Launch(_ context.Context, p schema.LaunchParams) (schema.OperationResult, error) {
	f.specs = append(f.specs, p.Spec)
	if p.DryRun {
		return schema.OperationResult{}, &schema.Error{Kind: schema.KindClusterActive, Message: "There is a server already."}
	}
	return f.begin(schema.OperationLaunch, func(c schema.Cluster) schema.Cluster {
		if f.fail[schema.OperationLaunch] != nil {
			return c // of which SkyPilot has no record
		}
		return machine(c.CreatedAt)
	})
}

func (f *fake) Stop(context.Context, schema.ChangeParams) (schema.OperationResult, error) {
	return f.begin(schema.OperationStop, func(c schema.Cluster) schema.Cluster { c.Status = schema.StatusStopped; return c })
}

func (f *fake) Start(context.Context, schema.StartParams) (schema.OperationResult, error) {
	return f.begin(schema.OperationStart, func(c schema.Cluster) schema.Cluster {
		c.Status, c.LaunchedAt = schema.StatusRunning, f.clock
		return c
	})
}

func (f *fake) Destroy(_ context.Context, p schema.DestroyParams) (schema.OperationResult, error) {
	if p.Name != server || p.Purge {
		f.t.Errorf("destroy was asked for with %+v", p)
	}
	return f.begin(schema.OperationDestroy, func(schema.Cluster) schema.Cluster { return gone() })
}

func (f *fake) Status(_ context.Context, p schema.StatusParams) (schema.Cluster, error) {
	if p.Refresh {
		f.looks++
		if f.onLook != nil {
			f.onLook(f)
		}
	}
	now := f.server
	now.Costs.Sentence = spending
	return now, nil
}

// spending is what the service says of money.
const spending = "It costs as much as it costs."

func (f *fake) ListOperations(_ context.Context, p schema.OperationListParams) (schema.OperationListResult, error) {
	result := schema.OperationListResult{Operations: slices.Clone(f.operations)}
	slices.Reverse(result.Operations)
	if p.Limit > 0 && len(result.Operations) > p.Limit {
		result.Operations = result.Operations[:p.Limit]
	}
	return result, nil
}

func (f *fake) Preview(_ context.Context, p schema.SpecParams) (schema.PreviewResult, error) {
	f.specs = append(f.specs, p.Spec)
	return schema.PreviewResult{Problems: f.problems}, nil
}

func (f *fake) Estimate(_ context.Context, p schema.EstimateParams) (schema.EstimateResult, error) {
	f.specs = append(f.specs, p.Spec)
	f.calls = append(f.calls, "estimate")
	return schema.EstimateResult{Sentence: "It would be m6i.xlarge on AWS us-west-2: about $0.19 an hour."}, nil
}

// play runs a demo on the fake, and returns what it said and its end.
func (f *fake) play(ctx context.Context, o Options) (text string, ok bool) {
	f.t.Helper()
	var out bytes.Buffer
	o.Name, o.Screen, o.DestroyCommand = server, terminal.New(terminal.Options{Out: &out}), command
	if o.Stdin == nil {
		o.Stdin = strings.NewReader("")
	}
	f.host = New(o)
	ok = f.host.Run(ctx, f)
	return out.String(), ok
}

// unread is a terminal at which nobody types until the test is over.
func unread(t *testing.T) io.Reader {
	in, typed := io.Pipe()
	t.Cleanup(func() { typed.Close() })
	return in
}

// interruptedReader is a terminal whose user presses Ctrl-C instead of answering.
type interruptedReader struct {
	io.Reader
	interrupt func()
}

func (r interruptedReader) Read(p []byte) (int, error) {
	r.interrupt()
	return r.Reader.Read(p)
}
