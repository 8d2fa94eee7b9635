package operation

import (
	"context"
	"time"

	"carapace/provision/sky"
	"carapace/provision/supervisor"
)

// earlyLook is a look at the cloud that is begun while a stop goes on: its `sky` takes two seconds
// of Python before it asks anything, and then SkyPilot's lock on the cluster makes it wait until
// the stop has let go (measured with 0.14.1: asked 12 s before a stop's end, answered 0.4 s after
// it). It can only confirm that the server is stopped. A stop takes the lock by force
// (backends/cloud_vm_ray_backend.py, _teardown), so a look that was there first goes on beside it,
// and what that one shows of a server that still ran says nothing.
type earlyLook struct {
	end func() // ends it, and waits for that
	ask func() // waits for its answer

	begun, answered time.Time
	report          sky.StatusReport
	err             error
}

// lookEarly begins the early look of the stop in progress. It does not block.
func (d *driver) lookEarly() {
	d.endEarlyLook()
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Refresh)
	l := &earlyLook{begun: time.Now(), err: supervisor.ErrDefect}
	l.ask = d.group.Beside("a look beside a stop", func() {
		defer cancel()
		l.report, l.err = d.backend.Status(ctx, d.sky, true, d.cluster)
		l.answered = time.Now()
	})
	l.end = func() { cancel(); l.ask() }
	d.early = l
}

// endEarlyLook ends the early look, if there is one.
func (d *driver) endEarlyLook() {
	if d.early != nil {
		d.early.end()
		d.early = nil
	}
}

// shownStopped waits for the early look, and returns the server's record if it shows that the
// server is stopped. What was answered before the request's end does not count, nor what SkyPilot
// may have printed without looking: it does that after it has waited for the lock for as long as
// [sky.LockPatience], and the record is then as the stop left it, at its end or before. The time
// in the record is of whole seconds: the second after the end's can only be a look's.
func (d *driver) shownStopped(end ending) (sky.Cluster, bool) {
	l := d.early
	if l == nil || !end.well() {
		return sky.Cluster{}, false
	}
	l.ask()
	found, there := l.report.Find(d.cluster)
	looked := found.LookedSince(end.at.Add(time.Second)) || found.LookedSince(end.at) && l.answered.Sub(l.begun) < sky.LockPatience
	counts := l.err == nil && there && l.report.Failures[d.cluster] == "" && l.answered.After(end.at) && looked
	if !counts || found.State != sky.StateStopped || d.isOtherCluster(found) {
		return sky.Cluster{}, false
	}
	d.looked = true
	d.store.LookSucceeded(d.cluster, end.at, found.Hash)
	return found, true
}
