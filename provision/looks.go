package provision

import (
	"time"

	"carapace/provision/journal"
)

// sawAt notes that a look that began then has succeeded.
func (s *Service) sawAt(name string, begun time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks[name] = journal.Look{Begun: begun, CheckedAt: now()}
	s.tellChange(name)
}

// missed notes that a look that began then has failed.
func (s *Service) missed(name string, begun time.Time) journal.Look {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.looks[name]
	l.Begun = begun
	l.Failures++
	if l.Failures == 1 {
		l.Since = now()
	}
	s.looks[name] = l
	s.tellChange(name)
	return l
}

// forgetLooks is how long a look is remembered: far longer than any pause
// between two.
const forgetLooks = 24 * time.Hour

// shareLooks writes down how the looks went, for the sidecars that share the
// state folder.
func (s *Service) shareLooks() {
	s.mu.Lock()
	shared := map[string]journal.Look{}
	for name, l := range s.looks {
		if time.Since(l.Begun) < forgetLooks {
			shared[name] = l
		}
	}
	s.mu.Unlock()
	stamp, err := s.journal.ShareLooks(s.life, shared)
	if err != nil {
		s.log.Debug("the looks could not be shared", "error", err)
		return
	}
	s.mu.Lock()
	s.looksStamp = stamp
	s.mu.Unlock()
}

// tookTheirs says whether another sidecar's look was learned of since it was last
// asked: it stands for one of ours.
func (s *Service) tookTheirs() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.theirs
	s.theirs = false
	return took
}

// learnLooks takes over what another sidecar has seen. What was written before
// this process began does not count: a status is as old as the first look here
// (protocol.md, checkedAt). It returns whether there was anything new.
func (s *Service) learnLooks() (learned bool) {
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
		if theirs.Begun.After(s.born) && theirs.Begun.After(s.looks[name].Begun) && !theirs.Begun.After(time.Now()) {
			s.looks[name], s.theirs = theirs, true
			s.tellChange(name)
			learned = true
		}
	}
	return learned
}
