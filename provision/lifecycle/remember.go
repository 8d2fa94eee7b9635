package lifecycle

import (
	"fmt"
	"time"

	"carapace/schema"
)

// Launched is what a durable record tells of a server that was launched and whose end
// was not seen.
type Launched struct {
	Name, Operation string // Operation is the id of its last launch; empty: not known
	Identity        Identity
	At              time.Time // when that was accepted or submitted
	Generation      uint64    // of the state file then
}

// Remember puts a cluster into the state that a durable record tells of and the state
// does not, so that it is looked for. It reports whether the state lacked it.
func (s *State) Remember(l Launched, at time.Time) bool {
	rec := s.Clusters[l.Name]
	if op := s.Operation(l.Operation); op != nil && op.Ended() && (rec == nil || !rec.MayExist()) {
		return false // the state knows how that launch ended; the record is just being ended
	}
	earlier := rec != nil && s.Generation < l.Generation && rec.Identity.Hash != "" && rec.Identity.Hash != l.Identity.Hash
	if rec != nil && !earlier && (rec.MayExist() || rec.Exists.Since.After(l.At)) {
		return false // else what the state has is an earlier server of that name, which ended before the launch
	}
	if op := s.Running(l.Name); op != nil && !op.endedBefore(l, at) {
		return s.markSubmitted(op, l, at)
	}
	rec = s.Ensure(l.Name)
	*rec = Cluster{View: schema.Cluster{Name: l.Name, CreatedAt: l.At}, Identity: l.Identity, Incomplete: l.Identity.Hash == "", Occupant: rec.Occupant}
	rec.Witness(EvidenceRemembered, "", at)
	failure := schema.NewError(schema.KindInterrupted, "What Carapace knew of the server was lost; it was launched from this computer, and SkyPilot is being asked for it.",
		"Wait for the next look. If SkyPilot does not find it, look in the cloud's console.")
	SetStatus(rec, schema.StatusError, failure.Message, failure)
	return true
}

// endedBefore ends an operation that was accepted before another launch of its server,
// of which the state does not know because its file is older: a server has one
// operation at a time. It reports whether it did.
func (o *Operation) endedBefore(l Launched, at time.Time) bool {
	if l.Operation == "" || o.ID == l.Operation || !o.StartedAt.Before(l.At) {
		return false
	}
	o.endUnknown(at)
	return true
}

// endUnknown ends an operation of an older copy of the state.
func (o *Operation) endUnknown(at time.Time) {
	o.State, o.EndedAt, o.Known = schema.OperationFailed, at, nil
	o.Error = schema.NewError(schema.KindInterrupted,
		fmt.Sprintf("What Carapace knew was replaced by an older copy: how the %s ended is not known.", o.Kind), "Look at the server's status.")
	o.Message = o.Error.Message
}

// RememberEnd ends a launch in progress whose server's end a durable record tells of:
// the record is ended only after the launch, so that the state is an older copy. What
// bears the name by now is another cluster. It reports whether there was one.
func (s *State) RememberEnd(name, launch string, ended, at time.Time) bool {
	op := s.Operation(launch)
	if op == nil || op.Ended() || op.Cluster != name {
		return false
	}
	op.endUnknown(at)
	rec := s.Ensure(name)
	rec.Witness(EvidenceHistory, rec.Account, at)
	if !rec.MayExist() {
		clearRecord(rec, name, fmt.Sprintf("The server ended at %s.", ended.Local().Format("15:04")))
	}
	return true
}

// markSubmitted brings an operation in progress up to a launch that was submitted when the
// state's file was written last, or later: its machine may exist. It reports whether
// the state did not know that.
func (s *State) markSubmitted(op *Operation, l Launched, at time.Time) bool {
	if s.Generation >= l.Generation && l.Identity.Hash == "" {
		return false // the launch was accepted, and nothing is known of a submission
	}
	rec := s.Ensure(l.Name)
	rec.Witness(EvidenceRemembered, "", at)
	rec.Incomplete = true
	if l.Identity.Hash != "" {
		rec.Identity = l.Identity
	}
	if op.ID == l.Operation && op.Step == "" {
		op.Step = StepLaunch // its request is looked for before another is made
	}
	return true
}
