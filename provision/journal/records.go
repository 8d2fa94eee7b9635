package journal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"
)

// Record is the durable record of one server that was launched from this machine. It outlives a
// lost state file. The zero value is the record of no server.
type Record struct {
	Name       string    `json:"name"`
	Operation  string    `json:"operation"`            // id of the launch
	Endpoint   string    `json:"endpoint"`             // SkyPilot's API server
	At         time.Time `json:"at"`                   // when the launch was about to be submitted
	StateDir   string    `json:"stateDir"`             // the state folder that launched it
	User       string    `json:"user,omitempty"`       // SkyPilot's user_hash; empty until a look has shown it
	Hash       string    `json:"hash,omitempty"`       // SkyPilot's cluster_hash; likewise
	Ended      time.Time `json:"ended,omitzero"`       // when its end was verified; zero: it may exist
	Earlier    []string  `json:"earlier,omitempty"`    // cluster_hashes of earlier servers of that name, newest first, at most 10
	Generation uint64    `json:"generation,omitempty"` // of the state file when this was written last
	Submitted  bool      `json:"submitted,omitempty"`  // the launch was, or is about to be, handed to SkyPilot: it may come to something
	Account    string    `json:"account,omitempty"`    // fingerprint of the account of the launch; empty until it is known
	Orphan     *string   `json:"orphan,omitempty"`     // regions of a machine that the cloud may have made and SkyPilot never showed; nil: there is none
}

const (
	recordsLock   = "records.lock"
	recordSuffix  = ".json"
	recordLimit   = 64 << 10 // bytes of one record; a full one has about 1 KiB
	earlierLimit  = 10       // hashes of earlier servers in one record
	endedLimit    = 100      // ended records of one scope
	recordDamaged = ".damaged"
)

// Records keeps one small file for each server, beside the leases and so outside of every state
// folder: what was launched from a lost state folder can still be found. The zero value is not
// usable. Safe for concurrent use by goroutines and by processes. A method that writes waits for
// other processes' writes, 10 s at most.
type Records struct {
	dir, scope string
	disk       disk
}

// NewRecords returns the records kept in a folder, which is made when the first is
// written and has to be the user's own, as for Open. Only records of the scope are
// seen: SkyPilot's endpoint, as for NewLeases. It does not touch the disk.
func NewRecords(dir, scope string) *Records { return &Records{dir, scope, osDisk()} }

// Begin records that a server is about to be launched; when it returns nil, the
// record outlives a power cut. Where the last server of that name has ended, by its
// record or because fresh says so (the record of an end may not have been written), its
// Hash goes to the new one's Earlier; where it has not, this is a relaunch of the
// same server, whose User, Hash and Submitted are kept unless rec has its own. rec.Ended is
// ignored, and so is rec.Earlier where there is a record. A damaged record is set
// aside. An error is the disk's, or says that rec has no name or is too long; the
// old record then stays.
func (r *Records) Begin(rec Record, fresh bool) error {
	return r.change(rec.Name, func(old *storedRecord) bool {
		next := rec
		next.Ended = time.Time{}
		next.At = rec.At.UTC()
		if old.Name != "" {
			next.Earlier = old.Earlier
			if old.Ended.IsZero() && !fresh {
				next.User = cmp.Or(rec.User, old.User)
				next.Hash = cmp.Or(rec.Hash, old.Hash)
				next.Submitted = rec.Submitted || old.Submitted
				next.Account, next.Orphan = old.Account, old.Orphan
			}
		}
		next.Earlier = earlierHashes(next.Hash, old.Hash, next.Earlier)
		old.Record = next
		return true
	})
}

// Identify adds what a look at a server of that launch shows: SkyPilot's user_hash and
// cluster_hash; what is empty is not known and changes nothing. A cluster_hash that
// differs from the record's is another server of that name, and the record's goes
// to Earlier. Nothing is written when nothing changes, and where there is no record,
// an ended one, or that of another launch: that server is not the record's. The error is the
// disk's, or says that the record is damaged; the old record then stays.
func (r *Records) Identify(name, launch, user, hash string) error {
	identify := func(s *storedRecord) bool {
		u, h := cmp.Or(user, s.User), cmp.Or(hash, s.Hash)
		if !s.live(launch) || u == s.User && h == s.Hash {
			return false
		}
		s.Earlier = earlierHashes(h, s.Hash, s.Earlier)
		s.User, s.Hash = u, h
		return true
	}
	// Looks are frequent and nearly all of them change nothing, so Identify first reads without
	// the lock.
	stored, err := r.read(r.path(name))
	if err != nil || !identify(&stored) {
		return err
	}
	return r.change(name, identify)
}

// Note records the account of a launch, where account is not empty, and whether the
// cloud may have made a machine that SkyPilot never showed. When nothing is written, and
// the error, are as of Identify.
func (r *Records) Note(name, launch, account string, orphan *string) error {
	return r.change(name, func(s *storedRecord) bool {
		account := cmp.Or(account, s.Account)
		same := s.Orphan == orphan || s.Orphan != nil && orphan != nil && *s.Orphan == *orphan
		if !s.live(launch) || same && account == s.Account {
			return false
		}
		s.Account, s.Orphan = account, orphan
		return true
	})
}

// End records that the end of a server of that launch was verified at that time; zero is
// now. It keeps the 100 records of the scope that ended last, and removes older ones. Where
// there is no record, an ended one, or that of another launch, which another process has
// recorded since, nothing is written. The error is the disk's, or says that the record is
// damaged: whose it is can't be told. The old record then stays, and the server counts as one
// that may exist.
func (r *Records) End(name, launch string, at time.Time) error {
	if stored, err := r.read(r.path(name)); err != nil || !stored.live(launch) {
		return err
	}
	if at.IsZero() {
		at = time.Now()
	}
	return r.change(name, func(s *storedRecord) bool {
		if !s.live(launch) {
			return false
		}
		s.Ended = at.UTC()
		return true
	})
}

// live reports whether it is the record of a launch, and the end of its server was not seen.
func (r *Record) live(launch string) bool {
	return r.Name != "" && r.Ended.IsZero() && r.Operation == launch
}

// All returns the readable records of the scope by name. What can't be read, or is
// damaged, is missing among them and named in the error, which joins one error for
// each: a server may exist that no record shows. A missing folder has no records.
// It blocks for reading small files.
func (r *Records) All() ([]Record, error) {
	if _, err := r.disk.stat(r.dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err := EnsurePrivate(r.dir); err != nil {
		return nil, err
	}
	return r.all()
}

func (r *Records) all() ([]Record, error) {
	entries, err := r.disk.list(r.dir)
	if err != nil {
		return nil, err
	}
	var records []Record
	var failures []error
	for _, e := range entries {
		if !r.inScope(e.Name()) {
			continue
		}
		switch stored, err := r.read(filepath.Join(r.dir, e.Name())); {
		case err != nil:
			failures = append(failures, err)
		case stored.Name != "": // else it was removed just now
			records = append(records, stored.Record)
		}
	}
	sort.Slice(records, func(i, k int) bool { return records[i].Name < records[k].Name })
	return records, errors.Join(failures...)
}

// earlierHashes returns Record.Earlier of a record whose hash becomes now, which had the hash
// last and the earlier hashes before: newest first, without now, empty and double ones.
func earlierHashes(now, last string, before []string) []string {
	var all []string
	for _, hash := range append([]string{last}, before...) {
		if hash != "" && hash != now && !slices.Contains(all, hash) && len(all) < earlierLimit {
			all = append(all, hash)
		}
	}
	return all
}

// change reads a record, calls change with it, and writes it if change returns true, all under
// the folder's lock. A missing or damaged record is the zero one. A damaged file is set aside,
// and put back if the new record can't be written.
func (r *Records) change(name string, change func(*storedRecord) (changed bool)) error {
	if name == "" {
		return errNoName
	}
	if err := EnsurePrivate(r.dir); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	unlock, err := r.disk.lock(ctx, filepath.Join(r.dir, recordsLock))
	if err != nil {
		return fmt.Errorf("the lock of the servers' records could not be taken: %w", err)
	}
	defer unlock()
	r.sweep()
	path := r.path(name)
	stored, err := r.read(path)
	back := func() {}
	if damaged := (*damagedRecordError)(nil); errors.As(err, &damaged) {
		err = r.disk.rename(path, path+recordDamaged)
		back = func() { _ = r.disk.rename(path+recordDamaged, path) }
	}
	if err != nil || !change(&stored) {
		return err
	}
	data, err := stored.encode()
	if err == nil {
		err = r.disk.writeDurably(path, data)
	}
	if err != nil {
		back()
		return err
	}
	if stored.Ended.IsZero() {
		return nil
	}
	return r.prune()
}

// prune removes the oldest ended records beyond endedLimit. A record that can't be read may not
// have ended, so it stays. The caller holds the lock.
func (r *Records) prune() error {
	all, _ := r.all()
	records := all[:0]
	for i := range all {
		if !all[i].Ended.IsZero() {
			records = append(records, all[i])
		}
	}
	sort.SliceStable(records, func(i, k int) bool { return records[i].Ended.After(records[k].Ended) })
	var failures []error
	for _, rec := range records[min(len(records), endedLimit):] {
		failures = append(failures, r.disk.remove(r.path(rec.Name)))
	}
	return errors.Join(failures...)
}

// Sweep removes the temporary files of killed processes, where no process is writing. It blocks for
// small reads and makes nothing.
func (r *Records) Sweep() {
	if len(r.temporary()) == 0 || EnsurePrivate(r.dir) != nil {
		return
	}
	if unlock, err := r.disk.tryLock(filepath.Join(r.dir, recordsLock)); err == nil && unlock != nil {
		defer unlock()
		r.sweep()
	}
}

// sweep is Sweep for a caller that holds the lock: without it the files may belong to a process
// that is writing.
func (r *Records) sweep() {
	for _, path := range r.temporary() {
		_ = r.disk.remove(path)
	}
}

func (r *Records) temporary() (paths []string) {
	entries, _ := r.disk.list(r.dir) // there may be none yet
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), recordSuffix+".tmp") {
			paths = append(paths, filepath.Join(r.dir, e.Name()))
		}
	}
	return paths
}

// path returns the file of a server's record. The name begins with the scope's digest, so that
// records of other scopes need not be read.
func (r *Records) path(name string) string {
	return filepath.Join(r.dir, r.prefix()+digest(name)+recordSuffix)
}

func (r *Records) prefix() string { return digest(r.scope) + "-" }

func (r *Records) inScope(file string) bool {
	name, ok := strings.CutPrefix(file, r.prefix())
	return ok && strings.HasSuffix(name, recordSuffix)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

// read reads a record; a missing one is the zero one.
func (r *Records) read(path string) (storedRecord, error) {
	data, info, err := r.disk.readUpTo(path, recordLimit+1)
	if unsafe := (*notPlainError)(nil); errors.As(err, &unsafe) {
		return storedRecord{}, &damagedRecordError{path, err}
	}
	if err != nil {
		return storedRecord{}, err
	}
	if info == nil {
		return storedRecord{}, nil
	}
	stored, err := decodeRecord(data)
	if err == nil && filepath.Base(path) != filepath.Base(r.path(stored.Name)) {
		err = fmt.Errorf("it is the record of %q", stored.Name)
	}
	if err != nil {
		return storedRecord{}, &damagedRecordError{path, err}
	}
	return stored, nil
}
