//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// failuresDoc is the table of what a person sees of each failure. This test
// writes it (UPDATE_DOCS=1) and otherwise holds the sidecar to it.
const failuresDoc = "../docs/failures.md"

// failure is one row: produced in the lab, and what the user then saw.
type failure struct {
	name string
	how  string // the lab's commands, or what else was done
	kind schema.Kind
	// status is what the server is said to be afterwards.
	status schema.Status
	// holds is what the message must hold: the provider's own words, mostly.
	holds string
	// produce makes it happen and returns the error that the user gets.
	produce func(f *failing, t *testing.T) *schema.Error
}

// failing is the stage of these tests: one sidecar, one server.
type failing struct {
	world
	*scenario.Peer
	stage scenario.Stage
}

// The order spares launches: what needs no server comes first, then what a
// running one can suffer, and last what ends it.
var failures = []failure{
	{"No credentials", "the credentials file renamed", schema.KindCredentialsMissing, schema.StatusNoServer, "AWS", (*failing).noCredentials},
	{
		"Quota", "`lab fault RunInstances VcpuLimitExceeded …`", schema.KindQuotaExceeded, schema.StatusError, "vCPU capacity",
		launchUnder("RunInstances@"+scenario.Region, "VcpuLimitExceeded", "You have requested more vCPU capacity than your current vCPU limit of 0 allows."),
	},
	{
		"No capacity", "`lab fault RunInstances InsufficientInstanceCapacity …`", schema.KindCapacityUnavailable, schema.StatusError, "sufficient",
		launchUnder("RunInstances@"+scenario.Region, "InsufficientInstanceCapacity", "We currently do not have sufficient m6i.large capacity in the Availability Zone you requested."),
	},
	{
		"Not permitted", "`lab fault RunInstances UnauthorizedOperation …`", schema.KindPermission, schema.StatusError, "not authorized",
		launchUnder("RunInstances@"+scenario.Region, "UnauthorizedOperation", "You are not authorized to perform this operation."),
	},
	{
		"Region not offered", "`spec.region` = eu-central-1, which the lab's catalog lacks", schema.KindInvalidSpec, schema.StatusError, "eu-central-1",
		launchOf(func(s *schema.Spec) { s.Region = "eu-central-1" }),
	},
	{
		"Machine type not offered", "`spec.instanceType` = m9.giant", schema.KindInvalidSpec, schema.StatusError, "m9.giant",
		launchOf(func(s *schema.Spec) { s.InstanceType, s.CPUs, s.Memory = "m9.giant", "", "" }),
	},
	{"Wrong key", "`lab keys wrong wrong`, then a launch", schema.KindCredentialsInvalid, schema.StatusError, "", (*failing).wrongKeys},
	{
		"Setup script fails", "`spec.setup` ends with exit 7", schema.KindSetupFailed, schema.StatusError, "no package called nonsense",
		launchOf(func(s *schema.Spec) { s.Setup = "echo no package called nonsense; exit 7" }),
	},
	{"Run command fails", "`spec.run` ends with exit 3", schema.KindRunFailed, schema.StatusRunning, "no such configuration", (*failing).runFails},
	{"Stop refused", "`lab fault StopInstances UnauthorizedOperation …`", schema.KindPermission, schema.StatusRunning, "not authorized", (*failing).stopRefused},
	{"Destroy refused", "`lab fault TerminateInstances UnauthorizedOperation …`", schema.KindPermission, "", "not authorized", (*failing).destroyRefused},
	{"Server does not answer", "`lab unreachable`", schema.KindUnreachable, schema.StatusError, "", (*failing).unreachable},
	{"Terminated outside", "`lab terminate-instances` (also what a spot preemption looks like)", schema.KindTerminatedExternally, schema.StatusNoServer, "removed outside", (*failing).terminated},
	{"SkyPilot's API server dies during a launch", "`sky api stop` half way", schema.KindInterrupted, schema.StatusError, "API server", (*failing).apiServerDies},
}

// TestFailures produces each failure with the real SkyPilot and holds what the
// user sees to the documentation.
func TestFailures(t *testing.T) {
	if os.Getenv("E2E_FAILURES") == "" {
		t.Skip("set E2E_FAILURES=1: producing every failure takes about a quarter of an hour")
	}
	stage := scenario.NewStage(t, t.TempDir())
	f := &failing{stage: stage}
	f.clear(t)
	t.Cleanup(func() { f.healAll(t); f.clear(t) })
	f.Peer = scenario.Start(t, f.Command(t, stage))
	var rows []string
	for _, c := range failures {
		ok := t.Run(c.name, func(t *testing.T) {
			e := c.produce(f, t)
			status := scenario.Call(t, f.Peer, schema.ClusterStatus, schema.StatusParams{Name: scenario.ClusterName})
			f.healAll(t)
			c.check(t, e, status)
			rows = append(rows, c.row(e, status))
		})
		if !ok {
			f.healAll(t)
		}
	}
	if os.Getenv("UPDATE_DOCS") != "" && !t.Failed() {
		writeFailures(t, rows)
	}
	documented(t, rows)
}

func (c failure) check(t *testing.T, e *schema.Error, status schema.Cluster) {
	t.Helper()
	if e == nil {
		t.Fatal("there was no error")
	}
	if e.Kind != c.kind || !strings.Contains(e.Message, c.holds) || e.Hint == "" {
		t.Errorf("got %s: %s (hint: %s; detail: %s), want %s with %q", e.Kind, e.Message, e.Hint, e.Detail, c.kind, c.holds)
	}
	if c.status != "" && status.Status != c.status {
		t.Errorf("the server is %s (%s), want %s", status.Status, status.Description, c.status)
	}
	for _, never := range []string{"\x1b", "Traceback", "see log", "exit status", "exit code"} {
		if strings.Contains(e.Message, never) {
			t.Errorf("the message holds %q: %s", never, e.Message)
		}
	}
}

func (f *failing) healAll(t testing.TB) {
	t.Helper()
	mustLab(t, "heal")
	mustLab(t, "keys", "testing", "testing")
}

// launch asks for a launch and returns how it ended, or the refusal.
func (f *failing) launch(t *testing.T, change ...func(*schema.Spec)) (schema.Finished, *schema.Error) {
	t.Helper()
	got, refusal := scenario.Try(t, f.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small(change...)})
	if refusal != nil {
		return schema.Finished{}, refusal
	}
	return f.end(t, got.Operation.ID), nil
}

func (f *failing) end(t *testing.T, id string) schema.Finished {
	t.Helper()
	return scenario.Await(t, f.Peer, schema.OperationFinished, "the end of "+id, f.Patience(),
		func(e schema.Finished) bool { return e.Operation.ID == id })
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
	return func(f *failing, t *testing.T) *schema.Error {
		end, refusal := f.launch(t, change)
		if refusal != nil {
			return refusal
		}
		return end.Operation.Error
	}
}

func launchUnder(place, code, words string) func(*failing, *testing.T) *schema.Error {
	return func(f *failing, t *testing.T) *schema.Error {
		mustLab(t, "fault", place, code, words)
		return launchOf(func(*schema.Spec) {})(f, t)
	}
}

// noCredentials takes the user's files away for one launch.
func (f *failing) noCredentials(t *testing.T) *schema.Error {
	for _, name := range []string{"credentials", "config"} {
		path := filepath.Join(home(t), "home", ".aws", name)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := os.Rename(path+".away", path); err != nil {
				t.Error(err)
			}
		}()
	}
	_, refusal := f.launch(t)
	return refusal
}

// wrongKeys also holds that corrected ones count at once: nobody restarts anything.
func (f *failing) wrongKeys(t *testing.T) *schema.Error {
	mustLab(t, "keys", "wrong", "wrong")
	end, refusal := f.launch(t)
	if refusal != nil {
		t.Fatalf("refused: %s", refusal.Message)
	}
	shown := scenario.Call(t, f.Peer, schema.ClusterStatus, schema.StatusParams{Name: scenario.ClusterName})
	if shown.Status != schema.StatusError {
		t.Errorf("the server is %s", shown.Status)
	}
	mustLab(t, "keys", "testing", "testing")
	if again, refusal := f.launch(t); refusal != nil || again.Operation.State != schema.OperationSucceeded {
		t.Errorf("with the right keys the launch ended %s: %s %v", again.Operation.State, again.Operation.Message, refusal)
	}
	f.gone(t)
	f.launchAgainWrong(t)
	return end.Operation.Error
}

// launchAgainWrong leaves the server as the table says that a wrong key leaves it.
func (f *failing) launchAgainWrong(t *testing.T) {
	mustLab(t, "fault", "RunInstances@"+scenario.Region, "AuthFailure", "AWS was not able to validate the provided access credentials")
	if end, refusal := f.launch(t); refusal != nil || end.Operation.State != schema.OperationFailed {
		t.Errorf("the launch ended %s (%v)", end.Operation.State, refusal)
	}
}

// runFails goes on with the machine that the failed setup left: launching again
// finishes it.
func (f *failing) runFails(t *testing.T) *schema.Error {
	end, refusal := f.launch(t, func(s *schema.Spec) { s.Run = "echo no such configuration; exit 3" })
	if refusal != nil {
		return refusal
	}
	if len(end.Cluster.Warnings) != 1 {
		t.Fatalf("the launch ended %s with the warnings %+v", end.Operation.State, end.Cluster.Warnings)
	}
	return &end.Cluster.Warnings[0]
}

func (f *failing) stopRefused(t *testing.T) *schema.Error {
	mustLab(t, "fault", "StopInstances@"+scenario.Region, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	got := scenario.Call(t, f.Peer, schema.ClusterStop, schema.NameParams{Name: scenario.ClusterName})
	return f.end(t, got.Operation.ID).Operation.Error
}

func (f *failing) destroyRefused(t *testing.T) *schema.Error {
	mustLab(t, "fault", "TerminateInstances@"+scenario.Region, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	got := scenario.Call(t, f.Peer, schema.ClusterDestroy, schema.DestroyParams{Name: scenario.ClusterName})
	e := f.end(t, got.Operation.ID).Operation.Error
	f.healAll(t)
	f.start(t)
	return e
}

// start brings a server back whose runtime a refusal has ended.
func (f *failing) start(t *testing.T) {
	t.Helper()
	got, refusal := scenario.Try(t, f.Peer, schema.ClusterStart, schema.NameParams{Name: scenario.ClusterName})
	if refusal != nil {
		return // it is running already
	}
	if end := f.end(t, got.Operation.ID); end.Operation.State != schema.OperationSucceeded {
		t.Errorf("the start ended %s: %s", end.Operation.State, end.Operation.Message)
	}
}

func (f *failing) unreachable(t *testing.T) *schema.Error {
	mark := f.Mark()
	mustLab(t, "unreachable")
	changed := scenario.AwaitAfter(t, f.Peer, mark, schema.ClusterStatusChanged, "an error", f.Patience(),
		func(c schema.StatusChanged) bool { return c.Cluster.Status == schema.StatusError })
	t.Cleanup(func() { f.start(t) }) // after the row's status was read
	return changed.Cluster.Error
}

func (f *failing) terminated(t *testing.T) *schema.Error {
	mark := f.Mark()
	mustLab(t, "terminate-instances", scenario.ClusterName)
	changed := scenario.AwaitAfter(t, f.Peer, mark, schema.ClusterStatusChanged, "no_server", f.Patience(),
		func(c schema.StatusChanged) bool { return c.Cluster.Status == schema.StatusNoServer })
	if len(changed.Cluster.Warnings) != 1 {
		t.Fatalf("the warnings are %+v; the description: %s", changed.Cluster.Warnings, changed.Cluster.Description)
	}
	return &changed.Cluster.Warnings[0]
}

func (f *failing) apiServerDies(t *testing.T) *schema.Error {
	got := scenario.Call(t, f.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small()})
	scenario.Await(t, f.Peer, schema.ClusterProgress, "the machine", f.Patience(), func(p schema.Progress) bool {
		return p.Operation == got.Operation.ID && p.Phase == schema.PhaseConnecting
	})
	mustLab(t, "sh", "sky", "api", "stop")
	return f.end(t, got.Operation.ID).Operation.Error
}

// changing are the parts of a message that are another each time.
var changing = regexp.MustCompile(`\b(i-[0-9a-f]{8,}|\d{1,2}:\d{2}(:\d{2})?|[0-9a-f]{8}-[0-9a-f-]{27})\b`)

func (c failure) row(e *schema.Error, status schema.Cluster) string {
	cell := func(s string) string {
		s = changing.ReplaceAllString(strings.Join(strings.Fields(s), " "), "…")
		return strings.ReplaceAll(s, "|", "\\|")
	}
	return fmt.Sprintf("| %s | %s | `%s` | `%s` | %s | %s |", c.name, c.how, status.Status, e.Kind, cell(e.Message), cell(e.Hint))
}

func writeFailures(t *testing.T, rows []string) {
	t.Helper()
	text := "# What goes wrong, and what the user sees\n\n" +
		"Each row was produced with the real SkyPilot CLI in the lab (`e2e/lab`) and written by the test that did it:\n" +
		"`E2E_FAILURES=1 UPDATE_DOCS=1 go test -tags e2e -run TestFailures -timeout 60m ./e2e`. Without UPDATE_DOCS the test holds the\n" +
		"sidecar to this table. What changes from time to time (ids, times of day) stands as ….\n\n" +
		"| failure | how it was produced | status after it | kind | message | hint |\n|---|---|---|---|---|---|\n" +
		strings.Join(rows, "\n") + "\n"
	if err := os.WriteFile(failuresDoc, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func documented(t *testing.T, rows []string) {
	t.Helper()
	doc, err := os.ReadFile(failuresDoc)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !strings.Contains(string(doc), row+"\n") {
			t.Errorf("%s lacks this row; to write it anew: UPDATE_DOCS=1\n%s", failuresDoc, row)
		}
	}
}
