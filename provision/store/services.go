package store

import "carapace/provision/lifecycle"

// Service returns what is known of a cluster's service; nil: it was not asked yet.
func (s *Store) Service(name string) *lifecycle.ServiceSeen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.services[name]
}

// ServiceAnswered notes what is known of a cluster's service after a question, of which before was known when it was asked. If
// another question has been answered since, it notes nothing: two that are lost at once are one.
func (s *Store) ServiceAnswered(name string, before, now *lifecycle.ServiceSeen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.services[name] == before {
		s.services[name] = now
		s.notifyChange(name)
	}
}
