package store

import (
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// LookSucceeded notes that a look that began then has succeeded, and which cluster_hash it
// showed, "" where there is no record.
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

// LookFailed notes that a look that began then has failed, and returns how the looks
// at the cluster went by that.
func (s *Store) LookFailed(name string, begun time.Time) lifecycle.Look {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.looks[name]
	l.Begun = begun
	l.Failures++
	if l.Failures == 1 {
		l.Since = schema.Now()
	}
	s.looks[name] = l
	s.notifyChange(name)
	return l
}

// SawWithin reports whether a look of the last moments has shown the cluster of that
// cluster_hash under a name.
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

// forgetLooks is how long a look is remembered: far longer than any pause
// between two.
const forgetLooks = 24 * time.Hour

// ShareLooks writes down how the looks went, for the sidecars that share the state
// folder. It blocks for a small write; a failure is logged.
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

// SharedLooksChanged reports whether another sidecar's look was loaded since it was last
// asked: that look stands for one of ours.
func (s *Store) SharedLooksChanged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.sharedLooksChanged
	s.sharedLooksChanged = false
	return took
}

// LoadSharedLooks takes over what another sidecar has seen. What was written before this
// process began does not count: a status is as old as the first look here
// (protocol.md, checkedAt). It reports whether there was anything new.
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
		// One of the future is from before the clock was set back.
		if theirs.Begun.After(s.startedAt) && theirs.Begun.After(s.looks[name].Begun) && !theirs.Begun.After(time.Now()) {
			s.looks[name], s.sharedLooksChanged = theirs, true
			s.notifyChange(name)
			loaded = true
		}
	}
	return loaded
}
