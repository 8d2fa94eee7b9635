//go:build e2e

package failures

import (
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// A launch that fails when it has a machine, which costs money. Each goes on with
// the machine that the one before it left.
var launchFailures = []failure{
	{"Disk full on the server", "`lab disk-full`, then a launch", schema.KindDiskFull, schema.StatusError, "No space", (*failing).serverFull},
	{"Mount's place taken", "`spec.mounts` onto /srv", schema.KindMountFailed, schema.StatusError, "", (*failing).mountTaken},
	{
		"Setup script fails", "`spec.setup` ends with exit 7", schema.KindSetupFailed, schema.StatusError, "no package called nonsense",
		launchOf(func(s *schema.Spec) { s.Setup = "echo no package called nonsense; exit 7" }),
	},
	{"Run command fails", "`spec.run` ends with exit 3", schema.KindRunFailed, schema.StatusRunning, "no such configuration", (*failing).runFails},
	{"SkyPilot's API server dies during a launch", "`sky api stop` half way", schema.KindInterrupted, schema.StatusError, "API server", (*failing).apiServerDies},
}

func (f *failing) serverFull(t *testing.T) *schema.Error {
	lab.Must(t, "disk-full")
	return f.fails(t)
}

func (f *failing) mountTaken(t *testing.T) *schema.Error {
	local := t.TempDir()
	return f.fails(t, func(s *schema.Spec) { s.Mounts = map[string]string{"/srv": local} })
}

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

func (f *failing) apiServerDies(t *testing.T) *schema.Error {
	f.gone(t)
	got := scenario.Call(t, f.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small()})
	f.connecting(t, got.Operation.ID)
	lab.Must(t, "sh", "sky", "api", "stop")
	return f.end(t, got.Operation.ID).Operation.Error
}

// connecting waits until a launch has its machine.
func (f *failing) connecting(t *testing.T, operation string) {
	t.Helper()
	scenario.Await(t, f.Peer, schema.ClusterProgress, "the machine", f.Patience(), func(p schema.Progress) bool {
		return p.Operation == operation && p.Phase == schema.PhaseConnecting
	})
}
