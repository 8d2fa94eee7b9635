// Package lifecycle is the rules of a cluster's life: values and pure functions.
// It reads no file, clock or environment, starts no process and no goroutine, and
// takes no lock, which a test holds. Callers pass the time in.
//
//   - state.go: what is remembered of clusters and operations
//   - remember.go: what a durable record tells that the state does not
//   - admit.go: which request may begin in which state
//   - observe.go: what a record of SkyPilot's, or its absence, means
//   - foreign.go: work at SkyPilot that no operation here asked for
//   - outcome.go: what an operation's end leaves
//   - view.go: what the host is shown
//   - phase.go, sentence.go: phases and words
package lifecycle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"carapace/schema"
)

// Version is the version of the state file that this package writes. A file of
// a later version is left alone and refused; an earlier one is migrated.
const Version = 2

// State is everything that is remembered. The zero value, with Version set, is
// the state of a new installation. It is owned by whoever was handed it: Clone
// before changing one that others may see.
type State struct {
	Version int `json:"version"`
	// Simulated is true for the state of a simulated cloud, which a real one must not share.
	Simulated  bool                `json:"simulated,omitempty"`
	Clusters   map[string]*Cluster `json:"clusters"`   // by name
	Operations []*Operation        `json:"operations"` // oldest first
	// Forgot is true from the setting aside of a damaged file with nothing to put in
	// its place until SkyPilot has said what there is: a server may be missing here.
	Forgot bool `json:"forgot,omitempty"`
	// Generation grows with every write of the file: one that is older than what a
	// process remembers is damage, not news. It is the time of the write in milliseconds
	// since 1970, or the next number: after a loss it must not begin anew below that of
	// older copies.
	Generation uint64 `json:"generation,omitempty"`
	// Feed is what happened to the clusters lately.
	Feed Feed `json:"feed,omitzero"`

	unknown map[string]json.RawMessage // members of a newer version
}

// Identity is which cluster of SkyPilot's one is; its name is only what it is called.
// The zero value is that of a cluster that SkyPilot has not shown yet.
type Identity struct {
	Endpoint string `json:"endpoint,omitempty"` // SkyPilot's API server
	User     string `json:"user,omitempty"`     // SkyPilot's user_hash of its owner
	Hash     string `json:"hash,omitempty"`     // SkyPilot's cluster_hash: another one is another cluster
}

// Cluster is one cluster of ours.
type Cluster struct {
	// View is the cluster as it was last known, apart from the operation in progress
	// and from what [State.View] derives: the story of its description is kept, what
	// it says of money is made anew from the existence each time.
	View schema.Cluster `json:"view"`
	// Exists says whether its machine exists; only [Cluster.Witness] moves it.
	Exists Existing `json:"exists"`
	// Identity is which cluster it is, from the first look that showed it.
	Identity Identity `json:"identity,omitzero"`
	// Account is a fingerprint of the cloud account that it was launched with; empty:
	// not known.
	Account string `json:"account,omitempty"`
	// Machine is the machine's state where it is seen, as SkyPilot showed it last.
	Machine schema.MachineState `json:"machineState,omitempty"`
	// Spec is what was launched, its secrets emptied; nil for an adopted cluster.
	Spec *schema.Spec `json:"spec,omitempty"`
	// Vaults are the resolved local folders that the cluster mirrors.
	Vaults *schema.Vaults `json:"vaults,omitempty"`
	// SetupJob is the SkyPilot job that ran the setup last; 0: none did.
	SetupJob int `json:"setupJob,omitempty"`
	// RunJob is the SkyPilot job that ran the run command last; 0: none did.
	RunJob int `json:"runJob,omitempty"`
	// RunJobOver is true once that job was seen to have ended: it is not asked about again.
	RunJobOver bool `json:"runJobOver,omitempty"`
	// Incomplete is true from the first submission of a launch until its setup was seen
	// to succeed: the cluster may be UP all the same (transcript
	// status-after-apiserver-death).
	Incomplete bool `json:"incomplete,omitempty"`
	// Source says whose doing the last change of View was, for the notification that
	// every sidecar sharing this folder sends.
	Source schema.ChangeSource `json:"source,omitempty"`
	// Orphan is another machine that the launch may have made and that SkyPilot never
	// showed; nil: there is none.
	Orphan *Orphan `json:"orphan,omitempty"`
	// Spot is true of a machine that the cloud may take back, as SkyPilot says.
	Spot bool `json:"spot,omitempty"`
	// Restore is an autostop that SkyPilot dropped and that is to be set again, once.
	Restore *schema.Autostop `json:"restore,omitempty"`
	// Foreign is what SkyPilot was doing to the cluster at the last look although no
	// operation here asked for it; empty: nothing.
	Foreign schema.OperationKind `json:"foreign,omitempty"`
	// Occupant is a cluster that bears the name at SkyPilot and is not this one; nil:
	// none was seen.
	Occupant *Occupant `json:"occupant,omitempty"`

	unknown map[string]json.RawMessage // members of a newer version
}

// Orphan is a machine that the cloud may have made while nobody heard its answer.
type Orphan struct {
	Region string `json:"region,omitempty"` // where; several are separated by ", ", empty: not known
}

// Occupant is a cluster of SkyPilot's that bears a name of ours and is not ours.
type Occupant struct {
	Identity
	Name string `json:"name,omitempty"` // its owner's login name
	Mine bool   `json:"mine,omitempty"` // it belongs to this user, who made it outside of Carapace
}

// IsSpot reports whether the machine is one that the cloud may take back. Until
// SkyPilot has a record of it, what was asked for says so.
func (c *Cluster) IsSpot() bool { return c.Spot || c.Spec != nil && c.Spec.UseSpot }

// Operation is one operation with what its driver needs to take it up again.
type Operation struct {
	schema.Operation
	// Driver is the process that drives the operation, or did last.
	Driver int `json:"driver,omitempty"`
	// Identity is which cluster the operation was accepted for.
	Identity Identity `json:"identity,omitzero"`
	// Accepted is this machine's boot and its clock, which counts sleep, when the
	// operation was accepted.
	Accepted Boot `json:"accepted,omitzero"`
	// SkyRequest is SkyPilot's id of the request in progress; empty until it is known.
	SkyRequest string `json:"skyRequest,omitempty"`
	// Step names the part of the operation that SkyRequest, or the submission
	// under way, belongs to. Empty: nothing was submitted yet.
	Step string `json:"step,omitempty"`
	// Known are the requests for the server that SkyPilot had when the operation was
	// about to be handed over: none of them is its own. nil: that was not asked.
	Known []string `json:"known,omitzero"`
	// JobID is the SkyPilot job that has to be waited for; 0: not known yet.
	JobID int `json:"jobId,omitempty"`
	// Fresh is true for a launch that found no machine: what it makes, a cancel may remove.
	Fresh bool `json:"fresh,omitempty"`
	// CancelRequested is when somebody asked for the operation to be canceled.
	CancelRequested time.Time `json:"cancelRequested,omitzero"`
	// Version is the install's params.
	Version string `json:"version,omitempty"`
	// Clouds are the clouds whose packages an install installs.
	Clouds []string `json:"clouds,omitempty"`
	// Supersedes is the operation that a destroy ended when it began.
	Supersedes string `json:"supersedes,omitempty"`
	// Purge is the destroy's params.
	Purge bool `json:"purge,omitempty"`
	// Spec is what a launch was asked for, its secrets emptied.
	Spec *schema.Spec `json:"spec,omitempty"`
	// Before is the status to go back to when nothing came of the operation.
	Before schema.Status `json:"before,omitempty"`

	unknown map[string]json.RawMessage // members of a newer version
}

// Boot is one reading of the clock that counts from a machine's start, sleep
// included. The zero value is no reading.
type Boot struct {
	ID string        `json:"id,omitempty"` // of the boot
	Up time.Duration `json:"up,omitempty"` // since it
}

// Known reports whether anything is remembered at all.
func (s *State) Known() bool { return len(s.Clusters) > 0 || len(s.Operations) > 0 }

// Running returns the operation in progress on the named server, or nil.
func (s *State) Running(cluster string) *Operation {
	for i := len(s.Operations) - 1; i >= 0; i-- {
		if op := s.Operations[i]; op.Cluster == cluster && !op.Ended() {
			return op
		}
	}
	return nil
}

// Operation returns the operation of that id, or nil.
func (s *State) Operation(id string) *Operation {
	for i := len(s.Operations) - 1; i >= 0; i-- {
		if s.Operations[i].ID == id {
			return s.Operations[i]
		}
	}
	return nil
}

// KeepOperations bounds the file: an app shows a page of them, and every write
// rewrites all. Those in progress are always kept.
const KeepOperations = 100

// Prune drops the oldest operations that have ended beyond the last hundred.
func (s *State) Prune() {
	excess := len(s.Operations) - KeepOperations
	kept := s.Operations[:0]
	for _, op := range s.Operations {
		if excess > 0 && op.Ended() {
			excess--
			continue
		}
		kept = append(kept, op)
	}
	s.Operations = kept
	for i := range len(kept) - keepPhases {
		if kept[i].Ended() {
			kept[i].Phases = nil
		}
	}
}

// keepPhases is how many of the newest operations keep the times of their phases.
const keepPhases = 20

// Ensure returns the named cluster's record, and makes an empty one where there is none.
func (s *State) Ensure(name string) *Cluster {
	rec := s.Clusters[name]
	if rec == nil {
		rec = &Cluster{View: NoServer(name)}
		s.Clusters[name] = rec
	}
	return rec
}

// Status returns the named cluster's status apart from an operation in progress.
func (s *State) Status(name string) schema.Status {
	if rec := s.Clusters[name]; rec != nil {
		return rec.View.Status
	}
	return schema.StatusNoServer
}

// BeginLaunch completes an accepted launch. A machine that exists already is
// marked on the operation, because a cancel must not destroy it. account is a
// fingerprint of the cloud account; "": not known.
func (s *State) BeginLaunch(op *Operation, spec schema.Spec, vaults schema.Vaults, account string) {
	rec := s.Ensure(spec.Name)
	op.Fresh = !rec.MayExist()
	if op.Fresh {
		*rec = Cluster{View: NoServer(spec.Name), Occupant: rec.Occupant}
		rec.View.CreatedAt = op.StartedAt
		rec.View.Cloud, rec.View.Region = spec.Cloud, spec.Region
	}
	for name, other := range s.Clusters {
		if name != spec.Name && !other.MayExist() && s.Running(name) == nil {
			delete(s.Clusters, name) // a failed launch that left nothing: this one takes its place
		}
	}
	kept := EmptySecrets(spec)
	rec.Spec, rec.Vaults = &kept, &vaults
	if op.Fresh {
		rec.Account = account
	}
	op.Spec = &kept
}

// EmptySecrets keeps the names of the secrets and none of their values: the
// journal outlives the launch (design.md 5).
func EmptySecrets(spec schema.Spec) schema.Spec {
	if spec.Secrets == nil {
		return spec
	}
	names := make(map[string]string, len(spec.Secrets))
	for name := range spec.Secrets {
		names[name] = ""
	}
	spec.Secrets = names
	return spec
}

// Profile is the name of the credentials that a server was launched with.
func Profile(spec *schema.Spec) string {
	if spec == nil {
		return ""
	}
	return strings.TrimSpace(spec.Profile)
}

// Epoch is the time between two changes that operations make to a cluster: its
// last operation, and whether that was over. A look that began in one epoch says
// nothing of the next. The zero value is no epoch.
type Epoch struct {
	Operation string
	Over      bool
}

// Epoch returns the epoch in which the named cluster is.
func (s *State) Epoch(name string) Epoch {
	for _, op := range slices.Backward(s.Operations) {
		if op.Cluster == name {
			return Epoch{op.ID, op.Ended()}
		}
	}
	return Epoch{Over: true}
}

// Look is how the looks at the cloud went for one server lately. It changes
// every half a minute and is nothing that a machine hangs on, so it stands beside
// the state, not in it: sidecars that share a folder share their looks too, and
// none of them has to make those of the others again. The zero value is a server
// that was never looked at. Times are UTC.
type Look struct {
	Begun     time.Time `json:"begun"`              // the last look, however it ended
	CheckedAt time.Time `json:"checkedAt,omitzero"` // the last that succeeded; zero: none did
	Hash      string    `json:"hash,omitempty"`     // the cluster_hash that it showed; empty: no record
	Reached   time.Time `json:"reached,omitzero"`   // since when looks have succeeded without a failure between
	Failures  int       `json:"failures,omitempty"` // looks in a row that failed since
	Since     time.Time `json:"since,omitzero"`     // the first of those
}

// Empty returns the state of a new installation.
func Empty() *State { return &State{Version: Version, Clusters: map[string]*Cluster{}} }

// Validate refuses what would make later code fail far from here.
func (s *State) Validate() error {
	for name, c := range s.Clusters {
		if c == nil || c.View.Name != name {
			return fmt.Errorf("the entry of cluster %q is not whole", name)
		}
	}
	for i, op := range s.Operations {
		if op == nil || op.ID == "" {
			return fmt.Errorf("operation %d has no id", i)
		}
	}
	return nil
}

// Clone returns a deep copy. It goes through JSON, as the file does, so that a
// copy can't differ from what a restart would read.
func (s *State) Clone() *State {
	data, err := json.Marshal(s)
	c := Empty()
	if err == nil {
		err = json.Unmarshal(data, c)
	}
	if err != nil {
		panic(err) // the figures in it come from JSON and clocks: none is NaN, no year has five digits
	}
	if c.Clusters == nil {
		c.Clusters = map[string]*Cluster{}
	}
	return c
}

// enter notes that the operation is in a phase, and when it came to it.
func (o *Operation) enter(phase schema.Phase, at time.Time) {
	if n := len(o.Phases); n > 0 {
		last := &o.Phases[n-1]
		if last.Phase == phase && !o.Ended() {
			return
		}
		if last.Seconds == 0 {
			last.Seconds = Seconds(at.Sub(last.StartedAt))
		}
		if last.Phase == phase {
			return
		}
	}
	o.Phase = phase
	if len(o.Phases) < maxPhases && !o.Ended() {
		o.Phases = append(o.Phases, schema.PhaseTime{Phase: phase, StartedAt: at})
	}
}

// maxPhases bounds what is kept of an operation that goes to and fro.
const maxPhases = 16

// Enter notes that the operation is in a phase, with what it says.
func (o *Operation) Enter(phase schema.Phase, message string, at time.Time) {
	o.enter(phase, at)
	o.Phase, o.Message = phase, message
}

// OlderThan reports whether the operation was accepted longer ago than a limit, by
// the wall clock or by the clock that counts from the machine's start, or before the
// machine was started anew. A wall clock that was set back makes it old as well.
func (o *Operation) OlderThan(limit time.Duration, at time.Time, now Boot) bool {
	wall := at.Sub(o.StartedAt)
	if wall > limit || wall < -limit {
		return true
	}
	if o.Accepted.ID == "" || now.ID == "" {
		return false // this machine does not say
	}
	return o.Accepted.ID != now.ID || now.Up-o.Accepted.Up > limit
}
