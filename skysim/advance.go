package skysim

import (
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

// advance takes every step that is due by now, in their order, each at its own
// time.
func (w *world) advance(now time.Time) {
	w.now = now
	for {
		next := w.next()
		if next.do == nil || next.at.After(now) {
			break
		}
		next.do(next.at)
	}
	// The daemon's looks in an idle hour come to the same as one look at its end.
	if w.looksBy(now) {
		w.Looked = now
		for _, c := range append([]*cluster(nil), w.Clusters...) {
			w.look(c, now)
		}
	}
	w.preempt()
}

// stepsBy says whether advance has anything to do by now that it had not when it
// was called last: the only things that come with time.
func (w *world) stepsBy(now time.Time) bool {
	next := w.next()
	return next.do != nil && !next.at.After(now) || w.looksBy(now)
}

// looksBy says whether the daemon's next look is due by now.
func (w *world) looksBy(now time.Time) bool {
	return w.Server.Up && !w.after(w.Looked, lookEvery).After(now)
}

// next finds what happens next: a step of a request or of a job, or an autostop.
func (w *world) next() due {
	var next due
	for _, r := range w.Requests {
		if !r.ended() {
			next.sooner(r.Due, func(at time.Time) { w.step(r, at) })
		}
	}
	for _, c := range w.Clusters {
		for _, j := range c.Jobs {
			next.sooner(j.Due, func(at time.Time) { w.stepJob(c, j, at) })
		}
		next.sooner(w.idleEnd(c), func(time.Time) { w.idled(c) })
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

// look is one look of SkyPilot at the cloud for a cluster; what it finds out it
// says once, in prose.
func (w *world) look(c *cluster, at time.Time) (said string) {
	if r := w.active(c.Name); r != nil || w.fault(faultNetwork, c.Offer.Cloud) || w.fault(faultThrottled, c.Offer.Cloud) {
		return ""
	}
	return w.inspect(c, at)
}

// inspect is look without the question whether somebody works on the cluster.
func (w *world) inspect(c *cluster, at time.Time) (said string) {
	m := w.machine(c.Machine)
	c.Updated = at
	switch {
	case m == nil || m.State == machineTerminated:
		w.remove(c, at)
		c.LastEvent = "All nodes terminated, cleaning up the cluster."
		if m != nil && m.Autodowned {
			return yellow + "Autodowned cluster: " + reset + strong(c.Name)
		}
		return yellow + "Cluster terminated on the cloud: " + reset + strong(c.Name)
	case m.State == machineStopped:
		c.Status, c.LastEvent = clusterStopped, "All nodes stopped, cleaning up the cluster."
		c.InitKind, c.InitReason = "", ""
	case w.fault(faultUnreachable, c.Name, c.Offer.Region, c.Offer.Cloud):
		// the runtime on it is lost: it needs `sky start` even when the VM is back
		// (transcript status-recovered-vm)
		m.RuntimeDown = true
		c.unhealthy(`<sky-payload>{"ray_port": 6380}</sky-payload>`)
	case m.RuntimeDown:
		c.unhealthy(noRuntime)
		return abnormal(c.Name)
	default:
		// UP says nothing about mounts and setup (transcript status-after-apiserver-death)
		c.Status, c.EverUp, c.LastEvent = clusterUp, true, "All nodes up; SkyPilot runtime healthy."
		c.InitKind, c.InitReason = "", ""
	}
	return ""
}

const noRuntime = "ray.exceptions.RpcError: failed to connect to all addresses; last error: UNKNOWN: ipv4:192.0.2.2:6380: " +
	"Failed to connect to remote host: Connection refused"

// unhealthy marks a cluster whose machine runs and does not answer.
func (c *cluster) unhealthy(probe string) {
	c.Status, c.InitKind = clusterInit, "unhealthy"
	c.InitReason = "Cluster is abnormal because ray cluster is unhealthy (health probe failed: " + probe +
		"). Transitioned to INIT (details: cluster is unhealthy)."
	c.LastEvent = c.InitReason
}

// preempt takes spot machines away that have come up.
func (w *world) preempt() {
	for _, c := range w.Clusters {
		m := w.machine(c.Machine)
		if m != nil && m.State == machineRunning && m.Offer.Spot && c.Status == clusterUp &&
			w.fault(faultSpotPreempted, c.Offer.Region, c.Offer.Cloud, c.Name) {
			m.State = machineTerminated
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
func (w *world) idled(c *cluster) {
	m := w.machine(c.Machine)
	if c.AutoDown {
		m.State, m.Autodowned = machineTerminated, true
		return
	}
	m.State = machineStopped
}
