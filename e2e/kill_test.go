//go:build e2e && linux

package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// killing is a server's life during which its sidecar is killed over and over.
type killing struct {
	lab.World
	stage   scenario.Stage
	command scenario.Command
	rng     *rand.Rand
	kills   int
}

// TestKilledAllTheTime kills the sidecar with SIGKILL every few seconds while the
// real SkyPilot launches, mirrors, stops, starts and destroys a server. The next
// sidecar takes each operation up under its id, and there is never a second
// machine. E2E_KILLS is how often an operation's sidecar is killed at most.
func TestKilledAllTheTime(t *testing.T) {
	most, _ := strconv.Atoi(os.Getenv("E2E_KILLS"))
	if most <= 0 {
		t.Skip("set E2E_KILLS to how often the sidecar is killed in each operation at most: a life takes five minutes and more")
	}
	k := &killing{stage: scenario.NewStage(t, t.TempDir()), rng: rand.New(rand.NewPCG(seed(t), 1))}
	k.Clear(t)
	t.Cleanup(func() { k.Clear(t) })
	k.command = k.Command(t, k.stage)
	for _, step := range []struct {
		name    string
		ask     func(*testing.T, *scenario.Peer) schema.OperationResult
		machine string // what the cloud must have afterwards
	}{
		{"launch", func(t *testing.T, p *scenario.Peer) schema.OperationResult {
			return scenario.Call(t, p, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small()})
		}, "running"},
		{"sync", named(schema.ClusterSync, schema.SyncParams{Name: scenario.ClusterName}), "running"},
		{"stop", named(schema.ClusterStop, schema.ChangeParams{Name: scenario.ClusterName}), "stopped"},
		{"start", named(schema.ClusterStart, schema.StartParams{Name: scenario.ClusterName}), "running"},
		{"destroy", func(t *testing.T, p *scenario.Peer) schema.OperationResult {
			return scenario.Call(t, p, schema.ClusterDestroy, schema.DestroyParams{Name: scenario.ClusterName})
		}, ""},
	} {
		if !t.Run(step.name, func(t *testing.T) {
			k.survive(t, most, step.ask)
			if got := strings.Join(k.Instances(t, k.stage), " "); got != step.machine {
				t.Errorf("the cloud has %q, not %q", got, step.machine)
			}
		}) {
			break
		}
	}
	k.clean(t)
	t.Logf("%d kills", k.kills)
}

// seed makes a run repeatable as far as a real cloud can be.
func seed(t *testing.T) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(os.Getenv("CHAOS_SEED"), 10, 64)
	if err != nil {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("CHAOS_SEED=%d", n)
	return n
}

func named[P any](m schema.Method[P, schema.OperationResult], params P) func(*testing.T, *scenario.Peer) schema.OperationResult {
	return func(t *testing.T, p *scenario.Peer) schema.OperationResult {
		return scenario.Call(t, p, m, params)
	}
}

// survive asks for an operation, kills one sidecar after the other, and then lets
// one see the operation's end.
func (k *killing) survive(t *testing.T, most int, ask func(*testing.T, *scenario.Peer) schema.OperationResult) {
	p := scenario.Start(t, k.command)
	op := ask(t, p).Operation
	for range most {
		if k.ended(t, p, op.ID, time.Duration(k.rng.Int64N(int64(8*time.Second)))) {
			break
		}
		k.kills++
		p.Kill(t)
		p = scenario.Start(t, k.command)
	}
	if !k.ended(t, p, op.ID, k.Patience()) {
		t.Fatalf("the operation did not end\n%s", p.Transcript())
	}
	end := scenario.Call(t, p, schema.OperationGet, schema.OperationGetParams{ID: op.ID})
	if end.State != schema.OperationSucceeded {
		t.Errorf("the operation ended %s: %s: %+v\n%s", end.State, end.Message, end.Error, p.Transcript())
	}
	p.End(t, time.Minute)
}

// ended waits a while for the end of an operation, which may have come before
// this sidecar.
func (k *killing) ended(t *testing.T, p *scenario.Peer, id string, patience time.Duration) bool {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		if op := scenario.Call(t, p, schema.OperationGet, schema.OperationGetParams{ID: id}); op.Ended() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// clean looks for what the killed ones left: files in the state folder, and a
// `sky` of theirs that still runs, which would be in the folder that it is run in.
func (k *killing) clean(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"operations/*", ".*.tmp"} {
		if left, _ := filepath.Glob(filepath.Join(k.stage.StateDir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
	run := filepath.Join(lab.Home(t), "home", ".carapace", "run")
	folders, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, folder := range folders {
		if at, _ := os.Readlink(folder); at != run {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(folder), "cmdline"))
		if words := strings.ReplaceAll(string(line), "\x00", " "); strings.Contains(words, "bin/sky ") {
			t.Errorf("a sky still runs: %s", words)
		}
	}
}
