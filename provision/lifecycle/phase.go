package lifecycle

import (
	"slices"

	"carapace/schema"
)

// PhasesOf returns the phases that an operation of a kind goes through.
func PhasesOf(kind schema.OperationKind) []schema.Phase {
	switch kind {
	case schema.OperationLaunch:
		return schema.Phases[:8]
	case schema.OperationStart:
		return []schema.Phase{
			schema.PhaseChecking, schema.PhasePreparing, schema.PhaseProvisioning,
			schema.PhaseConnecting, schema.PhaseSyncing, schema.PhaseStarting,
		}
	case schema.OperationStop:
		return []schema.Phase{schema.PhasePreparing, schema.PhaseStopping, schema.PhaseVerifying}
	case schema.OperationDestroy:
		return []schema.Phase{schema.PhasePreparing, schema.PhaseDestroying, schema.PhaseVerifying}
	case schema.OperationSync:
		return []schema.Phase{schema.PhaseChecking, schema.PhaseSyncing}
	}
	return []schema.Phase{schema.PhaseInstalling, schema.PhaseVerifying}
}

// FirstPhase is the phase in which an operation of a kind begins.
func FirstPhase(kind schema.OperationKind) schema.Phase { return PhasesOf(kind)[0] }

// FirstMessage is what an operation of a kind says first.
func FirstMessage(kind schema.OperationKind) string {
	switch kind {
	case schema.OperationLaunch:
		return "Checking what a launch needs."
	case schema.OperationStart:
		return "Starting the server again."
	case schema.OperationStop:
		return "Stopping the server."
	case schema.OperationDestroy:
		return "Destroying the server."
	case schema.OperationSync:
		return "Bringing the vaults up to date."
	}
	return "Installing SkyPilot."
}

// RequestName is SkyPilot's own name for a step's request.
func RequestName(step string) string {
	if step == StepAgain {
		step = StepLaunch
	}
	return "sky." + step
}

// The steps of operations. Each is one request to SkyPilot.
const (
	StepLaunch = "launch"
	StepStart  = "start"
	StepStop   = "stop"
	StepDown   = "down"
	StepExec   = "exec"
	// StepAgain is the one further try of a launch whose cause of failure was mended.
	StepAgain = "launch-again"
)

// Expected returns the median of what the last operations of a kind took here, in
// seconds; 0 where there were none.
func (s *State) Expected(kind schema.OperationKind) float64 {
	var took []float64
	for _, op := range slices.Backward(s.Operations) {
		if op.Kind == kind && op.State == schema.OperationSucceeded && len(took) < 9 {
			took = append(took, op.ElapsedSeconds)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)/2]
}
