package lifecycle

import (
	"slices"

	"carapace/schema"
	"carapace/schema/text"
)

// PhasesOf returns the phases of an operation of a kind, in order.
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

// PhaseIndex returns which of the phases of an operation of a kind a phase is, from 0, and how many there are. One that is none
// of them is shown as the first: a launch that looks what a failure has left says so in no phase of its own.
func PhaseIndex(kind schema.OperationKind, phase schema.Phase) (index, count int) {
	phases := PhasesOf(kind)
	return max(0, slices.Index(phases, phase)), len(phases)
}

// PhaseBefore reports whether a phase of an operation of a kind comes before another. One that is none of its phases comes
// before all that are.
func PhaseBefore(kind schema.OperationKind, phase, other schema.Phase) bool {
	phases := PhasesOf(kind)
	return slices.Index(phases, phase) < slices.Index(phases, other)
}

// FirstPhase returns the phase in which an operation of a kind begins.
func FirstPhase(kind schema.OperationKind) schema.Phase { return PhasesOf(kind)[0] }

// FirstText returns the first progress text of an operation of a kind.
func FirstText(kind schema.OperationKind) text.Text {
	switch kind {
	case schema.OperationLaunch:
		return text.New(&text.BeginLaunch)
	case schema.OperationStart:
		return text.New(&text.BeginStart)
	case schema.OperationStop:
		return text.New(&text.BeginStop)
	case schema.OperationDestroy:
		return text.New(&text.BeginDestroy)
	case schema.OperationSync:
		return text.New(&text.BeginSync)
	}
	return text.New(&text.BeginInstall)
}

// RequestName returns SkyPilot's name for a step's request.
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
	// StepAgain is the second try of a launch after the cause of its failure was repaired.
	StepAgain = "launch-again"
)
