package operation

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"carapace/provision/backend"
	"carapace/provision/cloud"
	"carapace/provision/cloud/credentials"
	"carapace/provision/hostkeys"
	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/mirror"
	"carapace/provision/oplog"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/provision/task"
	"carapace/schema"
	"carapace/skysim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const server = "carapace-node"

// world is a simulated cloud with one state folder, for any number of processes.
type world struct {
	t      *testing.T
	dir    string
	runner sky.Runner
}

// process is a Runner with what it needs, as one process would have it.
type process struct {
	*Runner
	t *testing.T
}

// silent is a store.Notifier that keeps nothing.
type silent struct{}

func (silent) StatusChanged(schema.StatusChanged)    {}
func (silent) Progress(schema.Progress)              {}
func (silent) Log(schema.LogLine)                    {}
func (silent) Finished(schema.Finished)              {}
func (silent) WatchChanged(schema.VaultWatchChanged) {}
func (silent) Checked(schema.Check)                  {}
func (silent) ConfigChanged(schema.ConfigChanged)    {}
func (silent) TunnelClosed(schema.TunnelClosed)      {}

// inWorld runs a test on fake time: a launch of seventy seconds takes none.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		test(&world{t: t, dir: dir, runner: skysim.InProcess(filepath.Join(dir, "cloud"), skysim.Options{Scale: 1})})
	})
}

// start begins a process over a state folder, which the test's end closes. Nothing
// looks at the cloud by itself, and nothing is resumed.
func (w *world) start(folder string) *process {
	w.t.Helper()
	return w.startTelling(folder, silent{})
}

// startTelling is start of a process whose host hears what happens.
func (w *world) startTelling(folder string, notifier store.Notifier) *process {
	w.t.Helper()
	endpoint := host.Endpoint{URL: "simulated:" + w.dir, Local: true}
	leases, log, redactor := filepath.Join(w.dir, "leases"), slog.New(slog.DiscardHandler), &redact.Redactor{}
	group, hostKeys := supervisor.New(log), hostkeys.In(filepath.Join(leases, "hostkeys"))
	s, err := store.Open(store.Options{
		Dir: filepath.Join(w.dir, folder), Configured: server, Endpoint: endpoint.URL, Notifier: notifier,
		Records: journal.NewRecords(filepath.Join(leases, "servers"), endpoint.URL), Redactor: redactor, Log: log, Life: group.Context(),
		Ended: hostKeys.Forget,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	timing := Timing{
		Heartbeat: 8 * time.Second, JobInterval: 2 * time.Second, Retry: 3 * time.Second, Quiet: 30 * time.Second, Wait: 30 * time.Second,
		Short: time.Minute, APIServer: time.Minute, Refresh: time.Minute, Submit: time.Minute, Provision: 30 * time.Minute,
		Patience: time.Hour, Setup: 30 * time.Minute, Change: 10 * time.Minute, Sync: time.Hour,
	}
	skyPilot := backend.New(backend.Options{
		Store: s, Group: group, Log: log, Redactor: redactor, Endpoint: endpoint, Runner: w.runner, Simulated: true,
		Environment: credentials.Environment{
			Home: skysim.Home(filepath.Join(w.dir, "cloud")), Getenv: func(string) string { return "" }, ReadFile: os.ReadFile,
		},
		Locate:      func(context.Context) (string, *schema.Error) { return "/usr/bin/sky", nil },
		APIServerUp: func(context.Context) (bool, *schema.Error) { return true, nil },
		RequestEnd:  skysim.Control{Dir: filepath.Join(w.dir, "cloud")}.RequestEnd,
		AnswersSSH:  skysim.Control{Dir: filepath.Join(w.dir, "cloud")}.AnswersSSH,
		Account:     func(cloud.Cloud, string) string { return "the account" },
		Timing:      backend.Timing{Short: timing.Short, APIServer: timing.APIServer, Refresh: timing.Refresh},
	})
	p := &process{t: w.t, Runner: New(Options{
		Store: s, Group: group, Log: log, SkyPilot: skyPilot, Leases: journal.NewLeases(leases, endpoint.URL), Timing: timing,
		Boot: func() lifecycle.Boot { return lifecycle.Boot{} }, WatchFor: func(string) {}, OnEnd: func(bool) {}, Mirrors: mirror.New(skyPilot, hostKeys, nil), Logs: oplog.In(filepath.Join(w.dir, "logs"), log),
	})}
	s.Announce(p.OnStateChange)
	w.t.Cleanup(p.die)
	return p
}

// die ends the process as one that is killed does: nothing is waited for but its
// goroutines. It may be called twice.
func (p *process) die() {
	p.Detach()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	p.group.Close(ctx)
}

// launch begins a launch on AWS.
func (p *process) launch() *lifecycle.Operation {
	p.t.Helper()
	spec := schema.Spec{Name: server, Cloud: "aws"}.WithDefaults()
	yaml, err := task.Render(task.Input{Spec: spec})
	if err != nil {
		p.t.Fatal(err)
	}
	result, err := p.Begin(context.Background(), Request{
		Kind: schema.OperationLaunch, Cluster: server, Task: yaml,
		Fill: func(st *lifecycle.State, op *lifecycle.Operation) {
			st.BeginLaunch(op, spec, schema.Vaults{}, "the account")
		},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return &lifecycle.Operation{Operation: result.Operation}
}

// begin begins an operation that needs nothing but the server.
func (p *process) begin(kind schema.OperationKind) *lifecycle.Operation {
	p.t.Helper()
	result, err := p.Begin(context.Background(), Request{Kind: kind, Cluster: server})
	if err != nil {
		p.t.Fatal(err)
	}
	return &lifecycle.Operation{Operation: result.Operation}
}

// launched begins a process with a running server.
func (w *world) launched() *process {
	w.t.Helper()
	p := w.start("state")
	p.wantEnd(p.launch(), schema.OperationSucceeded)
	return p
}

// wantEnd waits, in fake time, until an operation has ended, and its driver too.
func (p *process) wantEnd(op *lifecycle.Operation, want schema.OperationState) lifecycle.Operation {
	p.t.Helper()
	for range 100_000 {
		p.store.Reload()
		ended := p.store.Operation(op.ID)
		if !ended.Ended() || p.driverOf(op.ID) != nil {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if ended.State != want {
			p.t.Errorf("the %s ended %s: %+v", ended.Kind, ended.State, ended.Error)
		}
		return ended
	}
	p.t.Fatalf("the %s did not end", op.Kind)
	return lifecycle.Operation{}
}

func (p *process) wantStatus(want schema.Status) {
	p.t.Helper()
	if c, _ := p.store.Cluster(server); c.Status != want {
		p.t.Errorf("the server is %s (%s), want %s", c.Status, c.Description, want)
	}
}
