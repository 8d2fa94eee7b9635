package skysim

import (
	"slices"
	"time"
)

// lookEvery is how often SkyPilot's own daemon looks at the cloud.
const lookEvery = 60 * time.Second

// due is the next thing that happens by itself.
type due struct {
	at time.Time
	do func(at time.Time)
}

// sooner keeps the earlier of two; a zero time means never.
func (d *due) sooner(at time.Time, do func(time.Time)) {
	if !at.IsZero() && (d.do == nil || at.Before(d.at)) {
		*d = due{at, do}
	}
}

// advance takes every step that is due by now and every look of SkyPilot's own
// daemon, in their order, each at its own time.
func (w *world) advance(now time.Time) {
	w.now = now
	quiet := false // nothing has happened since the daemon's last look
	for {
		next := w.next()
		idle := next.do == nil || next.at.After(now)
		look := w.Looked.Add(w.lookGap())
		switch {
		case w.Server.Up && !look.After(now) && (idle || !look.After(next.at)):
			if quiet && !idle { // the looks until the next step come to the same as the last of them
				look = look.Add(next.at.Sub(look).Truncate(w.lookGap()))
			}
			w.lookAll(look)
			if idle { // so do those until now, which the last of them may as well be at
				w.lookAll(now)
			}
			quiet = true
		case idle:
			w.preempt()
			return
		default:
			next.do(next.at)
			quiet = false
		}
	}
}

// lookAll is one round of SkyPilot's daemon, which says nothing of what it finds
// (server/daemons.py: refresh_cluster_status_event).
func (w *world) lookAll(at time.Time) {
	w.Looked = at
	for _, c := range slices.Clone(w.Clusters) {
		w.look(c, at)
	}
}

// lookGap is lookEvery on the simulated clock, however fast that is.
func (w *world) lookGap() time.Duration { return max(scaled(lookEvery, w.scale), time.Millisecond) }

// stepsBy says whether advance has anything to do by now that it had not when it
// was called last: the only things that come with time.
func (w *world) stepsBy(now time.Time) bool {
	next := w.next()
	return next.do != nil && !next.at.After(now) || w.looksBy(now)
}

// looksBy says whether the daemon's next look is due by now.
func (w *world) looksBy(now time.Time) bool {
	return w.Server.Up && !w.Looked.Add(w.lookGap()).After(now)
}

// next finds what happens next: a step of a request or of a job, or an autostop.
func (w *world) next() due {
	var next due
	for _, r := range w.Requests {
		if !r.ended() {
			next.sooner(r.Due, func(at time.Time) { w.step(r, at) })
		}
	}
	// a machine that SkyPilot has forgotten goes on as before
	for _, c := range slices.Concat(w.Clusters, w.Past) {
		for _, j := range c.Jobs {
			next.sooner(j.Due, func(at time.Time) { w.stepJob(c, j, at) })
		}
		next.sooner(w.idleEnd(c), func(at time.Time) { w.idled(c, at) })
	}
	return next
}

// active is the request that holds a cluster's lock.
func (w *world) active(cluster string) *request {
	for _, r := range w.Requests {
		if r.Cluster == cluster && r.Status == requestRunning && r.Step != stepLock && r.Name != "sky.exec" {
			return r
		}
	}
	return nil
}

// hold, as the time to a next step, means: ask again some time after now. It
// keeps a request that waits for hours from taking a step for each second of them.
const hold time.Duration = -1

// step takes one step of a request. What it returns is the next step and how
// long it takes to come to it, in the time of the recordings.
func (w *world) step(r *request, at time.Time) {
	next, after := w.stepOf(r.Step)(r, at)
	if r.ended() {
		w.release(r.Cluster, at)
		return
	}
	if r.Status == requestWaiting {
		r.Due = time.Time{}
		return
	}
	r.Step, r.Due = next, w.after(at, after)
	if after == hold {
		r.Due = w.after(w.now, 5*time.Second)
	}
}

// release wakes the first request that waits for a cluster's lock.
func (w *world) release(cluster string, at time.Time) {
	for _, r := range w.Requests {
		if r.Cluster == cluster && r.Status == requestWaiting {
			r.Status, r.Message, r.Due = requestRunning, "", at
			return
		}
	}
}

// succeed ends a request well.
func (r *request) succeed(at time.Time) (string, time.Duration) {
	r.Status, r.Finished = requestSucceeded, at
	return "", 0
}

// fail ends a request with an exception.
func (r *request) fail(at time.Time, exception string) (string, time.Duration) {
	r.Status, r.Finished, r.Error = requestFailed, at, exception
	return "", 0
}

// refuse is fail for a reason that stop, down and start print as it is.
func (r *request) refuse(at time.Time, exception, reason string) (string, time.Duration) {
	r.Reason = reason
	return r.fail(at, exception+reason)
}

// cancel ends a request for somebody; the cluster stays as it is, its machine
// running and billing (transcript status-after-cancel).
func (w *world) cancel(r *request, at time.Time) {
	waited := r.Status == requestWaiting
	r.Status, r.Finished, r.Message = requestCancelled, at, ""
	if !waited {
		r.say("", showCursor+"Request "+r.ID+" cancelled by user")
	}
	r.Error = "sky.exceptions.RequestCancelled: " + yellow + "Current '" + r.Name + "' request (" + r.ID +
		") is cancelled by another process." + reset
	w.release(r.Cluster, at)
}

// finding is what a look at the cloud came to beside what it changed.
type finding struct {
	gone       bool   // the record was removed
	autodowned bool   // and SkyPilot takes it for its own autodown's doing
	said       string // what the look prints at once
	failed     string // why there was no look: the record is as it was
}

// look is one look of SkyPilot at the cloud for a cluster.
func (w *world) look(c *cluster, at time.Time) finding {
	if r := w.active(c.Name); r != nil || w.fault(faultNetwork, c.Offer.Cloud) || w.fault(faultThrottled, c.Offer.Cloud) {
		return finding{}
	}
	return w.inspect(c, at)
}

// inspect is look without the question whether somebody works on the cluster.
func (w *world) inspect(c *cluster, at time.Time) finding {
	if refusal := w.mismatch(c); refusal != "" {
		return finding{failed: refusal}
	}
	m := w.seen(c)
	c.Updated = at
	switch {
	case m == nil || m.State == machineTerminated:
		c.event(at, eventTerminated)
		w.remove(c, at)
		return finding{gone: true, autodowned: c.AutoDown}
	case m.State == machineStopped:
		c.Status = clusterStopped
		c.event(at, eventStopped)
		c.outOfUse(at)
		return finding{}
	}
	c.inUse(at)
	if c.Status == clusterStopped {
		// somebody started it at the console: SkyPilot forgets the autostop, as each
		// time that it writes a record that is STOPPED (global_user_state.py:
		// add_or_update_cluster; seen in a recording)
		c.Autostop, c.AutoDown = -1, false
	}
	switch {
	case w.fault(faultUnreachable, c.Name, c.Offer.Region, c.Offer.Cloud):
		// the runtime on it is lost: it needs `sky start` even when the VM is back
		// (transcript status-recovered-vm)
		m.RuntimeDown = true
		c.unhealthy(`<sky-payload>{"ray_port": 6380}</sky-payload>`, at)
	case m.RuntimeDown:
		c.unhealthy(noRuntime, at)
		return finding{said: abnormal(c.Name)}
	default:
		// UP says nothing about mounts and setup (transcript status-after-apiserver-death)
		c.Status, c.EverUp = clusterUp, true
		c.event(at, eventHealthy)
	}
	return finding{}
}

const noRuntime = "ray.exceptions.RpcError: failed to connect to all addresses; last error: UNKNOWN: ipv4:192.0.2.2:6380: " +
	"Failed to connect to remote host: Connection refused"

// unhealthy marks a cluster whose machine runs and does not answer. Of one that is
// INIT already the event before stays (backends/backend_utils.py:
// _update_cluster_status).
func (c *cluster) unhealthy(probe string, at time.Time) {
	if c.Status == clusterInit {
		return
	}
	c.Status = clusterInit
	c.event(at, eventAbnormal+" ray cluster is unhealthy (health probe failed: "+probe+
		"). Transitioned to INIT (details: cluster is unhealthy).")
}

// preempt takes spot machines away that have come up.
func (w *world) preempt() {
	for _, c := range w.Clusters {
		m := w.machine(c.Machine)
		if m != nil && m.State == machineRunning && m.Offer.Spot && c.Status == clusterUp &&
			w.fault(faultSpotPreempted, c.Offer.Region, c.Offer.Cloud, c.Name) {
			w.turn(m, machineTerminated, causePreempted, w.now)
		}
	}
}

// idleEnd is when a cluster's autostop comes, if one is set and no job runs.
func (w *world) idleEnd(c *cluster) time.Time {
	m := w.machine(c.Machine)
	if c.Autostop < 0 || m == nil || m.State != machineRunning || m.RuntimeDown {
		return time.Time{}
	}
	since := c.IdleSince
	for _, j := range c.Jobs {
		if !j.Due.IsZero() {
			return time.Time{}
		}
		if j.End.After(since) {
			since = j.End
		}
	}
	return w.after(since, time.Duration(c.Autostop)*time.Minute)
}

// idled is the machine ending itself; SkyPilot learns of it at its next look.
func (w *world) idled(c *cluster, at time.Time) {
	m := w.machine(c.Machine)
	if c.AutoDown {
		w.turn(m, machineTerminated, causeAutostop, at)
		return
	}
	w.turn(m, machineStopped, causeAutostop, at)
}
