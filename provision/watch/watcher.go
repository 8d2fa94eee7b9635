// Package watch looks at the clusters regularly: schedule.go decides when, look.go makes one look
// and puts its answer into the state, and the Watcher is the loop; services.go asks what the servers are for how it is, and
// apiserver.go ends SkyPilot's API server when nothing needs it.
package watch

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// Options is what a Watcher needs. All fields but APIServer have to be set.
type Options struct {
	Store *store.Store
	Group *supervisor.Group
	Log   *slog.Logger
	Name  string // the cluster's name where a request gives none

	// Look asks SkyPilot, and through it the cloud, about one cluster. An error means that
	// nothing is known.
	Look func(ctx context.Context, name string) (lifecycle.Answer, *schema.Error)
	// AfterLook is called after each look that succeeded, outside of all locks.
	AfterLook func(ctx context.Context, name string)
	// Reachable reports, without Python, whether SkyPilot can be asked right now.
	Reachable func(context.Context) bool
	// ProbeMachine reports whether the machine of a cluster answers at its port; known is false where that
	// says nothing of what a look would show.
	ProbeMachine func(ctx context.Context, name string) (answers, known bool)
	// CheckRunJob asks how a cluster's run command is where that is due, and reports whether it has asked.
	CheckRunJob func(ctx context.Context, name string) (asked bool)
	// CheckService asks a cluster's service how it is where that is due, and returns when it is to be asked next; zero:
	// when ServicesChanged was called.
	CheckService func(ctx context.Context, name string) (next time.Time)
	// Activity is a fingerprint of what SkyPilot has written on this machine.
	Activity func() host.Activity
	// APIServer is SkyPilot's API server on this machine, which is ended after an idle time; nil: it is not.
	APIServer APIServer
	Idle      time.Duration // how long nothing has to be asked of it before it is ended; used with APIServer
	// NoOtherClusters reports whether SkyPilot, asked just now, has no cluster but this state folder's.
	NoOtherClusters func(ctx context.Context) bool
	// Alone calls a function while no `sky` of this process runs, where that is so, and lets none begin meanwhile.
	Alone func(do func())
	// TryLease takes the lease to look for all sidecars that share the state folder. A nil
	// release means that holder has the lease.
	TryLease func() (release func(), holder lifecycle.Holder, err error)

	Poll    time.Duration // between the beginnings of two looks
	Refresh time.Duration // deadline of a look
	Longest time.Duration // deadline of a look that has to ask why the cluster is not shown
	Late    time.Duration // after a launch was given up: until then SkyPilot may still show what comes of it
}

// Settings are how often the Watcher looks by itself, in this process.
type Settings struct {
	Interval time.Duration // 0: the Watcher's own choice
	Paused   bool
}

// Watcher looks at the clusters. Its methods are safe for concurrent use.
type Watcher struct {
	opt      Options
	looking  chan struct{} // holds one while a look at the cloud is in progress
	wake     chan struct{} // asks for a look now
	changed  chan struct{} // tells that files have changed: SkyPilot's, or another sidecar's looks
	looked   chan struct{} // tells that an operation has ended with a look of its own
	written  chan struct{} // tells that SkyPilot's files may have changed
	jobs     chan struct{} // tells that a run command is said to have ended
	services chan struct{} // tells that other services may be due

	mu       sync.Mutex // guards what follows; never held across a look or a call of the store
	settings Settings
	kept     time.Duration        // the interval where the settings have none; 0: the Watcher's own choice
	begun    map[string]int       // by cluster: the looks that were begun here
	expected map[string]time.Time // clusters that may come up, and until when they are looked for
}

// New returns a Watcher, which looks once Run is called.
func New(opt Options) *Watcher {
	return &Watcher{
		opt: opt, begun: map[string]int{}, expected: map[string]time.Time{},
		wake: make(chan struct{}, 1), changed: make(chan struct{}, 1), written: make(chan struct{}, 1), jobs: make(chan struct{}, 1), services: make(chan struct{}, 1), looked: make(chan struct{}, 1), looking: make(chan struct{}, 1),
	}
}

// Run looks at the clusters regularly until the host has gone. It starts no `sky` if there is
// nothing to watch, and makes one look at a time. It blocks until then.
func (w *Watcher) Run() {
	s := newSchedule(w.opt.Poll, time.Now(), w.opt.Activity())
	w.firstLook()
	for w.waitForTurn(&s) {
		w.probeIfDue(&s)
		w.lookIfDue(&s)
	}
}

// probeIfDue probes the machines of the clusters that are watched. While all answer, the cloud is
// asked seldom, unless the host has chosen how often. One that falls silent is looked at.
func (w *Watcher) probeIfDue(s *schedule) {
	now := time.Now()
	if now.Before(s.probeDue(w.failures())) {
		return
	}
	names := w.Watched()
	all := len(names) > 0 && !w.isPaused() && w.usesOwnInterval()
	silent := false
	ctx, cancel := w.opt.Group.UntilClosing()
	defer cancel()
	for _, name := range names {
		if !all {
			break
		}
		answers, known := w.opt.ProbeMachine(ctx, name)
		if known && answers {
			w.opt.Store.MachineAnswered(name)
		}
		all, silent = answers && known, known && !answers
	}
	s.probed(time.Now(), all, silent)
	if !all {
		return // a look was just made, or is about to be, and asks after it
	}
	w.checkRunJobs(ctx, s, names)
}

// checkRunJobs asks how the run commands are of which that is due.
func (w *Watcher) checkRunJobs(ctx context.Context, s *schedule, names []string) {
	for _, name := range names {
		if w.opt.CheckRunJob(ctx, name) {
			s.asked(w.opt.Activity())
		}
	}
}

func (w *Watcher) usesOwnInterval() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settings.Interval == 0 && w.kept == 0
}

// waitForTurn waits until a look may be due; false: the host has gone. Where there is nothing
// to look at it waits for news alone, and does not wake.
func (w *Watcher) waitForTurn(s *schedule) bool {
	var turn <-chan time.Time
	if len(w.Watched()) > 0 || !s.pendingSince.IsZero() || s.wakeNow {
		timer := time.NewTimer(time.Until(earliest(s.due(w.failures()), s.probeDue(w.failures()))))
		defer timer.Stop()
		turn = timer.C
	}
	select {
	case <-w.opt.Group.Closing():
		return false
	case <-w.opt.Group.Context().Done():
		return false
	case <-w.wake:
		s.wakeNow = true
	case <-w.changed:
		w.onFilesChanged(s)
	case <-w.looked:
		w.onOperationLooked(s)
	case <-w.jobs:
		w.onRunCommandEnded(s)
	case <-turn:
	}
	select {
	case <-w.looked: // what else was told is as old
		w.onOperationLooked(s)
	default:
	}
	return true
}

// onFilesChanged handles changed files. Another sidecar's look replaces one of ours, and
// SkyPilot's writes until then are no news. Other changes may be news.
func (w *Watcher) onFilesChanged(s *schedule) {
	if w.opt.Store.SharedLooksChanged() {
		s.begin(time.Now(), w.opt.Activity())
		return
	}
	s.noteActivity(w.opt.Activity(), time.Now())
}

// onOperationLooked counts the end of an operation that has looked as a look of ours: one that came
// right after it would show the same, and would be in the way of the next operation. SkyPilot's writes
// until then are no news. Where there are other servers to look at, theirs is not put off.
func (w *Watcher) onOperationLooked(s *schedule) {
	w.opt.Store.ShareLooks()
	if now := time.Now(); !s.wakeNow && len(w.Watched()) <= 1 {
		s.looked(now, now, w.opt.Activity(), true)
	}
}

// onRunCommandEnded asks how the run commands are; no look is needed for it.
func (w *Watcher) onRunCommandEnded(s *schedule) {
	if w.isPaused() {
		return
	}
	ctx, cancel := w.opt.Group.UntilClosing()
	defer cancel()
	w.checkRunJobs(ctx, s, w.Watched())
}

// lookIfDue looks if a look is due and there is something to look at.
func (w *Watcher) lookIfDue(s *schedule) {
	s.usual = w.interval()
	began := time.Now()
	if began.Before(s.due(w.failures())) {
		return
	}
	names := w.Watched()
	if len(names) == 0 && w.mayBeNew(s) {
		names = []string{w.opt.Name}
	}
	before := w.opt.Store.Told()
	if len(names) == 0 || w.isPaused() || !w.lookIfLeader(names) {
		s.begin(began, w.opt.Activity())
		return
	}
	s.looked(began, time.Now(), w.opt.Activity(), w.opt.Store.Told() != before)
}

// mayBeNew reports whether there may be a new cluster that the state does not know, because
// SkyPilot's clusters have changed with a request: somebody may have launched one in a terminal.
func (w *Watcher) mayBeNew(s *schedule) bool {
	return !s.pendingSince.IsZero() && !s.noRequest && w.opt.Store.Running(w.opt.Name) == nil
}

// failures returns the number of failed looks in a row at the cluster with the most.
func (w *Watcher) failures() int { return w.opt.Store.FailedLooks(w.Watched()) }

// firstLook looks once for a cluster of the configured name that the state does not know, but only
// if SkyPilot's API server is up (docs/protocol.md, "How a server's status changes"). No Python is started
// only to find nothing.
func (w *Watcher) firstLook() {
	ctx, cancel := w.opt.Group.UntilClosing()
	defer cancel()
	if len(w.Watched()) > 0 {
		w.Soon()
		return
	}
	if w.opt.Store.Running(w.opt.Name) == nil && w.opt.Reachable(ctx) {
		w.Look(ctx, []string{w.opt.Name})
	}
}

// interval returns the usual time between two looks.
func (w *Watcher) interval() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.settings.Interval > 0 {
		return w.settings.Interval
	}
	if w.kept > 0 {
		return w.kept
	}
	return w.opt.Poll
}

func (w *Watcher) isPaused() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settings.Paused
}

// Configure changes the settings, makes the Watcher look, and returns the settings and the
// resulting interval.
func (w *Watcher) Configure(change func(*Settings)) (now Settings, interval time.Duration) {
	w.mu.Lock()
	change(&w.settings)
	now = w.settings
	now.Interval = cmp.Or(now.Interval, w.kept)
	w.mu.Unlock()
	w.Soon()
	w.ServicesChanged()
	return now, w.interval()
}

// Keep sets the interval of a process whose settings have none; 0 is the Watcher's own choice. It does not block.
func (w *Watcher) Keep(interval time.Duration) {
	w.mu.Lock()
	same := w.kept == interval
	w.kept = interval
	w.mu.Unlock()
	if !same {
		w.Soon()
	}
}

// Soon makes the Watcher look now rather than at the end of its interval. It does
// not block.
func (w *Watcher) Soon() { signal(w.wake) }

// OperationEnded tells the Watcher that an operation of this process has ended, or is about to, so that its server is
// watched again. looked reports that the operation's own last look still holds; without one the Watcher
// looks now. It does not block.
func (w *Watcher) OperationEnded(looked bool) {
	if !looked {
		w.Soon()
		return
	}
	signal(w.looked)
}

// RunCommandEnded tells the Watcher that a run command is said to have ended. It does not block.
func (w *Watcher) RunCommandEnded() { signal(w.jobs) }

// Changed tells the Watcher that files have changed. It does not block.
func (w *Watcher) Changed() {
	signal(w.changed)
	signal(w.written)
}

// signal sends to a channel of capacity one, unless it is full.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Watched returns, sorted, the names of the clusters to look at: those whose machine may exist, and
// those that are expected, without those that have an operation in progress.
func (w *Watcher) Watched() []string {
	names := w.opt.Store.Unattended()
	for _, name := range w.expectedBeside(names) {
		if w.opt.Store.Running(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// expectedBeside returns the expected clusters that are not among the known ones.
func (w *Watcher) expectedBeside(known []string) (names []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, until := range w.expected {
		if time.Now().After(until) || slices.Contains(known, name) {
			delete(w.expected, name)
		} else {
			names = append(names, name)
		}
	}
	return names
}

// WatchFor makes the Watcher look for a cluster that the state does not know and that may come up,
// for as long as Options.Late. It does not block.
func (w *Watcher) WatchFor(name string) {
	w.mu.Lock()
	w.expected[name] = time.Now().Add(w.opt.Late)
	w.mu.Unlock()
	w.Soon()
}

// lookIfLeader looks unless another sidecar of the same state folder is looking, whose answer goes
// into the shared state. It also looks if the lease can't be tried, or if its holder has held it
// for longer than a look can take: a suspended process keeps its lease.
func (w *Watcher) lookIfLeader(names []string) (looked bool) {
	release, holder, err := w.opt.TryLease()
	if release != nil {
		defer release()
	}
	stuck := !holder.Since.IsZero() && time.Since(holder.Since) > time.Duration(len(names)+1)*w.opt.Refresh
	switch {
	case err != nil:
		w.opt.Log.Warn("whether another sidecar looks can't be told", "error", err)
	case release == nil && !stuck:
		return false
	}
	if w.opt.Store.LoadSharedLooks(); w.opt.Store.SharedLooksChanged() { // the holder has just finished its look
		return false
	}
	ctx, cancel := w.opt.Group.UntilClosing()
	defer cancel()
	w.Look(ctx, names)
	return true
}
