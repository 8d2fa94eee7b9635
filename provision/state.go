package provision

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/google/uuid"

	"carapace/provision/journal"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// gate is a mutex that may be held for long: whoever waits for it waits durably, so
// that fake time (testing/synctest) goes on. Its capacity is one.
type gate chan struct{}

func (g gate) Lock()   { g <- struct{}{} }
func (g gate) Unlock() { <-g }

// change applies fn to the state on disk and tells the host what became
// different. It is the only way in which the state changes. fn may be called
// again by a later change when the disk refused this one and keep was asked for;
// it must depend on nothing but the state it is handed.
func (s *Service) change(fn func(*journal.State) error) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.changeLocked(fn)
}

func (s *Service) changeLocked(fn func(*journal.State) error) error {
	s.mu.Lock()
	remembered := s.state
	s.mu.Unlock()
	next, err := s.journal.Update(s.life, func(st *journal.State) error {
		if !st.Known() && remembered.Known() {
			*st = *remembered.Clone() // the file was removed from under us: what it said is still true
		}
		st.Simulated = s.simulated()
		for _, earlier := range s.unsaved {
			if err := earlier(st); err != nil {
				s.log.Warn("a change that could not be written no longer applies", "error", err)
			}
		}
		return fn(st)
	})
	if err != nil {
		return err
	}
	s.unsaved = nil
	s.adopt(next, next.Stamp())
	return nil
}

// note is change for what has happened already: when the disk refuses it, the
// host is told all the same, and it is written with the next change that can be.
func (s *Service) note(fn func(*journal.State) error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	err := s.changeLocked(fn)
	if err == nil || errors.Is(err, errUnchanged) {
		return
	}
	s.log.Error("the state could not be written; it is kept in memory", "error", err)
	s.mu.Lock()
	next := s.state.Clone()
	stamp := s.stamp
	s.mu.Unlock()
	if fn(next) == nil {
		s.unsaved = append(s.unsaved, fn)
		s.adopt(next, stamp)
	}
}

// errUnchanged is what a change returns that found nothing to do.
var errUnchanged = errors.New("nothing to change")

// adopt makes next the state, tells the host what differs, ends the drivers whose
// operation was canceled or replaced, and takes up operations with nobody at them.
func (s *Service) adopt(next *journal.State, stamp journal.Stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state, s.stamp = next, stamp
	for name, rec := range next.Clusters {
		if rec.Spec != nil {
			s.keepSecret(*rec.Spec) // another sidecar may have launched it
		}
		s.tellChange(name)
	}
	for _, op := range next.Operations {
		s.tellEnd(op)
		if d := s.drivers[op.ID]; d != nil {
			d.heed(op)
		}
	}
}

const (
	// sleepGap between two looks at the state file means that the computer slept.
	sleepGap = 15 * time.Second
	// sweepInterval is how long what a sidecar that was killed has left may stay, while
	// another lives.
	sweepInterval = time.Hour
)

// watch reads the state again whenever another process wrote it, takes up what
// nobody drives any more, and tells the poller when SkyPilot has written
// something. A look at a file's stamp costs microseconds.
func (s *Service) watch() {
	tick := time.NewTicker(s.cfg.Timing.Watch)
	defer tick.Stop()
	last, activity := time.Now().Round(0), s.cfg.Activity()
	swept := time.Time{}
	for {
		if time.Since(swept) > sweepInterval {
			s.sweep()
			swept = time.Now()
		}
		s.takeUp()
		select {
		case <-s.closing:
			return
		case <-s.life.Done():
			return
		case <-tick.C:
		}
		// Timers stand still while a computer sleeps, the time of day does not. Nor
		// can what was known be dated once that was set to another.
		if woke := time.Now().Round(0); woke.Sub(last).Abs() > sleepGap {
			s.lookSoon()
		}
		last = time.Now().Round(0)
		s.reload()
		learned := s.learnLooks()
		if a := s.cfg.Activity(); a != activity || learned {
			activity = a
			signal(s.stirred)
		}
	}
}

func (s *Service) reload() {
	s.changing.Lock()
	defer s.changing.Unlock()
	stamp := s.journal.Stamp()
	s.mu.Lock()
	same := stamp.Same(s.stamp)
	s.mu.Unlock()
	if same && len(s.unsaved) == 0 {
		return
	}
	if len(s.unsaved) > 0 || stamp.Same(journal.Stamp{}) {
		// The disk refused a change, or has lost the file: write what is known.
		if err := s.changeLocked(func(*journal.State) error { return nil }); err != nil {
			s.log.Debug("the state still can't be written", "error", err)
		}
		return
	}
	state, err := s.journal.Read()
	if err != nil && time.Since(s.unread) > time.Minute { // it is tried again several times a second
		s.log.Error("the state file can't be read", "error", err)
		s.unread = time.Now()
	}
	if state != nil {
		s.adopt(state, state.Stamp())
	}
}

// sweep removes what killed processes left: the files of operations that are
// over, which may hold secrets, and the records of leases. Under the journal's
// lock, because an operation's files are made under it.
func (s *Service) sweep() {
	s.leases.Sweep()
	err := s.change(func(st *journal.State) error {
		for _, id := range s.operationsOnDisk() {
			if op := st.Operation(id); op == nil || op.Ended() {
				s.discard(id)
			}
		}
		return errUnchanged
	})
	if !errors.Is(err, errUnchanged) {
		s.log.Warn("what earlier processes left could not be swept", "error", err)
	}
}

// operationsOnDisk are the ids of the operations that have files. Nothing else is
// ours to remove, least of all what stands where a link leads to: the state folder
// may have been open to others before it was closed to them.
func (s *Service) operationsOnDisk() (ids []string) {
	if info, err := os.Lstat(s.operationDir("")); err != nil || !info.IsDir() {
		return nil // there are none yet
	}
	entries, _ := os.ReadDir(s.operationDir(""))
	for _, e := range entries {
		if _, err := uuid.Parse(e.Name()); err == nil {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

// discard removes the files of an operation that is over, unless a submission of
// it is still running: a destroy may be waiting for that.
func (s *Service) discard(id string) {
	if !slices.ContainsFunc(s.outputs(id), host.SubmissionRuns) {
		_ = os.RemoveAll(s.operationDir(id))
	}
}

// outputs are the files that an operation's submissions print to.
func (s *Service) outputs(id string) (paths []string) {
	entries, _ := os.ReadDir(s.operationDir(id)) // it may have none any more
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".out" {
			paths = append(paths, filepath.Join(s.operationDir(id), e.Name()))
		}
	}
	return paths
}

// submissions are the output files of what was being submitted for a server.
func (s *Service) submissions(cluster string) (paths []string) {
	for _, id := range s.operationsOnDisk() {
		s.mu.Lock()
		op := s.state.Operation(id)
		s.mu.Unlock()
		if op != nil && op.Cluster == cluster {
			paths = append(paths, s.outputs(id)...)
		}
	}
	return paths
}

// takeUp starts a driver for each unfinished operation whose lease is free: its
// own process has died, or has left it to SkyPilot. The lease is the proof.
func (s *Service) takeUp() {
	s.mu.Lock()
	var orphans []*journal.Operation
	for _, op := range s.state.Operations {
		if !op.Ended() && s.drivers[op.ID] == nil {
			orphans = append(orphans, op)
		}
	}
	s.mu.Unlock()
	for _, op := range orphans {
		s.takeUpOne(op)
	}
}

func (s *Service) takeUpOne(op *journal.Operation) {
	lease, _, err := s.leases.Try(op.Cluster, string(op.Kind))
	if err != nil || lease == nil {
		return
	}
	driven := false
	defer func() {
		if !driven {
			lease.Release()
		}
	}()
	if !s.stillOpen(op.ID) {
		return
	}
	s.keepSecretsOf(op.ID)
	s.claim(op.ID)
	s.log.Info("taking up an operation", "operation", op.ID, "kind", op.Kind, "cluster", op.Cluster)
	driven = true
	s.drive(op, lease)
}

// claim notes that this process drives the operation now, for those it refuses.
func (s *Service) claim(id string) {
	s.note(func(st *journal.State) error {
		op := st.Operation(id)
		if op == nil {
			return errUnchanged
		}
		op.Driver = os.Getpid()
		return nil
	})
}

// stillOpen reads the disk, because the operation may have ended between the
// reading of the state and the taking of the lease.
func (s *Service) stillOpen(id string) bool {
	state, err := s.journal.Read()
	if err != nil {
		return false
	}
	op := state.Operation(id)
	return op != nil && !op.Ended()
}

// StateError says, for a person, why the state folder can't be used. An error
// that is a *schema.Error already is returned as it is.
func StateError(err error) *schema.Error {
	var refusal *schema.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, syscall.ENOSPC):
		return schema.NewError(schema.KindDiskFull, "There is no space left on this computer's disk, so nothing was started.",
			"Free some space, then try again.").WithDetail(err.Error())
	case errors.Is(err, journal.ErrNewer):
		return schema.NewError(schema.KindStateUnwritable, "Carapace's state was written by a newer version, so this one leaves it alone.",
			"Update Carapace, or give another folder with --state-dir.").WithDetail(err.Error())
	case errors.Is(err, fs.ErrPermission):
		return schema.NewError(schema.KindStateUnwritable, "Carapace's state folder can't be written, so nothing was started.",
			"Give yourself the right to write to it, or give another folder with --state-dir.").WithDetail(err.Error())
	case errors.Is(err, context.Canceled):
		return schema.NewError(schema.KindInterrupted, "Carapace is ending, so nothing was started.", "Start it again, then try again.")
	}
	return schema.NewError(schema.KindStateUnwritable, "Carapace's state can't be read or written: "+err.Error()+".",
		"Check that the folder given with --state-dir (default ~/.carapace) is on a disk that works and has space.").WithDetail(err.Error())
}
