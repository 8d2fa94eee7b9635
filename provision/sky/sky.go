// Package sky is the SkyPilot command line as Go values: its argv, its output,
// and what went wrong in words for a person. It starts no program and opens no
// file: a [Runner] is handed in, and package host has the one of real processes.
// It believes no exit code: a caller that wants to know what is true asks
// [Client.Status] again.
package sky

import (
	"context"
	"io"
	"time"

	"carapace/schema"
)

// Call is one run of a program that SkyPilot work needs. The zero value is not
// a call.
type Call struct {
	// Program is the tool's name: "sky", "rsync", "ssh", "uv" or "python3". A Runner knows where
	// each is. An absolute path is that program.
	Program string
	// Args follow the program's name.
	Args []string
	// Dir is the folder to run in; empty: one of the Runner's own.
	Dir string
	// Purpose is what the call is for.
	Purpose Purpose
	// Env is added to the environment that the Runner gives every call (NAME=value).
	Env []string
	// Line is called with each complete line of output as it comes, escape codes
	// and carriage returns removed; nil: nobody is watching. Calls do not overlap.
	Line func(stream schema.Stream, line string)
	// Answer takes all of stdout as it comes, in pieces of any size and not cleaned,
	// instead of the Result, which holds a bounded part; nil: the Result does. It is
	// written to by one goroutine at a time, and not after the call.
	Answer io.Writer
	// Expected says that Run may tell what to do to a program that Expect has started.
	Expected bool
	// Confirm says whether the program may change anything: it is called once, while the program
	// starts, and blocks until that is known. nil is yes; an error is no, and Submit returns it.
	// Submit alone heeds it; nil: yes.
	Confirm func() error
	// Asks says that the program asks that itself, on its stdin, before it changes anything. One
	// that does not does nothing before Confirm has said yes: a Runner may have it load its modules.
	Asks bool
}

// Purpose is what a call is for, as far as it matters for when it may run.
type Purpose int

// The purposes.
const (
	Change   Purpose = iota // it may change something
	Question                // it changes nothing, and equal ones may have one answer
	Follow                  // it follows a log, for as long as what that is the log of
)

// Result is what a finished Call left. Output is bounded: past the bound its
// middle is cut out, which [redact.Cut] shows.
type Result struct {
	Code           int // exit code; -1 when ended by a signal
	Stdout, Stderr string
}

// Runner starts programs. Its methods block until the program has ended or ctx
// is done, are safe for concurrent use, and give stdin as /dev/null to a program that does not
// ask (Call.Asks).
type Runner interface {
	// Run runs a call whose life is ours: when ctx ends, so does the program
	// with every process it started. An exit code other than 0 is no error.
	Run(ctx context.Context, call Call) (Result, error)
	// Submit runs a call that must live on when we die: a session of its own,
	// no pipe of ours, stdout and stderr to the file at output (0600, replaced).
	// When ctx ends the program goes on, and ctx's error is returned. A program that
	// nobody has confirmed because we died ends by itself, and has changed nothing.
	Submit(ctx context.Context, call Call, output string) (Result, error)
	// Expect says that Run will be called n times within a minute for the call's Program with its
	// Env, with Call.Expected, whatever else it has. A Runner may start the program beforehand, as
	// far as it does nothing. It does not wait for that.
	Expect(call Call, n int)
}

// MarkVariable is set for each `sky` of ours, to a value for the state folder. SkyPilot hands on all
// variables that begin as it does: the API server has those of the `sky` that started it, and a
// request those of the `sky` that made it (server/common.py, server/requests/payloads.py of 0.14.1).
const MarkVariable = "SKYPILOT_CARAPACE"

// MaxRunning is how many `sky` may run at one time, with those that Expect has started.
const MaxRunning = 4

// ClusterState is SkyPilot's word for where a cluster stands.
type ClusterState string

// The states that `sky status -o json` prints. There is none for a cluster that
// is gone: its record is missing.
const (
	StateInit         ClusterState = "INIT"
	StateUp           ClusterState = "UP"
	StateStopped      ClusterState = "STOPPED"
	StateAutostopping ClusterState = "AUTOSTOPPING"
	StatePending      ClusterState = "PENDING"
)

// InitLaunching is the init_kind of a cluster that a launch or start is making;
// the source is SkyPilot's transcript status-launching.
const InitLaunching = "launching"

// Cluster is one record of `sky status -o json`. Fields that a SkyPilot version
// does not print are zero.
type Cluster struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	Name            string
	State           ClusterState
	Hash            string // cluster_hash: changes when a cluster is made anew under the same name
	InitKind        string // InitLaunching, "unhealthy" or "": not known (before 0.13.0, and after a refresh)
	InitReason      string // init_status_reason
	LastEvent       string
	LaunchedAt      time.Time // of the last launch or start
	Cloud           string    // lower case, as in schema.Spec.Cloud
	Region          string
	InstanceType    string // from resources_str_full
	CPUs, MemoryGB  float64
	DiskGB          int
	Spot            bool
	IP              string // of the head node, from what SkyPilot wrote for ssh; "" where it wrote nothing
	AutostopMinutes int    // -1: none
	AutostopDown    bool
	UserHash        string // of the SkyPilot user that the cluster belongs to
	UserName        string // that user's login name: it does not tell two users apart (recorded with 0.14.1)

	looked   time.Time // when the cloud was asked last (status_updated_at), where lookSaid
	lookSaid bool      // false: this SkyPilot does not say
}

// StatusReport is the answer to a look at clusters.
type StatusReport struct {
	Clusters []Cluster
	// Failures says, by cluster name, why a refresh failed although the
	// record was printed as if it were new (transcript status-throttled).
	Failures map[string]string
	// NotFound names the clusters that SkyPilot says it has no record of. A cluster that
	// is merely left out of the answer is in Failures: SkyPilot leaves out a record that
	// it can't validate, while the machine runs (recorded with 0.14.1).
	NotFound map[string]bool
	// Gone names the clusters that SkyPilot found terminated or autodowned
	// during this very look; it says so once, in prose
	// (transcript status-terminated-outside). The value is its sentence.
	Gone map[string]string
}

// Find returns the named cluster's record.
func (r StatusReport) Find(name string) (Cluster, bool) {
	for _, c := range r.Clusters {
		if c.Name == name {
			return c, true
		}
	}
	return Cluster{}, false
}

// Request is one request of SkyPilot's API server. Bodies are never read: they
// hold environment variables and secrets.
type Request struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	ID        string
	Name      string // sky.launch, sky.start, sky.stop, sky.down, sky.exec, …
	Status    string // PENDING, WAITING, RUNNING, SUCCEEDED, FAILED, CANCELLED
	Cluster   string
	CreatedAt time.Time
	UserID    string // SkyPilot's user_hash of who made it
}

// Ended reports whether the request's status is final.
func (r Request) Ended() bool {
	return r.Status == "SUCCEEDED" || r.Status == "FAILED" || r.Status == "CANCELLED"
}

// RequestEnd is how far a request is by the word of SkyPilot's API server itself, which costs
// milliseconds where `sky` costs seconds of Python. Its HTTP is not SkyPilot's public interface:
// the word only decides when, and whether, `sky` is asked. What is true of a server comes from
// `sky`.
type RequestEnd int

// The zero value is that nothing is known.
const (
	EndUnknown RequestEnd = iota // `sky` has to be asked
	EndNotYet                    // the request waits or goes on
	EndedWell                    // a look shows what came of it; its log has nothing that is needed
	EndedBadly                   // it failed or was canceled: its log says why
)

// Ended reports whether the request is known to have ended.
func (e RequestEnd) Ended() bool { return e >= EndedWell }

// Job is one row of `sky queue -o json`.
type Job struct {
	ID     int
	Status string // INIT PENDING SETTING_UP RUNNING SUCCEEDED FAILED FAILED_SETUP FAILED_DRIVER CANCELLED
}
