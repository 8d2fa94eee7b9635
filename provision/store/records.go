package store

import (
	"errors"
	"io/fs"
	"os"
	"slices"
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

// RecordSubmission notes in the record of a launch that it is about to be submitted:
// a state file that is older than that tells less. The error is a *schema.Error. It
// blocks for a small durable write.
func (s *Store) RecordSubmission(cluster, operation string) *schema.Error {
	s.mu.Lock()
	generation := s.state.Generation
	s.mu.Unlock()
	return s.recordLaunch(cluster, operation, generation, true)
}

// RecordLaunch makes the record of a launch that is being accepted. The error is a
// *schema.Error: nothing may be launched that nobody would know of. It blocks for a
// small durable write.
func (s *Store) RecordLaunch(cluster, operation string, generation uint64) *schema.Error {
	return s.recordLaunch(cluster, operation, generation, false)
}

func (s *Store) recordLaunch(cluster, operation string, generation uint64, submitted bool) *schema.Error {
	err := s.opt.Records.Begin(journal.Record{
		Name: cluster, Operation: operation, Endpoint: s.opt.Endpoint, At: schema.Now(), StateDir: s.Dir(), Generation: generation, Submitted: submitted,
	})
	if err != nil {
		return Error(err)
	}
	return nil
}

// UnrecordLaunch ends the record of a launch that was not accepted after all, unless
// it is that of a server which exists already.
func (s *Store) UnrecordLaunch(cluster, operation string) {
	if rec := s.Remembered(cluster); rec.MayExist() {
		return
	}
	for _, r := range s.records() {
		if r.Name == cluster && r.Operation == operation && r.Ended.IsZero() {
			if err := s.opt.Records.End(cluster, schema.Now()); err != nil {
				s.log.Warn("the record of a launch that was not accepted could not be ended", "cluster", cluster, "error", err)
			}
		}
	}
}

// lateLaunch is how long after its end a launch may still come to something.
const lateLaunch = time.Hour

// Launched is what the records say of whose clusters SkyPilot's are, and what the
// state does. It blocks for reading small files.
func (s *Store) Launched() lifecycle.Known {
	known := lifecycle.Known{Hashes: map[string]bool{}, Names: map[string]bool{}, Unseen: map[string]bool{}}
	for _, r := range s.records() {
		if r.Submitted || r.Hash != "" || len(r.Earlier) > 0 { // a launch that was refused before it began used no name
			known.Names[r.Name] = true
		}
		if r.Hash != "" {
			known.Hashes[r.Hash] = true
		} else if r.Submitted && (r.Ended.IsZero() || time.Since(r.Ended) < lateLaunch) {
			known.Unseen[r.Name] = true
		}
	}
	return known
}

// Elsewhere names the clusters that were launched from other state folders and whose
// end was not seen. It blocks for reading small files.
func (s *Store) Elsewhere() (names []string) {
	for _, r := range s.records() {
		if r.Ended.IsZero() && !s.owns(r) {
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
		kept := keptRecord{id: rec.Identity, ended: !rec.MayExist() && next.Running(name) == nil, account: rec.Account}
		if rec.Orphan != nil {
			kept.orphan, kept.orphaned = rec.Orphan.Region, true
		}
		if s.kept[name] == kept {
			continue
		}
		if err := s.keepRecord(name, kept, rec); err != nil {
			s.log.Warn("the record of a server could not be written", "cluster", name, "error", err)
			continue
		}
		s.kept[name] = kept
	}
}

// keepRecord ends the record of a server that there is no more, adds which cluster
// it is, or makes it anew for one that has come back. A record that another state
// folder made is left to it, unless it is of the very cluster whose end was seen here.
func (s *Store) keepRecord(name string, kept keptRecord, rec *lifecycle.Cluster) error {
	i := slices.IndexFunc(s.records(), func(r journal.Record) bool { return r.Name == name })
	var r journal.Record
	if i >= 0 {
		r = s.records()[i]
	}
	live := i >= 0 && r.Ended.IsZero()
	same := kept.id.Hash != "" && r.Hash == kept.id.Hash
	switch {
	case kept.ended && live && (same || s.owns(r)):
		return s.opt.Records.End(name, rec.Exists.Since)
	case kept.ended || !live && !same && rec.Spec == nil: // adopted: it was not launched here
		return nil
	case !live && kept.id.Hash != "": // it has come back, or is of before there were records
		r = journal.Record{Name: name, Endpoint: s.opt.Endpoint, At: rec.View.CreatedAt, StateDir: s.Dir(), User: kept.id.User, Hash: kept.id.Hash}
		return s.opt.Records.Begin(r)
	case live && s.owns(r):
		err := s.opt.Records.Identify(name, kept.id.User, kept.id.Hash)
		var orphan *string
		if kept.orphaned {
			orphan = &kept.orphan
		}
		return errors.Join(err, s.opt.Records.Note(name, kept.account, orphan))
	}
	return nil
}

// owns reports whether a record is this state folder's: it made the record, or the
// folder that did is not there any more.
func (s *Store) owns(r journal.Record) bool {
	if r.StateDir == s.Dir() {
		return true
	}
	_, err := os.Stat(r.StateDir)
	return errors.Is(err, fs.ErrNotExist)
}

// keptRecord is what a server's record was last brought up to.
type keptRecord struct {
	id       lifecycle.Identity
	ended    bool
	account  string
	orphan   string // regions, where orphaned
	orphaned bool
}

// remember puts into a state what the records tell and it does not: its file was
// damaged, deleted, or replaced by an older copy. It reports whether it found any.
func (s *Store) remember(st *lifecycle.State) (found bool) {
	for _, r := range s.records() {
		if !s.owns(r) {
			continue
		}
		if !r.Ended.IsZero() {
			found = st.RememberEnd(r.Name, r.Operation, r.Ended, time.Now()) || found
		} else {
			launched := lifecycle.Launched{
				Name: r.Name, Operation: r.Operation, At: r.At, Generation: r.Generation, Account: r.Account,
				Identity: lifecycle.Identity{Endpoint: r.Endpoint, User: r.User, Hash: r.Hash},
			}
			if r.Orphan != nil {
				launched.Orphan = &lifecycle.Orphan{Region: *r.Orphan}
			}
			found = st.Remember(launched, time.Now()) || found
		}
	}
	return found
}
