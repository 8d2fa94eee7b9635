package skysim

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// The steps of requests. A launch goes through all from stepResolve to
// stepSubmit, a start from stepRestart to stepRuntime.
const (
	stepLock     = "lock"
	stepResolve  = "resolve"
	stepRestart  = "restart"
	stepPlace    = "place"
	stepCreate   = "create"
	stepBoot     = "boot"
	stepRuntime  = "runtime"
	stepSync     = "sync"
	stepSynced   = "synced"
	stepSetup    = "setup"
	stepSubmit   = "submit"
	stepDie      = "die"
	stepTeardown = "teardown"
	stepExec     = "exec"
)

type stepFunc func(*request, time.Time) (next string, after time.Duration)

// stepOf is the table of steps.
func (w *world) stepOf(name string) stepFunc {
	switch name {
	case stepLock:
		return w.lock
	case stepResolve:
		return w.resolve
	case stepRestart:
		return w.restart
	case stepPlace:
		return w.place
	case stepCreate:
		return w.create
	case stepBoot:
		return w.boot
	case stepRuntime:
		return w.runtime
	case stepSync:
		return w.sync
	case stepSynced:
		return w.synced
	case stepSetup:
		return w.setup
	case stepSubmit:
		return w.submitJob
	case stepDie:
		return w.die
	case stepTeardown:
		return w.teardown
	default:
		return w.exec
	}
}

// lock is the first step of every request: one request works on a cluster at a
// time, except that a teardown ends the launches before it.
func (w *world) lock(r *request, at time.Time) (string, time.Duration) {
	if r.Name == "sky.exec" {
		return stepExec, 6 * time.Second
	}
	if r.Name == "sky.stop" || r.Name == "sky.down" {
		w.endOthers(r, at)
		return stepTeardown, 3 * time.Second
	}
	if w.active(r.Cluster) != nil {
		locked := "Cluster '" + r.Cluster + "' is locked by another operation (e.g. launch, start, stop, autostop or teardown)."
		r.Status, r.Message = requestWaiting, locked+" (waiting to resume)"
		r.say("", showCursor+locked, "Waiting for the other operation to finish; will resume once the cluster lock is released. "+
			"Check concurrent requests: sky api status -v | grep "+r.Cluster)
		return stepLock, 0
	}
	if r.Name == "sky.start" {
		return stepRestart, time.Second
	}
	return stepResolve, time.Second
}

// endOthers cancels what is in flight on a cluster that is to be torn down.
func (w *world) endOthers(r *request, at time.Time) {
	for _, other := range w.Requests {
		if other != r && other.Cluster == r.Cluster && !other.ended() {
			w.cancel(other, at)
		}
	}
}

// resolve checks credentials and name, chooses the machine and makes the record.
func (w *world) resolve(r *request, at time.Time) (string, time.Duration) {
	t := &r.Plan.Task
	if exception := w.refused(t); exception != "" {
		return r.fail(at, exception)
	}
	if c := w.cluster(r.Cluster); c != nil {
		if refusal := w.mismatch(c); refusal != "" {
			return r.fail(at, mismatchError+refusal)
		}
		return w.resolveAgain(r, c, at)
	}
	r.Plan.Fresh = true
	if err := w.fetchCatalogs(t); err != nil {
		return r.fail(at, err.Error())
	}
	offers := w.optimize(t, nil)
	if len(offers) == 0 {
		r.say(t.unsatisfied(w.candidates(t))...)
		return r.fail(at, t.infeasible())
	}
	if t.Spot {
		r.say(spotWarning)
	}
	r.say(considered(offers)...)
	if !validName(r.Cluster) {
		return r.fail(at, badName(r.Cluster))
	}
	c := &cluster{
		Name: r.Cluster, Hash: newID(), User: r.User, Account: w.Account, Created: at, Offer: offers[0],
		Status: clusterInit, Autostop: -1,
	}
	w.Clusters = append(w.Clusters, c)
	w.begin(c, r, at)
	return stepPlace, time.Second
}

// resolveAgain is a launch over a cluster that there is: its resources stay, its
// mounts, setup and run are the new task's.
func (w *world) resolveAgain(r *request, c *cluster, at time.Time) (string, time.Duration) {
	if c.Status != clusterUp && c.EverUp {
		r.say(previously(c))
	}
	w.begin(c, r, at)
	return stepPlace, time.Second
}

// begin notes a launch or start in the cluster's record.
func (w *world) begin(c *cluster, r *request, at time.Time) {
	c.Launched, c.LastUse, c.Account = at, r.Command, w.Account
	if r.Name == "sky.launch" {
		c.Task = r.Plan.Task
	}
	c.Status = clusterInit
	c.inUse(at)
	c.event(at, "Provisioning on "+c.Offer.Cloud+" in "+c.Offer.Region)
}

// restart is `sky start`: the same machine, no mounts, no setup, no job
// (transcript start-ok).
func (w *world) restart(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	if c == nil {
		return r.fail(at, "sky.exceptions.ClusterDoesNotExist: "+yellow+"Cluster '"+r.Cluster+"' does not exist."+reset)
	}
	if refusal := w.mismatch(c); refusal != "" {
		return r.refuse(at, mismatchError, refusal)
	}
	m := w.seen(c)
	if m != nil && m.State == machineRunning && m.RuntimeDown {
		r.say("", abnormal(c.Name))
	}
	switch {
	case c.Autostop == 0:
		r.say(fmt.Sprintf("Autostop was previously set to 0 minutes for cluster '%s' so it will not be restored. To turn on autostop, run: `sky autostop %s -i <minutes>`", c.Name, c.Name))
		c.Autostop, c.AutoDown = -1, false
	case c.Autostop > 0:
		r.say(fmt.Sprintf("Restoring cluster '%s' with autostop set to %d minutes. To turn off autostop, run: `sky autostop %s --cancel`", c.Name, c.Autostop, c.Name))
	}
	r.say(previously(c))
	w.begin(c, r, at)
	return stepPlace, time.Second
}

// previously names the place of a cluster that is brought back.
func previously(c *cluster) string {
	return faint("Cluster '" + c.Name + "' (status: " + c.Status + ") was previously in " + c.Offer.repr() + " (" + c.Offer.Region + "). Restarting.")
}

// place names the place that is tried next.
func (w *world) place(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	v, _ := vendorOf(c.Offer.Cloud)
	zones := v.zonesOf(c.Offer.Region)
	if c.Offer.Zone != "" {
		zones = []string{c.Offer.Zone}
	}
	if m := w.seen(c); m != nil && c.EverUp && m.Zone != "" {
		zones = []string{m.Zone}
	}
	line := working("Launching on " + c.Offer.repr() + " " + c.Offer.Region + reset)
	if len(zones) > 0 {
		line += " (" + strings.Join(zones, ",") + ")"
	}
	r.say(line + ".")
	return stepCreate, 2 * time.Second
}

// create asks the cloud for the machine.
func (w *world) create(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	if r.Plan.Asked.IsZero() {
		r.Plan.Asked = at
	}
	patient := w.fault(faultRateLimited, c.Offer.Region, c.Offer.Cloud) && at.Before(w.after(r.Plan.Asked, throttlePatience))
	if w.silent(c) || patient {
		return stepCreate, hold
	}
	m := w.seen(c)
	if m != nil && m.State == machineTerminated {
		m = nil
	}
	if m == nil {
		m = w.tagged(c)
	}
	if m == nil && w.fault(faultAnswerLost, c.Offer.Region, c.Offer.Cloud, c.Name) {
		return w.unheard(r, c, at)
	}
	if lines, failed := w.cloudRefuses(c, m, at); failed {
		r.say(lines...)
		return w.failover(r, c, at)
	}
	boots := r.Plan.Fresh || m == nil || m.State != machineRunning
	if m == nil {
		v, _ := vendorOf(c.Offer.Cloud)
		zone := cmp.Or(c.Offer.Zone, strings.Join(v.zonesOf(c.Offer.Region)[:min(1, len(v.zones))], ""))
		m = w.makeMachine(c, zone, at)
	}
	w.turn(m, machineRunning, causeUser, at)
	m.Offer = c.Offer
	c.event(at, "Instances launched on "+c.Offer.Cloud+" in "+c.Offer.Region)
	if boots {
		return stepBoot, 14 * time.Second
	}
	return stepBoot, 3 * time.Second
}

// boot waits until the machine answers on SSH.
func (w *world) boot(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	m := w.machine(c.Machine)
	if m.State != machineRunning {
		return w.lost(r, c, at)
	}
	if w.fault(faultSSHNeverUp, c.Offer.Region, c.Offer.Cloud, c.Name) || w.fault(faultUnreachable, c.Offer.Region, c.Offer.Cloud, c.Name) {
		if at.Before(w.after(c.Launched, sshPatience)) {
			return stepBoot, hold
		}
		return w.neverAnswered(r, c, m, at)
	}
	noun := "Instance"
	if c.Offer.Cloud == "kubernetes" {
		noun = "Pod"
	}
	r.say(leaf(faint(noun + " is up.")))
	if w.fault(faultServerDies) {
		return stepDie, 3 * time.Second
	}
	return stepRuntime, 28 * time.Second
}

// runtime installs SkyPilot's own programs on the machine; then the cluster is UP.
func (w *world) runtime(r *request, at time.Time) (string, time.Duration) {
	c := w.cluster(r.Cluster)
	m := w.machine(c.Machine)
	if m.State != machineRunning {
		return w.lost(r, c, at)
	}
	m.RuntimeDown = false
	r.say(finished("Cluster launched: "+c.Name+".") + "  " + dim + "View logs: " + bold + "sky logs --provision " + c.Name + reset + reset)
	c.Status, c.EverUp = clusterUp, true
	c.event(at, eventProvisioned)
	c.Updated, c.Launched, c.IdleSince = at, at, at
	if r.Name == "sky.start" {
		return r.succeed(at)
	}
	if t := r.Plan.Task; t.Idle >= 0 {
		c.Autostop, c.AutoDown = t.Idle, t.IdleDown
	}
	r.say(working("Syncing files."))
	c.event(at, eventMounts)
	if len(r.Plan.Task.Mounts) > 0 {
		return stepSync, 2 * time.Second
	}
	c.event(at, eventSetup)
	return stepSetup, time.Second
}

// die is the end of the API server in the middle of a launch
// (transcript launch-apiserver-dies). The machine stays.
func (w *world) die(*request, time.Time) (string, time.Duration) {
	w.heal(faultServerDies)
	w.resetServer()
	w.Server.Shaky = true
	return "", 0
}
