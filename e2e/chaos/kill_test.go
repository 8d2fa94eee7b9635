//go:build unix

package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"carapace/e2e/scenario"
	"carapace/provision/lifecycle"
	"carapace/schema"
)

// TestKilledAtAnyInstant lets servers live while their sidecar is killed over and
// over, and looks after each operation whether the next sidecars brought it to
// the end that it must have.
func TestKilledAtAnyInstant(t *testing.T) {
	t.Parallel()
	rounds, seed := number(t, "CHAOS_ROUNDS", 12), chance(t)
	const lives = 4
	var tallies [lives]tally
	t.Cleanup(func() { // the lives go on in parallel after this function
		var all tally
		for _, one := range tallies {
			all.add(one)
		}
		t.Logf("%v", all)
	})
	for life := range lives {
		t.Run(fmt.Sprintf("life%d", life), func(t *testing.T) {
			t.Parallel()
			s, status := newStage(t), schema.StatusNoServer
			for n := life; n < rounds && !t.Failed(); n += lives {
				t.Run(fmt.Sprintf("round%d", n), func(t *testing.T) {
					r := &round{stage: s, rng: source(seed, uint64(n)), from: status}
					defer func() { tallies[life].add(r.tally) }()
					r.play(t)
					status = r.to
				})
			}
		})
	}
}

// tally is what rounds have come to.
type tally struct{ rounds, kills, operations, doubles, lost int }

func (t *tally) add(o tally) {
	t.rounds += o.rounds
	t.kills += o.kills
	t.operations += o.operations
	t.doubles += o.doubles
	t.lost += o.lost
}

func (t tally) String() string {
	return fmt.Sprintf("%d kills in %d rounds, %d operations accepted, %d doubles, %d lost", t.kills, t.rounds, t.operations, t.doubles, t.lost)
}

// round is one operation, or one that is overtaken by another, and the kills during it.
type round struct {
	stage
	rng      *rand.Rand
	from, to schema.Status
	tally

	before   []string // the operations that there were
	made     int      // machines
	promised []string // the operations whose acceptance the host was told
	accepted []lifecycle.Operation
	canceled bool // the host was told so
}

func (r *round) play(t *testing.T) {
	r.rounds++
	for _, op := range r.journal(t).Operations {
		r.before = append(r.before, op.ID)
	}
	_, r.made = r.machines(t)
	p := r.start(t, quick)
	r.ask(t, p)
	r.kill(t, p)
	for r.rng.IntN(2) == 0 {
		p = r.start(t, quick)
		r.await(t, p)
		r.kill(t, p)
	}
	r.conclude(t)
}

// choices are what may be asked for in a state.
func (r *round) choices() []func(*testing.T, *scenario.Peer) {
	switch r.from {
	case schema.StatusRunning:
		return []func(*testing.T, *scenario.Peer){ordinary(r, schema.ClusterStop), ordinary(r, schema.ClusterSync), r.destroy, r.destroy}
	case schema.StatusStopped:
		return []func(*testing.T, *scenario.Peer){ordinary(r, schema.ClusterStart), ordinary(r, schema.ClusterStart), r.destroy}
	}
	return []func(*testing.T, *scenario.Peer){r.launch, r.launch, r.launch, r.launchAndCancel, r.launchAndDestroy}
}

// ask makes one of the requests that the state allows, and waits for chance.
func (r *round) ask(t *testing.T, p *scenario.Peer) {
	choices := r.choices()
	choices[r.rng.IntN(len(choices))](t, p)
}

func (r *round) launch(t *testing.T, p *scenario.Peer) {
	t.Log("launch")
	id := p.Send(t, schema.ClusterLaunch.Name, launchParams)
	r.await(t, p)
	r.promise(p, id)
}

func ordinary[P any](r *round, m schema.Method[P, schema.OperationResult]) func(*testing.T, *scenario.Peer) {
	return func(t *testing.T, p *scenario.Peer) {
		t.Log(m.Name)
		id := p.Send(t, m.Name, schema.NameParams{Name: server})
		r.await(t, p)
		r.promise(p, id)
	}
}

func (r *round) destroy(t *testing.T, p *scenario.Peer) {
	t.Log("destroy")
	id := p.Send(t, schema.ClusterDestroy.Name, schema.DestroyParams{Name: server})
	r.await(t, p)
	r.promise(p, id)
}

func (r *round) launchAndCancel(t *testing.T, p *scenario.Peer) {
	r.launch(t, p)
	t.Log("cancel")
	id := p.Send(t, schema.ClusterCancel.Name, schema.NameParams{Name: server})
	r.await(t, p)
	_, r.canceled = answered[schema.OperationResult](p, id)
}

func (r *round) launchAndDestroy(t *testing.T, p *scenario.Peer) {
	r.launch(t, p)
	r.destroy(t, p)
}

// promise notes an acceptance that the host was told of.
func (r *round) promise(p *scenario.Peer, id string) {
	if got, ok := answered[schema.OperationResult](p, id); ok {
		r.promised = append(r.promised, got.Operation.ID)
	}
}

// await lets a random time pass, or waits for a phase of any operation, which it
// may never reach: whichever is first. Time that passes is what is tested here.
func (r *round) await(t *testing.T, p *scenario.Peer) {
	limit := time.Duration(r.rng.Int64N(int64(1200 * time.Millisecond)))
	if r.rng.IntN(3) == 0 {
		limit /= 20 // at once
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	<-timer.C
}

func (r *round) kill(t *testing.T, p *scenario.Peer) {
	r.kills++
	kill(t, p, r.rng.IntN(3) == 0)
	r.journal(t)
	if r.rng.IntN(3) == 0 {
		r.deserted(t) // else the next one meets what the dead one had begun
	}
}

// conclude starts a sidecar that is left alone, and looks at how all has ended.
func (r *round) conclude(t *testing.T) {
	p := r.start(t, quick)
	r.collect(t)
	r.operations += len(r.accepted)
	for i, op := range r.accepted {
		r.accepted[i].Operation = ended(t, p, op.ID)
	}
	r.endedAsMust(t)
	c := scenario.Call(t, p, schema.ClusterStatus, schema.StatusParams{Name: server, Refresh: true})
	r.to = c.Status
	if want := r.expected(); c.Status != want {
		t.Errorf("the server is %s (%s), not %s", c.Status, c.Description, want)
	}
	r.agrees(t, c)
	allowed := 0 // machines that one round may make
	if r.from == schema.StatusNoServer {
		allowed = 1
	}
	if _, made := r.machines(t); made-r.made > allowed {
		r.doubles += made - r.made - allowed
		t.Errorf("%d machines were made in one round from %s", made-r.made, r.from)
	}
	p.End(t, patience)
	r.collect(t)
	r.clean(t)
}

// collect finds the operations of this round in the journal.
func (r *round) collect(t *testing.T) {
	r.accepted = nil
	var ids []string
	for _, op := range r.journal(t).Operations {
		if !slices.Contains(r.before, op.ID) {
			r.accepted = append(r.accepted, *op)
			ids = append(ids, op.ID)
		}
	}
	for _, id := range r.promised {
		if !slices.Contains(ids, id) {
			r.lost++
			t.Errorf("operation %s was accepted and is forgotten; there are %v", id, ids)
		}
	}
}

// ended waits for the end of an operation, which may have come before this sidecar.
func ended(t testing.TB, p *scenario.Peer, id string) schema.Operation {
	t.Helper()
	if op := scenario.Call(t, p, schema.OperationGet, schema.OperationGetParams{ID: id}); op.Ended() {
		return op
	}
	return scenario.Await(t, p, schema.OperationFinished, "the end of operation "+id, patience,
		func(f schema.Finished) bool { return f.Operation.ID == id }).Operation
}

// endedAsMust: nothing fails in this world but the sidecar, so each operation must
// succeed, unless somebody canceled it.
func (r *round) endedAsMust(t *testing.T) {
	if len(r.accepted) > 2 {
		t.Errorf("%d operations were made of two requests at most: %+v", len(r.accepted), r.accepted)
	}
	for i, op := range r.accepted {
		overtaken := i < len(r.accepted)-1
		want := schema.OperationSucceeded
		if overtaken && op.State == schema.OperationCanceled || !op.CancelRequested.IsZero() {
			want = schema.OperationCanceled
		}
		if op.State != want {
			t.Errorf("%s %s ended %s, not %s: %s: %+v", op.Kind, op.ID, op.State, want, op.Message, op.Error)
		}
		if r.canceled && op.CancelRequested.IsZero() {
			t.Errorf("%s: the cancel that was accepted is forgotten", op.Kind)
		}
	}
}

// expected is the status that the last accepted operation must have led to.
func (r *round) expected() schema.Status {
	if len(r.accepted) == 0 {
		return r.from
	}
	last := r.accepted[len(r.accepted)-1]
	switch {
	case !last.CancelRequested.IsZero(), last.Kind == schema.OperationDestroy:
		return schema.StatusNoServer
	case last.Kind == schema.OperationStop:
		return schema.StatusStopped
	}
	return schema.StatusRunning
}
