package store

import (
	"time"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/schema"
)

// A durable record of each server that was launched stands beside the leases, outside
// of the state folder: what was launched outlives a state file that was damaged,
// deleted, or replaced by an older copy, and one state folder does not launch beside
// another's server.

// Configured is the cluster's name where a request gives none.
func (s *Store) Configured() string { return s.opt.Configured }

// RecordLaunch makes the record of a launch that is about to be submitted. The error
// is a *schema.Error: nothing may be launched that nobody would know of. It blocks
// for a small durable write.
func (s *Store) RecordLaunch(cluster, operation string) *schema.Error {
	s.mu.Lock()
	generation := s.state.Generation
	s.mu.Unlock()
	err := s.opt.Records.Begin(journal.Record{
		Name: cluster, Operation: operation, Endpoint: s.opt.Endpoint, At: schema.Now(), StateDir: s.Dir(), Generation: generation,
	})
	if err != nil {
		return Error(err)
	}
	return nil
}

// lateLaunch is how long after its end a launch may still come to something.
const lateLaunch = time.Hour

// Launched is what the records say of whose clusters SkyPilot's are, and what the
// state does. It blocks for reading small files.
func (s *Store) Launched() lifecycle.Known {
	known := lifecycle.Known{Hashes: map[string]bool{}, Names: map[string]bool{}, Unseen: map[string]bool{}}
	for _, r := range s.records() {
		known.Names[r.Name] = true
		if r.Hash != "" {
			known.Hashes[r.Hash] = true
		} else if r.Ended.IsZero() || time.Since(r.Ended) < lateLaunch {
			known.Unseen[r.Name] = true
		}
	}
	return known
}

// Elsewhere names the clusters that were launched from other state folders and whose
// end was not seen. It blocks for reading small files.
func (s *Store) Elsewhere() (names []string) {
	for _, r := range s.records() {
		if r.Ended.IsZero() && r.StateDir != s.Dir() {
			names = append(names, r.Name)
		}
	}
	return names
}

func (s *Store) records() []journal.Record {
	records, err := s.opt.Records.All()
	if err != nil {
		s.log.Warn("a record of what was launched can't be read", "error", err)
	}
	return records
}

// keepRecords brings the records up to what a change of the state has shown. A
// failure is logged, and tried again with the next change.
func (s *Store) keepRecords(next *lifecycle.State) {
	for name, rec := range next.Clusters {
		kept := keptRecord{rec.Identity, !rec.MayExist() && next.Running(name) == nil}
		if s.kept[name] == kept {
			continue
		}
		if err := s.keepRecord(name, kept, rec.Exists.Since); err != nil {
			s.log.Warn("the record of a server could not be written", "cluster", name, "error", err)
			continue
		}
		s.kept[name] = kept
	}
}

// keepRecord ends the record of a server that there is no more, or adds which
// cluster it is. One that another state folder made is left to it, unless it is of
// the very cluster whose end was seen here.
func (s *Store) keepRecord(name string, kept keptRecord, ended time.Time) error {
	for _, r := range s.records() {
		if r.Name != name || !r.Ended.IsZero() {
			continue
		}
		same := kept.id.Hash != "" && r.Hash == kept.id.Hash
		switch {
		case kept.ended && (same || r.StateDir == s.Dir()):
			return s.opt.Records.End(name, ended)
		case !kept.ended && !same && kept.id.Hash != "" && r.StateDir == s.Dir():
			return s.opt.Records.Identify(name, kept.id.User, kept.id.Hash)
		}
	}
	return nil
}

// keptRecord is what a server's record was last brought up to.
type keptRecord struct {
	id    lifecycle.Identity
	ended bool
}

// remember puts into a state what the records tell and it does not: its file was
// damaged, deleted, or replaced by an older copy. It reports whether it found any.
func (s *Store) remember(st *lifecycle.State) (found bool) {
	for _, r := range s.records() {
		if r.Ended.IsZero() && r.StateDir == s.Dir() {
			found = st.Remember(r.Name, lifecycle.Identity{Endpoint: r.Endpoint, User: r.User, Hash: r.Hash}, r.At, time.Now()) || found
		}
	}
	return found
}
