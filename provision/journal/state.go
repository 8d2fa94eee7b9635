// Package journal holds what must outlive the process: the servers that are
// ours, the operations on them, and the locks that keep two sidecars from
// working on one server (design.md 4 and 5).
package journal

import (
	"time"

	"carapace/schema"
)

// Version is the version of the state file that this package writes. A file of
// a later version is left alone and refused; an earlier one is migrated.
const Version = 1

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

	stamp Stamp // of the file that this is
}

// Cluster is one server of ours.
type Cluster struct {
	// View is the server as it was last known, apart from the operation in
	// progress, which View.Operation never holds here.
	View schema.Cluster `json:"view"`
	// Hash is SkyPilot's cluster_hash: what makes the server ours. Empty until
	// SkyPilot has made a record of it.
	Hash string `json:"hash,omitempty"`
	// Spec is what was launched, its secrets emptied; nil for an adopted server.
	Spec *schema.Spec `json:"spec,omitempty"`
	// Vaults are the resolved local folders that the server mirrors.
	Vaults *schema.Vaults `json:"vaults,omitempty"`
	// SetupJob is the SkyPilot job that ran the setup last; 0: none did.
	SetupJob int `json:"setupJob,omitempty"`
	// RunJob is the SkyPilot job that ran the run command last; 0: none did.
	RunJob int `json:"runJob,omitempty"`
	// Incomplete is true from the first submission of a launch until its setup
	// was seen to succeed: the cluster may be UP all the same (transcript
	// status-after-apiserver-death).
	Incomplete bool `json:"incomplete,omitempty"`
	// Source says whose doing the last change of View was, for the notification
	// that every sidecar sharing this folder sends.
	Source schema.ChangeSource `json:"source,omitempty"`
	// Unheard is true where a launch may have made a machine that SkyPilot never
	// showed, and never will: nobody may say that nothing costs money.
	Unheard bool `json:"unheard,omitempty"`
	// UnheardIn is the region of that machine; empty where it is not known.
	UnheardIn string `json:"unheardIn,omitempty"`
	// Machine is true while a machine may exist at the cloud, so that it has to be watched.
	Machine bool `json:"machine,omitempty"`
	// Spot is true of a machine that the cloud may take back, as SkyPilot says.
	Spot bool `json:"spot,omitempty"`
	// Elsewhere is what SkyPilot was at with the server at the last look although
	// no operation here asked for it; empty: nothing.
	Elsewhere schema.OperationKind `json:"elsewhere,omitempty"`
}

// IsSpot reports whether the machine is one that the cloud may take back. Until
// SkyPilot has a record of it, what was asked for says so.
func (c *Cluster) IsSpot() bool { return c.Spot || c.Spec != nil && c.Spec.UseSpot }

// Operation is one operation with what its driver needs to take it up again.
type Operation struct {
	schema.Operation
	// Driver is the process that drives the operation, or did last.
	Driver int `json:"driver,omitempty"`
	// RequestID is SkyPilot's id of the request in progress; empty until it is known.
	RequestID string `json:"requestId,omitempty"`
	// Step names the part of the operation that RequestID, or the submission
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
	// Supersedes is the operation that a destroy ended when it began.
	Supersedes string `json:"supersedes,omitempty"`
	// Purge is the destroy's params.
	Purge bool `json:"purge,omitempty"`
	// Spec is what a launch was asked for, its secrets emptied.
	Spec *schema.Spec `json:"spec,omitempty"`
	// Before is the status to go back to when nothing came of the operation.
	Before schema.Status `json:"before,omitempty"`
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

// keepOperations bounds the file: an app shows a page of them, and every write
// rewrites all. Those in progress are always kept.
const keepOperations = 100

func (s *State) prune() {
	excess := len(s.Operations) - keepOperations
	kept := s.Operations[:0]
	for _, op := range s.Operations {
		if excess > 0 && op.Ended() {
			excess--
			continue
		}
		kept = append(kept, op)
	}
	s.Operations = kept
}
