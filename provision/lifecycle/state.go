// Package lifecycle holds the rules of a cluster's life as values and pure functions. It reads no
// file, clock or environment, starts no process and no goroutine, and takes no lock; a test holds
// that. Callers pass the time in.
//
//   - state.go: the state of clusters and operations
//   - remember.go: restoring launches that only a durable record has
//   - admit.go: which request may begin in which state
//   - observe.go: what a record of SkyPilot's, or its absence, means
//   - foreign.go: work at SkyPilot that no operation here asked for
//   - outcome.go: what an operation's end leaves
//   - view.go: what the host is shown
//   - remedies.go: what is known when an error is shown, for package remedy
//   - again.go: launching again what was launched last
//   - phase.go: phases
//   - service.go: what a service that is asked how it is answers
//   - money.go, sentence.go: which texts of the registry are said
package lifecycle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Version is the version of the state file that this package writes. A file of a later version is
// refused and left unchanged; one of an earlier version is migrated.
const Version = 2

// State is the content of the state file. [Empty] returns that of a new installation. It is not safe
// for concurrent use: Clone a shared one before changing it.
type State struct {
	Version int `json:"version"`
	// Simulated is true for the state of a simulated cloud; the two kinds can't share a folder.
	Simulated  bool                `json:"simulated,omitempty"`
	Clusters   map[string]*Cluster `json:"clusters"`   // by name
	Operations []*Operation        `json:"operations"` // oldest first
	// Forgot is true after a damaged file was set aside and nothing could replace it, until
	// SkyPilot has said what exists: a server may be missing here.
	Forgot bool `json:"forgot,omitempty"`
	// Generation grows with every write of the file: a file with a lower one than the state
	// in memory is an older copy. It is the time of the write in milliseconds since 1970, or
	// the next number if the clock is behind; so after a loss it does not start below that of
	// older copies.
	Generation uint64 `json:"generation,omitempty"`
	// Config is what is kept for an app.
	Config Config `json:"config,omitzero"`
	// Feed is the list of the latest events.
	Feed Feed `json:"feed,omitzero"`

	unknown map[string]json.RawMessage // members of a newer version
}

// Identity identifies a cluster of SkyPilot's; its name does not. The zero value is that of a cluster
// that SkyPilot has not shown yet.
type Identity struct {
	Endpoint string `json:"endpoint,omitempty"` // SkyPilot's API server
	User     string `json:"user,omitempty"`     // SkyPilot's user_hash of its owner
	Hash     string `json:"hash,omitempty"`     // SkyPilot's cluster_hash: each new cluster gets another one
}

// Cluster is one cluster of ours.
type Cluster struct {
	// View is the cluster as it was last known, without the operation in progress and without
	// what [State.View] derives, such as the sentence about money in the description.
	View schema.Cluster `json:"view"`
	// ErrorOrigin says what View.Error is an error of; empty: there is none.
	ErrorOrigin ErrorOrigin `json:"errorOrigin,omitempty"`
	// Exists says whether its machine exists; only [Cluster.Witness] changes it.
	Exists Existing `json:"exists"`
	// Identity identifies the cluster, from the first look that showed it.
	Identity Identity `json:"identity,omitzero"`
	// Account is a fingerprint of the cloud account that it was launched with; empty:
	// not known.
	Account string `json:"account,omitempty"`
	// Machine is the machine's state as SkyPilot showed it last; valid with ExistsSeen.
	Machine schema.MachineState `json:"machineState,omitempty"`
	// Spec is what was launched, its secrets emptied; nil for an adopted cluster.
	Spec *schema.Spec `json:"spec,omitempty"`
	// Vaults are the resolved local folders that the cluster mirrors.
	Vaults *schema.Vaults `json:"vaults,omitempty"`
	// Mirrored is each vault as it was when the server's was last the same; what is
	// missing was not mirrored yet.
	Mirrored map[schema.VaultName]MirroredVault `json:"mirrored,omitempty"`
	// SetupJob is the SkyPilot job that ran the setup last; 0: none did.
	SetupJob int `json:"setupJob,omitempty"`
	// RunJob is the SkyPilot job that ran the run command last; 0: none did.
	RunJob int `json:"runJob,omitempty"`
	// RunJobOver is true once that job has ended: it is not asked about again.
	RunJobOver bool `json:"runJobOver,omitempty"`
	// RunJobSince is when the run command was seen to have begun; zero: an older sidecar did not note it.
	RunJobSince time.Time `json:"runJobSince,omitzero"`
	// RunJobAsked is when the job was asked about last, by any sidecar of the state folder.
	RunJobAsked time.Time `json:"runJobAsked,omitzero"`
	// Incomplete is true from the first submission of a launch until its setup has succeeded.
	// SkyPilot may call the cluster UP before that (transcript status-after-apiserver-death).
	Incomplete bool `json:"incomplete,omitempty"`
	// Source is the source of the last change of View, for the notification that every sidecar
	// sharing this folder sends.
	Source schema.ChangeSource `json:"source,omitempty"`
	// Orphan is another machine that the launch may have made and that SkyPilot never showed;
	// nil: none.
	Orphan *Orphan `json:"orphan,omitempty"`
	// Spot is true of a machine that the cloud may take back, as SkyPilot says.
	Spot bool `json:"spot,omitempty"`
	// Restore is an autostop that SkyPilot dropped and that has to be set again; nil: none.
	Restore *schema.Autostop `json:"restore,omitempty"`
	// AutostopRestored is true once an autostop that SkyPilot dropped was set again on this server: if
	// SkyPilot drops it a second time, that is only told. A person who sets or cancels it makes it false.
	AutostopRestored bool `json:"autostopRestored,omitempty"`
	// AutostopCanceled is true from when a person takes the autostop away until a look shows that it
	// is gone: SkyPilot did not drop it then, though a look in between may still have shown it.
	AutostopCanceled bool `json:"autostopCanceled,omitempty"`
	// Foreign is the kind of request that SkyPilot carried out on the cluster at the last look
	// without an operation in progress here; empty: none.
	Foreign schema.OperationKind `json:"foreign,omitempty"`
	// Occupant is another cluster that has the name at SkyPilot; nil: none was seen.
	Occupant *Occupant `json:"occupant,omitempty"`

	unknown map[string]json.RawMessage // members of a newer version
}

// ErrorOrigin is what a cluster's error is an error of. Its kind does not tell: a look fails for reasons of any kind.
type ErrorOrigin string

// The origins.
const (
	OriginServer ErrorOrigin = "server" // the server, or an operation on it
	OriginLook   ErrorOrigin = "look"   // a look that failed: what the machine does is not known, and nothing of it has changed
)

// MirroredVault is a vault's folder on this machine as it was when it was mirrored: a
// folder whose disk is missing is told from one that a person has emptied by it.
type MirroredVault struct {
	Device     uint64    `json:"device,omitempty"`     // of its file system, as stat(2) numbers it; 0: not known
	Inode      uint64    `json:"inode,omitempty"`      // likewise
	MountPoint bool      `json:"mountPoint,omitempty"` // a file system was mounted there
	Files      int       `json:"files"`                // files and symbolic links
	Bytes      int64     `json:"bytes"`                // of the files
	At         time.Time `json:"at"`                   // when the server's was found to be the same
	Began      time.Time `json:"began,omitzero"`       // the look through it before that; zero: not noted
	// Compared is how that was found; empty: not noted.
	Compared schema.Comparison `json:"compared,omitempty"`
	// Fingerprint is of the names, sizes, times and permissions in it; empty: not noted.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Unsure is true where a mirror has begun since that was not made: what is on the server may be neither.
	Unsure bool `json:"unsure,omitempty"`
	// Refused is true where the last mirror was refused for what it would have deleted.
	Refused bool `json:"refused,omitempty"`
	// Deleted is how many files mirrors have deleted on the server without a question since DeletedSince.
	Deleted      int       `json:"deleted,omitempty"`
	DeletedSince time.Time `json:"deletedSince,omitzero"`
}

// Orphan is a machine that the cloud may have made while its answer was lost.
type Orphan struct {
	Region string `json:"region,omitempty"` // where; several are separated by ", ", empty: not known
}

// Occupant is a cluster of SkyPilot's that has a name of ours and is not ours.
type Occupant struct {
	Identity
	Name string `json:"name,omitempty"` // its owner's login name
	Mine bool   `json:"mine,omitempty"` // it belongs to this user, who made it outside of Carapace
}

// IsSpot reports whether the cloud may take the machine back. Until SkyPilot has shown its record the
// spec decides.
func (c *Cluster) IsSpot() bool { return c.Spot || c.Spec != nil && c.Spec.UseSpot }

// Operation is one operation with what a driver needs to resume it.
type Operation struct {
	schema.Operation
	// Identity identifies the cluster that the operation was accepted for.
	Identity Identity `json:"identity,omitzero"`
	// Accepted is this computer's boot, and the time since it, when the operation was accepted.
	Accepted Boot `json:"accepted,omitzero"`
	// SkyRequest is SkyPilot's id of the request in progress; empty until it is known.
	SkyRequest string `json:"skyRequest,omitempty"`
	// Step is the step of SkyRequest or of the submission in progress. Empty: nothing was
	// submitted yet.
	Step string `json:"step,omitempty"`
	// Known are the ids of SkyPilot's requests for the cluster from before the operation's own.
	// nil: SkyPilot was not asked.
	Known []string `json:"known,omitzero"`
	// JobID is the SkyPilot job that has to be waited for; 0: not known yet.
	JobID int `json:"jobId,omitempty"`
	// Fresh is true for a launch that found no machine, so that a cancel may remove what it makes.
	Fresh bool `json:"fresh,omitempty"`
	// CancelRequested is when somebody asked for the operation to be canceled.
	CancelRequested time.Time `json:"cancelRequested,omitzero"`
	// Version is that of an install's params.
	Version string `json:"version,omitempty"`
	// Clouds are the clouds whose packages an install installs.
	Clouds []string `json:"clouds,omitempty"`
	// Supersedes is the operation that a destroy ended when it began.
	Supersedes string `json:"supersedes,omitempty"`
	// Purge is that of a destroy's params.
	Purge bool `json:"purge,omitempty"`
	// Spec is the spec of a launch, its secrets emptied.
	Spec *schema.Spec `json:"spec,omitempty"`
	// AllowDeletions is the consent to whatever the vaults' mirror deletes on the server.
	AllowDeletions bool `json:"allowDeletions,omitempty"`
	// DryRun is the sync's params.
	DryRun bool `json:"dryRun,omitempty"`
	// Before is the status before the operation.
	Before schema.Status `json:"before,omitempty"`

	unknown map[string]json.RawMessage // members of a newer version
}

// Boot is one reading of the clock that counts from a computer's start, sleep included. The zero value
// is no reading.
type Boot struct {
	ID string        `json:"id,omitempty"` // identifies the boot
	Up time.Duration `json:"up,omitempty"` // since the boot
}

// Known reports whether the state has any cluster or operation.
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

// NeedsSkyPilot reports whether SkyPilot's API server has something in hand: an operation in progress, or a server that
// runs: that it has stopped by itself SkyPilot's own looks notice.
func (s *State) NeedsSkyPilot() bool {
	for _, op := range s.Operations {
		if op.State == schema.OperationRunning {
			return true
		}
	}
	for _, c := range s.Clusters {
		if c.View.Status == schema.StatusRunning {
			return true
		}
	}
	return false
}

// HasAll reports whether all of SkyPilot's clusters are this state's.
func (s *State) HasAll(found []sky.Cluster) bool {
	for i := range found {
		rec := s.Clusters[found[i].Name]
		if rec == nil || rec.Identity.Hash == "" || rec.Identity.Hash != found[i].Hash {
			return false
		}
	}
	return true
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

// KeepOperations is how many operations the state keeps. An app shows a page of them, and every write
// rewrites all. Operations in progress are always kept.
const KeepOperations = 100

// Prune drops the oldest ended operations beyond KeepOperations.
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
	for i := range len(kept) - KeepDetails {
		if kept[i].Ended() {
			kept[i].Phases, kept[i].Vaults = nil, nil
		}
	}
}

// KeepDetails is how many of the newest operations keep the times of their phases, what they did to the
// vaults, and their log.
const KeepDetails = 20

// KeepsLog reports whether the log of an operation is kept.
func (s *State) KeepsLog(id string) bool {
	for i, op := range slices.Backward(s.Operations) {
		if op.ID == id {
			return !op.Ended() || len(s.Operations)-i <= KeepDetails
		}
	}
	return false
}

// Ensure returns the named cluster's record, and makes an empty one where there is none.
func (s *State) Ensure(name string) *Cluster {
	rec := s.Clusters[name]
	if rec == nil {
		rec = &Cluster{View: NoServer(name)}
		s.Clusters[name] = rec
	}
	return rec
}

// Status returns the named cluster's status without regard to an operation in progress.
func (s *State) Status(name string) schema.Status {
	if rec := s.Clusters[name]; rec != nil {
		return rec.View.Status
	}
	return schema.StatusNoServer
}

// BeginLaunch fills in an accepted launch and its cluster's record. It sets op.Fresh if there is no
// machine yet: a cancel must not destroy a machine that existed before. account is a fingerprint of
// the cloud account; "": not known.
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
			delete(s.Clusters, name) // a failed launch that left nothing: this launch replaces it
		}
	}
	kept := EmptySecrets(spec)
	rec.Spec, rec.Vaults = &kept, &vaults
	if op.Fresh {
		rec.Account = account
	}
	op.Spec = &kept
}

// EmptySecrets returns a spec with the names of its secrets and empty values, for the state file:
// secrets are never kept on disk after the launch.
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

// Profile returns the name of the credentials profile of a spec, "" for a nil spec.
func Profile(spec *schema.Spec) string {
	if spec == nil {
		return ""
	}
	return strings.TrimSpace(spec.Profile)
}

// Epoch identifies the time between two changes that operations make to a cluster: the cluster's last
// operation, and whether that had ended. The answer of a look that began in an earlier epoch is out of
// date. The zero value is not valid.
type Epoch struct {
	Operation string
	Over      bool
}

// Epoch returns the named cluster's current epoch.
func (s *State) Epoch(name string) Epoch {
	for _, op := range slices.Backward(s.Operations) {
		if op.Cluster == name {
			return Epoch{op.ID, op.Ended()}
		}
	}
	return Epoch{Over: true}
}

// Look is the result of the last looks at one cluster. It changes every half minute and its loss does
// no harm, so it is not part of the state but in a file beside it. Sidecars that share a folder share
// the file, so that only one of them has to look. The zero value is a cluster that was never looked at.
// Times are UTC.
type Look struct {
	Begun     time.Time     `json:"begun"`              // when the last look began, successful or not
	CheckedAt time.Time     `json:"checkedAt,omitzero"` // when the last successful look ended; zero: none
	Hash      string        `json:"hash,omitempty"`     // the cluster_hash that the last successful look showed; empty: no record
	Reached   time.Time     `json:"reached,omitzero"`   // since when all looks have succeeded
	Failures  int           `json:"failures,omitempty"` // failed looks in a row since
	Since     time.Time     `json:"since,omitzero"`     // when the first of those ended
	Failure   *schema.Error `json:"failure,omitempty"`  // why the last of those failed
	Answered  time.Time     `json:"-"`                  // when the machine answered at its port last, after the last successful look; zero: it has not answered
}

// Checked returns when it was last seen that the status holds, and how.
func (l Look) Checked() (time.Time, schema.CheckedBy) {
	switch {
	case l.CheckedAt.IsZero():
		return time.Time{}, ""
	case l.Answered.After(l.CheckedAt) && l.Failures == 0:
		return l.Answered, schema.CheckedByPort
	}
	return l.CheckedAt, schema.CheckedByCloud
}

// CanBeProbed reports whether a machine that answers at its SSH port shows that nothing of what is
// said of the cluster has changed: it runs, no autostop may be dropped or changed, and nothing else is
// to be looked for. Its run command's job is asked about apart from looks.
func (c *Cluster) CanBeProbed() bool {
	return c.Existence() == ExistsSeen && c.View.Status == schema.StatusRunning && c.View.Autostop == nil &&
		c.Orphan == nil && c.Restore == nil
}

// Empty returns the state of a new installation.
func Empty() *State { return &State{Version: Version, Clusters: map[string]*Cluster{}} }

// Validate returns an error if the state breaks an invariant that other code relies on.
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

// enter notes that the operation has entered a phase at a time.
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

// maxPhases bounds the phases of an operation that goes back and forth between some.
const maxPhases = 16

// Enter notes that the operation has entered a phase, and sets its message.
func (o *Operation) Enter(phase schema.Phase, at time.Time, said ...text.Text) {
	o.enter(phase, at)
	o.Phase = phase
	o.Say(said...)
}

// Say sets the message.
func (o *Operation) Say(texts ...text.Text) { o.Texts, o.Message = texts, text.Join(texts...) }

// FailWith sets the error and the message. The error's texts say the message: they are long and
// stand on the disk, so once is enough.
func (o *Operation) FailWith(e *schema.Error) { o.Error, o.Message, o.Texts = e, e.Message, nil }

// Said returns what the message says. A state that was written before texts had codes has words alone.
func (o *Operation) Said() []text.Text {
	if len(o.Texts) == 0 && o.Message != "" {
		return []text.Text{text.Words(o.Message)}
	}
	return o.Texts
}

// OlderThan reports whether the operation was accepted longer ago than limit, by the wall clock or by
// the clock that counts from the computer's start, or before the computer was restarted. It is also
// true if the wall clock was set back by more than limit.
func (o *Operation) OlderThan(limit time.Duration, at time.Time, now Boot) bool {
	wall := at.Sub(o.StartedAt)
	if wall > limit || wall < -limit {
		return true
	}
	if o.Accepted.ID == "" || now.ID == "" {
		return false // this computer has no such clock
	}
	return o.Accepted.ID != now.ID || now.Up-o.Accepted.Up > limit
}
