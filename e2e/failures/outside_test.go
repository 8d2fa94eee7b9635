//go:build e2e

package failures

import (
	"os"
	"path/filepath"
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// What others do to the server: somebody with `sky` or at the cloud's console, its
// own autostop, the cloud.
var outsideFailures = []failure{
	{"Launched by hand, not finished", "`sky launch --async` of the same name in a terminal, then `cluster.launch`", schema.KindOperationInProgress, "", "outside of Carapace", (*failing).busyByHand},
	{"Launched by hand", "the same, when it has finished", schema.KindClusterActive, schema.StatusRunning, "already", (*failing).doneByHand},
	{"Stopped outside", "`lab stop-instances`", "", schema.StatusStopped, "outside", (*failing).stoppedOutside},
	{"Idle, stops itself", "`cluster.autostop` {idleMinutes: 1}", "", schema.StatusStopped, "idle", (*failing).autostops},
	{"Idle, destroys itself", "`cluster.autostop` {idleMinutes: 1, down: true}", "", schema.StatusNoServer, "idle", (*failing).autodowns},
	{"Stop of a spot machine", "`spec.useSpot`, then `cluster.stop`", schema.KindUnsupported, schema.StatusRunning, "spot", (*failing).spotStop},
	{"Spot machine taken back", "`spec.useSpot`, then `lab terminate-instances`", schema.KindTerminatedExternally, schema.StatusNoServer, "spot", (*failing).terminated},
	{"Terminated outside", "`lab terminate-instances`", schema.KindTerminatedExternally, schema.StatusNoServer, "removed outside", (*failing).terminated},
}

// byHand launches the suite's server as somebody in a terminal does.
func (f *failing) busyByHand(t *testing.T) *schema.Error {
	task := filepath.Join(t.TempDir(), "task.yaml")
	if err := os.WriteFile(task, []byte("run: echo by hand\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lab.Must(t, "sh", "sky", "launch", "--async", "-d", "-y", "-c", scenario.ClusterName, "--infra", "aws/"+scenario.Region, "-t", "m6i.large", task)
	return f.fails(t)
}

func (f *failing) doneByHand(t *testing.T) *schema.Error {
	f.becomes(t, 0, schema.StatusRunning)
	return f.fails(t)
}

// told is what a server's description says, where nothing failed.
func told(c schema.Cluster) *schema.Error {
	if len(c.Warnings) == 1 {
		return &c.Warnings[0]
	}
	return &schema.Error{Message: c.Description}
}

func (f *failing) stoppedOutside(t *testing.T) *schema.Error {
	f.runs(t)
	mark := f.Mark()
	lab.Must(t, "stop-instances", scenario.ClusterName)
	return told(f.becomes(t, mark, schema.StatusStopped))
}

func (f *failing) autostops(t *testing.T) *schema.Error {
	f.runs(t)
	mark := f.Mark()
	scenario.Call(t, f.Peer, schema.ClusterAutostop, schema.AutostopParams{Name: scenario.ClusterName, IdleMinutes: 1})
	return told(f.becomes(t, mark, schema.StatusStopped))
}

func (f *failing) autodowns(t *testing.T) *schema.Error {
	f.gone(t) // what autostop has stopped ends itself again after a minute
	f.runs(t)
	mark := f.Mark()
	scenario.Call(t, f.Peer, schema.ClusterAutostop, schema.AutostopParams{Name: scenario.ClusterName, IdleMinutes: 1, Down: true})
	return told(f.becomes(t, mark, schema.StatusNoServer))
}

func spot(s *schema.Spec) { s.UseSpot = true }

func (f *failing) spotStop(t *testing.T) *schema.Error {
	f.runs(t, spot)
	_, refusal := scenario.Try(t, f.Peer, schema.ClusterStop, schema.ChangeParams{Name: scenario.ClusterName})
	return refusal
}

func (f *failing) terminated(t *testing.T) *schema.Error {
	f.runs(t)
	mark := f.Mark()
	lab.Must(t, "terminate-instances", scenario.ClusterName)
	gone := f.becomes(t, mark, schema.StatusNoServer)
	if len(gone.Warnings) != 1 {
		t.Fatalf("the warnings are %+v; the description: %s", gone.Warnings, gone.Description)
	}
	return &gone.Warnings[0]
}
