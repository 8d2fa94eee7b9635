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

// The store keeps a durable record of each launched server beside the leases, outside of the
// state folder. With it a server is found again after the state file was damaged, deleted or
// replaced by an older copy, and a launch from one state folder is refused while a server of
// another exists.

// Configured returns the cluster's name where a request gives none.
func (s *Store) Configured() string { return s.opt.Configured }

// RecordSubmission notes in the record of a launch that it is about to be submitted. Compared
// with an older copy of the state file, the record then proves the submission. The error is a
// *schema.Error. It blocks for a small durable write.
func (s *Store) RecordSubmission(cluster, operation string) *schema.Error {
	s.mu.Lock()
	generation := s.state.Generation
	s.mu.Unlock()
	return s.recordLaunch(cluster, operation, generation, true, false)
}

// RecordLaunch makes the record of a launch that is being accepted, or that finds that the server which
// it was to finish has ended; the state that will say so has that generation. fresh says that the server of that
// name before, if there was one, has ended. The error is a *schema.Error: without a record the launch is
// refused. It blocks for a small durable write.
func (s *Store) RecordLaunch(cluster, operation string, generation uint64, fresh bool) *schema.Error {
	return s.recordLaunch(cluster, operation, generation, false, fresh)
}

func (s *Store) recordLaunch(cluster, operation string, generation uint64, submitted, fresh bool) *schema.Error {
	err := s.opt.Records.Begin(journal.Record{
		Name: cluster, Operation: operation, Endpoint: s.opt.Endpoint, At: schema.Now(), StateDir: s.Dir(), Generation: generation, Submitted: submitted,
	}, fresh)
	if err != nil {
		return Error(err)
	}
	return nil
}

// UnrecordLaunch ends the record of a launch of a new server that was not accepted. A failure is logged.
// It blocks for a small write.
func (s *Store) UnrecordLaunch(cluster, operation string) {
	if err := s.opt.Records.End(cluster, operation, schema.Now()); err != nil {
		s.log.Warn("the record of a launch that was not accepted could not be ended", "cluster", cluster, "error", err)
	}
}

// lateLaunch is how long after its end a launch may still make a server.
const lateLaunch = time.Hour

// Launched returns what the records tell about whose clusters SkyPilot's are. It blocks for
// reading small files.
func (s *Store) Launched() lifecycle.Known {
	known := lifecycle.Known{Hashes: map[string]bool{}, Names: map[string]bool{}, Unseen: map[string]bool{}}
	for _, r := range s.records() {
		if r.Submitted || r.Hash != "" || len(r.Earlier) > 0 { // a launch that was refused before its submission has not used the name
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

// Elsewhere returns the names of the clusters that were launched from other state folders and
// whose end was not seen. It blocks for reading small files.
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

// updateRecords brings the records up to date with a new state. A failure is logged, and tried
// again with the next change.
func (s *Store) updateRecords(next *lifecycle.State) {
	for name, rec := range next.Clusters {
		kept := keptRecord{id: rec.Identity, ended: !rec.MayExist() && next.Running(name) == nil, account: rec.Account}
		if rec.Orphan != nil {
			kept.orphan, kept.orphaned = rec.Orphan.Region, true
		}
		if s.kept[name] == kept {
			continue
		}
		if kept.ended {
			s.forgetEnded(kept.id.Hash, s.kept[name].id.Hash)
		}
		updated, err := s.updateRecord(next, name, kept)
		if err != nil {
			s.log.Warn("the record of a server could not be written", "cluster", name, "error", err)
		}
		if updated {
			s.kept[name] = kept
		}
	}
}

// forgetEnded lets go of what is kept of clusters that have ended; an empty hash is none.
func (s *Store) forgetEnded(hashes ...string) {
	for _, hash := range hashes {
		if hash == "" {
			continue
		}
		if err := s.opt.Ended(hash); err != nil {
			s.log.Warn("what is kept of a server that has ended could not be removed", "cluster_hash", hash, "error", err)
		}
	}
}

// updateRecord ends the record of a server that has ended, adds its identity, or makes a new
// record for one that exists again. It leaves a record of another state folder alone, unless
// this folder has seen the end of that very cluster. It reports whether the record is up to date:
// one of a launch that the state does not have yet is left to a later state, for another process
// records a launch before the state has it.
func (s *Store) updateRecord(next *lifecycle.State, name string, kept keptRecord) (updated bool, err error) {
	rec, records := next.Clusters[name], s.records()
	i := slices.IndexFunc(records, func(r journal.Record) bool { return r.Name == name })
	var r journal.Record
	if i >= 0 {
		r = records[i]
	}
	live := i >= 0 && r.Ended.IsZero()
	same := kept.id.Hash != "" && r.Hash == kept.id.Hash
	switch {
	case live && s.owns(r) && !next.Knows(launchOf(r)):
		return false, nil
	case kept.ended && live && (same || s.owns(r)):
		err = s.opt.Records.End(name, r.Operation, rec.Exists.Since)
	case kept.ended || !live && !same && rec.Spec == nil: // adopted: this machine did not launch it
	case !live && kept.id.Hash != "": // it exists again, or is older than the records
		r = journal.Record{Name: name, Endpoint: s.opt.Endpoint, At: rec.View.CreatedAt, StateDir: s.Dir(), User: kept.id.User, Hash: kept.id.Hash}
		err = s.opt.Records.Begin(r, false)
	case live && s.owns(r):
		var orphan *string
		if kept.orphaned {
			orphan = &kept.orphan
		}
		err = errors.Join(s.opt.Records.Identify(name, r.Operation, kept.id.User, kept.id.Hash), s.opt.Records.Note(name, r.Operation, kept.account, orphan))
	}
	return err == nil, err
}

// owns reports whether this state folder is responsible for a record: it made the record, or the
// folder that made it is gone.
func (s *Store) owns(r journal.Record) bool {
	if r.StateDir == s.Dir() {
		return true
	}
	_, err := os.Stat(r.StateDir)
	return errors.Is(err, fs.ErrNotExist)
}

// keptRecord is what updateRecord last wrote into a server's record.
type keptRecord struct {
	id       lifecycle.Identity
	ended    bool
	account  string
	orphan   string // regions, where orphaned
	orphaned bool
}

// restoreLaunches adds to a state the launches and ends that only the records have, because its
// file was damaged, deleted or replaced by an older copy. It reports whether it added any.
func (s *Store) restoreLaunches(st *lifecycle.State, records []journal.Record) (found bool) {
	for _, r := range records {
		if !s.owns(r) {
			continue
		}
		if !r.Ended.IsZero() {
			found = st.RememberEnd(r.Name, r.Operation, r.Ended, time.Now()) || found
		} else {
			found = st.Remember(launchOf(r), time.Now()) || found
		}
	}
	return found
}

// catchUp makes a state at least as new as the records that it has taken over: else, where a clock was set
// back, it would be taken for an older copy than they are until the clock is past them.
func (s *Store) catchUp(st *lifecycle.State, records []journal.Record) {
	for _, r := range records {
		if r.Ended.IsZero() && s.owns(r) {
			st.Generation = max(st.Generation, r.Generation)
		}
	}
}

// endUnaccepted ends the records that killed processes left of launches that they did not accept. The
// caller holds the state file's lock, under which a launch is recorded and accepted.
func (s *Store) endUnaccepted(st *lifecycle.State, records []journal.Record) {
	for _, r := range records {
		if r.Ended.IsZero() && s.owns(r) && st.NeverHappened(launchOf(r)) {
			s.UnrecordLaunch(r.Name, r.Operation)
		}
	}
}

func launchOf(r journal.Record) lifecycle.Launched {
	launched := lifecycle.Launched{
		Name: r.Name, Operation: r.Operation, Submitted: r.Submitted, At: r.At, Generation: r.Generation, Account: r.Account,
		Identity: lifecycle.Identity{Endpoint: r.Endpoint, User: r.User, Hash: r.Hash},
	}
	if r.Orphan != nil {
		launched.Orphan = &lifecycle.Orphan{Region: *r.Orphan}
	}
	return launched
}
