package lifecycle

import (
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// Launched is the durable record of a server that was launched and whose end was not seen.
type Launched struct {
	Name, Operation string // Operation is the id of its last launch; empty: not known
	Identity        Identity
	Submitted       bool      // it was, or was about to be, handed to SkyPilot; else it can have made nothing
	At              time.Time // when the launch was accepted or submitted
	Generation      uint64    // of the state file at that time
	Account         string    // fingerprint of the account; empty: not known
	Orphan          *Orphan   // nil: none
}

// Remember adds a cluster to the state that only a durable record has, so that the watcher looks for
// it. It reports whether it changed the state.
func (s *State) Remember(l Launched, at time.Time) bool {
	rec := s.Clusters[l.Name]
	if !l.happened() {
		return false
	}
	if op := s.Operation(l.Operation); op != nil && op.Ended() && (rec == nil || !rec.MayExist()) {
		return false // the state has the launch's end; the record's is written after it
	}
	earlier := rec != nil && s.Generation < l.Generation && rec.Identity.Hash != "" && rec.Identity.Hash != l.Identity.Hash
	if rec != nil && !earlier && (rec.MayExist() || rec.Exists.Since.After(l.At)) {
		return false // else the state has an earlier server of that name, which ended before the launch
	}
	if op := s.Running(l.Name); op != nil && !op.endedBefore(l, at) {
		return s.markSubmitted(op, l, at)
	}
	rec = s.Ensure(l.Name)
	*rec = Cluster{View: schema.Cluster{Name: l.Name, CreatedAt: l.At}, Identity: l.Identity, Incomplete: l.Identity.Hash == "", Occupant: rec.Occupant, Account: l.Account, Orphan: l.Orphan}
	rec.Witness(EvidenceRemembered, "", at)
	failure := schema.Fail(schema.KindInterrupted, &text.ServerKnowledgeLost)
	SetStatus(rec, schema.StatusError, failure.Texts(), failure)
	return true
}

// happened reports whether the launch may have made a server. The record is written before the state
// has the launch, so a process that is killed between the two leaves a record of nothing.
func (l Launched) happened() bool { return l.Submitted || l.Identity.Hash != "" }

// NeverHappened reports whether a durable record is of a launch that was neither submitted nor
// accepted: the state of its folder, at least as new as the record, does not have it.
func (s *State) NeverHappened(l Launched) bool {
	return !l.happened() && s.Generation >= l.Generation && s.Operation(l.Operation) == nil
}

// Knows reports whether the state is one that had, or has, a recorded launch. A launch's record is
// written just before the state that has it, so a state that was read between the two says nothing of
// that launch, nor does an older copy.
func (s *State) Knows(l Launched) bool {
	return s.Generation > l.Generation || s.Operation(l.Operation) != nil
}

// endedBefore ends an operation that was accepted before a launch of its cluster that the state does
// not have, because its file is an older copy. A cluster has one operation at a time, so the operation
// has ended. It reports whether it ended the operation.
func (o *Operation) endedBefore(l Launched, at time.Time) bool {
	if l.Operation == "" || o.ID == l.Operation || !o.StartedAt.Before(l.At) {
		return false
	}
	o.endUnknown(at)
	return true
}

// endUnknown ends an operation of an older copy of the state, whose real end is not known.
func (o *Operation) endUnknown(at time.Time) {
	o.State, o.EndedAt, o.Known = schema.OperationFailed, at, nil
	o.Error = schema.Fail(schema.KindInterrupted, &text.EndUnknown, text.Args{"operation": o.Kind})
	o.Say(o.Error.Texts()...)
}

// RememberEnd ends a launch in progress whose server has ended by a durable record. A record ends only
// after its launch, so the state is an older copy, and a cluster that has the name now is another one.
// It reports whether it changed the state.
func (s *State) RememberEnd(name, launch string, ended, at time.Time) bool {
	op := s.Operation(launch)
	if op == nil || op.Ended() || op.Cluster != name {
		return false
	}
	op.endUnknown(at)
	rec := s.Ensure(name)
	rec.Witness(EvidenceHistory, rec.Account, at)
	if !rec.MayExist() {
		clearRecord(rec, name, text.New(&text.ServerEnded, text.Args{"at": ended}))
	}
	return true
}

// markSubmitted notes for an operation in progress that a durable record has the launch as submitted,
// so that its machine may exist. It reports whether it changed the state.
func (s *State) markSubmitted(op *Operation, l Launched, at time.Time) bool {
	if s.Generation >= l.Generation && l.Identity.Hash == "" {
		return false // the state is no older than the record, so it has the submission's step
	}
	rec := s.Ensure(l.Name)
	rec.Witness(EvidenceRemembered, "", at)
	rec.Incomplete = true
	if l.Identity.Hash != "" {
		rec.Identity = l.Identity
	}
	if op.ID == l.Operation && op.Step == "" {
		op.Step = StepLaunch // so that the driver looks for its request before it submits
	}
	return true
}
