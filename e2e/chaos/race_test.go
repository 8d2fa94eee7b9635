//go:build unix

package chaos

import (
	"fmt"
	"strings"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// TestRaceToLaunch starts sidecars that launch at the same moment. One wins, the
// others are told of it; the winner is killed, and one of the others brings its
// launch to the end.
func TestRaceToLaunch(t *testing.T) {
	races, seed := number(t, "CHAOS_RACES", 3), chance(t)
	const sidecars = 6
	doubles := 0
	for race := range races {
		t.Run(fmt.Sprint(race), func(t *testing.T) {
			s := newStage(t)
			made := raceOnce(t, s, sidecars, source(seed, uint64(race)).IntN(2) == 0)
			doubles += max(0, made-1)
		})
	}
	t.Logf("%d races of %d sidecars, %d doubles", races, sidecars, doubles)
}

// raceOnce returns how many machines were made. The sidecars get their request
// before they are even up, or, warm, all at once when they are.
func raceOnce(t *testing.T, s stage, sidecars int, warm bool) (made int) {
	peers := make([]*scenario.Peer, sidecars)
	ids := make([]string, sidecars)
	for i := range peers {
		peers[i] = s.start(t, quick)
		if warm {
			scenario.Call(t, peers[i], schema.Ping, schema.Empty{})
		} else {
			ids[i] = peers[i].Send(t, schema.ClusterLaunch.Name, launchParams)
		}
	}
	for i := range peers {
		if warm {
			ids[i] = peers[i].Send(t, schema.ClusterLaunch.Name, launchParams)
		}
	}
	winner, won := oneWinner(t, peers, ids)
	peers[winner].Kill(t)
	for i, p := range peers {
		if i == winner {
			continue
		}
		f := scenario.Await(t, p, schema.OperationFinished, "the end of the winner's launch", patience,
			func(f schema.Finished) bool { return f.Operation.ID == won.ID })
		if f.Operation.State != schema.OperationSucceeded || f.Cluster.Status != schema.StatusRunning {
			t.Errorf("the launch that was taken over ended %s: %+v; the server is %s", f.Operation.State, f.Operation.Error, f.Cluster.Status)
		}
		s.agrees(t, scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server}))
	}
	for i, p := range peers {
		if i != winner {
			p.End(t, patience)
		}
	}
	s.clean(t)
	_, made = s.machines(t)
	if made != 1 {
		t.Errorf("%d machines were made", made)
	}
	return made
}

// oneWinner fails the test unless exactly one launch was accepted, and each
// refusal names what is in progress.
func oneWinner(t *testing.T, peers []*scenario.Peer, ids []string) (winner int, won schema.Operation) {
	t.Helper()
	winner = -1
	refusals := map[int]*schema.Error{}
	for i, p := range peers {
		got, refusal := scenario.Answer(t, p, schema.ClusterLaunch, ids[i])
		switch {
		case refusal != nil:
			refusals[i] = refusal
		case winner >= 0:
			t.Fatalf("two launches were accepted\n%s\n%s", peers[winner].Transcript(), p.Transcript())
		default:
			winner, won = i, got.Operation
		}
	}
	if winner < 0 {
		t.Fatalf("nobody won: %+v", refusals)
	}
	for _, refusal := range refusals {
		told(t, refusal, won)
	}
	return winner, won
}

func told(t *testing.T, refusal *schema.Error, won schema.Operation) {
	t.Helper()
	if refusal.Kind != schema.KindOperationInProgress && refusal.Kind != schema.KindClusterActive || refusal.Hint == "" {
		t.Errorf("a loser was refused as %s: %s (%s)", refusal.Kind, refusal.Message, refusal.Hint)
	}
	if refusal.Kind != schema.KindOperationInProgress {
		return
	}
	for _, part := range []string{"launch", "since"} {
		if !strings.Contains(refusal.Message, part) {
			t.Errorf("the refusal lacks %q: %s (%s)", part, refusal.Message, refusal.Detail)
		}
	}
	if refusal.Operation != won.ID && !strings.Contains(refusal.Message, "Another Carapace") {
		t.Errorf("the refusal names operation %q and not %s: %s", refusal.Operation, won.ID, refusal.Message)
	}
}

// TestOverlap: an app that restarts overlaps itself. The first sidecar is told
// that its host has gone while the second is up; both show the same.
func TestOverlap(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.start(t, slow)
	got := scenario.Call(t, one, schema.ClusterLaunch, launchParams)
	two := s.start(t, quick)
	first := scenario.Await(t, two, schema.ClusterStatusChanged, "the first word of the second sidecar", patience,
		func(c schema.StatusChanged) bool { return true })
	if first.Cluster.Status != schema.StatusProvisioning || first.Cluster.Operation == nil || first.Cluster.Operation.ID != got.Operation.ID {
		t.Errorf("the second sidecar says %s with operation %+v", first.Cluster.Status, first.Cluster.Operation)
	}
	refusal := scenario.Refused(t, two, schema.ClusterLaunch, launchParams, schema.KindOperationInProgress)
	told(t, refusal, got.Operation)
	one.End(t, patience)
	if op := ended(t, two, got.Operation.ID); op.State != schema.OperationSucceeded {
		t.Errorf("the launch ended %s: %+v", op.State, op.Error)
	}
	s.agrees(t, scenario.Call(t, two, schema.ClusterStatus, schema.StatusParams{Name: server}))
	two.End(t, patience)
	s.clean(t)
}
