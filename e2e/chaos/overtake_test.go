//go:build unix

package chaos

import (
	"path/filepath"
	"testing"
	"time"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// TestDestroyOvertakesLaunch asks for a destroy at the worst instant, while the
// launch is being handed to SkyPilot: it is accepted, and nothing is left, even if
// the sidecar is killed then and another one has to wait for the submission.
func TestDestroyOvertakesLaunch(t *testing.T) {
	t.Parallel()
	for name, killed := range map[string]bool{"alive": false, "killed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			destroyOvertakesLaunch(t, killed)
		})
	}
}

func destroyOvertakesLaunch(t *testing.T, killed bool) {
	s := newStage(t)
	before := s.start(t, quick) // SkyPilot's API server is up from then on
	scenario.Call(t, before, schema.ClusterEstimate, schema.EstimateParams{Spec: spec()})
	before.End(t, patience)
	p := s.start(t, "0.1") // a submission takes half a second, and is the only thing that has to be slow
	launch := scenario.Call(t, p, schema.ClusterLaunch, launchParams)
	s.appears(t, filepath.Join("operations", launch.Operation.ID, "launch.out"))
	destroy := scenario.Call(t, p, schema.ClusterDestroy, schema.DestroyParams{Name: server})
	if killed {
		kill(t, p, false)
		p = s.start(t, quick)
	}
	if op := ended(t, p, destroy.Operation.ID); op.State != schema.OperationSucceeded {
		t.Errorf("the destroy ended %s: %+v", op.State, op.Error)
	}
	if op := ended(t, p, launch.Operation.ID); op.State != schema.OperationCanceled {
		t.Errorf("the launch ended %s", op.State)
	}
	s.agrees(t, scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server, Refresh: true}))
	p.End(t, patience)
	s.clean(t)
}

// appears waits for a file: what it belongs to tells nobody of it.
func (s stage) appears(t testing.TB, name string) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		if found, _ := filepath.Glob(filepath.Join(s.state, name)); len(found) > 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s does not appear", name)
		}
	}
}
