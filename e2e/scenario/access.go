package scenario

import (
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

// logs: each of a server's logs can be read, whole or its end, and a followed one
// comes line by line.
func logs(t *testing.T, s *scene) {
	for source, line := range map[schema.LogSource]string{
		schema.LogProvision: "", schema.LogSetup: "setup was here", schema.LogRun: "run was here",
	} {
		got := Call(t, s.Peer, schema.ClusterLogs, schema.LogsParams{Name: ClusterName, Source: source})
		if len(got.Lines) == 0 {
			t.Errorf("the %s log is empty", source)
			continue
		}
		if all := strings.Join(got.Lines, "\n"); !s.world.Simulated() && !strings.Contains(all, line) {
			t.Errorf("the %s log lacks %q: %s", source, line, all)
		}
		tail := Call(t, s.Peer, schema.ClusterLogs, schema.LogsParams{Name: ClusterName, Source: source, Tail: 1})
		if len(tail.Lines) != 1 || tail.Lines[0] != got.Lines[len(got.Lines)-1] {
			t.Errorf("the last line of the %s log is %q, not that of %q", source, tail.Lines, got.Lines)
		}
	}
	mark := s.Mark()
	Call(t, s.Peer, schema.ClusterLogs, schema.LogsParams{Name: ClusterName, Source: schema.LogRun, Follow: true})
	AwaitAfter(t, s.Peer, mark, schema.ClusterLog, "a line of the run log", s.world.Patience(),
		func(l schema.LogLine) bool { return l.Source == schema.LogRun && l.Cluster == ClusterName })
}

// connection: what is said of how to reach the server is so.
func connection(t *testing.T, s *scene) {
	c := Call(t, s.Peer, schema.ClusterConnection, schema.NameParams{Name: ClusterName})
	if net.ParseIP(c.IP) == nil || c.User == "" || c.SSHHost == "" || c.SSHCommand == "" {
		t.Fatalf("how to reach the server is said incompletely: %+v", c)
	}
	if s.world.Simulated() {
		return // nobody answers there
	}
	shell := exec.Command("sh", "-c", c.SSHCommand+" id -un")
	shell.Env = s.world.Command(t, s.Stage).Env
	out, err := shell.CombinedOutput()
	if user := strings.TrimSpace(string(out)); err != nil || !strings.HasSuffix(user, c.User) {
		t.Errorf("%s: %v: %s", c.SSHCommand, err, out)
	}
}

// autostop is shown as SkyPilot has it, with what does not count as activity, and
// can be taken back.
func autostop(t *testing.T, s *scene) {
	c := Call(t, s.Peer, schema.ClusterAutostop, schema.AutostopParams{Name: ClusterName, IdleMinutes: 90, Down: !s.Stop})
	if c.Autostop == nil || c.Autostop.IdleMinutes != 90 || c.Autostop.Down == s.Stop {
		t.Fatalf("the autostop is %+v", c.Autostop)
	}
	if !slices.ContainsFunc(c.Warnings, func(w schema.Error) bool { return strings.Contains(w.Message, "Gatekeeper") }) {
		t.Errorf("nothing says that traffic does not count: %+v", c.Warnings)
	}
	if c = Call(t, s.Peer, schema.ClusterAutostop, schema.AutostopParams{Name: ClusterName, Cancel: true}); c.Autostop != nil {
		t.Errorf("after it was taken back the autostop is %+v", c.Autostop)
	}
}

// canceledStart: the price of a canceled start is never the server's disk.
func canceledStart(t *testing.T, s *scene) {
	got := Call(t, s.Peer, schema.ClusterStart, schema.StartParams{Name: ClusterName})
	s.inPhase(t, got.Operation.ID, schema.PhaseProvisioning)
	Call(t, s.Peer, schema.ClusterCancel, schema.NameParams{Name: ClusterName})
	f := s.finish(t, got.Operation.ID)
	if f.Operation.State != schema.OperationCanceled {
		t.Errorf("the start ended %s: %s", f.Operation.State, f.Operation.Message)
	}
	s.is(t, f.Cluster, schema.StatusStopped)
	s.machine(t, "stopped")
	s.vaultsArrived(t)
}
