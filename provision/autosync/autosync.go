// Package autosync keeps the vaults on a server the same while the files here change, where
// that was asked for (vault.watch): rules.go says when, files.go tells of changes, and the
// Syncer mirrors. Local always wins, and what deletes much is asked about, as in every mirror.
//
// No goroutine runs, and no file is watched, until a server wants it.
package autosync

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/mirror"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// Options is what a Syncer needs. All fields have to be set.
type Options struct {
	Store   *store.Store
	Group   *supervisor.Group
	Log     *slog.Logger
	Mirrors *mirror.Mirrors
	Pace    Pace
	Poll    bool // looks through the vaults instead of taking the system's events
	// TryLease takes the lease to sync a cluster for all sidecars of this machine. A nil
	// release means that another has it.
	TryLease func(cluster string) (release func(), err error)
}

// Syncer syncs the vaults of the servers that want it. Its methods are safe for concurrent
// use and do not block.
type Syncer struct {
	opt Options

	mu       sync.Mutex // guards what follows, and the sessions' fields that say so; nothing is called under it but Group.Go
	sessions map[string]*session
}

// New returns a Syncer, which begins with the first state that it is shown.
func New(opt Options) *Syncer { return &Syncer{opt: opt, sessions: map[string]*session{}} }

// session is one server's continuous sync.
type session struct {
	*Syncer
	cluster string
	ctx     context.Context
	stop    context.CancelFunc
	changed chan struct{} // holds one when a file here has changed
	news    chan struct{} // holds one when the situation has changed

	rules rules                      // of run's goroutine
	seen  map[schema.VaultName]int64 // of run's goroutine: when the vaults were mirrored, as the state has it; nil: not known

	at      situation             // guarded by mu
	polling bool                  // guarded by mu
	shown   schema.ContinuousSync // guarded by mu: what the host was told last
	giveWay context.CancelFunc    // guarded by mu: ends the mirror under way
}

// OnStateChange begins and ends sessions, and lets mirrors give way to operations. The store
// calls it with each new state, under its lock.
func (s *Syncer) OnStateChange(st *lifecycle.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, running := range s.sessions {
		if rec := st.Clusters[name]; rec == nil || !rec.View.VaultWatch {
			running.stop()
			delete(s.sessions, name)
		}
	}
	for name, rec := range st.Clusters {
		if !rec.View.VaultWatch || rec.Vaults == nil {
			continue
		}
		one := s.sessions[name]
		if one == nil {
			one = s.begin(name)
		}
		if one.at.closed = st.AdmitComparison(name); one.at.closed != nil {
			one.giveWay()
		}
		signal(one.news)
	}
}

// begin starts a session; s.mu is held.
func (s *Syncer) begin(name string) *session {
	one := &session{
		Syncer: s, cluster: name, changed: make(chan struct{}, 1), news: make(chan struct{}, 1), giveWay: func() {},
		rules: rules{pace: s.opt.Pace}, shown: schema.ContinuousSync{On: true, State: schema.WatchPending}, // what changed before is not known
	}
	one.ctx, one.stop = context.WithCancel(s.opt.Group.Context())
	s.sessions[name] = one
	s.opt.Group.Go("a continuous sync", one.run)
	return one
}

// Watch is how the continuous sync of a server stands.
func (s *Syncer) Watch(cluster string) schema.ContinuousSync {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.sessions[cluster]; one != nil {
		return one.shown
	}
	return schema.ContinuousSync{State: schema.WatchOff}
}

// run syncs until the session ends, or the host has gone.
func (one *session) run() {
	defer one.stop()
	closing := one.opt.Group.Beside("the end of a continuous sync", func() {
		select {
		case <-one.opt.Group.Closing():
			one.stop()
		case <-one.ctx.Done():
		}
	})
	defer closing()
	defer one.stop()
	release := one.lead()
	if release == nil {
		return
	}
	defer release()
	folders := map[schema.VaultName]string{}
	rec := one.opt.Store.Remembered(one.cluster)
	if rec.Vaults == nil {
		return
	}
	for name, folder := range map[schema.VaultName]string{schema.VaultPublic: rec.Vaults.Public, schema.VaultPrivate: rec.Vaults.Private} {
		if folder != "" {
			folders[name] = folder
		}
	}
	following := one.opt.Group.Beside("following the vaults' files", func() {
		follow(one.ctx, folders, one.opt, func() { signal(one.changed) }, one.notePolling)
	})
	defer following()
	defer one.stop()
	one.rules.change(time.Now()) // what changed while nobody watched is not known
	for one.ctx.Err() == nil {
		one.step()
	}
}

// lead waits for the lease; nil: the session has ended.
func (one *session) lead() (release func()) {
	for one.ctx.Err() == nil {
		release, err := one.opt.TryLease(one.cluster)
		if err != nil {
			one.opt.Log.Warn("whether another sidecar syncs can't be told", "error", err)
		}
		one.mu.Lock()
		one.at.elsewhere = release == nil
		one.mu.Unlock()
		if release != nil {
			return release
		}
		one.show()
		if !supervisor.Sleep(one.ctx, one.opt.Pace.Lease) {
			return nil
		}
	}
	return nil
}

// step waits for what happens next, and mirrors where that is due.
func (one *session) step() {
	one.noteOperations()
	one.mu.Lock()
	open := one.at.closed == nil
	one.mu.Unlock()
	one.show()
	wait := time.Duration(-1)
	if due := one.rules.due(); open && !due.IsZero() {
		if wait = time.Until(due); wait <= 0 {
			one.sync()
			return
		}
	}
	var timer <-chan time.Time
	if wait >= 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-one.ctx.Done():
	case <-one.news:
	case <-one.changed:
		one.rules.change(time.Now())
	case <-timer:
	}
}

// noteOperations notices that an operation has mirrored the vaults: what was refused or
// failed may go now.
func (one *session) noteOperations() {
	now := map[schema.VaultName]int64{}
	for name, as := range one.opt.Store.Remembered(one.cluster).Mirrored {
		now[name] = as.At.UnixNano()
	}
	if one.seen != nil && !maps.Equal(one.seen, now) {
		one.rules.retry()
	}
	one.seen = now
}

// sync makes one mirror.
func (one *session) sync() {
	ctx, cancel := context.WithCancel(one.ctx)
	defer cancel()
	one.mu.Lock()
	one.giveWay = cancel
	closed := one.at.closed
	one.mu.Unlock()
	if closed != nil {
		return // just now
	}
	began := time.Now()
	one.rules.begin()
	one.show()
	failure := one.mirror(ctx)
	how := made
	switch {
	case ctx.Err() != nil:
		how, failure = cut, nil
	case failure != nil && failure.Kind == schema.KindDeletionsRefused:
		how = refused
	case failure != nil:
		how = failed
	}
	one.rules.end(how, time.Since(began), time.Now())
	one.mu.Lock()
	one.at.failure, one.giveWay = failure, func() {}
	one.mu.Unlock()
	one.seen = nil
}

// mirror makes the server's vaults the same where something has changed here. All are
// compared before one is changed.
func (one *session) mirror(ctx context.Context) *schema.Error {
	all, refusal := one.opt.Mirrors.Of(one.cluster, one.opt.Store.Remembered(one.cluster))
	if refusal != nil {
		return refusal
	}
	var changed []mirror.Vault
	for _, v := range all {
		differs, failure := one.opt.Mirrors.ChangedHere(ctx, &v)
		if failure == nil && differs {
			if failure = one.opt.Mirrors.Compare(ctx, &v, false); failure == nil {
				failure = v.Refusal()
			}
			changed = append(changed, v)
		}
		if failure != nil {
			one.note(ctx, v.Vault, lifecycle.MirroredVault{}, failure)
			return failure
		}
	}
	for _, v := range changed {
		same, failure := one.opt.Mirrors.Make(ctx, v, func(schema.Transfer) {})
		one.note(ctx, v.Vault, same, failure)
		if failure != nil {
			return failure
		}
	}
	return nil
}

// note remembers what became of a vault. A server that can't be reached is no news of it.
func (one *session) note(ctx context.Context, name schema.VaultName, same lifecycle.MirroredVault, failure *schema.Error) {
	if ctx.Err() != nil || failure != nil && failure.Kind == schema.KindUnreachable {
		return
	}
	one.opt.Store.Record(func(st *lifecycle.State) error {
		rec := st.Clusters[one.cluster]
		switch {
		case rec == nil:
			return store.ErrUnchanged
		case failure != nil:
			rec.VaultDiffers(name, failure)
		default:
			rec.VaultIsSame(name, same)
		}
		return nil
	})
}

func (one *session) notePolling() {
	one.mu.Lock()
	one.polling = true
	one.mu.Unlock()
	signal(one.news)
}

// show tells the host how it stands, where that is another than before.
func (one *session) show() {
	one.mu.Lock()
	now := one.rules.state(one.at)
	now.Polling = one.polling
	same := now.State == one.shown.State && now.Polling == one.shown.Polling && now.PendingSince.Equal(one.shown.PendingSince) && now.Reason == one.shown.Reason
	one.shown = now
	one.mu.Unlock()
	if !same {
		one.opt.Store.NotifyWatch(schema.VaultWatchChanged{Cluster: one.cluster, Watch: now})
	}
}

// signal sends to a channel of capacity one, unless it is full.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
