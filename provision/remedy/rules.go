package remedy

import (
	"carapace/schema"
	"carapace/schema/text"
)

// offer returns a remedy; false if it can't be pressed in that situation.
type offer func(*schema.Error, Situation) (schema.Remedy, bool)

// rule returns what helps about an error, the best first: by its code where that tells more than its
// kind. Of a kind that is not here nothing helps that is a button.
func rule(e *schema.Error) []offer {
	for _, offers := range [][]offer{byCode(e.Code), ofThisComputer(e.Kind), ofTheCloud(e.Kind), ofTheServer(e.Kind)} {
		if offers != nil {
			return offers
		}
	}
	return nil
}

// ofThisComputer are the rules of what goes wrong here: SkyPilot, requests, the disk, the clock.
func ofThisComputer(kind schema.Kind) []offer {
	switch kind {
	case schema.KindSkyPilotNotFound, schema.KindSkyPilotUnsupported:
		return []offer{install}
	case schema.KindAPIServer:
		return []offer{again, look, restartServer}
	case schema.KindClusterActive:
		return []offer{start, look, destroy}
	case schema.KindClusterNotFound:
		return []offer{list}
	case schema.KindOperationInProgress:
		return []offer{cancel, look}
	case schema.KindDiskFull: // or the server's
		return []offer{showDisks, again, destroy}
	case schema.KindClockWrong:
		return []offer{setClock, again}
	case schema.KindDeletionsRefused:
		return []offer{dryRun, allowDeletions}
	case schema.KindInternal:
		return []offer{look}
	}
	return nil
}

// ofTheCloud are the rules of what a cloud refuses.
func ofTheCloud(kind schema.Kind) []offer {
	switch kind {
	case schema.KindCredentialsMissing, schema.KindCredentialsInvalid:
		return []offer{signIn, keysPage, checkCloud}
	case schema.KindInvalidSpec:
		return []offer{offers}
	case schema.KindQuotaExceeded:
		return []offer{quotaPage, offers, again}
	case schema.KindCapacityUnavailable:
		return []offer{again, keepTrying, offers}
	case schema.KindBilling:
		return []offer{billingPage, console, again}
	case schema.KindPermission, schema.KindProviderRefused:
		return []offer{console, checkCloud, again}
	case schema.KindRateLimited, schema.KindNetwork:
		return []offer{look, again}
	}
	return nil
}

// ofTheServer are the rules of what goes wrong with a server that is there, or was.
func ofTheServer(kind schema.Kind) []offer {
	switch kind {
	case schema.KindUnreachable:
		return []offer{again, start, look, destroy}
	case schema.KindSetupFailed:
		return []offer{setupLog, again, destroy}
	case schema.KindMountFailed:
		return []offer{again, destroy}
	case schema.KindRunFailed:
		return []offer{runLog, stop, start}
	case schema.KindTerminatedExternally:
		return []offer{launch}
	case schema.KindInterrupted, schema.KindTimeout:
		return []offer{again, launch, provisionLog, look, destroy}
	case schema.KindHostKeyChanged:
		return []offer{console, look}
	}
	return nil
}

// byCode returns what helps about an error whose kind is too wide; nil: its kind tells enough.
func byCode(code text.Code) []offer {
	switch code {
	case text.LostForgotten.Code, text.LostReplaced.Code, text.LostNeverShown.Code, text.LostOtherCredentials.Code, text.LostUnknown.Code,
		text.LaunchLost.Code, text.MachineLost.Code:
		return []offer{look, console, forget}
	case text.ServerKnowledgeLost.Code:
		return []offer{look, console}
	case text.MachineUnheard.Code:
		return []offer{launch, console}
	case text.OrphanMayRun.Code:
		return []offer{console}
	case text.MachineNone.Code, text.SetupRemovedOutside.Code:
		return []offer{launch}
	case text.StopUnsupported.Code, text.StopUnsupportedSpot.Code, text.StopStopped.Code, text.SyncNoVaults.Code, text.ForgetExists.Code,
		text.EndMayRemain.Code, text.EndStillKnown.Code, text.RunWithoutSecrets.Code:
		return []offer{destroy}
	case text.SyncNotRunning.Code, text.ConnectNotRunning.Code, text.AutostopNotRunning.Code:
		return []offer{start, look}
	case text.StartNotNow.Code, text.StopNotNow.Code, text.CancelNothing.Code, text.CancelStop.Code, text.CancelDestroy.Code, text.EndOtherServer.Code:
		return []offer{look}
	case text.EndStoppedMayStart.Code:
		return []offer{look, stop}
	case text.EndNotShownYet.Code:
		return []offer{look, launch, destroy}
	case text.AutostopDropped.Code, text.AutostopNoEffect.Code, text.AutostopCantStop.Code, text.AutostopCantStopSpot.Code,
		text.AutostopCantDestroy.Code, text.AutostopCantDestroySpot.Code:
		return []offer{stop, destroy}
	case text.VaultDiffers.Code:
		return []offer{dryRun, sync}
	}
	return nil
}
