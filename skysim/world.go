package skysim

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
)

// world is the whole simulated cloud and API server, as the state file holds it.
type world struct {
	Server   server
	Requests []*request `json:"-"` // the state file has them apart
	Clusters []*cluster `json:"-"`
	Past     []*cluster // those that are gone: cost-report still lists them
	Machines []*machine
	Faults   []Fault
	Made     int // machines made so far: addresses are counted from it
	Looked   time.Time
	// LookHangs: a look waits for a cloud that does not answer, and has the lock.
	LookHangs bool
	// Account is the one that SkyPilot's credentials belong to; "" is the first.
	Account string
	// RunLasts is how long a run goes on that fails later (faultRunFailsLater), in
	// the time of the recordings; 0: runLasts.
	RunLasts time.Duration

	dir   string
	scale float64
	now   time.Time // of the advance that is going on
}

// clone returns a copy that can be changed while others look at w. What a task lists
// nobody changes: the plan of a launch and its cluster share it as well.
func (w *world) clone() *world {
	c := *w
	c.Requests = cloneEach(w.Requests, func(r *request) {
		r.Plan.Tried, r.Plan.Failures = slices.Clone(r.Plan.Tried), slices.Clone(r.Plan.Failures)
	})
	ofCluster := func(c *cluster) {
		c.Used = slices.Clone(c.Used)
		c.Jobs = cloneEach(c.Jobs, func(*job) {})
	}
	c.Clusters, c.Past = cloneEach(w.Clusters, ofCluster), cloneEach(w.Past, ofCluster)
	c.Machines = cloneEach(w.Machines, func(*machine) {})
	c.Faults = slices.Clone(w.Faults)
	return &c
}

// cloneEach copies a list and what it holds, for unshare to copy what that refers to.
func cloneEach[T any](list []*T, unshare func(*T)) []*T {
	list = slices.Clone(list)
	for i, one := range list {
		own := *one
		unshare(&own)
		list[i] = &own
	}
	return list
}

// server is SkyPilot's local API server.
type server struct {
	Up bool
	// Born tells one life of the server from the next: a client that was
	// streaming from an earlier one gets a connection error.
	Born time.Time
	// Shaky: it died in the middle of something, and the first call after that
	// starts it and still fails (transcript status-apiserver-restarting).
	Shaky bool
}

// The states of a request, SkyPilot's words.
const (
	requestRunning   = "RUNNING"
	requestWaiting   = "WAITING"
	requestSucceeded = "SUCCEEDED"
	requestFailed    = "FAILED"
	requestCancelled = "CANCELLED"
)

// request is one request of the API server: what was asked, how far it is, and
// what it has printed.
type request struct {
	ID, Name, Cluster string
	User              user
	Command           string // the command line that made it
	Status, Message   string
	Created, Finished time.Time
	Step              string    // the step that comes next
	Due               time.Time // when; zero: waiting for the cluster's lock
	Log               string
	Error             string // the exception, as the client prints it on stderr
	Reason            string // the same as stop and down print it on stdout
	Plan              plan
}

// plan is what a request is to do, and what it has found out on the way.
type plan struct {
	Task     task
	Detach   bool
	Fresh    bool // the cluster did not exist before
	Tried    []string
	Failures []string // one block for each place that failed
	Job      int
	Asked    time.Time // when the cloud was first asked for the machine
	Purge    bool
}

func (r *request) ended() bool {
	return r.Status == requestSucceeded || r.Status == requestFailed || r.Status == requestCancelled
}

// say appends lines to the request's log.
func (r *request) say(lines ...string) {
	for _, line := range lines {
		r.Log += line + "\n"
	}
}

// The states of a cluster, SkyPilot's words.
const (
	clusterInit    = "INIT"
	clusterUp      = "UP"
	clusterStopped = "STOPPED"
)

// cluster is one record of `sky status`.
type cluster struct {
	Name, Hash, Status string
	User               user
	Account            string // the account that owns it
	EverUp             bool
	LastEvent          string
	EventAt            time.Time
	LastUse            string
	Created, Launched  time.Time
	Updated            time.Time // of the last look at the cloud
	Used               []span
	Task               task
	Offer              offer
	Machine            string
	Autostop           int // minutes, -1: none; 0 ends the machine as soon as nothing runs
	AutoDown           bool
	IdleSince          time.Time
	Jobs               []*job
}

// span is a time in which SkyPilot takes a cluster to be up; its end is zero while
// it goes on.
type span struct{ From, To time.Time }

// inUse notes that a cluster is up, or is on its way.
func (c *cluster) inUse(at time.Time) {
	if n := len(c.Used); n == 0 || !c.Used[n-1].To.IsZero() {
		c.Used = append(c.Used, span{From: at})
	}
}

// outOfUse notes the end of it. An end that there is already moves: SkyPilot
// counts a stopped cluster as used up to its last look at it
// (global_user_state.py: remove_cluster).
func (c *cluster) outOfUse(at time.Time) {
	if n := len(c.Used); n > 0 {
		c.Used[n-1].To = at
	}
}

// The states of a machine, the cloud's words.
const (
	machineRunning    = "running"
	machineStopped    = "stopped"
	machineTerminated = "terminated"
)

// What changed a machine's state last.
const (
	causeUser      = "user"      // somebody asked SkyPilot for it
	causeAutostop  = "autostop"  // the machine itself, being idle
	causeOutside   = "outside"   // somebody at the cloud's console
	causePreempted = "preempted" // the cloud, which took a spot machine back
	causeFailure   = "failure"   // SkyPilot, which gave it up
)

// machine is one instance in the simulated cloud. It bills while it runs.
type machine struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	ID, Cluster, State string
	Hash               string // of the cluster that it was made for
	User               user
	Account            string // the account that pays for it
	Offer              offer
	Zone, IP           string
	Made               time.Time
	Since              time.Time // of its state
	Cause              string    // of its state
	Spent              float64   // USD up to Since, its disk aside
	// RuntimeDown: SkyPilot's runtime on it does not answer (it was stopped, or
	// the machine was restarted behind SkyPilot's back).
	RuntimeDown bool
}

// turn changes a machine's state, and settles what the last one cost.
func (w *world) turn(m *machine, state, cause string, at time.Time) {
	if m.State == state {
		return
	}
	m.Spent = w.spent(m, at)
	m.State, m.Cause, m.Since = state, cause, at
}

// spent is what a machine has cost up to now, in USD. A price is for an hour of
// the simulated clock.
func (w *world) spent(m *machine, at time.Time) float64 {
	return m.Spent + m.hourly()*at.Sub(m.Since).Hours()/w.scale
}

// hourly is what a machine costs in its state, its disk aside.
func (m *machine) hourly() float64 {
	v, _ := vendorOf(m.Offer.Cloud)
	if m.State == machineRunning || m.State == machineStopped && v.has("b") {
		return m.Offer.Price
	}
	return 0
}

// disk is the folder that holds what is on a machine.
func (w *world) disk(id string) string { return filepath.Join(w.dir, "machines", id, "disk") }

func (w *world) after(at time.Time, d time.Duration) time.Time { return at.Add(scaled(d, w.scale)) }

// cluster returns the cluster of a name, nil where there is none.
func (w *world) cluster(name string) *cluster {
	for _, c := range w.Clusters {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// machine returns the machine of an id, nil where there is none.
func (w *world) machine(id string) *machine {
	for _, m := range w.Machines {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// request finds a request by its id or the start of it.
func (w *world) request(id string) *request {
	for _, r := range w.Requests {
		if id != "" && len(id) <= len(r.ID) && r.ID[:len(id)] == id {
			return r
		}
	}
	return nil
}

// keepRequests bounds the state file: SkyPilot forgets finished requests after a
// day, the simulator the oldest of more than this.
const keepRequests = 200

// accept takes a new request in. It is what every submission comes down to, and
// refuses nothing (transcript launch-async-duplicate).
func (w *world) accept(name, clusterName, command string, u user, p plan, at time.Time) *request {
	r := &request{
		ID: uuid.NewString(), Name: name, Cluster: clusterName, User: u, Command: command,
		Status: requestRunning, Created: at, Step: stepLock, Due: at, Plan: p,
	}
	w.Requests = append(w.Requests, r)
	if extra := len(w.Requests) - keepRequests; extra > 0 {
		w.Requests = slices.DeleteFunc(w.Requests, func(old *request) bool {
			extra--
			return extra >= 0 && old.ended()
		})
	}
	return r
}

// remove takes a cluster's record away and keeps it for cost-report.
func (w *world) remove(c *cluster, at time.Time) {
	c.outOfUse(at)
	w.Clusters = slices.DeleteFunc(w.Clusters, func(other *cluster) bool { return other == c })
	w.Past = append(w.Past, c)
	if len(w.Past) > keepRequests {
		w.Past = w.Past[len(w.Past)-keepRequests:]
	}
}

// makeMachine starts an instance for a cluster.
func (w *world) makeMachine(c *cluster, zone string, at time.Time) *machine {
	w.Made++
	m := &machine{
		ID: fmt.Sprintf("i-%017x", w.Made), Cluster: c.Name, Hash: c.Hash, User: c.User, Account: w.Account,
		State: machineRunning, Cause: causeUser, Since: at, Offer: c.Offer, Zone: zone,
		IP: fmt.Sprintf("127.0.1.%d", 10+w.Made%240), Made: at,
	}
	w.Machines = append(w.Machines, m)
	c.Machine = m.ID
	return m
}

// resetServer is what the end of the API server does: all requests and their
// logs are gone, running or not.
func (w *world) resetServer() {
	w.Requests = nil
	w.Server.Up = false
}
