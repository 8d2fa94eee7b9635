package autosync

import (
	"time"

	"carapace/schema"
)

// Pace is the waits of a continuous sync. All have to be set.
type Pace struct {
	Quiet   time.Duration // after a change, until the mirror begins: changes come in crowds
	Longest time.Duration // from the first change to the mirror, where the changes do not end
	Poll    time.Duration // between two looks through the vaults where there are no events
	Retry   time.Duration // after a first failure; each further one doubles it
	Lease   time.Duration // between two tries for the lease that another sidecar holds
}

const (
	// share bounds what continuous syncs take of the processor and the line: after a mirror
	// they rest this many times as long as it took, at most maxRest.
	share   = 4
	maxRest = time.Minute
	// maxRetry is the longest time between two tries.
	maxRetry = 5 * time.Minute
)

// ending is how a mirror ended.
type ending int

const (
	made    ending = iota // the server's vaults are the same
	cut                   // it gave way to an operation, or the server is not running any more
	failed                // it is tried again after a while
	refused               // it would delete what nobody has consented to: it waits for a change here
)

// rules say when the next mirror begins. They are a value without a clock: the time is
// handed in. The zero value has nothing pending.
type rules struct {
	pace Pace

	first     time.Time // the first change that no mirror has brought; zero: none
	last      time.Time // the last one
	carried   time.Time // the first change that the mirror under way brings; zero: none is under way
	notBefore time.Time // the rest after the last mirror
	failures  int       // in a row
	refused   bool
}

// change notes that something has changed here.
func (r *rules) change(at time.Time) {
	if r.first.IsZero() {
		r.first = at
	}
	r.last, r.refused = at, false
}

// begin notes that a mirror begins.
func (r *rules) begin() {
	r.carried, r.first = r.first, time.Time{}
}

// end notes that the mirror has ended, and how long it took.
func (r *rules) end(how ending, took time.Duration, at time.Time) {
	r.notBefore = at.Add(min(share*took, maxRest))
	if how == failed {
		r.failures++
	} else {
		r.failures = 0
	}
	changedMeanwhile := !r.first.IsZero()
	if how != made {
		r.first = r.carried
	}
	if r.last.IsZero() {
		r.last = r.first
	}
	r.carried = time.Time{}
	r.refused = how == refused && !changedMeanwhile
	if how == failed {
		r.notBefore = later(r.notBefore, at.Add(r.backOff()))
	}
}

// backOff is how long is waited after a failure.
func (r *rules) backOff() time.Duration {
	wait := r.pace.Retry
	for range r.failures - 1 {
		if wait *= 2; wait >= maxRetry {
			return maxRetry
		}
	}
	return wait
}

// retry notes that what kept the last mirror back may be gone. What is pending stays so: it
// may be younger than what took that away.
func (r *rules) retry() { r.refused, r.failures, r.notBefore = false, 0, time.Time{} }

// due is when the next mirror begins, unless more changes come; zero: not before something
// happens.
func (r *rules) due() time.Time {
	if r.first.IsZero() || r.refused || !r.carried.IsZero() {
		return time.Time{}
	}
	due := r.last.Add(r.pace.Quiet)
	if longest := r.first.Add(r.pace.Longest); longest.Before(due) {
		due = longest
	}
	return later(due, r.notBefore)
}

// situation is what the rules do not decide: whether the server can be synced, and who syncs.
type situation struct {
	elsewhere bool          // another sidecar has the lease
	closed    *schema.Error // why the server can't be synced now; nil: it can
	failure   *schema.Error // of the last mirror; nil: it was made
}

// state is what a host is told.
func (r *rules) state(in situation) schema.ContinuousSync {
	w := schema.ContinuousSync{On: true, State: schema.WatchIdle, PendingSince: r.first}
	if !r.carried.IsZero() {
		w.PendingSince = r.carried
	}
	switch {
	case in.elsewhere:
		w = schema.ContinuousSync{On: true, State: schema.WatchElsewhere}
	case !r.carried.IsZero():
		w.State = schema.WatchSyncing
	case r.refused:
		w.State, w.Reason = schema.WatchRefused, in.failure
	case in.closed != nil:
		w.State, w.Reason = schema.WatchPaused, in.closed
	case r.failures > 0:
		w.State, w.Reason = schema.WatchPaused, in.failure
	case !r.first.IsZero():
		w.State = schema.WatchPending
	}
	w.PendingSince = w.PendingSince.UTC().Truncate(time.Millisecond) // the protocol's precision
	return w
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
