//go:build unix

package chaos

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// use is what a process takes of the machine.
type use struct{ threads, descriptors, resident int } // resident: KiB

// usage reads it where there is a /proc.
func usage(t testing.TB, pid int) use {
	t.Helper()
	at := filepath.Join("/proc", strconv.Itoa(pid))
	if _, err := os.Stat(at); err != nil {
		t.Skip("there is no /proc here")
	}
	open, err := os.ReadDir(filepath.Join(at, "fd"))
	if err != nil {
		t.Fatal(err)
	}
	return use{procStatus(t, pid, "Threads"), len(open), procStatus(t, pid, "VmRSS")}
}

func procStatus(t testing.TB, pid int, field string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "\n"+field+":")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSoak lets one process see very many servers come and go. The first few are
// for what grows once: pools, and the journal up to what it keeps.
func TestSoak(t *testing.T) {
	t.Parallel()
	lives := number(t, "CHAOS_LIVES", 4)
	s := newStage(t)
	p := s.start(t, "0.001")
	warm := max(2, lives/10)
	var before use
	for life := range lives {
		if life == warm {
			before = usage(t, p.PID())
		}
		s.live(t, p)
	}
	after := usage(t, p.PID())
	t.Logf("%d servers' lives: %+v after %d of them, %+v at the end", lives, before, warm, after)
	if after.descriptors > before.descriptors+4 || after.threads > before.threads+8 || after.resident > before.resident+16<<10 {
		t.Errorf("from %+v to %+v", before, after)
	}
	p.End(t, patience)
	s.clean(t)
}

// live is a server's whole life.
func (s stage) live(t *testing.T, p *scenario.Peer) {
	t.Helper()
	for _, step := range []struct {
		want schema.Status
		ask  func() schema.OperationResult
	}{
		{schema.StatusRunning, func() schema.OperationResult { return scenario.Call(t, p, schema.ClusterLaunch, launchParams) }},
		{schema.StatusStopped, func() schema.OperationResult {
			return scenario.Call(t, p, schema.ClusterStop, schema.ChangeParams{Name: server})
		}},
		{schema.StatusRunning, func() schema.OperationResult {
			return scenario.Call(t, p, schema.ClusterStart, schema.StartParams{Name: server})
		}},
		{schema.StatusNoServer, func() schema.OperationResult {
			return scenario.Call(t, p, schema.ClusterDestroy, schema.DestroyParams{Name: server})
		}},
	} {
		op := ended(t, p, step.ask().Operation.ID)
		c := scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server})
		if op.State != schema.OperationSucceeded || c.Status != step.want {
			t.Fatalf("%s %s: %+v; the server is %s, not %s", op.Kind, op.State, op.Error, c.Status, step.want)
		}
	}
}
