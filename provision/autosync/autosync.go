// Package autosync keeps the vaults on a server the same while the files here change, where
// that was asked for (vault.watch): rules.go says when, files.go tells of changes, and the
// Syncer mirrors. Local always wins, and what deletes much is asked about, as in every mirror.
//
// No goroutine runs, and no file is watched, until a server wants it.
package autosync

import (
	"context"
	"log/slog"
	"slices"
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
	folders map[schema.VaultName]string
	news    chan struct{} // holds one when a file here has changed, or the situation

	rules []*rules                   // one for each vault; of run's goroutine, but for touched
	seen  map[schema.VaultName]int64 // of run's goroutine: when the vaults were mirrored, as the state has it; nil: not known

	at      situation             // guarded by mu
	polling bool                  // guarded by mu
	shown   schema.ContinuousSync // guarded by mu: what the host was told last
	giveWay context.CancelFunc    // guarded by mu: ends the mirror under way, if one is
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
			one = s.begin(name, rec.Vaults)
		}
		if one.at.closed = st.AdmitComparison(name); one.at.closed != nil {
			one.giveWay()
		}
		signal(one.news)
	}
}

// begin starts a session; s.mu is held. What changed before is not known, so that all may have.
func (s *Syncer) begin(name string, vaults *schema.Vaults) *session {
	one := &session{
		Syncer: s, cluster: name, news: make(chan struct{}, 1), giveWay: func() {}, folders: map[schema.VaultName]string{},
		shown: schema.ContinuousSync{On: true, State: schema.WatchPending},
	}
	for _, v := range []struct {
		name   schema.VaultName
		folder string
	}{{schema.VaultPublic, vaults.Public}, {schema.VaultPrivate, vaults.Private}} {
		if v.folder != "" {
			one.folders[v.name] = v.folder
			one.rules = append(one.rules, &rules{pace: s.opt.Pace, vault: v.name, touched: true})
			one.shown.Waiting = append(one.shown.Waiting, v.name)
		}
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
	following := one.opt.Group.Beside("following the vaults' files", func() {
		follow(one.ctx, one.folders, one.opt, one.touch, one.notePolling)
	})
	defer following()
	defer one.stop()
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

// touch notes that a file of a vault has changed here.
func (one *session) touch(name schema.VaultName) {
	one.mu.Lock()
	for _, r := range one.rules {
		r.touched = r.touched || r.vault == name
	}
	// The rules hear of it after the mirror under way, which may be of another vault and take long.
	during := one.shown.State == schema.WatchSyncing && !slices.Contains(one.shown.Waiting, name)
	if during {
		one.shown.Waiting = append(slices.Clip(one.shown.Waiting), name)
	}
	now := one.shown
	one.mu.Unlock()
	if during {
		one.opt.Store.NotifyWatch(schema.VaultWatchChanged{Cluster: one.cluster, Watch: now})
	}
	signal(one.news)
}

// step waits for what happens next, and mirrors the vaults whose mirrors are due.
func (one *session) step() {
	one.noteOperations()
	now := time.Now()
	one.mu.Lock()
	open := one.at.closed == nil
	var due []*rules
	var next time.Time // the first that is not due yet
	for _, r := range one.rules {
		if r.touched {
			r.change(now)
		}
		r.touched = false
		switch at := r.due(); {
		case at.IsZero():
		case !at.After(now):
			due = append(due, r)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	one.mu.Unlock()
	one.show()
	if open && len(due) > 0 {
		one.sync(due)
		return
	}
	var timer <-chan time.Time
	if open && !next.IsZero() {
		t := time.NewTimer(next.Sub(now))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-one.ctx.Done():
	case <-one.news:
	case <-timer:
	}
}

// noteOperations notices that an operation has mirrored a vault: what was refused or
// failed may go now.
func (one *session) noteOperations() {
	now := map[schema.VaultName]int64{}
	for name, as := range one.opt.Store.Remembered(one.cluster).Mirrored {
		now[name] = as.At.UnixNano()
	}
	for _, r := range one.rules {
		if one.seen != nil && one.seen[r.vault] != now[r.vault] {
			r.retry()
		}
	}
	one.seen = now
}

// sync makes one mirror of each vault that is due. None waits for another, whatever becomes of that.
func (one *session) sync(due []*rules) {
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
	for _, r := range due {
		r.begin()
	}
	one.show()
	for _, r := range due {
		failure := one.mirror(ctx, r.vault)
		how := made
		switch {
		case ctx.Err() != nil:
			how, failure = cut, nil
		case failure != nil && failure.Kind == schema.KindDeletionsRefused:
			how = refused
		case failure != nil:
			how = failed
		}
		r.end(how, failure, time.Now())
		one.show()
	}
	for _, r := range one.rules {
		r.rest(time.Since(began), time.Now())
	}
	one.seen = nil
}

// mirror makes a vault on the server the same where something has changed here, and remembers
// what became of it.
func (one *session) mirror(ctx context.Context, name schema.VaultName) *schema.Error {
	all, failure := one.opt.Mirrors.Of(one.cluster, one.opt.Store.Remembered(one.cluster))
	if failure != nil {
		return failure
	}
	var v *mirror.Vault
	for i := range all {
		if all[i].Vault == name {
			v = &all[i]
		}
	}
	if v == nil {
		return nil
	}
	differs, failure := one.opt.Mirrors.ChangedHere(ctx, v)
	if failure == nil && !differs {
		return nil
	}
	if failure == nil {
		failure = one.opt.Mirrors.Compare(ctx, v, false)
	}
	if failure == nil {
		failure = v.Refusal()
	}
	var same lifecycle.MirroredVault
	if failure == nil {
		if v.Differences.Any {
			one.note(ctx, name, same, nil)
		}
		same, failure = one.opt.Mirrors.Make(ctx, v, func(schema.Transfer) {})
	}
	one.note(ctx, name, same, failure)
	return failure
}

// note remembers what became of a vault; neither a failure nor what is the same: its mirror begins. A server that can't be
// reached is no news of it.
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
		case same.At.IsZero():
			rec.MirrorBegins(name)
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
	now := state(one.rules, one.at)
	now.Polling = one.polling
	same := now.State == one.shown.State && now.Polling == one.shown.Polling && now.PendingSince.Equal(one.shown.PendingSince) && now.Reason == one.shown.Reason && slices.Equal(now.Waiting, one.shown.Waiting)
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
