package schema

// Status is where a server stands, in the words of FR-003. The zero value is
// not a status.
type Status string

// The statuses. A transitional one (provisioning, stopping, destroying) is
// shown from the answer to a request until its operation has ended.
const (
	StatusNoServer     Status = "no_server"
	StatusProvisioning Status = "provisioning"
	StatusRunning      Status = "running"
	StatusStopping     Status = "stopping"
	StatusStopped      Status = "stopped"
	StatusDestroying   Status = "destroying"
	StatusError        Status = "error"
)

// Statuses lists every Status, in the order of a server's life.
var Statuses = []Status{
	StatusNoServer, StatusProvisioning, StatusRunning, StatusStopping,
	StatusStopped, StatusDestroying, StatusError,
}

// OperationKind is what an operation does to a server (or, for install, to this
// machine). The zero value is not a kind.
type OperationKind string

// The kinds of operation.
const (
	OperationLaunch  OperationKind = "launch"
	OperationStart   OperationKind = "start"
	OperationStop    OperationKind = "stop"
	OperationDestroy OperationKind = "destroy"
	OperationSync    OperationKind = "sync"
	OperationInstall OperationKind = "install"
)

// OperationKinds lists every OperationKind.
var OperationKinds = []OperationKind{
	OperationLaunch, OperationStart, OperationStop,
	OperationDestroy, OperationSync, OperationInstall,
}

// OperationState says whether an operation still goes on, or how it ended. The
// zero value is not a state.
type OperationState string

// The states of an operation. All but running are final.
const (
	OperationRunning   OperationState = "running"
	OperationSucceeded OperationState = "succeeded"
	OperationFailed    OperationState = "failed"
	OperationCanceled  OperationState = "canceled"
)

// OperationStates lists every OperationState.
var OperationStates = []OperationState{
	OperationRunning, OperationSucceeded, OperationFailed, OperationCanceled,
}

// Phase is the step that an operation is in. The zero value is not a phase.
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
	PhaseStopping     Phase = "stopping"
	PhaseDestroying   Phase = "destroying"
	PhaseVerifying    Phase = "verifying" // the look at SkyPilot that shows what is true
	PhaseInstalling   Phase = "installing"
)

// Phases lists every Phase.
var Phases = []Phase{
	PhaseChecking, PhasePreparing, PhaseSelecting, PhaseProvisioning,
	PhaseConnecting, PhaseSyncing, PhaseSetup, PhaseStarting,
	PhaseStopping, PhaseDestroying, PhaseVerifying, PhaseInstalling,
}

// ChangeSource says whose doing a change of status was. The zero value is not a
// source.
type ChangeSource string

// The sources of a change.
const (
	SourceOperation ChangeSource = "operation" // one of the sidecar's operations
	SourcePoll      ChangeSource = "poll"      // the poller learned more about what was already so
	SourceExternal  ChangeSource = "external"  // done outside: the cloud's console, autostop, `sky` in a terminal
)

// ChangeSources lists every ChangeSource.
var ChangeSources = []ChangeSource{SourceOperation, SourcePoll, SourceExternal}

// LogSource names one of a server's logs. The zero value is not a source.
type LogSource string

// The logs of a server.
const (
	LogProvision LogSource = "provision" // how the machine was made
	LogSetup     LogSource = "setup"     // the setup script's output
	LogRun       LogSource = "run"       // the run command's output
)

// LogSources lists every LogSource.
var LogSources = []LogSource{LogProvision, LogSetup, LogRun}

// Stream names the stream that a line of a log came from. The zero value is not
// a stream.
type Stream string

// The streams of a process.
const (
	StreamStdout Stream = "stdout"
	StreamStderr Stream = "stderr"
)

// Streams lists every Stream.
var Streams = []Stream{StreamStdout, StreamStderr}

// CheckStatus is the outcome of one check of doctor. The zero value is not an
// outcome.
type CheckStatus string

// The outcomes of a check.
const (
	CheckOK   CheckStatus = "ok"
	CheckWarn CheckStatus = "warn" // works, but something should be known
	CheckFail CheckStatus = "fail" // a launch can't succeed until it is mended
)

// CheckStatuses lists every CheckStatus.
var CheckStatuses = []CheckStatus{CheckOK, CheckWarn, CheckFail}
