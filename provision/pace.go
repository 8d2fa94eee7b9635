package provision

import (
	"carapace/provision/sky/host"
	"math"
	"math/rand/v2"
	"time"
)

// pace says when the poller looks next. It is pure but for its jitter, and owned
// by the poller's goroutine.
//
// A look is due when the usual interval since the last one's beginning is over
// (FR-004: every 30 s at least), sooner after one that failed, and at once when
// somebody asks for it, when the computer woke up, or when SkyPilot's own files
// have changed.
type pace struct {
	usual        time.Duration
	begun, ended time.Time // the last look
	jitter       float64   // of the wait after it, 0.8 to 1
	hurried      bool      // a look is wanted now

	// settled is SkyPilot's activity at the end of the last look, which has seen
	// all that was before. What differs from it is news, or the daemon's doing.
	settled host.Activity
	stirred time.Time     // when to look because of news; zero: there are none
	lone    bool          // nobody's request came with the news
	reacted time.Time     // the last look that was made for news
	gap     time.Duration // how long after that look the next such may be
	deaf    bool          // news without a request were idle last time: they are left to the usual looks
}

const (
	failedShare = 3 // a look that failed is made again after a third of the interval at first
	failedRatio = 1.5
	gapShare    = 6  // looks for news are a sixth of the interval apart at least,
	gapGrowth   = 10 // and ten intervals at most where they find nothing
	breathShare = 3  // a look that takes long is followed by a rest, so that `sky` does not run all the time
)

func newPace(usual time.Duration, now time.Time, a host.Activity) pace {
	return pace{usual: usual, begun: now, ended: now, jitter: 1, settled: a, gap: usual / gapShare}
}

// wait is how long after a look's beginning the next one is due, with that many
// looks failed in a row. It grows back to the usual: more seldom than that, a
// server that is back would be seen too late. Jitter keeps the sidecars of many
// machines from asking a cloud that has just come back all at once.
func (p *pace) wait(failures int) time.Duration {
	if failures == 0 {
		return p.usual
	}
	grown := float64(p.usual) / failedShare * math.Pow(failedRatio, float64(failures-1))
	return time.Duration(min(grown, float64(p.usual)) * p.jitter)
}

// due is the time of the next look.
func (p *pace) due(failures int) time.Time {
	if p.hurried {
		return p.ended
	}
	wait := p.wait(failures)
	next := latest(p.begun.Add(wait), p.ended.Add(wait/breathShare))
	if !p.stirred.IsZero() && p.stirred.Before(next) {
		return p.stirred
	}
	return next
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// hear takes SkyPilot's activity as it is now. Records that changed with
// somebody's request in between are news. Without one it was most likely the
// daemon, which writes every minute although nothing happened: after one such
// look in vain they are left to the usual ones, or watching would cost more than
// asking every half minute.
func (p *pace) hear(a host.Activity, now time.Time) {
	if a.Clusters == p.settled.Clusters {
		return
	}
	p.lone = a.Requests == p.settled.Requests
	if p.lone && p.deaf || !p.stirred.IsZero() {
		return
	}
	p.stirred = latest(now, p.reacted.Add(p.gap))
}

// begin makes the wait for the next look begin anew, without one of our own: there
// was nothing to look at, or another sidecar did. What SkyPilot wrote until then
// is no news.
func (p *pace) begin(at time.Time, a host.Activity) {
	p.begun, p.ended, p.settled = at, at, a
	p.hurried, p.stirred, p.lone = false, time.Time{}, false
}

// looked ends a look of ours. found says whether it had news.
func (p *pace) looked(begun, ended time.Time, a host.Activity, found bool) {
	forNews := !p.stirred.IsZero() && !begun.Before(p.stirred)
	switch {
	case found:
		p.gap, p.deaf = p.usual/gapShare, false
	case forNews:
		p.gap = min(2*p.gap, gapGrowth*p.usual)
		p.deaf = p.deaf || p.lone
	}
	if forNews {
		p.reacted = begun
	}
	p.begin(begun, a)
	p.ended = ended
	p.jitter = 0.8 + 0.2*rand.Float64()
}
