package autosync

import (
	"slices"
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

// rules say when the next mirror of one vault begins. They are a value without a clock: the time is
// handed in. The zero value has nothing pending.
type rules struct {
	pace  Pace
	vault schema.VaultName

	touched   bool      // guarded by the session's mu: something has changed here of which the rules do not know yet
	first     time.Time // the first change that no mirror has brought; zero: none
	last      time.Time // the last one
	carried   time.Time // the first change that the mirror under way brings; zero: none is under way
	notBefore time.Time // the rest after the last mirror
	failures  int       // in a row
	refused   bool
	reason    *schema.Error // of the last mirror's failure, or refusal; nil: it was made
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

// rest notes that a mirror, be it of another vault, has taken so long.
func (r *rules) rest(took time.Duration, at time.Time) {
	r.notBefore = later(r.notBefore, at.Add(min(share*took, maxRest)))
}

// end notes that the mirror has ended, and why it was not made.
func (r *rules) end(how ending, reason *schema.Error, at time.Time) {
	r.reason = reason
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
}

// telling is the order in which a vault's state is that of all: what of several vaults' is told.
var telling = []schema.VaultWatchWork{schema.WatchIdle, schema.WatchPending, schema.WatchPaused, schema.WatchRefused, schema.WatchSyncing}

// state is what a host is told of the vaults together.
func state(all []*rules, in situation) schema.ContinuousSync {
	if in.elsewhere {
		return schema.ContinuousSync{On: true, State: schema.WatchElsewhere}
	}
	w := schema.ContinuousSync{On: true, State: schema.WatchIdle}
	if in.closed != nil {
		w.State, w.Reason = schema.WatchPaused, in.closed
	}
	for _, r := range all {
		is, reason := r.work()
		if slices.Index(telling, is) > slices.Index(telling, w.State) {
			w.State, w.Reason = is, reason
		}
		since := r.pendingSince()
		if !since.IsZero() || r.touched {
			w.Waiting = append(w.Waiting, r.vault)
		}
		if !since.IsZero() && (w.PendingSince.IsZero() || since.Before(w.PendingSince)) {
			w.PendingSince = since
		}
	}
	w.PendingSince = w.PendingSince.UTC().Truncate(time.Millisecond) // the protocol's precision
	return w
}

// work is what is done about one vault, and why no more is.
func (r *rules) work() (schema.VaultWatchWork, *schema.Error) {
	switch {
	case !r.carried.IsZero():
		return schema.WatchSyncing, nil
	case r.refused:
		return schema.WatchRefused, r.reason
	case r.failures > 0:
		return schema.WatchPaused, r.reason
	case !r.first.IsZero():
		return schema.WatchPending, nil
	}
	return schema.WatchIdle, nil
}

// pendingSince is the first change that is not on the server, or may not be; zero: none.
func (r *rules) pendingSince() time.Time {
	if !r.carried.IsZero() {
		return r.carried
	}
	return r.first
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
