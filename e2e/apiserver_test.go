//go:build e2e && linux

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// idling is a sidecar that ends SkyPilot's API server after twelve seconds without need.
type idling struct {
	lab.World
	*scenario.Peer
}

const (
	idleMinutes = "0.2"
	// decided is how long after the last need it is clear what became of the server: the time without need, then the decision.
	decided = 30 * time.Second
)

// TestIdleAPIServer shows on the real SkyPilot that the API server which a sidecar started is ended, with all its
// processes, when nothing needs it, that what comes next starts it anew, and what keeps it.
func TestIdleAPIServer(t *testing.T) {
	if os.Getenv("E2E_API_SERVER") == "" {
		t.Skip("set E2E_API_SERVER=1: it takes six minutes, and nothing else may use SkyPilot on the machine meanwhile")
	}
	const somebodys = "e2e-somebodys"
	w := &idling{}
	w.Clear(t)
	t.Cleanup(func() {
		_, _ = lab.Run("sh", "sky", "down", "-y", somebodys)
		w.Clear(t)
	})
	lab.Must(t, "sh", "sky", "api", "stop")
	command := w.Command(t, scenario.NewStage(t, t.TempDir()))
	command.Env = append(command.Env, "CARAPACE_SERVER_IDLE="+idleMinutes)
	w.Peer = scenario.Start(t, command)

	w.operate(t, "launch", func() schema.OperationResult {
		return scenario.Call(t, w.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small()})
	})
	w.stays(t, runningAPIServer(t), "while a server runs")
	w.operate(t, "destroy", func() schema.OperationResult {
		return scenario.Call(t, w.Peer, schema.ClusterDestroy, schema.DestroyParams{Name: scenario.ClusterName})
	})
	w.ends(t, runningAPIServer(t))
	time.Sleep(decided)
	if pid := apiServerLeader(t); pid != 0 {
		t.Errorf("the end of the API server has started another, %d", pid)
	}

	w.look(t)
	asked := runningAPIServer(t)
	lab.Must(t, "sh", "sky", "status")
	w.stays(t, asked, "after a person's `sky status`")

	lab.Must(t, "sh", "sky", "api", "stop")
	lab.Must(t, "sh", "sky", "launch", "-y", "-d", "-c", somebodys, "--infra", "aws/us-east-1", "--cpus", "2")
	w.look(t)
	w.stays(t, runningAPIServer(t), "that a person has started")
	lab.Must(t, "sh", "sky", "api", "stop")
	w.look(t)
	w.stays(t, runningAPIServer(t), "while a person has a cluster")
}

// look has the sidecar ask SkyPilot for its server.
func (w *idling) look(t *testing.T) {
	t.Helper()
	scenario.Call(t, w.Peer, schema.ClusterStatus, schema.StatusParams{Name: scenario.ClusterName, Refresh: true})
}

func (w *idling) operate(t *testing.T, what string, ask func() schema.OperationResult) {
	t.Helper()
	began := time.Now()
	succeeds(t, w.World, w.Peer, what, ask())
	t.Logf("the %s took %.1f s", what, time.Since(began).Seconds())
}

// apiServerLeader returns the API server's process, which leads its session; 0: none runs.
func apiServerLeader(t *testing.T) (pid int) {
	t.Helper()
	_, port, _ := strings.Cut(lab.APIServer, ":")
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		args, _ := os.ReadFile(path) // one that has ended has none
		at := 0
		_, _ = fmt.Sscanf(path, "/proc/%d/cmdline", &at)
		if strings.Contains(string(args), "\x00sky.server.server\x00") && strings.Contains(string(args), "\x00--port="+port) && len(session(t, at)) > 0 {
			pid = at
		}
	}
	return pid
}

// runningAPIServer is apiServerLeader where one has to run.
func runningAPIServer(t *testing.T) int {
	t.Helper()
	pid := apiServerLeader(t)
	if pid == 0 {
		t.Fatal("no API server runs")
	}
	return pid
}

func (w *idling) stays(t *testing.T, pid int, why string) {
	t.Helper()
	time.Sleep(decided)
	if now := runningAPIServer(t); now != pid {
		t.Errorf("%s: the API server is another: %d, before %d", why, now, pid)
	}
}

// ends waits until the API server has ended, and sees that no process of it is left.
func (w *idling) ends(t *testing.T, pid int) {
	t.Helper()
	began, before := time.Now(), len(session(t, pid))
	for len(session(t, pid)) > 0 {
		if time.Since(began) > 2*time.Minute {
			t.Fatalf("after %s there still is %v", time.Since(began), session(t, pid))
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Logf("%d processes were gone after %.0f s", before, time.Since(began).Seconds())
}

// session are the processes of the session that a process leads.
func session(t *testing.T, leader int) (members []string) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(rest); len(f) > 3 && f[3] == fmt.Sprint(leader) && f[0] != "Z" {
			members = append(members, path)
		}
	}
	return members
}
