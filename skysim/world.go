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
	Requests []*request
	Clusters []*cluster
	Past     []*cluster // those that are gone: cost-report still lists them
	Machines []*machine
	Faults   []Fault
	Made     int // machines made so far: addresses are counted from it
	Looked   time.Time
	// LookHangs: a look waits for a cloud that does not answer, and has the lock.
	LookHangs bool

	dir   string
	scale float64
	now   time.Time // of the advance that is going on
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
	EverUp             bool
	InitKind           string
	InitReason         string
	LastEvent          string
	LastUse            string
	Created, Launched  time.Time
	Updated            time.Time // of the last look at the cloud
	Ended              time.Time
	Task               task
	Offer              offer
	Machine            string
	Autostop           int // minutes, -1: none; 0 ends the machine as soon as nothing runs
	AutoDown           bool
	IdleSince          time.Time
	Jobs               []*job
}

// The states of a machine, the cloud's words.
const (
	machineRunning    = "running"
	machineStopped    = "stopped"
	machineTerminated = "terminated"
)

// machine is one instance in the simulated cloud. It bills while it runs.
type machine struct {
	ID, Cluster, State string
	Offer              offer
	Zone, IP           string
	Made               time.Time
	// RuntimeDown: SkyPilot's runtime on it does not answer (it was stopped, or
	// the machine was restarted behind SkyPilot's back).
	RuntimeDown bool
	// Ended says what ended it when SkyPilot's own autodown did.
	Autodowned bool
}

// disk is the folder that holds what is on a machine.
func (w *world) disk(id string) string { return filepath.Join(w.dir, "machines", id, "disk") }

func (w *world) after(at time.Time, d time.Duration) time.Time { return at.Add(scaled(d, w.scale)) }

func (w *world) cluster(name string) *cluster {
	for _, c := range w.Clusters {
		if c.Name == name {
			return c
		}
	}
	return nil
}

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
func (w *world) accept(name, clusterName, command string, p plan, at time.Time) *request {
	r := &request{
		ID: uuid.NewString(), Name: name, Cluster: clusterName, Command: command,
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
	c.Ended = at
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
		ID: fmt.Sprintf("i-%017x", w.Made), Cluster: c.Name, State: machineRunning, Offer: c.Offer, Zone: zone,
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
