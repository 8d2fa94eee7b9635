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

// bareName is the server that `sky` alone makes.
const bareName = "e2e-bare"

// TestLifecycle measures, and prints, what each operation takes beside bare `sky` with the
// same task, and how many `sky` an operation starts. bench/lifecycle.sh runs it. The lives of the two
// servers come one after the other, and change places each round: the lab's machines share this
// computer, and one that idles takes a part of it. It checks that each ends well, not how fast.
func TestLifecycle(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("E2E_LIFECYCLE"))
	if rounds <= 0 {
		t.Skip("set E2E_LIFECYCLE to the number of rounds: each takes about ten minutes")
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
		{"sync", nil, func() schema.OperationResult { // `sky` has no such command
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
	sky, ours := map[string][]float64{}, map[string][]float64{} // seconds, by step
	const awaited, served = "a launch that waits for its job", "a start, and the run command after it"
	calls := map[string][]int{}
	bareLife := func() {
		bare := func(args ...string) (seconds float64) {
			began := time.Now()
			lab.Must(t, append([]string{"sh", "sky"}, args...)...)
			return time.Since(began).Seconds()
		}
		for _, s := range steps {
			if s.bare == nil {
				continue
			}
			seconds := bare(s.bare...)
			sky[s.name] = append(sky[s.name], seconds)
			if s.name == "start" {
				sky[served] = append(sky[served], seconds+bare("exec", bareName, task))
			}
		}
		sky[awaited] = append(sky[awaited], bare("launch", "-y", "-c", bareName, task))
		bare("down", "-y", bareName)
	}
	ourLife := func(last bool) {
		for _, s := range steps {
			if last && s.name == "destroy" {
				duringLook("stop", steps[2].ours)
				duringLook("start", steps[3].ours)
			}
			began, seconds, started := measure(s.name, s.ours)
			ours[s.name] = append(ours[s.name], seconds)
			calls[s.name] = append(calls[s.name], len(started))
			t.Logf("%-8s %5.1f s with %d sky: %s", s.name, seconds, len(started), timeline(began, started))
		}
	}
	for round := range rounds {
		if round%2 == 0 {
			bareLife()
		}
		ourLife(round == rounds-1)
		if round%2 == 1 {
			bareLife()
		}
	}
	t.Logf("%d of %d operations that were asked for during a look waited for its end, for %.1f s", len(waited), asked, waited)
	compare := func(name, with string) {
		t.Logf("%-8s medians of %d: sky %5.1f s, sidecar %5.1f s, %.2f times %s", name, rounds, median(sky[with]), median(ours[name]), median(ours[name])/median(sky[with]), with)
	}
	for _, s := range steps {
		t.Logf("%-8s sky %.1f s, sidecar %.1f s, sky processes %v", s.name, sky[s.name], ours[s.name], calls[s.name])
		if s.bare != nil {
			compare(s.name, s.name)
		}
	}
	compare("launch", awaited)
	compare("start", served)
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
