package schema

// Status is where a server stands.
//
// The words are those of FR-003. The zero value is not a status.
type Status string

// The statuses. A transitional one (provisioning, stopping, destroying) is
// shown from the answer to a request until its operation has ended.
const (
	StatusNoServer     Status = "no_server"    // there is none: nothing runs, nothing costs
	StatusProvisioning Status = "provisioning" // being launched or started
	StatusRunning      Status = "running"      // up, its vaults there, its setup done
	StatusStopping     Status = "stopping"     // being stopped
	StatusStopped      Status = "stopped"      // the machine is off, its disk is kept
	StatusDestroying   Status = "destroying"   // being removed with all that belongs to it
	StatusError        Status = "error"        // something failed, or what is true is not known: see error
)

// Statuses lists every Status, in the order of a server's life.
var Statuses = []Status{
	StatusNoServer, StatusProvisioning, StatusRunning, StatusStopping,
	StatusStopped, StatusDestroying, StatusError,
}

// OperationKind is what an operation does to a server (or, for install, to this
// machine).
//
// The zero value is not a kind.
type OperationKind string

// The kinds of operation.
const (
	OperationLaunch  OperationKind = "launch"  // cluster.launch
	OperationStart   OperationKind = "start"   // cluster.start
	OperationStop    OperationKind = "stop"    // cluster.stop
	OperationDestroy OperationKind = "destroy" // cluster.destroy
	OperationSync    OperationKind = "sync"    // cluster.sync
	OperationInstall OperationKind = "install" // skypilot.install
)

// OperationKinds lists every OperationKind.
var OperationKinds = []OperationKind{
	OperationLaunch, OperationStart, OperationStop,
	OperationDestroy, OperationSync, OperationInstall,
}

// OperationState says whether an operation still goes on, or how it ended.
//
// The zero value is not a state.
type OperationState string

// The states of an operation. All but running are final.
const (
	OperationRunning   OperationState = "running"   // not ended yet
	OperationSucceeded OperationState = "succeeded" // ended, and what it was for was seen to be so
	OperationFailed    OperationState = "failed"    // ended otherwise: see its error
	OperationCanceled  OperationState = "canceled"  // ended by cluster.cancel
)

// OperationStates lists every OperationState.
var OperationStates = []OperationState{
	OperationRunning, OperationSucceeded, OperationFailed, OperationCanceled,
}

// Phase is the step that an operation is in.
//
// The zero value is not a phase.
type Phase string

// The phases. A launch goes through the first eight in this order; the other
// operations use those that fit, and the last four.
const (
	PhaseChecking     Phase = "checking"     // what was asked, the credentials, SkyPilot itself
	PhasePreparing    Phase = "preparing"    // SkyPilot's API server, the task
	PhaseSelecting    Phase = "selecting"    // SkyPilot looks for the cheapest machine that fits
	PhaseProvisioning Phase = "provisioning" // the cloud makes the machine
	PhaseConnecting   Phase = "connecting"   // SSH, SkyPilot's runtime
	PhaseSyncing      Phase = "syncing"      // the vaults
	PhaseSetup        Phase = "setup"        // Docker, then the user's own setup
	PhaseStarting     Phase = "starting"     // the run command
	PhaseStopping     Phase = "stopping"     // the cloud stops the machine
	PhaseDestroying   Phase = "destroying"   // the cloud removes the machine
	PhaseVerifying    Phase = "verifying"    // the look at SkyPilot that shows what is true
	PhaseInstalling   Phase = "installing"   // SkyPilot is put on this machine
)

// Phases lists every Phase.
var Phases = []Phase{
	PhaseChecking, PhasePreparing, PhaseSelecting, PhaseProvisioning,
	PhaseConnecting, PhaseSyncing, PhaseSetup, PhaseStarting,
	PhaseStopping, PhaseDestroying, PhaseVerifying, PhaseInstalling,
}

// Basis says what an operation's expected time is estimated from.
//
// The zero value is not a basis.
type Basis string

// What an expected time is estimated from.
const (
	BasisDefault Basis = "default" // what such operations took where the sidecar was tested: none has succeeded on this machine yet
	BasisHistory Basis = "history" // what the last ones that succeeded took on this machine
)

// Bases lists every Basis.
var Bases = []Basis{BasisDefault, BasisHistory}

// ChangeSource says whose doing a change of status was.
//
// The zero value is not a source.
type ChangeSource string

// The sources of a change.
const (
	SourceOperation ChangeSource = "operation" // one of the sidecar's operations
	SourcePoll      ChangeSource = "poll"      // the poller learned more about what was already so
	SourceExternal  ChangeSource = "external"  // done outside: the cloud's console, autostop, `sky` in a terminal
)

// ChangeSources lists every ChangeSource.
var ChangeSources = []ChangeSource{SourceOperation, SourcePoll, SourceExternal}

// LogSource names one of a server's logs.
//
// The zero value is not a source.
type LogSource string

// The logs of a server.
const (
	LogProvision LogSource = "provision" // how the machine was made
	LogSetup     LogSource = "setup"     // the setup script's output
	LogRun       LogSource = "run"       // the run command's output
)

// LogSources lists every LogSource.
var LogSources = []LogSource{LogProvision, LogSetup, LogRun}

// Stream names the stream that a line of a log came from.
//
// The zero value is not a stream.
type Stream string

// The streams of a process.
const (
	StreamStdout Stream = "stdout" // what the command said
	StreamStderr Stream = "stderr" // what it said of its troubles
)

// Streams lists every Stream.
var Streams = []Stream{StreamStdout, StreamStderr}

// CheckStatus is the outcome of one check of doctor.
//
// The zero value is not an outcome.
type CheckStatus string

// The outcomes of a check.
const (
	CheckOK   CheckStatus = "ok"   // nothing to do
	CheckWarn CheckStatus = "warn" // works, but something should be known
	CheckFail CheckStatus = "fail" // a launch can't succeed until it is mended
)

// CheckStatuses lists every CheckStatus.
var CheckStatuses = []CheckStatus{CheckOK, CheckWarn, CheckFail}

// ProblemKind is what is wrong with credentials that are there.
//
// The zero value is not a kind.
type ProblemKind string

// What can be wrong with credentials.
const (
	ProblemMalformed  ProblemKind = "malformed"  // SkyPilot can't read it: a wrong form, or a value that can't be one
	ProblemUnreadable ProblemKind = "unreadable" // the file can't be opened: permissions, a folder in its place, too large
	ProblemEmpty      ProblemKind = "empty"      // the file is there, and nothing is in it
	ProblemExpired    ProblemKind = "expired"    // it has ended by its own date, or the login was never made or was undone
	ProblemIncomplete ProblemKind = "incomplete" // it names something that is not there: a file, a profile, a program
	ProblemShellOnly  ProblemKind = "shell_only" // it is set in the login shell alone, and this program was not started from it
)

// ProblemKinds lists every ProblemKind.
var ProblemKinds = []ProblemKind{ProblemMalformed, ProblemUnreadable, ProblemEmpty, ProblemExpired, ProblemIncomplete, ProblemShellOnly}

// MachineState is what exists of a server at the cloud, as far as it was seen.
//
// The zero value is not a state; MachineUnknown is what nobody has seen.
type MachineState string

// The states of a machine, by the last look at SkyPilot or at the cloud.
const (
	MachineNone     MachineState = "none"     // there is no machine and no disk
	MachineRunning  MachineState = "running"  // it is up, and bills
	MachineStopped  MachineState = "stopped"  // it is off, its disk is kept
	MachineChanging MachineState = "changing" // the cloud makes, starts, stops or removes it
	MachineUnusable MachineState = "unusable" // it is there and can't be used, as after a setup that failed
	MachineUnknown  MachineState = "unknown"  // it was not seen: there may be one
)

// Machines lists every MachineState.
var Machines = []MachineState{
	MachineNone, MachineRunning, MachineStopped,
	MachineChanging, MachineUnusable, MachineUnknown,
}

// Spending is what of a server goes on costing money.
//
// The zero value is not a spending; SpendingUnknown is what can't be told.
type Spending string

// What goes on costing.
const (
	SpendingNothing Spending = "nothing" // no part of it
	SpendingDisk    Spending = "disk"    // the disk of a stopped machine, and what is kept with it
	SpendingMachine Spending = "machine" // the machine, with its disk
	SpendingUnknown Spending = "unknown" // it can't be told: a machine may be there
)

// Spendings lists every Spending, the least first.
var Spendings = []Spending{SpendingNothing, SpendingDisk, SpendingMachine, SpendingUnknown}

// Cause says whose doing the last change of a server's status was, in more words
// than ChangeSource.
//
// The zero value is not a cause; CauseUnknown is where nothing tells it.
type Cause string

// The causes of a change.
const (
	CauseUser      Cause = "user"      // an operation of the sidecar that somebody asked for
	CauseAutostop  Cause = "autostop"  // SkyPilot's autostop ended the idle server
	CauseOutside   Cause = "outside"   // the cloud's console, or `sky` in a terminal
	CausePreempted Cause = "preempted" // the cloud took its spot machine back
	CauseFailure   Cause = "failure"   // something failed, such as a setup or the machine itself
	CauseUnknown   Cause = "unknown"   // it changed, and nothing tells why
)

// Causes lists every Cause.
var Causes = []Cause{
	CauseUser, CauseAutostop, CauseOutside,
	CausePreempted, CauseFailure, CauseUnknown,
}

// EventType is what sort of thing an event tells.
//
// The zero value is not a type.
type EventType string

// The types of event.
const (
	EventChange    EventType = "change"    // a server's state changed, also by somebody else's doing
	EventOperation EventType = "operation" // an operation has ended
	EventRemoved   EventType = "removed"   // a server left the list
)

// EventTypes lists every EventType.
var EventTypes = []EventType{EventChange, EventOperation, EventRemoved}

// VaultName names one of the two vaults.
//
// The zero value is not a vault.
type VaultName string

// The vaults.
const (
	VaultPublic  VaultName = "public"  // what the server may show
	VaultPrivate VaultName = "private" // what only its owner may read
)

// Field is the path of the vault's folder in the params of a request, as Error.Field names it.
func (n VaultName) Field() string { return "spec.vaults." + string(n) }

// VaultNames lists every VaultName.
var VaultNames = []VaultName{VaultPublic, VaultPrivate}

// Comparison is how a file here was compared with the one on the server.
//
// The zero value is not a comparison.
type Comparison string

// The comparisons.
const (
	CompareContents    Comparison = "contents"      // by a checksum of all of it
	CompareSizeAndTime Comparison = "size_and_time" // by its size and time of modification: a file that was changed and has both as before counts as the same
)

// Comparisons lists every Comparison.
var Comparisons = []Comparison{CompareContents, CompareSizeAndTime}

// VaultSync says whether a vault on the server is the same as the one here.
//
// The zero value is not a state; VaultUnknown is what was not looked at.
type VaultSync string

// How a vault on the server stands to the one here.
const (
	VaultInSync  VaultSync = "in_sync" // a look found no difference
	VaultDiffers VaultSync = "differs" // a look found one, or what is here has changed since they were the same
	VaultUnknown VaultSync = "unknown" // nothing has changed here, and the server was not looked at; or nothing can be told: see reason
)

// VaultSyncs lists every VaultSync.
var VaultSyncs = []VaultSync{VaultInSync, VaultDiffers, VaultUnknown}

// VaultWatchWork is what a continuous sync does.
//
// The zero value is not a state.
type VaultWatchWork string

// What a continuous sync does.
const (
	WatchOff       VaultWatchWork = "off"       // it is not wanted
	WatchIdle      VaultWatchWork = "idle"      // all changes are on the server
	WatchPending   VaultWatchWork = "pending"   // changes wait for others to come, or for the last mirror's rest to end
	WatchSyncing   VaultWatchWork = "syncing"   // a mirror is under way
	WatchPaused    VaultWatchWork = "paused"    // the server can't be synced now, see reason; it goes on by itself
	WatchRefused   VaultWatchWork = "refused"   // a mirror would delete much, see reason: that vault waits for a change in it here, or for a cluster.sync with allowDeletions
	WatchElsewhere VaultWatchWork = "elsewhere" // another sidecar on this machine does it
)

// VaultWatchWorks lists every VaultWatchWork.
var VaultWatchWorks = []VaultWatchWork{WatchOff, WatchIdle, WatchPending, WatchSyncing, WatchPaused, WatchRefused, WatchElsewhere}

// ServiceState says how what a server is for is.
//
// The zero value is not a state; ServiceUnknown is what was not asked.
type ServiceState string

// How a service is.
const (
	ServiceUnknown   ServiceState = "unknown"   // it was not asked yet, or can't be: see reason
	ServiceStarting  ServiceState = "starting"  // it was not healthy yet, and the server is up for ten minutes at most
	ServiceHealthy   ServiceState = "healthy"   // it answered well when it was asked last, or before one question that it did not answer well
	ServiceUnhealthy ServiceState = "unhealthy" // it does not answer well, though the server itself answers: see reason
)

// ServiceStates lists every ServiceState.
var ServiceStates = []ServiceState{ServiceUnknown, ServiceStarting, ServiceHealthy, ServiceUnhealthy}

// CheckedBy says how it was last seen that a server's status holds.
type CheckedBy string

// The ways of seeing that a status holds.
const (
	CheckedByCloud CheckedBy = "cloud" // SkyPilot asked the cloud
	CheckedByPort  CheckedBy = "port"  // the machine of a running server answered at its SSH port, which changes nothing else of what is shown
)

// Checks lists every CheckedBy.
var Checks = []CheckedBy{CheckedByCloud, CheckedByPort}
