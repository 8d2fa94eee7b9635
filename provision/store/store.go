// Package store owns the state on disk and in memory. Every change of the state goes through it,
// and it sends every notification of a change.
//
// Lock order, from the outside in: [Store.Update]'s gate, the journal's file locks,
// Store.mu, then those of whoever observes the state (operation's Runner.mu,
// driver.mu, the progress of a driver); docs/architecture.md has all of them. The Notifier and the observer are called
// under Store.mu and must not call the store.
package store

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/redact"
	"carapace/schema"
	"carapace/schema/text"
)

// ErrUnchanged is returned by a change function that has nothing to change.
var ErrUnchanged = errors.New("nothing to change")

// Options is what a Store needs. All fields but Simulated have to be set.
type Options struct {
	Dir        string                  // the state folder, absolute; made if missing
	Configured string                  // the cluster's name where a request gives none
	Endpoint   string                  // SkyPilot's API server
	Sky        func() string           // where sky is, "" if that is not known; it may not block; nil: it never is
	Records    *journal.Records        // of the servers launched from any state folder
	Ended      func(hash string) error // called once a cluster of SkyPilot's is seen to have ended; it may write a small file
	Simulated  bool                    // of a simulated cloud, which a real one must not share
	Notifier   Notifier
	Redactor   *redact.Redactor
	Log        *slog.Logger
	Life       context.Context // done: waits for other processes' writes end
}

// Store is the state of one folder. Its methods are safe for concurrent use; those
// that change the state block for a small write, those that read it do not block.
type Store struct {
	opt       Options
	log       *slog.Logger
	journal   *journal.Journal
	startedAt time.Time // when this process began, in the protocol's precision

	writing         gate                           // held by the one change in progress, across I/O
	unsaved         []func(*lifecycle.State) error // guarded by writing: changes that the disk refused, to be written with the next
	readErrorLogged time.Time                      // guarded by writing: when a failure to read the state was logged last
	kept            map[string]keptRecord          // guarded by writing: what was last written into the durable records, by cluster

	mu                 sync.Mutex // guards what follows; never held across I/O
	state              *lifecycle.State
	stamp              journal.Stamp                     // of the state file that state was read from
	looks              map[string]lifecycle.Look         // by cluster
	services           map[string]*lifecycle.ServiceSeen // by cluster
	looksStamp         journal.Stamp                     // of the file that looks were last shared in
	sharedLooksChanged bool                              // another sidecar's look was loaded since SharedLooksChanged was called
	lastSent           map[string]schema.Cluster
	finished           map[string]bool  // operations whose end was sent, or that had ended before Announce
	config             schema.Config    // as the host was told last, or could ask
	heard              map[string]heard // what was last sent of operations that other processes drive
	progress           map[string]lifecycle.Progress
	seq                uint64
	feedID             string // the id for the feed of a state that has none yet
	observer           func(*lifecycle.State)
	changed            chan struct{} // closed with the next change of the state; nil: nobody waits for it
}

// Open opens the state folder and reads the state; the error is a *schema.Error. A damaged file
// is set aside and logged. No notification is sent before [Store.Announce]. It blocks for small
// reads and writes.
func Open(opt Options) (*Store, error) {
	j, err := journal.Open(opt.Dir)
	if err != nil {
		return nil, Error(err)
	}
	s := &Store{
		opt: opt, log: opt.Log, journal: j, startedAt: schema.Now(), feedID: uuid.NewString(), writing: make(gate, 1),
		looks: map[string]lifecycle.Look{}, services: map[string]*lifecycle.ServiceSeen{}, lastSent: map[string]schema.Cluster{},
		finished: map[string]bool{}, heard: map[string]heard{}, progress: map[string]lifecycle.Progress{},
		observer: func(*lifecycle.State) {}, kept: map[string]keptRecord{},
	}
	records := s.records() // before the state, which then has what they have: a record is ended after the state has the end
	s.state, s.stamp, err = j.Read()
	if damaged := (*journal.DamagedError)(nil); errors.As(err, &damaged) {
		s.log.Error("the state file was damaged; SkyPilot will be asked what there is", "aside", damaged.Aside, "cause", damaged.Cause)
	} else if err != nil {
		return nil, Error(err)
	}
	if s.state.Known() && s.state.Simulated != opt.Simulated {
		return nil, otherCloud(s.state.Simulated)
	}
	s.config = s.state.Config.Config
	opt.Records.Sweep()
	s.restoreLaunches(s.state, records)
	s.updateRecords(s.state)
	return s, nil
}

// otherCloud refuses a state folder of the simulated cloud for a real one, and the reverse: each
// would report the other's clusters as gone.
func otherCloud(simulated bool) *schema.Error {
	if simulated {
		return schema.Fail(schema.KindStateUnwritable, &text.StateSimulated)
	}
	return schema.Fail(schema.KindStateUnwritable, &text.StateReal)
}

// Dir is the state folder, absolute.
func (s *Store) Dir() string { return s.journal.Dir() }

// OperationDir returns the folder of an operation's files; for "" the folder of all operations.
func (s *Store) OperationDir(id string) string {
	return filepath.Join(s.journal.Dir(), "operations", id)
}

// Probe tries to write to the state folder; see [journal.Journal.Probe].
func (s *Store) Probe(ctx context.Context) error { return s.journal.Probe(ctx) }

// gate is a mutex that is held across I/O. Unlike with sync.Mutex, waiting for it is durably
// blocking in testing/synctest, so that fake time goes on. Its capacity is one.
type gate chan struct{}

func (g gate) Lock()   { g <- struct{}{} }
func (g gate) Unlock() { <-g }

// Update applies fn to the state on disk and notifies the host of what changed. Only Update and
// [Store.Record] change the state. The error is fn's or the disk's; nothing has changed then. fn
// must depend only on the state that it gets. It blocks for a small write, and for those of other
// processes.
func (s *Store) Update(fn func(*lifecycle.State) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.update(fn)
}

func (s *Store) update(fn func(*lifecycle.State) error) error {
	s.mu.Lock()
	remembered := s.state
	s.mu.Unlock()
	next, stamp, err := s.journal.Update(s.opt.Life, func(st *lifecycle.State) error {
		if !st.Known() && remembered.Known() {
			*st = *remembered.Clone() // the file was removed: keep the state in memory
		}
		if st.Generation < remembered.Generation {
			*st = *remembered.Clone() // an older copy has replaced the file
		}
		st.Simulated = s.opt.Simulated
		records := s.records()
		s.endUnaccepted(st, records)
		s.restoreLaunches(st, records)
		s.catchUp(st, records)
		before := st.Moment()
		for _, earlier := range s.unsaved {
			if err := earlier(st); err != nil {
				s.log.Warn("a change that could not be written no longer applies", "error", err)
			}
		}
		if err := fn(st); err != nil {
			return err
		}
		st.RecordEvents(before, s.feedID, schema.Now())
		return nil
	})
	if err != nil {
		return err
	}
	s.unsaved = nil
	s.updateRecords(next)
	s.adopt(next, stamp)
	return nil
}

// Record is [Store.Update] for facts that hold even if they can't be written: when the write
// fails, the state in memory changes, the host is notified, and fn is applied again with the next
// change that can be written. Not in a process that is ending: nothing is told of what it could
// not write.
func (s *Store) Record(fn func(*lifecycle.State) error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.update(fn)
	if err == nil || errors.Is(err, ErrUnchanged) {
		return
	}
	if s.opt.Life.Err() != nil {
		return // this process ends: what it has not written it does not tell, the next one finds it out again
	}
	s.log.Error("the state could not be written; it is kept in memory", "error", err)
	s.mu.Lock()
	next, stamp := s.state.Clone(), s.stamp
	s.mu.Unlock()
	before := next.Moment()
	if fn(next) == nil {
		next.RecordEvents(before, s.feedID, schema.Now())
		s.unsaved = append(s.unsaved, fn)
		s.adopt(next, stamp)
	}
}

// Unwritten reports whether the disk has refused changes that [Store.Reload] will write. It blocks
// for a small write in progress.
func (s *Store) Unwritten() bool {
	s.writing.Lock()
	defer s.writing.Unlock()
	return len(s.unsaved) > 0
}

// Reload reads the state again if another process has written it, and writes changes whose write
// has failed before. Without either it costs a stat call.
func (s *Store) Reload() {
	s.writing.Lock()
	defer s.writing.Unlock()
	stamp := s.journal.Stamp()
	s.mu.Lock()
	same := stamp.Same(s.stamp)
	s.mu.Unlock()
	if same && len(s.unsaved) == 0 {
		return
	}
	if len(s.unsaved) > 0 || stamp.Same(journal.Stamp{}) {
		// A write has failed, or the file is gone: write the state in memory.
		if err := s.update(func(*lifecycle.State) error { return nil }); err != nil {
			s.log.Debug("the state still can't be written", "error", err)
		}
		return
	}
	records := s.records() // before the state: see Open
	state, read, err := s.journal.Read()
	if err != nil && time.Since(s.readErrorLogged) > time.Minute { // Reload is called each second, and after each event
		s.log.Error("the state file can't be read", "error", err)
		s.readErrorLogged = time.Now()
	}
	if state == nil {
		return
	}
	s.mu.Lock()
	older := state.Generation < s.state.Generation
	s.mu.Unlock()
	if older || s.restoreLaunches(state, records) { // an older copy has replaced the file: write the state in memory
		if err := s.update(func(*lifecycle.State) error { return nil }); err != nil {
			s.log.Error("the state file was replaced by an older one, and can't be written", "error", err)
		}
		return
	}
	s.adopt(state, read)
}

// adopt makes next the state in memory, notifies the host of what differs, and calls the observer.
func (s *Store) adopt(next *lifecycle.State, stamp journal.Stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.stamp = next, stamp
	for name, rec := range next.Clusters {
		if rec.Spec != nil {
			s.KeepSecrets(*rec.Spec) // another sidecar may have launched it
		}
		s.notifyChange(name)
	}
	for name, sent := range s.lastSent { // the removal of a record is a change, too
		if next.Clusters[name] == nil && sent.Status != schema.StatusNoServer {
			s.notifyChange(name)
		}
	}
	if kept := next.Config.Config; kept != s.config {
		s.config = kept
		s.opt.Notifier.ConfigChanged(schema.ConfigChanged{Config: kept})
	}
	for _, op := range next.Operations {
		s.notifyElsewhere(op)
		s.notifyFinished(op)
	}
	s.observer(next)
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// Changed returns a channel that is closed with the next change of the state, after the host was
// notified of it. That is when the process reads another one's change, too.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// KeepSecrets adds the secrets of a spec to the redactor, which removes them from every text.
func (s *Store) KeepSecrets(spec schema.Spec) {
	for _, value := range spec.Secrets {
		s.opt.Redactor.Add(value)
	}
	for name, value := range spec.Envs {
		if redact.Secretive(name) {
			s.opt.Redactor.Add(value)
		}
	}
}
