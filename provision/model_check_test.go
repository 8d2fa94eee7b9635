package provision

import (
	"fmt"
	"strings"
	"testing/synctest"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/skysim"
)

// whose is whose a cluster is, by how it came to be.
type whose int

const (
	ours      whose = iota // a sidecar's launch made it
	byHand                 // this user made it, and no sidecar may touch it
	alices                 // another user's
	ambiguous              // it may be taken for a sidecar's, or came while SkyPilot had our request for its name: no rule can tell
)

// reference is the small model that a program is checked against: whose each machine
// is, and what of it a person has given up.
type reference struct {
	hashes      map[string]whose  // by cluster hash
	states      map[string]string // of machines that are not ours, when last looked at
	offList     map[string]bool   // cluster hashes that a person had taken off the list
	unheard     map[string]bool   // machines that the cloud made without being heard
	known       map[string]bool   // machines that were seen
	launched    map[string]bool   // names of which a launch was accepted
	outstanding bool              // the cluster of the last of them was not seen yet
	last        string            // the cluster hash of ours that came last
	abandoned   bool              // what comes of a launch was taken off the list
	handMayGoOn bool              // what somebody asked SkyPilot for by hand was not waited for
	stateLost   bool
}

func newReference() reference {
	return reference{
		hashes: map[string]whose{}, states: map[string]string{}, offList: map[string]bool{},
		unheard: map[string]bool{}, known: map[string]bool{}, launched: map[string]bool{},
	}
}

func (r *reference) launchAccepted(name string) {
	r.launched[name] = true
	r.outstanding, r.abandoned = true, false
}

// meet notes clusters that nobody made by hand: they are ours.
func (r *reference) meet(s skysim.Snapshot, answersLost bool) {
	note := func(hash, user string) {
		if _, met := r.hashes[hash]; met || hash == "" {
			return
		}
		r.hashes[hash], r.last, r.outstanding = ours, hash, false
		if r.abandoned {
			r.offList[hash] = true
		}
	}
	for _, c := range s.Records {
		note(c.Hash, c.User)
	}
	for _, m := range s.Machines {
		note(m.Hash, m.User)
		if !r.known[m.ID] && answersLost {
			r.unheard[m.ID] = true
		}
		r.known[m.ID] = true
	}
}

// forgotten: a person has said that nothing of that name is there.
func (r *reference) forgotten(s skysim.Snapshot, name string) {
	for _, m := range s.Machines {
		if m.Cluster == name {
			r.offList[m.Hash] = true
		}
	}
	for _, c := range s.Records {
		if c.Name == name {
			r.offList[c.Hash] = true
		}
	}
	r.abandoned = true
}

// outsideDone notes what somebody else has made.
func (r *reference) outsideDone(before, after skysim.Snapshot, known map[string]bool, raced bool) string {
	ownOf := func(name string) whose {
		if r.outstanding || !known[r.last] || !r.launched[name] {
			return ambiguous // or the first of its name, which is looked after from then on
		}
		return byHand
	}
	said := "done"
	for _, c := range after.Records {
		if _, met := r.hashes[c.Hash]; met && had(before, c.Hash) {
			continue
		}
		r.hashes[c.Hash] = ownOf(c.Name)
		if c.User == skysim.UserHash(skysim.OtherUser) {
			r.hashes[c.Hash] = alices
		}
		if raced {
			r.hashes[c.Hash] = ambiguous
		}
		said = fmt.Sprintf("made %s of %s", c.Hash, c.UserName)
	}
	for _, m := range after.Machines {
		if _, met := r.hashes[m.Hash]; !met {
			r.hashes[m.Hash] = ownOf(m.Cluster) // made and given up by hand
		}
		r.states[m.ID] = m.State
		r.known[m.ID] = true
	}
	return said
}

func had(s skysim.Snapshot, hash string) bool {
	for _, c := range s.Records {
		if c.Hash == hash {
			return true
		}
	}
	for _, m := range s.Machines {
		if m.Hash == hash {
			return true
		}
	}
	return false
}

// truth is the simulated world at a moment in which nothing moves.
func (p *play) truth() skysim.Snapshot {
	p.t.Helper()
	synctest.Wait()
	s, err := p.control.Snapshot()
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// check compares what both sidecars show with what is true.
func (p *play) check() {
	p.t.Helper()
	s := p.truth()
	p.meet(s, p.faulty["answer_lost"])
	p.remember()
	p.reached.checks++
	existing := map[string]bool{}
	for _, m := range s.Machines {
		p.untouched(m)
		if p.hashes[m.Hash] != ours || !m.Exists() || p.offList[m.Hash] {
			continue
		}
		if !p.unheard[m.ID] {
			existing[m.ID] = true
		}
		if p.unheard[m.ID] && p.stateLost {
			p.reached.count("unheard, and the state that told of it lost") // no durable record does
			continue
		}
		for n, side := range p.sides {
			p.counted(n, side, m)
		}
	}
	if len(existing) > 1 {
		p.t.Errorf("%d machines of ours exist: %v", len(existing), existing)
	}
	p.tally()
}

// untouched: what is not ours stays as it was, unless the cloud itself changed it.
func (p *play) untouched(m skysim.Machine) {
	p.t.Helper()
	owner := p.hashes[m.Hash]
	if owner != byHand && owner != alices {
		return
	}
	p.reached.count("not ours: " + map[whose]string{byHand: "this user's", alices: "alice's"}[owner])
	was, known := p.states[m.ID]
	p.states[m.ID] = m.State
	if known && was != m.State && m.Cause == "user" && !p.handMayGoOn {
		p.t.Errorf("%s, which is not ours (%s), was %s and is %s", m.ID, m.UserName, was, m.State)
	}
}

// counted: of a machine that is ours nobody says that it costs nothing.
func (p *play) counted(n int, side *sidecar, m skysim.Machine) {
	p.t.Helper()
	c, err := side.Status(ctx, schema.StatusParams{Name: m.Cluster})
	if err != nil {
		p.t.Errorf("sidecar %d does not know of %s, which is %s: %v", n, m.ID, m.State, err)
		return
	}
	if c.Costs.Now == schema.SpendingNothing || strings.Contains(c.Description, "othing costs") || strings.Contains(c.Description, "othing of it costs") {
		rec := side.store.Remembered(m.Cluster)
		p.t.Errorf("%s of %s is %s, and sidecar %d says that %s costs %s: %s, %s\n%+v", m.ID, m.Hash, m.State, n, c.Name, c.Costs.Now, c.Status, c.Description, rec.Exists)
	}
}

// tally counts what was reached.
func (p *play) tally() {
	for _, side := range p.sides {
		for _, name := range []string{schema.DefaultClusterName, secondName} {
			_, rec := side.store.Cluster(name)
			if rec == nil {
				continue
			}
			p.reached.count("existence " + string(rec.Existence()))
			if rec.Exists.Why != "" {
				p.reached.count(fmt.Sprintf("existence %s (%s)", rec.Existence(), rec.Exists.Why))
			}
			if rec.View.LastChange != nil {
				p.reached.count("cause " + string(rec.View.LastChange.Cause))
			}
		}
	}
	for id, kind := range p.ops {
		op, err := p.sides[0].GetOperation(ctx, schema.OperationGetParams{ID: id})
		if err == nil && op.Ended() {
			why := ""
			if op.Error != nil {
				why = ": " + string(op.Error.Kind) + ": " + op.Error.Message
			}
			p.note("(the %s has %s%s)", kind, op.State, why)
			p.reached.count(string(kind) + " " + string(op.State))
			delete(p.ops, id)
		}
	}
}

// refresh looks, and compares what is shown of the machine with the machine.
func (p *play) refresh(side *sidecar) string {
	p.t.Helper()
	quiet, before, began := !p.busy(), p.truth(), time.Now()
	c, err := side.Status(ctx, schema.StatusParams{Refresh: true})
	if err != nil {
		return "refused: " + err.Error()
	}
	said := fmt.Sprintf("%s, %s, %s: %s", c.Status, c.Machine, c.Costs.Now, c.Description)
	if !quiet || c.Operation != nil || !c.Reachability.OK || c.Stale || c.CheckedAt.Before(began.UTC().Truncate(time.Millisecond)) {
		return said
	}
	p.meet(p.truth(), p.faulty["answer_lost"])
	want := map[schema.MachineState]string{schema.MachineRunning: "running", schema.MachineStopped: "stopped"}[c.Machine]
	if want != "" && !is1(before, c.Name, want) && !is1(p.truth(), c.Name, want) {
		p.t.Errorf("%s is shown as %s, and no machine of it is: %s", c.Name, c.Machine, said)
	}
	return said
}

// is1 says whether a cluster has a machine in a state.
func is1(s skysim.Snapshot, name, state string) bool {
	for _, m := range s.Machines {
		if m.Cluster == name && m.State == state {
			return true
		}
	}
	return false
}

// settle heals everything, lets all come to its end, and removes what is left.
func (p *play) settle() {
	p.t.Helper()
	p.log = append(p.log, "   then everything is healed")
	p.heal()
	p.faulty = map[string]bool{}
	p.pass(untilEnd)
	time.Sleep(10 * time.Minute)
	p.check()
	for _, side := range p.sides {
		p.note("%s", p.refresh(side))
	}
	p.check()
	p.converged()
	p.end()
}

// converged: with nothing wrong, and nothing in progress, both show the same, and a
// server that SkyPilot has and that is ours as it is.
func (p *play) converged() {
	p.t.Helper()
	s := p.truth()
	if p.busy() || p.t.Failed() {
		return
	}
	for _, name := range []string{schema.DefaultClusterName, secondName} {
		one, _ := p.sides[0].store.Cluster(name)
		two, _ := p.sides[1].store.Cluster(name)
		if one.Status != two.Status || one.Machine != two.Machine || one.Costs.Now != two.Costs.Now {
			p.t.Errorf("one shows %s, %s, %s and the other %s, %s, %s", one.Status, one.Machine, one.Costs.Now, two.Status, two.Machine, two.Costs.Now)
		}
		for _, c := range s.Records {
			if c.Name != name || p.hashes[c.Hash] != ours || p.offList[c.Hash] || c.Status != "UP" {
				continue
			}
			if one.Machine != schema.MachineRunning {
				p.t.Errorf("%s (%s) runs and is shown as %s, %s: %s", name, c.Hash, one.Status, one.Machine, one.Description)
			}
		}
	}
}

// end destroys what is there: nothing that SkyPilot has of ours may be left.
func (p *play) end() {
	p.t.Helper()
	for _, name := range []string{schema.DefaultClusterName, secondName} {
		c, rec := p.sides[1].store.Cluster(name)
		if rec == nil || c.Status == schema.StatusNoServer || p.t.Failed() {
			continue
		}
		result, err := p.sides[1].Destroy(ctx, schema.DestroyParams{Name: name})
		p.note("%s", p.ask(result, err))
		p.pass(untilEnd)
		time.Sleep(time.Minute)
		p.check()
		if err != nil {
			continue
		}
		c, rec = p.sides[1].store.Cluster(name)
		for _, r := range p.truth().Records {
			if r.Name == name && p.hashes[r.Hash] == ours && !p.offList[r.Hash] {
				p.t.Errorf("%s (%s) is destroyed, and SkyPilot has it: %s", name, r.Hash, c.Description)
			}
		}
		if op := p.sides[1].store.Operation(result.Operation.ID); op.State != schema.OperationSucceeded && rec.Existence() != lifecycle.ExistsLost && rec.Occupant == nil {
			p.t.Errorf("the last destroy ended %s: %+v; %s", op.State, op.Error, c.Description)
		}
	}
}
