package provision

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"carapace/e2e/ramdisk"
	"carapace/provision/cloud"
	"carapace/provision/cloud/credentials"
	"carapace/provision/install"
	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
	"carapace/skysim"
)

// TestMain also collects garbage seldom. The tests make much of it in small heaps, so that
// collecting took a third of their processor time; they need some hundred MiB this way.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	ramdisk.Use()
	goleak.VerifyTestMain(m)
}

// recorder is a store.Notifier that keeps all it is told.
type recorder struct {
	mu       sync.Mutex
	statuses []schema.StatusChanged
	progress []schema.Progress
	logs     []schema.LogLine
	finished []schema.Finished
	watches  []schema.VaultWatchChanged
	checks   []schema.Check
	configs  []schema.Config
	tunnels  []schema.TunnelClosed
	order    []string               // "status", "progress", "log" and "finished", as they came
	told     map[string][]time.Time // by operation: when there was progress
}

// longestSilence is the longest time without progress of an operation.
func (r *recorder) longestSilence(op schema.Operation) (longest time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := op.StartedAt
	for _, at := range append(r.told[op.ID], op.EndedAt) {
		longest, last = max(longest, at.Sub(last)), at
	}
	return longest
}

func (r *recorder) StatusChanged(c schema.StatusChanged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statuses, r.order = append(r.statuses, c), append(r.order, "status")
}

func (r *recorder) Progress(p schema.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress, r.order = append(r.progress, p), append(r.order, "progress")
	if r.told == nil {
		r.told = map[string][]time.Time{}
	}
	r.told[p.Operation] = append(r.told[p.Operation], time.Now())
}

func (r *recorder) Log(l schema.LogLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logs, r.order = append(r.logs, l), append(r.order, "log")
}

func (r *recorder) WatchChanged(w schema.VaultWatchChanged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watches = append(r.watches, w)
}

func (r *recorder) ConfigChanged(c schema.ConfigChanged) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.configs = append(r.configs, c.Config)
}

func (r *recorder) TunnelClosed(c schema.TunnelClosed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tunnels = append(r.tunnels, c)
}

func (r *recorder) Checked(c schema.Check) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, c)
}

func (r *recorder) Finished(f schema.Finished) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finished, r.order = append(r.finished, f), append(r.order, "finished")
}

// last returns what the host was last told of a server.
func (r *recorder) last(name string) (c schema.Cluster) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.statuses {
		if s.Cluster.Name == name {
			c = s.Cluster
		}
	}
	return c
}

// ended returns the notification of an operation's end, and how often it came.
func (r *recorder) ended(id string) (end schema.Finished, times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.finished {
		if f.Operation.ID == id {
			end, times = f, times+1
		}
	}
	return end, times
}

// world is a simulated cloud with one state folder, for any number of services.
type world struct {
	t       *testing.T
	dir     string
	control skysim.Control
	runner  sky.Runner
	machine install.Machine // what an installation sees
}

// sidecar is one service in a world, as one process would have it.
type sidecar struct {
	*world
	*Service
	host *recorder
}

// inWorld runs a test on fake time: a launch of seventy seconds takes none.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		for _, vault := range []string{"public", "private"} {
			path := filepath.Join(dir, "project", "data", vault)
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(path, vault+".txt"), []byte(vault), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		sim := filepath.Join(dir, "cloud")
		test(&world{
			t: t, dir: dir, control: skysim.Control{Dir: sim, Scale: 1},
			runner: skysim.InProcess(sim, skysim.Options{Scale: 1}),
			machine: install.Machine{
				Running: func(string) install.Running { return install.Running{Known: true} },
				Free:    func(string) (uint64, error) { return 100 << 30, nil },
			},
		})
	})
}

// patientTiming is RealTiming with fewer looks at the stamps of files. Those were
// most of what a test of hours costs: six system calls for each 300 ms of them.
// Its time is not round: what a test does after five seconds is not at the same
// instant as a look, of which either could come first.
func patientTiming() Timing {
	timing := RealTiming
	timing.Watch = 4100 * time.Millisecond
	return timing
}

// watchful gives a service back the real time between two looks at the stamps of
// files, where a test is about what has to be seen within that.
func watchful(c *Config) { c.Timing.Watch = RealTiming.Watch }

// start begins a service, which the test's end closes. change may alter its
// configuration.
func (w *world) start(change ...func(*Config)) *sidecar {
	w.t.Helper()
	s := w.run(change...)
	w.t.Cleanup(s.stopNow)
	return s
}

// run is start for who closes it himself.
func (w *world) run(change ...func(*Config)) *sidecar {
	w.t.Helper()
	heard := &recorder{}
	cfg := Config{
		StateDir: filepath.Join(w.dir, "state"), ProjectDir: filepath.Join(w.dir, "project"),
		Name: schema.DefaultClusterName, LeaseDir: filepath.Join(w.dir, "leases"),
		Environment: credentials.Environment{
			Home: skysim.Home(filepath.Join(w.dir, "cloud")), Getenv: func(string) string { return "" },
			LookPath: func(string) bool { return true }, ReadFile: func(path string) ([]byte, error) {
				if filepath.Base(path) == "user_hash" { // what SkyPilot itself writes
					return os.ReadFile(path)
				}
				return nil, os.ErrNotExist
			},
		},
		Endpoint: host.Endpoint{URL: "simulated:" + w.dir, Local: true},
		Runner:   w.runner,
		Credentials: func(cloud.Cloud, string) (schema.Credentials, *schema.Error) {
			return schema.Credentials{Present: true}, nil
		},
		Locate:        func(context.Context) (string, *schema.Error) { return "/usr/bin/sky", nil },
		APIServerUp:   func(context.Context) (bool, *schema.Error) { return true, nil },
		RequestEnd:    w.control.RequestEnd,
		AnswersSSH:    w.control.AnswersSSH,
		AskService:    w.control.AskService,
		SkyPilotFiles: w.files(),
		Account:       func(cloud.Cloud, string) string { return "the account" },
		Machine:       w.machine,
		Boot:          func() lifecycle.Boot { return lifecycle.Boot{ID: "this boot", Up: time.Since(booted)} },
		Notifier:      heard, Log: slog.New(slog.DiscardHandler),
		Redactor: &redact.Redactor{}, Timing: patientTiming(), NoFileEvents: true,
	}
	for _, c := range change {
		c(&cfg)
	}
	service, err := New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return &sidecar{w, service, heard}
}

// stopNow ends the service as a dying process does: nothing is waited for but
// its goroutines. It may be called twice.
func (s *sidecar) stopNow() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.Close(ctx)
}

// files are those of SkyPilot's simulated API server.
func (w *world) files() host.ActivityFiles {
	return host.FilesOf(host.Endpoint{Local: true}, host.Host{Home: skysim.Home(filepath.Join(w.dir, "cloud"))})
}

func (w *world) inject(fault, at string) {
	w.t.Helper()
	if err := w.control.Inject(fault, at); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) heal() {
	w.t.Helper()
	if err := w.control.Clear(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) outside(action string) {
	w.t.Helper()
	if err := w.control.Outside(action); err != nil {
		w.t.Fatal(err)
	}
}

// machines counts the machines at the simulated cloud that cost money to run.
func (w *world) machines(state string) (n int) {
	w.t.Helper()
	machines, err := w.control.Machines()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range machines {
		if m.State == state {
			n++
		}
	}
	return n
}

var onAWS = schema.LaunchParams{Spec: schema.Spec{Cloud: "aws"}}

// until waits, in fake time, until an operation has ended, and checks that its
// end is told exactly once and after all else about it.
func (s *sidecar) until(result schema.OperationResult, err error) schema.Finished {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("refused: %v", err)
	}
	id := result.Operation.ID
	for range 100_000 {
		end, times := s.host.ended(id)
		if times > 1 {
			s.t.Fatalf("operation.finished came %d times", times)
		}
		if times == 1 {
			return end
		}
		time.Sleep(100 * time.Millisecond)
	}
	op, _ := s.GetOperation(context.Background(), schema.OperationGetParams{ID: id})
	s.t.Fatalf("the operation did not end: %+v", op)
	return schema.Finished{}
}

// launched is a sidecar with a running server.
func (w *world) launched(change ...func(*Config)) *sidecar {
	w.t.Helper()
	s := w.start(change...)
	if end := s.until(s.Launch(context.Background(), onAWS)); end.Operation.State != schema.OperationSucceeded {
		w.t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
	}
	return s
}

func (s *sidecar) status() schema.Cluster {
	s.t.Helper()
	c, err := s.Status(context.Background(), schema.StatusParams{})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *sidecar) wantStatus(want schema.Status) schema.Cluster {
	s.t.Helper()
	c := s.status()
	if c.Status != want {
		s.t.Fatalf("the status is %s (%s), want %s", c.Status, c.Description, want)
	}
	if c.Description == "" {
		s.t.Fatal("there is no description")
	}
	return c
}

func wantKind(t *testing.T, err error, want schema.Kind) *schema.Error {
	t.Helper()
	e, ok := err.(*schema.Error) //nolint:errorlint // the service wraps none
	if !ok || e == nil {
		t.Fatalf("got %v, want an error of kind %s", err, want)
	}
	if e.Kind != want {
		t.Fatalf("got %s (%s), want %s", e.Kind, e.Message, want)
	}
	if e.Message == "" || e.Hint == "" {
		t.Fatalf("an error without message or hint: %+v", e)
	}
	return e
}

// booted is when the machine was started on which the tests run, by their clock.
var booted = time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)

// leases are the leases that the sidecar takes.
func (s *sidecar) leases() *journal.Leases {
	return journal.NewLeases(s.cfg.LeaseDir, s.cfg.Endpoint.URL)
}

const (
	clustersLog = "state.db-wal"
	requestsLog = "api_server/requests.db-wal"
)

// touch writes to one of SkyPilot's files under a home, as its API server does.
func touch(t *testing.T, home, log string) {
	t.Helper()
	path := filepath.Join(home, ".sky", filepath.FromSlash(log))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("x"); err != nil {
		t.Fatal(err)
	}
}

// wantHonest holds what is said of the server against the cloud.
func (s *sidecar) wantHonest() {
	s.t.Helper()
	c, running, stopped := s.status(), s.machines("running"), s.machines("stopped")
	saysNothing := c.Status == schema.StatusNoServer || strings.Contains(c.Description, "othing costs money") || strings.Contains(c.Description, "Nothing of it costs money")
	switch {
	case running+stopped > 1:
		s.t.Errorf("there are %d machines running and %d stopped", running, stopped)
	case running+stopped > 0 && saysNothing:
		s.t.Errorf("%d machines run, %d are stopped, and it is said: %s: %s", running, stopped, c.Status, c.Description)
	case running > 0 && c.Status == schema.StatusStopped:
		s.t.Errorf("a machine runs, and it is said: %s", c.Description)
	case running == 0 && c.Status == schema.StatusRunning:
		s.t.Errorf("no machine runs, and it is said: %s", c.Description)
	}
}

func (s *sidecar) ask(kind schema.OperationKind) (schema.OperationResult, error) {
	switch kind {
	case schema.OperationLaunch:
		return s.Launch(ctx, onAWS)
	case schema.OperationStart:
		return s.Start(ctx, schema.StartParams{})
	case schema.OperationStop:
		return s.Stop(ctx, schema.ChangeParams{})
	case schema.OperationSync:
		return s.Sync(ctx, schema.SyncParams{})
	}
	return s.Destroy(ctx, schema.DestroyParams{})
}

// becomes waits, in fake time, until the poller has seen a status.
func (s *sidecar) becomes(want schema.Status) schema.Cluster {
	s.t.Helper()
	for range 3600 {
		if c := s.status(); c.Status == want && c.Operation == nil {
			return c
		}
		time.Sleep(time.Second)
	}
	return s.wantStatus(want)
}

// byHand runs `sky` as somebody in a terminal does, and waits for its end.
func (w *world) byHand(args ...string) {
	w.t.Helper()
	if res, err := w.runner.Run(ctx, sky.Call{Program: "sky", Args: args}); err != nil || res.Code != 0 {
		w.t.Fatalf("sky %v: %v, %d: %s", args, err, res.Code, res.Stderr)
	}
}

// becomesWithin waits for a status, and returns how long that took.
func (s *sidecar) becomesWithin(want schema.Status, patience time.Duration) time.Duration {
	s.t.Helper()
	began := time.Now()
	for s.status().Status != want {
		if time.Since(began) > patience {
			s.t.Fatalf("after %s the status is still %s: %s", patience, s.status().Status, s.status().Description)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(began)
}
