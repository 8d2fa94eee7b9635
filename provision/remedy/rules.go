package remedy

import (
	"carapace/schema"
	"carapace/schema/text"
)

// kinds has what helps about a kind of error: the names of buttons, the best first. About a kind that
// is not here nothing helps that is a button.
var kinds = [...]struct {
	kind    schema.Kind
	buttons string
}{
	// What goes wrong here: SkyPilot, requests, the clock, the disk (or the server's).
	{schema.KindSkyPilotNotFound, "install"},
	{schema.KindSkyPilotUnsupported, "install"},
	{schema.KindAPIServer, "again look restart_server"},
	{schema.KindClusterActive, "start look destroy"},
	{schema.KindClusterNotFound, "list"},
	{schema.KindOperationInProgress, "cancel look"},
	{schema.KindDiskFull, "show_disks again destroy"},
	{schema.KindClockWrong, "set_clock again"},
	{schema.KindDeletionsRefused, "dry_run allow_deletions"},
	{schema.KindInternal, "look"},
	// What a cloud refuses.
	{schema.KindCredentialsMissing, "sign_in keys_page check_cloud"},
	{schema.KindCredentialsInvalid, "sign_in keys_page check_cloud"},
	{schema.KindInvalidSpec, "offers"},
	{schema.KindQuotaExceeded, "quota_page any_region offers again"},
	{schema.KindCapacityUnavailable, "any_region again keep_trying offers"},
	{schema.KindBilling, "billing_page console again"},
	{schema.KindPermission, "console check_cloud again"},
	{schema.KindProviderRefused, "console check_cloud again"},
	{schema.KindRateLimited, "look again"},
	{schema.KindNetwork, "look again"},
	// What goes wrong with a server that is there, or was.
	{schema.KindUnreachable, "again start look destroy"},
	{schema.KindSetupFailed, "setup_log again destroy"},
	{schema.KindMountFailed, "again destroy"},
	{schema.KindRunFailed, "run_log stop start"},
	{schema.KindTerminatedExternally, "launch_again"},
	{schema.KindInterrupted, "again launch_again provision_log look forget destroy"},
	{schema.KindTimeout, "again launch_again provision_log look forget destroy"},
	{schema.KindHostKeyChanged, "console look"},
}

// codes has what helps about an error whose kind is too wide.
var codes = [...]struct {
	entry   *text.Entry
	buttons string
}{
	{&text.ServerOldHere, "restart_server"},
	{&text.ServerOldThere, "look"},
	{&text.SkyPilotMismatch, "install restart_server"},
	{&text.InstallServerRuns, "stop_server"}, // restarted, it would run from there again
	{&text.ServerPortTaken, "again look"},
	{&text.ServerPortForeign, "again look"},
	{&text.SkyPilotPortTaken, "again look"},
	{&text.SkyPilotServerSilent, "again look"},
	{&text.LostForgotten, "look console forget"},
	{&text.LostReplaced, "look console forget"},
	{&text.LostNeverShown, "look console forget"},
	{&text.LostOtherCredentials, "look console forget"},
	{&text.LostUnknown, "look console forget"},
	{&text.LaunchLost, "look console forget"},
	{&text.MachineLost, "look console forget"},
	{&text.ServerKnowledgeLost, "look console"},
	{&text.MachineUnheard, "look console forget"},
	{&text.OrphanMayRun, "console"},
	{&text.MachineNone, "launch_again"},
	{&text.SetupRemovedOutside, "launch_again"},
	{&text.StopUnsupported, "destroy"},
	{&text.StopUnsupportedSpot, "destroy"},
	{&text.StopStopped, "destroy"},
	{&text.SyncNoVaults, "destroy"},
	{&text.ForgetExists, "destroy"},
	{&text.EndMayRemain, "destroy"},
	{&text.EndStillKnown, "destroy"},
	{&text.RunWithoutSecrets, "destroy"},
	{&text.SyncNotRunning, "start look"},
	{&text.SyncUnusable, "start look"},
	{&text.ConnectNotRunning, "start look"},
	{&text.ConnectStopped, "start look"},
	{&text.AutostopNotRunning, "start look"},
	{&text.StartNotNow, "look"},
	{&text.StopNotNow, "look"},
	{&text.CancelNothing, "look"},
	{&text.CancelStop, "look"},
	{&text.CancelDestroy, "look"},
	{&text.EndOtherServer, "look"},
	{&text.AutostopOtherServer, "look"},
	{&text.EndStoppedMayStart, "look stop"},
	{&text.EndNotShownYet, "look launch_again destroy"},
	{&text.AutostopDropped, "stop destroy"},
	{&text.AutostopNoEffect, "stop destroy"},
	{&text.AutostopCantStop, "stop destroy"},
	{&text.AutostopCantStopSpot, "stop destroy"},
	{&text.AutostopCantDestroy, "stop destroy"},
	{&text.AutostopCantDestroySpot, "stop destroy"},
	{&text.VaultDiffers, "dry_run sync"},
}

// rule returns the names of the buttons that help about an error: by its code where that tells more
// than its kind.
func rule(e *schema.Error) string {
	for i := range codes {
		if e.Code != "" && codes[i].entry.Code == e.Code {
			return codes[i].buttons
		}
	}
	for i := range kinds {
		if kinds[i].kind == e.Kind {
			return kinds[i].buttons
		}
	}
	return ""
}
