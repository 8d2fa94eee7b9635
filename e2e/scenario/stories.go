package scenario

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/schema"
)

// wholeLife is the story of the product: a server comes up with the vaults on it,
// is stopped where the cloud can, and resumed, and the cloud agrees at each step.
func wholeLife(t *testing.T, s *scene) {
	id := s.begin(t, s.Small(hostileEnvs))
	s.succeed(t, id, schema.StatusRunning)
	s.phases(t, id)
	s.logged(t, id)
	s.machine(t, "running")
	s.vaultsArrived(t)
	s.envsArrived(t)
	if s.Stop {
		s.stopAndStart(t)
	}
}

// stopAndStart: the disk is kept, and the vaults are still the same.
func (s *scene) stopAndStart(t *testing.T) {
	t.Helper()
	stop := Call(t, s.Peer, schema.ClusterStop, schema.ChangeParams{Name: ClusterName})
	s.is(t, stop.Cluster, schema.StatusStopping)
	s.succeed(t, stop.Operation.ID, schema.StatusStopped)
	s.machine(t, "stopped")

	start := Call(t, s.Peer, schema.ClusterStart, schema.StartParams{Name: ClusterName})
	s.is(t, start.Cluster, schema.StatusProvisioning)
	s.succeed(t, start.Operation.ID, schema.StatusRunning)
	s.machine(t, "running")
	s.vaultsArrived(t)
}

// spotStops: where a spot machine can be stopped, its life is like that of any other.
func spotStops(t *testing.T, s *scene) {
	s.launch(t, s.Small(func(sp *schema.Spec) { sp.UseSpot = true }))
	s.stopAndStart(t)
	s.destroy(t)
}

// launchPhases are the phases of a launch in their order (docs/protocol.md, "Notifications").
var launchPhases = schema.Phases[:8]

// phases checks that a launch told of its phases in order, beginning with the
// first and naming those in which a person waits. Problems has checked that none
// came twice.
func (s *scene) phases(t *testing.T, id string) {
	t.Helper()
	var seen []schema.Phase
	for _, p := range Notified(s.Peer, schema.ClusterProgress) {
		if p.Operation != id {
			continue
		}
		if p.PhaseCount != len(launchPhases) || launchPhases[p.PhaseIndex] != p.Phase {
			t.Errorf("%s is phase %d of %d", p.Phase, p.PhaseIndex, p.PhaseCount)
		}
		if !slices.Contains(seen, p.Phase) {
			seen = append(seen, p.Phase)
		}
	}
	for _, must := range []schema.Phase{schema.PhaseChecking, schema.PhaseProvisioning, schema.PhaseSyncing, schema.PhaseSetup} {
		if !slices.Contains(seen, must) {
			t.Errorf("no progress in phase %s; seen: %v", must, seen)
		}
	}
}

// logged checks that what is kept of an operation's log is what was told of it.
func (s *scene) logged(t *testing.T, id string) {
	t.Helper()
	var told []schema.LogLine
	for _, line := range Notified(s.Peer, schema.ClusterLog) {
		if line.Operation == id {
			told = append(told, line)
		}
	}
	for got := (schema.OperationLogResult{More: true}); got.More; {
		after := 0
		if len(got.Lines) > 0 {
			after = got.Lines[len(got.Lines)-1].Seq
		}
		got = Call(t, s.Peer, schema.OperationLog, schema.OperationLogParams{ID: id, After: after})
		if n := len(got.Lines); n == 0 || n > len(told) || !slices.Equal(got.Lines, told[:n]) {
			t.Fatalf("after line %d of an operation's log %d are kept, and %d were told that are others", after, n, len(told))
		}
		told = told[len(got.Lines):]
	}
	if len(told) > 0 {
		t.Errorf("%d lines of an operation's log were told and not kept", len(told))
	}
}

// hostileEnvs gives values that a careless YAML or shell would not survive, and a
// setup that writes them down as it got them, where every cloud has a folder of the same name.
func hostileEnvs(sp *schema.Spec) {
	sp.Envs = envs
	sp.Setup = `mkdir -p /var/tmp/envs && for name in E_COLON E_LINES E_QUOTES E_BRACES E_EMOJI E_SHELL E_YES E_DASH E_TRAIL; do printf '%s' "${!name}" > /var/tmp/envs/$name; done; echo setup was here`
}

var envs = map[string]string{
	"E_COLON":  "key: value # no comment",
	"E_LINES":  "one\ntwo\n\nfour\n",
	"E_QUOTES": `'single' "double" \back\n`,
	"E_BRACES": "{{ jinja }} {% if %} ${HOME}",
	"E_EMOJI":  "🦀 größer",
	"E_SHELL":  "$(touch /tmp/pwned) `id` ; touch /tmp/pwned &",
	"E_YES":    "yes",
	"E_DASH":   "- item",
	"E_TRAIL":  "  spaces around\t ",
}

// envsArrived reads what the setup wrote. No shell runs on a simulated server.
func (s *scene) envsArrived(t *testing.T) {
	t.Helper()
	if s.world.Simulated() {
		return
	}
	got := Tree(t, Inside(s.world.Disk(t, s.Stage), "/var/tmp/envs"))
	for name, want := range envs {
		if got[name] != want {
			t.Errorf("%s arrived as %q, not %q", name, got[name], want)
		}
	}
}

func secondLaunch(t *testing.T, s *scene) {
	e := Refused(t, s.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: s.Small()}, schema.KindClusterActive)
	if !strings.Contains(e.Message, ClusterName) {
		t.Errorf("the refusal does not name the server: %s", e.Message)
	}
	other := Refused(t, s.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: s.Small(func(sp *schema.Spec) { sp.Name = "e2e-other" })}, schema.KindClusterActive)
	if !strings.Contains(other.Message, ClusterName) {
		t.Errorf("the refusal does not name the server that there is: %s", other.Message)
	}
	s.machine(t, "running")
}

func syncMirrors(t *testing.T, s *scene) {
	public, private := s.vaults()
	if err := os.Remove(filepath.Join(public, "name with spaces.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(public, "build")); err != nil {
		t.Fatal(err)
	}
	write(t, private, map[string]string{"new/später.txt": "new\n", "secret.txt": "changed\n"})
	do(t, s, schema.ClusterSync, schema.SyncParams{Name: ClusterName}, schema.StatusRunning)
	s.vaultsArrived(t)
}

// restarted: a sidecar that begins while there is a server says so before anything
// else, and its log of operations goes back beyond its own life.
func restarted(t *testing.T, s *scene) {
	before := Call(t, s.Peer, schema.OperationList, schema.OperationListParams{Cluster: ClusterName}).Operations
	s.End(t, s.world.Patience())
	s.sidecar(t)
	first := s.becomes(t, 0, s.from)
	if first.Seq != 1 {
		t.Errorf("the server was told of in status change %d, not in the first", first.Seq)
	}
	after := Call(t, s.Peer, schema.OperationList, schema.OperationListParams{Cluster: ClusterName}).Operations
	if len(after) != len(before) || len(after) == 0 {
		t.Errorf("%d operations before the restart, %d after it", len(before), len(after))
	}
}

// killedThenCanceled: a sidecar is killed the moment it has accepted a launch, before
// SkyPilot can have it. The next one goes on with the same operation; canceled,
// it leaves nothing.
func killedThenCanceled(t *testing.T, s *scene) {
	id := s.begin(t, s.Small())
	s.Kill(t)
	s.sidecar(t)
	s.inPhase(t, id, schema.PhaseProvisioning)
	got := Call(t, s.Peer, schema.ClusterCancel, schema.NameParams{Name: ClusterName})
	if got.Operation.ID != id {
		t.Errorf("operation %s was canceled, not %s", got.Operation.ID, id)
	}
	f := s.finish(t, id)
	if f.Operation.State != schema.OperationCanceled {
		t.Errorf("the launch ended %s: %s", f.Operation.State, f.Operation.Message)
	}
	s.is(t, f.Cluster, schema.StatusNoServer)
	s.nothingLeft(t)
}

// inPhase waits until an operation says that it is in a phase, or beyond it.
func (s *scene) inPhase(t testing.TB, id string, phase schema.Phase) {
	t.Helper()
	index := slices.Index(launchPhases, phase)
	Await(t, s.Peer, schema.ClusterProgress, "phase "+string(phase), s.world.Patience(),
		func(p schema.Progress) bool { return p.Operation == id && p.PhaseIndex >= index })
}

// race starts two sidecars that launch at the same moment. One wins; the other's
// refusal names who holds it. Then the winner is killed half way, and the other
// brings the same operation to its end.
func race(t *testing.T, s *scene) {
	one := s.Peer
	two := Start(t, s.world.Command(t, s.Stage))
	params := schema.LaunchParams{Spec: s.Small()}
	ids := map[*Peer]string{one: one.Send(t, schema.ClusterLaunch.Name, params), two: two.Send(t, schema.ClusterLaunch.Name, params)}
	var winner, loser *Peer
	var won schema.OperationResult
	for p, id := range ids {
		got, refusal := Answer(t, p, schema.ClusterLaunch, id)
		switch {
		case refusal == nil && winner == nil:
			winner, won = p, got
		case refusal == nil:
			t.Fatalf("both launches were accepted\n%s\n%s", one.Transcript(), two.Transcript())
		default:
			loser = p
			if refusal.Kind != schema.KindOperationInProgress && refusal.Kind != schema.KindClusterActive || refusal.Hint == "" {
				t.Errorf("the loser was told: %+v", *refusal)
			}
		}
	}
	if winner == nil {
		t.Fatalf("both launches were refused\n%s\n%s", one.Transcript(), two.Transcript())
	}
	s.Peer = winner
	s.inPhase(t, won.Operation.ID, schema.PhaseProvisioning)
	winner.Kill(t)
	s.Peer = loser
	s.succeed(t, won.Operation.ID, schema.StatusRunning)
	s.machine(t, "running")
	s.vaultsArrived(t)
}

// destroyed: nothing is left, at the cloud or in SkyPilot.
func destroyed(t *testing.T, s *scene) {
	s.destroy(t)
	s.is(t, s.status(t), schema.StatusNoServer)
}
