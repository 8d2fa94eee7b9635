package watch

import (
	"math"
	"math/rand/v2"
	"time"

	"carapace/provision/sky/host"
)

// schedule says when the Watcher looks next. It is pure but for its jitter, and owned
// by the goroutine of Run.
//
// A look is due when the usual interval since the beginning of the last one is over (FR-004: at
// least every 30 s), earlier after a failed look, and at once when somebody asks for it, when the
// computer has woken up, or when SkyPilot's files have changed.
type schedule struct {
	usual        time.Duration
	begun, ended time.Time // the last look
	jitter       float64   // of the wait after it, 0.8 to 1
	wakeNow      bool      // a look is wanted now

	// settled is SkyPilot's activity at the end of the last look, which has seen all changes
	// before. A difference from it is news, or a write of SkyPilot's daemon.
	settled      host.Activity
	pendingSince time.Time     // when to look because of news; zero: no news
	noRequest    bool          // the news came without a request
	lastReaction time.Time     // the last look that was made for news
	gap          time.Duration // the least time from that look to the next look for news
	ignoreDaemon bool          // the last news without a request showed no change: such news do not cause a look

	probedAt time.Time // when the machines were probed last
	alive    bool      // all of them answered then
	silent   bool      // one of them did not, though it can be probed
}

const (
	failedShare = 3 // a look that failed is made again after a third of the interval at first
	failedRatio = 1.5
	gapShare    = 6  // looks for news are a sixth of the interval apart at least,
	gapGrowth   = 10 // and ten intervals at most where they find nothing
	probeShare  = 6  // machines are probed six times in an interval,
	aliveRatio  = 20 // and while all answer a look, of six seconds of a processor, is made after twenty intervals
	restShare   = 3  // a look that takes long is followed by a rest, so that `sky` does not run all the time
)

func newSchedule(usual time.Duration, now time.Time, a host.Activity) schedule {
	return schedule{usual: usual, begun: now, ended: now, jitter: 1, settled: a, gap: usual / gapShare}
}

// wait returns how long after a look's beginning the next one is due, after a number of failed
// looks in a row. It grows to the usual interval and no further, so that a server that can be
// reached again is seen in time. Jitter spreads the questions of many machines to a cloud that has
// just recovered.
func (s *schedule) wait(failures int) time.Duration {
	if failures == 0 && s.alive {
		return aliveRatio * s.usual
	}
	if failures == 0 {
		return s.usual
	}
	grown := float64(s.usual) / failedShare * math.Pow(failedRatio, float64(failures-1))
	return time.Duration(min(grown, float64(s.usual)) * s.jitter)
}

// due returns the time of the next look.
func (s *schedule) due(failures int) time.Time {
	if s.wakeNow {
		return s.ended
	}
	wait := s.wait(failures)
	next := latest(s.begun.Add(wait), s.ended.Add(wait/restShare))
	if !s.pendingSince.IsZero() && s.pendingSince.Before(next) {
		return s.pendingSince
	}
	return next
}

// probeDue returns when the machines are to be probed next, after a number of failed looks in a row:
// right after each look, so that one that is stopped soon after it is seen to fall silent (a server
// stopped within half a minute of its launch was told of after 35 s). One that did not answer, for which a
// probe waits seconds, or can't be probed, is probed again when a look is due.
func (s *schedule) probeDue(failures int) time.Time {
	if !s.silent && s.probedAt.Before(s.ended) {
		return s.ended
	}
	if s.alive {
		return s.probedAt.Add(s.usual / probeShare)
	}
	return s.due(failures)
}

// probed notes whether all machines answered, and whether one is known not to have. One that has
// fallen silent since the last time is news.
func (s *schedule) probed(at time.Time, all, silent bool) {
	if s.alive && silent && s.pendingSince.IsZero() {
		s.pendingSince, s.noRequest = latest(at, s.lastReaction.Add(s.gap)), false
	}
	s.probedAt, s.alive, s.silent = at, all, silent
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// noteActivity notes SkyPilot's current activity. A change of the clusters' records with a request
// is news. A change without a request is most likely a write of the daemon, which writes every
// minute although nothing has happened. After one such look that showed no change, noteActivity
// ignores these changes: watching would otherwise cost more than a look every half minute.
func (s *schedule) noteActivity(a host.Activity, now time.Time) {
	if a.Clusters == s.settled.Clusters {
		return
	}
	s.noRequest = a.Requests == s.settled.Requests
	if s.noRequest && s.ignoreDaemon || !s.pendingSince.IsZero() {
		return
	}
	s.pendingSince = latest(now, s.lastReaction.Add(s.gap))
}

// asked notes that SkyPilot was asked something that is no look: its writes meanwhile are no news.
func (s *schedule) asked(a host.Activity) {
	if s.pendingSince.IsZero() {
		s.settled = a
	}
}

// begin restarts the wait for the next look without a look of ours, because there is nothing to
// look at or another sidecar has looked. Changes until then are no news.
func (s *schedule) begin(at time.Time, a host.Activity) {
	s.begun, s.ended, s.settled = at, at, a
	s.wakeNow, s.pendingSince, s.noRequest = false, time.Time{}, false
}

// looked notes a look of ours. found reports whether it has shown a change.
func (s *schedule) looked(begun, ended time.Time, a host.Activity, found bool) {
	forNews := !s.pendingSince.IsZero() && !begun.Before(s.pendingSince)
	switch {
	case found:
		s.gap, s.ignoreDaemon = s.usual/gapShare, false
	case forNews:
		s.gap = min(2*s.gap, gapGrowth*s.usual)
		s.ignoreDaemon = s.ignoreDaemon || s.noRequest
	}
	if forNews {
		s.lastReaction = begun
	}
	s.begin(begun, a)
	s.ended = ended
	s.jitter = 0.8 + 0.2*rand.Float64()
}
