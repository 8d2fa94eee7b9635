//go:build unix

package chaos

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// TestLeftoversAreSwept puts in place what sidecars that were killed at the worst
// instants leave, and starts one: nothing of it may stay, the secrets least.
func TestLeftoversAreSwept(t *testing.T) {
	t.Parallel()
	const unknown = "11111111-2222-3333-4444-555555555555"
	for what, files := range map[string][]string{ // ID: an operation that has ended
		"killed in a write":              {".state.json.123456", ".state.json.tmp"},
		"killed before it was journaled": {"operations/" + unknown + "/task.yaml"},
		"killed after its end":           {"operations/ID/task.yaml", "operations/ID/launch.out"},
		"killed holding a lease":         {"simulated/locks/0123456789abcdef01234567.lock.json", "simulated/locks/.0123456789abcdef01234567.lock.json.tmp"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			p := s.start(t, quick)
			got := scenario.Call(t, p, schema.ClusterLaunch, launchParams)
			ended(t, p, got.Operation.ID)
			p.End(t, patience)
			s.clean(t)
			for _, name := range files {
				s.leave(t, strings.Replace(name, "ID", got.Operation.ID, 1))
			}
			p = s.start(t, quick)
			scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server, Refresh: true})
			p.End(t, patience)
			s.clean(t)
		})
	}
}

// leave puts a file in place.
func (s stage) leave(t testing.TB, name string) {
	t.Helper()
	path := filepath.Join(s.state, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte("{}"), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
