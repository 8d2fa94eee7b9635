package provision

import (
	"context"
	"slices"
	"time"

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
	p := newPace(s.cfg.Timing.Poll, time.Now(), s.cfg.Activity())
	s.firstLook()
	for s.rest(&p) {
		s.turn(&p)
	}
}

// rest waits until it is time to see whether a look is due; false: the host has gone.
func (s *Service) rest(p *pace) bool {
	timer := time.NewTimer(time.Until(p.due(s.failures())))
	defer timer.Stop()
	select {
	case <-s.closing:
		return false
	case <-s.life.Done():
		return false
	case <-s.wake:
		p.hurried = true
	case <-s.stirred:
		s.listen(p)
	case <-timer.C:
	}
	return true
}

// listen takes in what changed on disk: another sidecar's look stands for one of
// ours, and what SkyPilot wrote during it is no news; anything else may be.
func (s *Service) listen(p *pace) {
	if s.tookTheirs() {
		p.begin(time.Now(), s.cfg.Activity())
		return
	}
	p.hear(s.cfg.Activity(), time.Now())
}

// turn looks if it is time to, and there is something to look at.
func (s *Service) turn(p *pace) {
	p.usual = s.interval()
	began := time.Now()
	if began.Before(p.due(s.failures())) {
		return
	}
	names := s.watched()
	if len(names) == 0 && s.mayBeNew(p) {
		names = []string{s.cfg.Name}
	}
	before := s.said()
	if len(names) == 0 || s.isPaused() || !s.lookIfMine(names) {
		p.begin(began, s.cfg.Activity())
		return
	}
	p.looked(began, time.Now(), s.cfg.Activity(), s.said() != before)
}

// mayBeNew says whether a server may have come to be that nobody has told of:
// somebody asked SkyPilot for something and its clusters changed. A launch by
// hand, in a terminal, counts as a launch.
func (s *Service) mayBeNew(p *pace) bool {
	return !p.stirred.IsZero() && !p.lone && s.running(s.cfg.Name) == nil
}

// said counts what the host was told of the servers so far.
func (s *Service) said() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// failures is how many looks in a row failed, at the server with the most.
func (s *Service) failures() (most int) {
	names := s.watched()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range names {
		most = max(most, s.looks[name].Failures)
	}
	return most
}

// firstLook asks SkyPilot once for a server of our name that the journal does not
// know, but only if its API server is up already: no Python is started to find
// out that there is nothing (protocol.md, "Which clusters are ours").
func (s *Service) firstLook() {
	ctx, cancel := s.untilClosing()
	defer cancel()
	if len(s.watched()) > 0 {
		s.lookSoon()
		return
	}
	if up, _ := s.cfg.APIServerUp(ctx); !up || s.running(s.cfg.Name) != nil {
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
	ended := s.beside("waiting for the end", func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { cancel(); ended() }
}

// interval is the usual time between two looks.
func (s *Service) interval() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poller.interval > 0 {
		return s.poller.interval
	}
	return s.cfg.Timing.Poll
}

func (s *Service) isPaused() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.poller.paused
}

// lookSoon makes the poller look now rather than at the end of its interval.
func (s *Service) lookSoon() { signal(s.wake) }

// signal leaves word in a channel that holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// watched names the servers of which a machine may exist and that no operation
// is looking after. After a damaged state that is one that nobody knows of.
func (s *Service) watched() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name, rec := range s.state.Clusters {
		if rec.Machine && s.state.Running(name) == nil {
			names = append(names, name)
		}
	}
	if s.mayBeMissing(s.cfg.Name) && s.state.Running(s.cfg.Name) == nil {
		names = append(names, s.cfg.Name)
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
	s.expected[name] = time.Now().Add(s.cfg.Timing.Late)
	s.mu.Unlock()
	s.lookSoon()
}

// lookIfMine looks unless another sidecar is just doing that: it writes what it
// sees into the state that both share. Where nobody can tell whether one is, or the
// one that does has been at it for longer than a look can take (it was stopped, and
// holds its lease all the same), two looks are better than none.
func (s *Service) lookIfMine(names []string) (looked bool) {
	lease, holder, err := s.leases.Try(s.pollerLease(), "poll")
	defer lease.Release()
	stuck := !holder.Since.IsZero() && time.Since(holder.Since) > time.Duration(len(names)+1)*s.cfg.Timing.Refresh
	switch {
	case err != nil:
		s.log.Warn("whether another sidecar looks can't be told", "error", err)
	case lease == nil && !stuck:
		return false
	}
	if s.learnLooks(); s.tookTheirs() { // it has let go of the lease just now
		return false
	}
	ctx, cancel := s.untilClosing()
	defer cancel()
	s.lookAt(ctx, names)
	return true
}

// pollerLease is the key of the lease that whoever looks holds.
func (s *Service) pollerLease() string { return "poller of " + s.journal.Dir() }

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
