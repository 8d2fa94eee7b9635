//go:build unix

package chaos

import (
	"os"
	"path/filepath"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// TestLeftoversAreSwept puts in place what sidecars that were killed at the worst
// instants leave, and starts one: nothing of it may stay, the secrets least.
func TestLeftoversAreSwept(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := s.start(t, quick)
	got := scenario.Call(t, p, schema.ClusterLaunch, launchParams)
	ended(t, p, got.Operation.ID)
	p.End(t, patience)
	s.clean(t)
	for _, name := range []string{
		".state.json.123456",                                             // killed in a write
		"operations/" + got.Operation.ID + "/task.yaml",                  // after the end, before the clean-up
		"operations/11111111-2222-3333-4444-555555555555/task.yaml",      // before it was journaled
		"operations/11111111-2222-3333-4444-555555555555/launch.out",     //
		"simulated/locks/0123456789abcdef01234567.lock.json",             // holding a lease
		"simulated/locks/.0123456789abcdef01234567.lock.json.1122334455", // taking one
	} {
		path := filepath.Join(s.state, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p = s.start(t, quick)
	scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server, Refresh: true})
	p.End(t, patience)
	s.clean(t)
}
