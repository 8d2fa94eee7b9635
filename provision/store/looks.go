package store

import (
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// LookSucceeded notes a successful look that began at a time, and the cluster_hash that it
// showed, "" if there is no record.
func (s *Store) LookSucceeded(name string, begun time.Time, hash string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, reached := schema.Now(), s.looks[name].Reached
	if s.looks[name].Failures > 0 || reached.IsZero() {
		reached = at
	}
	s.looks[name] = lifecycle.Look{Begun: begun, CheckedAt: at, Reached: reached, Hash: hash}
	s.notifyChange(name)
}

// LookFailed notes why a look failed that began at a time, and returns the cluster's updated Look.
func (s *Store) LookFailed(name string, begun time.Time, why *schema.Error) lifecycle.Look {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.looks[name]
	l.Begun, l.Failure = begun, why
	l.Failures++
	if l.Failures == 1 {
		l.Since = schema.Now()
	}
	s.looks[name] = l
	s.notifyChange(name)
	return l
}

// MachineAnswered notes that a cluster's machine answered at its port. The host is not told: nothing has
// changed.
func (s *Store) MachineAnswered(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, known := s.looks[name]; known {
		l.Answered = schema.Now()
		s.looks[name] = l
	}
}

// SawWithin reports whether the last look succeeded, is younger than age, and showed that
// cluster_hash under the name.
func (s *Store) SawWithin(name, hash string, age time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.looks[name]
	since := time.Since(l.CheckedAt)
	return l.Hash == hash && l.Failures == 0 && since >= 0 && since < age
}

// FailedLooks is how many looks in a row failed, at the cluster with the most.
func (s *Store) FailedLooks(names []string) (most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		most = max(most, s.looks[name].Failures)
	}
	return most
}

// forgetLooks is how long a look is shared: far longer than any pause between two looks.
const forgetLooks = 24 * time.Hour

// ShareLooks writes the looks to disk for the sidecars that share the state folder. It blocks for
// a small write; a failure is logged.
func (s *Store) ShareLooks() {
	s.mu.Lock()
	shared := map[string]lifecycle.Look{}
	for name, l := range s.looks {
		if time.Since(l.Begun) < forgetLooks {
			shared[name] = l
		}
	}
	s.mu.Unlock()
	stamp, err := s.journal.ShareLooks(s.opt.Life, shared)
	if err != nil {
		s.log.Debug("the looks could not be shared", "error", err)
		return
	}
	s.mu.Lock()
	s.looksStamp = stamp
	s.mu.Unlock()
}

// SharedLooksChanged reports whether another sidecar's look was loaded since the last call. This
// sidecar then need not look itself.
func (s *Store) SharedLooksChanged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.sharedLooksChanged
	s.sharedLooksChanged = false
	return took
}

// LoadSharedLooks loads newer looks of other sidecars, and reports whether there were any. It
// ignores looks from before this process began, because checkedAt is missing until the first look
// of a process (docs/protocol.md). It blocks for reading a small file.
func (s *Store) LoadSharedLooks() (loaded bool) {
	stamp := s.journal.LooksStamp()
	s.mu.Lock()
	same := stamp.Same(s.looksStamp)
	s.mu.Unlock()
	if same {
		return false
	}
	looks, stamp := s.journal.Looks()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looksStamp = stamp
	for name, theirs := range looks {
		// A look in the future was made before the clock was set back.
		if theirs.Begun.After(s.startedAt) && theirs.Begun.After(s.looks[name].Begun) && !theirs.Begun.After(time.Now()) {
			s.looks[name], s.sharedLooksChanged = theirs, true
			s.notifyChange(name)
			loaded = true
		}
	}
	return loaded
}
