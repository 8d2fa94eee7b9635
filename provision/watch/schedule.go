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
// A look is due when the usual interval since the last one's beginning is over
// (FR-004: every 30 s at least), sooner after one that failed, and at once when
// somebody asks for it, when the computer woke up, or when SkyPilot's own files
// have changed.
type schedule struct {
	usual        time.Duration
	begun, ended time.Time // the last look
	jitter       float64   // of the wait after it, 0.8 to 1
	wakeNow      bool      // a look is wanted now

	// settled is SkyPilot's activity at the end of the last look, which has seen
	// all that was before. What differs from it is news, or the daemon's doing.
	settled      host.Activity
	pendingSince time.Time     // when to look because of news; zero: there are none
	noRequest    bool          // nobody's request came with the news
	lastReaction time.Time     // the last look that was made for news
	gap          time.Duration // how long after that look the next such may be
	ignoreDaemon bool          // news without a request were idle last time: they are left to the usual looks
}

const (
	failedShare = 3 // a look that failed is made again after a third of the interval at first
	failedRatio = 1.5
	gapShare    = 6  // looks for news are a sixth of the interval apart at least,
	gapGrowth   = 10 // and ten intervals at most where they find nothing
	restShare   = 3  // a look that takes long is followed by a rest, so that `sky` does not run all the time
)

func newSchedule(usual time.Duration, now time.Time, a host.Activity) schedule {
	return schedule{usual: usual, begun: now, ended: now, jitter: 1, settled: a, gap: usual / gapShare}
}

// wait is how long after a look's beginning the next one is due, with that many
// looks failed in a row. It grows back to the usual: more seldom than that, a
// server that is back would be seen too late. Jitter keeps the sidecars of many
// machines from asking a cloud that has just come back all at once.
func (s *schedule) wait(failures int) time.Duration {
	if failures == 0 {
		return s.usual
	}
	grown := float64(s.usual) / failedShare * math.Pow(failedRatio, float64(failures-1))
	return time.Duration(min(grown, float64(s.usual)) * s.jitter)
}

// due is the time of the next look.
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

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// noteActivity takes SkyPilot's activity as it is now. Records that changed with
// somebody's request in between are news. Without one it was most likely the
// daemon, which writes every minute although nothing happened: after one such
// look in vain they are left to the usual ones, or watching would cost more than
// asking every half minute.
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

// begin makes the wait for the next look begin anew, without one of our own: there
// was nothing to look at, or another sidecar did. What SkyPilot wrote until then
// is no news.
func (s *schedule) begin(at time.Time, a host.Activity) {
	s.begun, s.ended, s.settled = at, at, a
	s.wakeNow, s.pendingSince, s.noRequest = false, time.Time{}, false
}

// looked ends a look of ours. found says whether it had news.
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
