//go:build e2e && linux

package e2e

import (
	"fmt"
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

// What `sky` alone makes, beside the sidecar's server: bareName is measured throughout, awaitedName
// only while it is launched.
const (
	bareName    = "e2e-bare"
	awaitedName = "e2e-bare-awaited"
)

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
		_, _ = lab.Run("sh", "sky", "down", "-y", bareName, awaitedName)
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
	measure := func(name string, ours func() schema.OperationResult) (began time.Time, seconds float64, calls []skyCall) {
		began = time.Now()
		before := len(made())
		accepted := ours()
		end := scenario.Await(t, peer, schema.OperationFinished, name, patience,
			func(e schema.Finished) bool { return e.Operation.ID == accepted.Operation.ID })
		seconds = time.Since(began).Seconds()
		if end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("%s ended %s: %s", name, end.Operation.State, end.Operation.Message)
		}
		return began, seconds, made()[before:]
	}
	asked, waited := 0, []float64(nil) // operations during a look, and how long those waited that began nothing before its end
	// duringLook does a step while a look goes on, which the operation leaves to finish.
	duringLook := func(name string, ours func() schema.OperationResult) {
		before := len(made())
		id := peer.Send(t, schema.ClusterStatus.Name, schema.StatusParams{Name: scenario.ClusterName, Refresh: true})
		for len(made()) == before {
			time.Sleep(50 * time.Millisecond)
		}
		began, seconds, started := measure(name, ours)
		_, refusal := scenario.Answer(t, peer, schema.ClusterStatus, id)
		look := made()[before]
		over := look.ended.Sub(began).Seconds()
		t.Logf("%-8s asked during a look, which went on for %.1f s: %.1f s with %s (the look: %v)", name, over, seconds, timeline(began, started), refusal)
		asked++
		if started[0].began.After(look.ended) {
			waited = append(waited, over)
		}
	}
	var awaited []float64 // launches by `sky` that wait for the job, as the sidecar's do; its run command ends by itself
	took := map[string][2][]float64{}
	calls := map[string][]int{}
	for round := range rounds {
		for _, s := range steps {
			if s.name == "destroy" && round == rounds-1 {
				duringLook("stop", steps[2].ours)
				duringLook("start", steps[3].ours)
			}
			began := time.Now()
			if s.bare != nil {
				lab.Must(t, append([]string{"sh", "sky"}, s.bare...)...)
			}
			bare := time.Since(began).Seconds()
			if s.name == "launch" {
				began := time.Now()
				lab.Must(t, "sh", "sky", "launch", "-y", "-c", awaitedName, task)
				awaited = append(awaited, time.Since(began).Seconds())
				lab.Must(t, "sh", "sky", "down", "-y", awaitedName)
			}
			began, ours, started := measure(s.name, s.ours)
			pair := took[s.name]
			took[s.name] = [2][]float64{append(pair[0], bare), append(pair[1], ours)}
			calls[s.name] = append(calls[s.name], len(started))
			t.Logf("%-8s sky %5.1f s, sidecar %5.1f s with %d sky: %s", s.name, bare, ours, len(started), timeline(began, started))
		}
	}
	t.Logf("%d of %d operations that were asked for during a look waited for its end, for %.1f s", len(waited), asked, waited)
	t.Logf("launch   medians of %d: sky that waits for the job %5.1f s, %.2f times", rounds, median(awaited), median(took["launch"][1])/median(awaited))
	for _, s := range steps {
		bare, ours := median(took[s.name][0]), median(took[s.name][1])
		if s.bare == nil { // `sky` has no such command
			t.Logf("%-8s median of %d: sidecar %5.1f s; sky processes %v", s.name, rounds, ours, calls[s.name])
			continue
		}
		t.Logf("%-8s medians of %d: sky %5.1f s, sidecar %5.1f s, %.2f times; sky processes %v", s.name, rounds, bare, ours, ours/bare, calls[s.name])
	}
}

// timeline is what each `sky` was run for, and when it was started, had its modules imported and was
// asked, and ended, in seconds since an operation began: "status 31.2|34.4-36.1".
func timeline(from time.Time, calls []skyCall) string {
	var said []string
	for _, call := range calls {
		end := "…"
		if !call.ended.IsZero() {
			end = fmt.Sprintf("%.1f", call.ended.Sub(from).Seconds())
		}
		said = append(said, fmt.Sprintf("%s %.1f|%.1f-%s", call.name(), call.began.Sub(from).Seconds(), call.asked.Sub(from).Seconds(), end))
	}
	return strings.Join(said, ", ")
}

// name is what a `sky` was run for: its command, and of `api` that of the API server.
func (c skyCall) name() string {
	words := strings.Fields(c.args)
	name := words[0]
	if name == "api" {
		name += " " + words[1]
	}
	if slices.Contains(words, "--refresh") {
		name += " --refresh"
	}
	return name
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
