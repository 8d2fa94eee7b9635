//go:build e2e && linux

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// patience is with an operation on a machine that is so busy that one takes ten times as long.
const patience = 30 * time.Minute

// bareName is the server that `sky` alone makes, beside the sidecar's.
const bareName = "e2e-bare"

// TestLifecycle measures, and prints, what each operation takes beside bare `sky` with the
// same task, in turn, and how many `sky` an operation starts. bench/lifecycle.sh runs it. It
// checks that each ends well, not how fast.
func TestLifecycle(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("E2E_LIFECYCLE"))
	if rounds <= 0 {
		t.Skip("set E2E_LIFECYCLE to the number of rounds: each takes about six minutes")
	}
	w := lab.World{}
	w.Clear(t)
	t.Cleanup(func() {
		_, _ = lab.Run("sh", "sky", "down", "-y", bareName)
		w.Clear(t)
	})
	command := w.Command(t, scenario.NewStage(t, t.TempDir()))
	made := countCalls(t, &command)
	peer := scenario.Start(t, command)
	// What bare `sky` changes is news to the sidecar: it would look in the middle of what is measured next.
	yes := true
	scenario.Call(t, peer, schema.PollerConfigure, schema.PollerParams{Paused: &yes})
	task := filepath.Join(t.TempDir(), "task.yaml")
	preview := scenario.Call(t, peer, schema.ClusterPreview, schema.SpecParams{Spec: scenario.Small()})
	if err := os.WriteFile(task, []byte(preview.YAML), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		bare []string
		ours func() schema.OperationResult
	}{
		{"launch", []string{"launch", "-y", "-d", "-c", bareName, task}, func() schema.OperationResult {
			return scenario.Call(t, peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small()})
		}},
		{"sync", nil, func() schema.OperationResult {
			return scenario.Call(t, peer, schema.ClusterSync, schema.SyncParams{Name: scenario.ClusterName})
		}},
		{"stop", []string{"stop", "-y", bareName}, func() schema.OperationResult {
			return scenario.Call(t, peer, schema.ClusterStop, schema.ChangeParams{Name: scenario.ClusterName})
		}},
		{"start", []string{"start", "-y", bareName}, func() schema.OperationResult {
			return scenario.Call(t, peer, schema.ClusterStart, schema.StartParams{Name: scenario.ClusterName})
		}},
		{"destroy", []string{"down", "-y", bareName}, func() schema.OperationResult {
			return scenario.Call(t, peer, schema.ClusterDestroy, schema.DestroyParams{Name: scenario.ClusterName})
		}},
	}
	took := map[string][2][]float64{}
	calls := map[string][]int{}
	for range rounds {
		for _, s := range steps {
			began := time.Now()
			if s.bare != nil {
				lab.Must(t, append([]string{"sh", "sky"}, s.bare...)...)
			}
			bare := time.Since(began).Seconds()
			began, before := time.Now(), len(made())
			asked := s.ours()
			end := scenario.Await(t, peer, schema.OperationFinished, s.name, patience,
				func(e schema.Finished) bool { return e.Operation.ID == asked.Operation.ID })
			ours := time.Since(began).Seconds()
			if end.Operation.State != schema.OperationSucceeded {
				t.Fatalf("%s ended %s: %s", s.name, end.Operation.State, end.Operation.Message)
			}
			pair := took[s.name]
			took[s.name] = [2][]float64{append(pair[0], bare), append(pair[1], ours)}
			started := names(made()[before:])
			calls[s.name] = append(calls[s.name], len(started))
			t.Logf("%-8s sky %5.1f s, sidecar %5.1f s with %d sky: %s", s.name, bare, ours, len(started), strings.Join(started, ", "))
		}
	}
	for _, s := range steps {
		bare, ours := median(took[s.name][0]), median(took[s.name][1])
		if s.bare == nil { // `sky` has no such command
			t.Logf("%-8s median of %d: sidecar %5.1f s; sky processes %v", s.name, rounds, ours, calls[s.name])
			continue
		}
		t.Logf("%-8s medians of %d: sky %5.1f s, sidecar %5.1f s, %.2f times; sky processes %v", s.name, rounds, bare, ours, ours/bare, calls[s.name])
	}
}

// names is what each `sky` was run for: its command, and of `api` that of the API server.
func names(calls []string) (names []string) {
	for _, call := range calls {
		words := strings.Fields(call)
		name := words[0]
		if name == "api" {
			name += " " + words[1]
		}
		if slices.Contains(words, "--refresh") {
			name += " --refresh"
		}
		names = append(names, name)
	}
	return names
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
