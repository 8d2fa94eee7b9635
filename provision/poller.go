package provision

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// pollerSettings are what poller.configure sets. Guarded by Service.mu.
type pollerSettings struct {
	interval time.Duration // 0: the service's own choice
	paused   bool
}

// poll is the one loop that looks at the cloud by itself. It starts no `sky`
// where there is nothing to watch, and never two at a time.
func (s *Service) poll() {
	s.firstLook()
	for {
		timer := time.NewTimer(s.interval())
		select {
		case <-s.closing:
			timer.Stop()
			return
		case <-s.life.Done():
			timer.Stop()
			return
		case <-s.wake:
			timer.Stop()
		case <-timer.C:
		}
		if names := s.watched(); len(names) > 0 && !s.isPaused() {
			s.lookIfMine(names)
		}
	}
}

// firstLook asks SkyPilot once for a server of our name that the journal does not
// know, but only if its API server is up already: no Python is started to find
// out that there is nothing (protocol.md, "Which clusters are ours"). After a
// damaged state it asks in any case.
func (s *Service) firstLook() {
	ctx, cancel := s.untilClosing()
	defer cancel()
	if len(s.watched()) > 0 {
		s.lookSoon()
		return
	}
	if up, _ := s.cfg.APIServerUp(ctx); !up && !s.forgot || s.running(s.cfg.Name) != nil {
		return
	}
	if _, refusal := s.cfg.Locate(ctx); refusal == nil {
		s.lookAt(ctx, []string{s.cfg.Name})
	}
}

// untilClosing is a context that ends when the host has gone: a look can be
// made again by whoever comes next.
func (s *Service) untilClosing() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(s.life)
	stop := make(chan struct{})
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-stop:
		}
	}()
	return ctx, func() { close(stop); cancel() }
}

func (s *Service) interval() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poller.interval > 0 {
		return s.poller.interval
	}
	return s.cfg.Timing.Poll * time.Duration(s.pace()) / 4
}

// pace is how often, in quarters of the usual interval, the cloud is looked at:
// more often while it is not known how a server stands, less often while all are
// stopped, when nothing can happen to them but that somebody starts or removes
// them. s.mu must be held.
func (s *Service) pace() (quarters int) {
	stopped := len(s.expected) == 0
	for name, rec := range s.state.Clusters {
		if l := s.looks[name]; rec.Machine && (l.failures > 0 || rec.View.Status == schema.StatusError || rec.View.Status == schema.StatusStopping) {
			return 2
		}
		stopped = stopped && (!rec.Machine || rec.View.Status == schema.StatusStopped)
	}
	switch {
	case len(s.expected) > 0:
		return 2
	case stopped:
		return 5
	}
	return 4
}

func (s *Service) isPaused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.poller.paused
}

// lookSoon makes the poller look now rather than at the end of its interval.
func (s *Service) lookSoon() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// watched names the servers of which a machine may exist and that no operation
// is looking after.
func (s *Service) watched() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, rec := range s.state.Clusters {
		if rec.Machine && s.state.Running(name) == nil {
			names = append(names, name)
		}
	}
	for name, until := range s.expected {
		if time.Now().After(until) || slices.Contains(names, name) {
			delete(s.expected, name)
		} else if s.state.Running(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// expect makes the poller look for a server that somebody else is working on,
// with another state folder or with `sky` itself: when it is there, it is ours to
// show too.
func (s *Service) expect(name string) {
	s.mu.Lock()
	s.expected[name] = time.Now().Add(s.cfg.Timing.Provision)
	s.mu.Unlock()
	s.lookSoon()
}

// lookIfMine looks unless another sidecar is the one that polls: it writes what
// it sees into the state that both share.
func (s *Service) lookIfMine(names []string) {
	lease, _, err := s.leases.Try("poller of "+s.journal.Dir(), "poll")
	if err != nil || lease == nil {
		return
	}
	defer lease.Release()
	ctx, cancel := s.untilClosing()
	defer cancel()
	s.lookAt(ctx, names)
}

// lookAt asks the cloud about servers and settles what it says. Looks are made
// one at a time; ctx ends one early.
func (s *Service) lookAt(ctx context.Context, names []string) {
	asked := time.Now()
	select {
	case s.looking <- struct{}{}:
		defer func() { <-s.looking }()
	case <-ctx.Done():
		return
	}
	for _, name := range names {
		s.mu.Lock()
		answered := s.looks[name].checkedAt.After(asked) // by the look that was waited for
		s.mu.Unlock()
		if ctx.Err() == nil && !answered {
			s.lookAtOne(ctx, name)
		}
	}
}

func (s *Service) lookAtOne(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Refresh)
	defer cancel()
	before := s.lastOperation(name)
	report, err := s.client(name).Status(ctx, true, name)
	switch failure := report.Failures[name]; {
	case errors.Is(ctx.Err(), context.Canceled):
	case err != nil:
		s.blind(name, s.explain(name, err))
	case failure != "":
		s.blind(name, s.clean(sky.Explain(sky.Failure{Cluster: name, Stdout: failure})))
	default:
		s.seen(name, before, report)
	}
}

// era is the time between two changes that operations make to a server: its last
// operation, and whether that was over.
type era struct {
	operation string
	over      bool
}

func (s *Service) lastOperation(name string) era {
	s.mu.Lock()
	defer s.mu.Unlock()
	return eraOf(s.state, name)
}

func eraOf(st *journal.State, name string) era {
	for _, op := range slices.Backward(st.Operations) {
		if op.Cluster == name {
			return era{op.ID, op.Ended()}
		}
	}
	return era{over: true}
}

// seen settles a successful look that was begun after the given operation, unless
// one has begun or ended meanwhile: then its driver has said what is true, and the
// look may be older than that.
func (s *Service) seen(name string, begun era, report sky.StatusReport) {
	found, exists := report.Find(name)
	s.note(func(st *journal.State) error {
		if !begun.over || eraOf(st, name) != begun {
			return errUnchanged
		}
		rec := st.Clusters[name]
		if rec == nil && !exists {
			return errUnchanged
		}
		if rec == nil {
			rec = ensure(st, name)
		}
		if !exists && rec.Hash == "" && s.mayAppear(st, name) {
			return errUnchanged
		}
		before := *rec
		changed := false
		if exists {
			changed = s.settleFound(rec, found)
		} else {
			changed = settleGone(rec, name, report.Gone[name])
		}
		rec.Source = sourceOf(before.View, changed)
		before.Source = rec.Source
		if reflect.DeepEqual(before, *rec) {
			return errUnchanged
		}
		return nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks[name] = look{checkedAt: now()}
	s.tellChange(name)
}

// mayAppear says whether SkyPilot's record of a launch may only be late: that of a
// submission which was given up.
func (s *Service) mayAppear(st *journal.State, name string) bool {
	op := st.Operation(eraOf(st, name).operation)
	return op != nil && time.Since(op.EndedAt) < s.cfg.Timing.Provision
}

// sourceOf says whose doing a change was that no operation of ours made. Coming
// back from not being able to look is nobody's doing.
func sourceOf(before schema.Cluster, changed bool) schema.ChangeSource {
	if changed && !merelyUnreachable(before.Error) {
		return schema.SourceExternal
	}
	return schema.SourcePoll
}

// Blindness: one failed look makes a server stale; two in a row, or a minute of
// them, make it an error (design.md 7).
const (
	blindLooks = 2
	blindTime  = time.Minute
)

func (s *Service) blind(name string, failure *schema.Error) {
	s.mu.Lock()
	l := s.looks[name]
	l.failures++
	if l.failures == 1 {
		l.since = time.Now()
	}
	s.looks[name] = l
	s.tellChange(name)
	s.mu.Unlock()
	s.log.Warn("the cloud could not be looked at", "cluster", name, "failures", l.failures, "error", failure.Message)
	if l.failures < blindLooks && time.Since(l.since) < blindTime {
		return
	}
	s.note(func(st *journal.State) error {
		rec := st.Clusters[name]
		if rec == nil || !rec.Machine || st.Running(name) != nil || rec.View.Status == schema.StatusError {
			return errUnchanged
		}
		sentence := fmt.Sprintf("The server can't be looked at: %s When it last could, it was %s.", failure.Message, words(rec.View.Status))
		set(rec, schema.StatusError, sentence, asBlindness(failure))
		rec.Source = schema.SourcePoll
		return nil
	})
}

// asBlindness makes sure that an error of looking is never taken for one of the
// machine's: launching another one over it must stay refused.
func asBlindness(failure *schema.Error) *schema.Error {
	if merelyUnreachable(failure) {
		return failure
	}
	c := *failure
	c.Kind, c.Retryable = schema.KindNetwork, true
	return &c
}

// ConfigurePoller sets how often the sidecar looks at the cloud by itself, for
// this process.
func (s *Service) ConfigurePoller(_ context.Context, p schema.PollerParams) (schema.PollerResult, error) {
	if p.IntervalSeconds != 0 && (p.IntervalSeconds < 1 || p.IntervalSeconds > 30) {
		return schema.PollerResult{}, schema.NewError(schema.KindInvalidParams, "intervalSeconds must be from 1 to 30.",
			"Leave it out to keep what is in force.").WithField("intervalSeconds")
	}
	s.mu.Lock()
	if p.IntervalSeconds != 0 {
		s.poller.interval = time.Duration(p.IntervalSeconds * float64(time.Second))
	}
	if p.Paused != nil {
		s.poller.paused = *p.Paused
	}
	settings := s.poller
	s.mu.Unlock()
	s.lookSoon()
	return schema.PollerResult{IntervalSeconds: seconds(s.interval()), Paused: settings.paused, Adaptive: settings.interval == 0}, nil
}
