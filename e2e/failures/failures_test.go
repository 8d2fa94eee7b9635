//go:build e2e

// Package failures produces what can go wrong with the real SkyPilot CLI, in the lab,
// and holds what a person is told of it to docs/failures.md, which it also writes.
package failures

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// failure is one row of docs/failures.md: produced in the lab, and what the user
// then saw.
type failure struct {
	name string
	how  string      // the lab's commands, or what else was done
	kind schema.Kind // empty: nothing failed, and a person is told what happened
	// status is what the server is said to be afterwards; empty: either is right.
	status schema.Status
	// holds is what the message, or the description, must hold: the provider's own
	// words, mostly.
	holds string
	// produce makes it happen and returns what the user is told.
	produce func(f *failing, t *testing.T) *schema.Error
}

// theme is a part of the table with a sidecar and a stage of its own. Within it
// the order spares launches: a failure goes on from what the one before it left.
type theme struct {
	name  string
	title string // in the documentation
	slow  bool   // only with E2E_FAILURES=all
	on    string // the cloud, by SkyPilot's id; empty is AWS
	rows  []failure
}

var themes = append([]theme{
	{name: "Here", title: "On this computer", rows: hereFailures},
	{name: "Refused", title: "The cloud refuses", rows: refusedFailures},
	{name: "Launch", title: "A machine is there, and the launch fails", rows: launchFailures},
	{name: "Running", title: "While the server is there", rows: runningFailures},
	{name: "Outside", title: "Others change it", rows: outsideFailures},
	{name: "Slow", title: "What takes SkyPilot many minutes", slow: true, rows: slowFailures},
}, otherClouds()...)

// failing is the stage of these tests: one sidecar, one server. A row that needs
// another sidecar puts it in the place of the theme's until its end.
type failing struct {
	lab.World
	*scenario.Peer
	patience time.Duration
}

// Patience is how long an operation may take, at the very most.
func (f *failing) Patience() time.Duration { return f.patience }

// TestMain leaves the lab alone where no failures are asked for.
func TestMain(m *testing.M) {
	if os.Getenv("E2E_FAILURES") == "" {
		os.Exit(m.Run())
	}
	os.Exit(lab.Main(m))
}

// TestFailures produces each failure with the real SkyPilot and holds what the
// user sees to the documentation.
func TestFailures(t *testing.T) {
	asked := os.Getenv("E2E_FAILURES")
	if asked == "" {
		t.Skip("set E2E_FAILURES=1 to produce the failures, E2E_FAILURES=all for the slow ones too")
	}
	for _, theme := range themes {
		t.Run(theme.name, func(t *testing.T) {
			if theme.slow && asked != "all" {
				t.Skip("set E2E_FAILURES=all: each of these takes SkyPilot many minutes")
			}
			theme.play(t)
		})
	}
}

// play produces a theme's failures.
func (th theme) play(t *testing.T) {
	f := &failing{patience: lab.World{}.Patience()}
	if th.slow {
		f.patience = time.Hour
	}
	if th.on != "" {
		c, known := scenario.CloudOf(th.on)
		if !known {
			t.Fatalf("the suite knows no cloud %q", th.on)
		}
		f.On = c
		f.OpenAccount(t)
	}
	f.healAll(t)
	f.Clear(t)
	t.Cleanup(func() { f.healAll(t); f.Clear(t) })
	main := scenario.Start(t, f.Command(t, scenario.NewStage(t, t.TempDir())))
	for _, c := range th.rows {
		t.Run(c.name, func(t *testing.T) {
			f.Peer = main
			defer f.healAll(t)
			e := c.produce(f, t)
			status := scenario.Call(t, f.Peer, schema.ClusterStatus, schema.StatusParams{Name: scenario.ClusterName})
			f.healAll(t)
			c.check(t, e, status)
			f.truthful(t, e, status)
			t.Logf("%s: %s\n%s", e.Kind, e.Message, e.Detail) // what to record for the unit tests
			if !t.Failed() {
				c.document(t, c.row(e, status))
			}
		})
	}
}

func (c failure) check(t *testing.T, e *schema.Error, status schema.Cluster) {
	t.Helper()
	if e == nil {
		t.Fatal("there was no error")
	}
	if e.Kind != c.kind || !strings.Contains(e.Message+" "+status.Description, c.holds) || e.Kind != "" && e.Hint == "" {
		t.Errorf("got %s: %s (hint: %s; detail: %s), want %s with %q", e.Kind, e.Message, e.Hint, e.Detail, c.kind, c.holds)
	}
	if c.status != "" && status.Status != c.status {
		t.Errorf("the server is %s (%s), want %s", status.Status, status.Description, c.status)
	}
	for _, never := range []string{"\x1b", "Traceback", "see log", "exit status", "exit code"} {
		if strings.Contains(e.Message+status.Description, never) {
			t.Errorf("what is said holds %q: %s %s", never, e.Message, status.Description)
		}
	}
}

// truthful holds what is said about money to what the cloud has.
func (f *failing) truthful(t *testing.T, e *schema.Error, status schema.Cluster) {
	t.Helper()
	said := strings.ToLower(status.Description + " " + e.Message + " " + e.Hint)
	there := f.Instances(t, scenario.Stage{})
	nothing := strings.Contains(said, "no machine is left") || strings.Contains(said, "nothing costs money") || strings.Contains(said, "nothing of it costs money")
	if nothing && len(there) > 0 {
		t.Errorf("it is said that nothing costs money, and the cloud has %v: %s %s", there, status.Description, e.Message)
	}
	if len(there) > 0 && status.Status == schema.StatusError && !strings.Contains(said, "cost") {
		t.Errorf("nobody says that it costs money, and the cloud has %v: %s %s", there, status.Description, e.Message)
	}
	if len(there) == 0 && strings.Contains(said, "the machine runs and costs money") {
		t.Errorf("it is said that a machine runs, and the cloud has none: %s %s", status.Description, e.Message)
	}
}

func (f *failing) healAll(t testing.TB) {
	t.Helper()
	lab.Must(t, "heal")
	lab.Must(t, "keys", "testing", "testing")
}

// guest puts another sidecar, on a stage of its own, in the place of the theme's
// until the row's end; variables go before its own.
func (f *failing) guest(t *testing.T, variables ...string) {
	t.Helper()
	f.guestOn(t, scenario.NewStage(t, t.TempDir()), nil, variables...)
}

func (f *failing) guestOn(t *testing.T, stage scenario.Stage, flags []string, variables ...string) {
	t.Helper()
	command := f.Command(t, stage)
	command.Args, command.Env = append(command.Args, flags...), append(command.Env, variables...)
	f.Peer = scenario.Start(t, command)
}

// launch asks for a launch and returns how it ended, or the refusal.
func (f *failing) launch(t *testing.T, change ...func(*schema.Spec)) (schema.Finished, *schema.Error) {
	t.Helper()
	got, refusal := scenario.Try(t, f.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: f.Cloud().Small(change...)})
	if refusal != nil {
		return schema.Finished{}, refusal
	}
	return f.end(t, got.Operation.ID), nil
}

// fails is a launch that must not succeed.
func (f *failing) fails(t *testing.T, change ...func(*schema.Spec)) *schema.Error {
	t.Helper()
	end, refusal := f.launch(t, change...)
	if refusal != nil {
		return refusal
	}
	return end.Operation.Error
}

// runs makes sure that there is a server that runs.
func (f *failing) runs(t *testing.T, change ...func(*schema.Spec)) {
	t.Helper()
	now := scenario.Call(t, f.Peer, schema.ClusterStatus, schema.StatusParams{Name: scenario.ClusterName, Refresh: true})
	switch now.Status {
	case schema.StatusRunning:
		return
	case schema.StatusStopped, schema.StatusError:
		if now.Error != nil && now.LaunchedAt.IsZero() {
			// Of a launch that left no machine. Where the cloud may have made one nothing is launched beside it; after it was taken off the
			// list SkyPilot takes over what it finds.
			if now.Machine == schema.MachineUnknown {
				scenario.Call(t, f.Peer, schema.ClusterForget, schema.NameParams{Name: scenario.ClusterName})
			}
			break
		}
		got, refusal := scenario.Try(t, f.Peer, schema.ClusterStart, schema.StartParams{Name: scenario.ClusterName})
		if refusal != nil {
			t.Fatal(refusal)
		}
		if end := f.end(t, got.Operation.ID); end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("the start ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		return
	}
	if end, refusal := f.launch(t, change...); refusal != nil || end.Operation.State != schema.OperationSucceeded {
		t.Fatalf("the launch ended %s: %s %v", end.Operation.State, end.Operation.Message, refusal)
	}
}

func (f *failing) end(t *testing.T, id string) schema.Finished {
	t.Helper()
	return scenario.Await(t, f.Peer, schema.OperationFinished, "the end of "+id, f.Patience(),
		func(e schema.Finished) bool { return e.Operation.ID == id })
}

// becomes waits until the server is said to be in a state, after the mark.
func (f *failing) becomes(t *testing.T, mark int, want schema.Status) schema.Cluster {
	t.Helper()
	return scenario.AwaitAfter(t, f.Peer, mark, schema.ClusterStatusChanged, "status "+string(want), f.Patience(),
		func(c schema.StatusChanged) bool { return c.Cluster.Status == want }).Cluster
}

// gone makes sure that there is no server.
func (f *failing) gone(t *testing.T) {
	t.Helper()
	got := scenario.Call(t, f.Peer, schema.ClusterDestroy, schema.DestroyParams{Name: scenario.ClusterName})
	if end := f.end(t, got.Operation.ID); end.Operation.State != schema.OperationSucceeded {
		t.Fatalf("the destroy ended %s: %s", end.Operation.State, end.Operation.Message)
	}
}

func launchOf(change func(*schema.Spec)) func(*failing, *testing.T) *schema.Error {
	return func(f *failing, t *testing.T) *schema.Error { return f.fails(t, change) }
}

func launchUnder(place, code, words string) func(*failing, *testing.T) *schema.Error {
	return func(f *failing, t *testing.T) *schema.Error {
		lab.Must(t, "fault", place, code, words)
		return f.fails(t)
	}
}

// away renames files of the lab's home until the row's end.
func away(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(lab.Home(t), "home", name)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Rename(path+".away", path); err != nil {
				t.Error(err)
			}
		})
	}
}
