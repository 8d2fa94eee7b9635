package scenario

import (
	"strings"
	"testing"

	"carapace/schema"
)

// said fails the test unless the text holds the provider's own words.
func said(t *testing.T, e *schema.Error, words string) {
	t.Helper()
	if !strings.Contains(e.Message, words) {
		t.Errorf("the message lacks the provider's words %q: %s", words, e.Message)
	}
	if e.Hint == "" {
		t.Errorf("no hint with: %s", e.Message)
	}
}

func (s *scene) inject(t *testing.T, f Fault) {
	t.Helper()
	s.world.Inject(t, s.Peer, f)
	t.Cleanup(func() { s.world.Heal(t, s.Stage) })
}

// quota: the launch failed, and that stays visible, but nothing is left at the cloud.
func quota(t *testing.T, s *scene) {
	s.inject(t, NoQuota)
	f := s.fail(t, s.begin(t, s.Small()), schema.KindQuotaExceeded)
	said(t, f.Operation.Error, s.world.Words(NoQuota))
	s.is(t, f.Cluster, schema.StatusError)
	s.nothingLeft(t)
	s.world.Heal(t, s.Stage)
}

// failover lets SkyPilot choose the region; the one that it takes first has no
// machine to give.
func failover(t *testing.T, s *scene) {
	s.inject(t, NoCapacityAtFirst)
	f := s.launch(t, s.Small(func(sp *schema.Spec) { sp.Region = "" }))
	if f.Cluster.Region == "" || f.Cluster.Region == s.FirstRegion {
		t.Errorf("the server came up in %q, where there was no machine to give", f.Cluster.Region)
	}
	s.vaultsArrived(t)
	s.world.Heal(t, s.Stage)
}

func stopRefused(t *testing.T, s *scene) {
	s.inject(t, StopRefused)
	got := Call(t, s.Peer, schema.ClusterStop, schema.ChangeParams{Name: ClusterName})
	f := s.finish(t, got.Operation.ID)
	if f.Operation.State != schema.OperationFailed || f.Operation.Error == nil {
		t.Fatalf("the stop ended %s: %s", f.Operation.State, f.Operation.Message)
	}
	said(t, f.Operation.Error, s.world.Words(StopRefused))
	if f.Cluster.Status == schema.StatusStopped {
		t.Errorf("the server is said to be stopped: %s", f.Cluster.Description)
	}
	s.machine(t, "running")
	s.world.Heal(t, s.Stage)
	do(t, s, schema.ClusterStop, schema.ChangeParams{Name: ClusterName}, schema.StatusStopped)
	s.machine(t, "stopped")
}

func destroyRefused(t *testing.T, s *scene) {
	s.inject(t, DestroyRefused)
	got := Call(t, s.Peer, schema.ClusterDestroy, schema.DestroyParams{Name: ClusterName})
	f := s.finish(t, got.Operation.ID)
	if f.Operation.State != schema.OperationFailed || f.Operation.Error == nil {
		t.Fatalf("the destroy ended %s: %s", f.Operation.State, f.Operation.Message)
	}
	said(t, f.Operation.Error, s.world.Words(DestroyRefused))
	if f.Cluster.Status == schema.StatusNoServer {
		t.Errorf("the server is said to be gone: %s", f.Cluster.Description)
	}
	s.machine(t, string(s.from))
	s.world.Heal(t, s.Stage)
	s.destroy(t)
}

// The scripts that fail, with a last line that a person must get to see.
const (
	brokenSetup = "echo 'E: Unable to locate package nonsense'; exit 7"
	brokenRun   = "echo 'gatekeeper: no such configuration'; exit 3"
)

// setupFails: the machine runs and bills, which is said; launching again finishes
// it. This time the run command fails, which is a warning: the server runs.
func setupFails(t *testing.T, s *scene) {
	s.inject(t, SetupFails)
	f := s.fail(t, s.begin(t, s.Small(func(sp *schema.Spec) { sp.Setup = brokenSetup })), schema.KindSetupFailed)
	s.is(t, f.Cluster, schema.StatusError)
	if e := f.Cluster.Error; e == nil || e.Kind != schema.KindSetupFailed || e.Hint == "" {
		t.Errorf("the server's error is %+v", e)
	}
	if e := f.Operation.Error; !s.world.Simulated() && !strings.Contains(e.Message+e.Detail, "Unable to locate package nonsense") {
		t.Errorf("the setup's last line is in neither message nor detail: %+v", *e)
	}
	s.machine(t, "running")
	s.world.Heal(t, s.Stage)
	s.inject(t, RunFails)
	mark := s.Mark()
	s.launch(t, s.Small(func(sp *schema.Spec) { sp.Run = brokenRun }))
	s.machine(t, "running")
	s.warned(t, mark, schema.KindRunFailed)
}

// warned waits for the server's only warning, which must be of a kind. A run command that fails is told
// with the launch's end where SkyPilot knows of it within ten seconds, and soon after where it does not:
// on a loaded machine SkyPilot takes longer from a job's last line to its end.
func (s *scene) warned(t *testing.T, mark int, kind schema.Kind) {
	t.Helper()
	AwaitAfter(t, s.Peer, mark, schema.ClusterStatusChanged, "a warning of kind "+string(kind), s.world.Patience(), func(c schema.StatusChanged) bool {
		return c.Cluster.Status == schema.StatusRunning && len(c.Cluster.Warnings) == 1 && c.Cluster.Warnings[0].Kind == kind
	})
}

func stoppedOutside(t *testing.T, s *scene) {
	mark := s.Mark()
	s.world.StopOutside(t, s.Peer)
	c := s.becomes(t, mark, schema.StatusStopped)
	if c.Source != schema.SourceExternal {
		t.Errorf("the source is %s, not %s", c.Source, schema.SourceExternal)
	}
	s.is(t, s.status(t), schema.StatusStopped)
}

func terminatedOutside(t *testing.T, s *scene) {
	mark := s.Mark()
	s.world.TerminateOutside(t, s.Peer)
	c := s.becomes(t, mark, schema.StatusNoServer)
	if c.Source != schema.SourceExternal {
		t.Errorf("the source is %s, not %s", c.Source, schema.SourceExternal)
	}
	s.is(t, s.status(t), schema.StatusNoServer)
	s.nothingLeft(t)
}
