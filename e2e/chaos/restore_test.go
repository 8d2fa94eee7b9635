//go:build unix

package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"carapace/e2e/scenario"
	"carapace/schema"
)

// TestTheStateIsLostBetweenOperations lets servers live while their state file is
// deleted, cut short, or replaced by any earlier copy between any two operations, with
// the sidecar dead or alive: no server that runs is forgotten, and none is launched
// beside it.
func TestTheStateIsLostBetweenOperations(t *testing.T) {
	t.Parallel()
	rounds, seed := number(t, "CHAOS_RESTORES", 12), chance(t)
	const lives = 3
	var tallies [lives]lossTally
	t.Cleanup(func() { // the lives go on in parallel after this function
		var all lossTally
		for _, one := range tallies {
			all.losses += one.losses
			all.operations += one.operations
			all.refused += one.refused
			all.lost += one.lost
			all.doubles += one.doubles
		}
		t.Logf("%d losses of the state, %d operations and %d refused, %d lost servers, %d doubles", all.losses, all.operations, all.refused, all.lost, all.doubles)
	})
	for life := range lives {
		t.Run(fmt.Sprintf("life%d", life), func(t *testing.T) {
			t.Parallel()
			l := &lossyLife{stage: newStage(t), rng: source(seed, uint64(life)), tally: &tallies[life]}
			l.peer = l.start(t, quick)
			for n := life; n < rounds && !t.Failed(); n += lives {
				l.round(t)
			}
			l.end(t)
		})
	}
}

type lossTally struct{ losses, operations, refused, lost, doubles int }

// lossyLife is a server's life in one stage.
type lossyLife struct {
	stage
	rng     *rand.Rand
	peer    *scenario.Peer
	earlier [][]byte // state files as they were between operations, and at the beginning of each
	tally   *lossTally
}

// round loses the state and then asks for something.
func (l *lossyLife) round(t *testing.T) {
	l.remember(t)
	l.lose(t)
	l.look(t)
	c := l.look(t)
	living, _ := l.machines(t)
	l.ask(t, c.Status, len(living) > 0)
	l.look(t)
}

func (l *lossyLife) file() string { return filepath.Join(l.state, "state.json") }

func (l *lossyLife) remember(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(l.file())
	if err == nil && json.Valid(data) {
		l.earlier = append(l.earlier, data)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// lose takes the state file away, by chance with the sidecar dead.
func (l *lossyLife) lose(t *testing.T) {
	t.Helper()
	l.tally.losses++
	dead := l.rng.IntN(3) > 0
	if dead {
		kill(t, l.peer, l.rng.IntN(2) == 0)
	}
	how, err := "", error(nil)
	switch data, absent := os.ReadFile(l.file()); {
	case absent != nil:
		how = "not there"
	case l.rng.IntN(4) == 0:
		how, err = "deleted", os.Remove(l.file())
	case l.rng.IntN(3) == 0:
		how, err = "truncated", os.WriteFile(l.file(), data[:l.rng.IntN(len(data))], 0o600)
	default:
		n := l.rng.IntN(len(l.earlier))
		how, err = fmt.Sprintf("that of %d of %d", n, len(l.earlier)), os.WriteFile(l.file(), l.earlier[n], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the state is %s, the sidecar dead: %t", how, dead)
	if dead {
		l.peer = l.start(t, quick)
	}
}

// look refreshes, and fails the test if a machine that exists is said to cost nothing,
// or is not the only one.
func (l *lossyLife) look(t *testing.T) schema.Cluster {
	t.Helper()
	for _, op := range scenario.Call(t, l.peer, schema.OperationList, schema.OperationListParams{Cluster: server}).Operations {
		if !op.Ended() { // an older state may have one to be taken up
			ended(t, l.peer, op.ID)
		}
	}
	c := scenario.Call(t, l.peer, schema.ClusterStatus, schema.StatusParams{Name: server, Refresh: true})
	living, _ := l.machines(t)
	if len(living) > 0 && c.Costs.Now == schema.SpendingNothing {
		l.tally.lost++
		t.Errorf("a machine is %s, and the server is %s: %s", living[0], c.Status, c.Description)
	}
	if len(living) > 1 {
		l.tally.doubles += len(living) - 1
		t.Errorf("there are %d machines: %v", len(living), living)
	}
	return c
}

// ask asks for an operation, by chance for a launch where a server is: that must be
// refused, or make none. What the status allows must be carried out.
func (l *lossyLife) ask(t *testing.T, status schema.Status, exists bool) {
	t.Helper()
	launch := !exists || l.rng.IntN(4) == 0
	var result schema.OperationResult
	var refusal *schema.Error
	switch choice := l.rng.IntN(3); {
	case launch:
		result, refusal = scenario.Try(t, l.peer, schema.ClusterLaunch, launchParams)
	case choice == 0:
		result, refusal = scenario.Try(t, l.peer, schema.ClusterDestroy, schema.DestroyParams{Name: server})
	case status == schema.StatusRunning:
		result, refusal = scenario.Try(t, l.peer, schema.ClusterStop, schema.ChangeParams{Name: server})
	default:
		result, refusal = scenario.Try(t, l.peer, schema.ClusterStart, schema.StartParams{Name: server})
	}
	if refusal != nil {
		l.tally.refused++
		t.Logf("refused: %s", refusal.Message)
		if !exists && status == schema.StatusNoServer {
			t.Errorf("with no server a launch is refused: %+v", refusal)
		}
		return
	}
	l.tally.operations++
	l.remember(t)
	op := ended(t, l.peer, result.Operation.ID)
	t.Logf("%s %s: %s", op.Kind, op.State, op.Message)
	if op.State != schema.OperationSucceeded {
		t.Errorf("the %s ended %s: %+v", op.Kind, op.State, op.Error)
	}
}

// end destroys what is there: nothing may be left at the cloud.
func (l *lossyLife) end(t *testing.T) {
	if t.Failed() {
		return
	}
	l.look(t)
	result := scenario.Call(t, l.peer, schema.ClusterDestroy, schema.DestroyParams{Name: server})
	op := ended(t, l.peer, result.Operation.ID)
	if living, _ := l.machines(t); op.State != schema.OperationSucceeded || len(living) > 0 {
		t.Errorf("the last destroy ended %s (%+v), and these machines are left: %v", op.State, op.Error, living)
	}
	l.peer.End(t, patience)
}
