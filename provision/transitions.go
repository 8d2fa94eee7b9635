package provision

import (
	"fmt"

	"carapace/provision/journal"
	"carapace/schema"
)

// admissible says whether an operation may begin in the state in which the
// server is: protocol.md, "Transitions that hold everywhere", in one place. A
// nil record is a server that there never was.
func admissible(kind schema.OperationKind, name string, rec *journal.Cluster) *schema.Error {
	status := schema.StatusNoServer
	if rec != nil {
		status = rec.View.Status
	}
	switch kind {
	case schema.OperationLaunch:
		return launchable(name, status, rec)
	case schema.OperationStart:
		return startable(name, status)
	case schema.OperationStop:
		return stoppable(name, status)
	case schema.OperationSync:
		if status != schema.StatusRunning {
			return absentOr(name, status, fmt.Sprintf("%s is not running, so its vaults can't be brought up to date.", name),
				"Start it: that brings the vaults up to date, too.")
		}
	}
	return nil // destroy is accepted from every state; install has no server
}

func launchable(name string, status schema.Status, rec *journal.Cluster) *schema.Error {
	switch {
	case status == schema.StatusNoServer:
		return nil
	case status == schema.StatusError && rec.Incomplete:
		return nil
	case status == schema.StatusError:
		return schema.NewError(schema.KindClusterActive,
			fmt.Sprintf("%s exists and may cost money, although it can't be used right now.", name),
			"Start it to bring it back, or destroy it before you launch another.")
	}
	return schema.NewError(schema.KindClusterActive, fmt.Sprintf("There is a server already: %s is %s.", name, words(status)),
		"Use it as it is, or destroy it before you launch another.")
}

// merelyUnreachable tells an error of looking from one of the machine's own.
func merelyUnreachable(e *schema.Error) bool {
	return e != nil && (e.Kind == schema.KindUnreachable || e.Kind == schema.KindNetwork || e.Kind == schema.KindAPIServer)
}

func startable(name string, status schema.Status) *schema.Error {
	switch status {
	case schema.StatusStopped, schema.StatusError:
		return nil
	case schema.StatusRunning:
		return schema.NewError(schema.KindClusterActive, fmt.Sprintf("%s is running already.", name), "There is nothing to start.")
	}
	return absentOr(name, status, fmt.Sprintf("%s can't be started while it is %s.", name, words(status)), "Wait until that is over.")
}

func stoppable(name string, status schema.Status) *schema.Error {
	switch status {
	case schema.StatusRunning, schema.StatusError:
		return nil
	case schema.StatusStopped:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf("%s is stopped already.", name),
			"Its disk goes on costing money; destroy the server to end that.")
	}
	return absentOr(name, status, fmt.Sprintf("%s can't be stopped while it is %s.", name, words(status)), "Destroy it, or wait until that is over.")
}

func absentOr(name string, status schema.Status, message, hint string) *schema.Error {
	if status == schema.StatusNoServer {
		return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("There is no server called %s.", name), "Launch one first.")
	}
	return schema.NewError(schema.KindUnsupported, message, hint)
}

// words is a status inside a sentence.
func words(status schema.Status) string {
	switch status {
	case schema.StatusNoServer:
		return "not there"
	case schema.StatusProvisioning:
		return "being launched"
	case schema.StatusStopping:
		return "being stopped"
	case schema.StatusDestroying:
		return "being destroyed"
	case schema.StatusError:
		return "in an error"
	}
	return string(status)
}

// phasesOf are the phases that an operation of a kind goes through.
func phasesOf(kind schema.OperationKind) []schema.Phase {
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
	return []schema.Phase{schema.PhaseInstalling}
}

func firstPhase(kind schema.OperationKind) schema.Phase { return phasesOf(kind)[0] }

func firstMessage(kind schema.OperationKind) string {
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
