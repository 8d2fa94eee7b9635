package text

// What stands on the button of a remedy: a few words without a full stop. Those that speak of money are
// in money.go.
var (
	RemedyInstall      = Entry{Code: "remedy.install", Message: "Install SkyPilot"}
	RemedyStop         = Entry{Code: "remedy.stop", Message: "Stop the server"}
	RemedyDestroy      = Entry{Code: "remedy.destroy", Message: "Destroy the server with all that is on it"}
	RemedySync         = Entry{Code: "remedy.sync", Message: "Sync the vaults again, deletions too"}
	RemedyDryRun       = Entry{Code: "remedy.dry_run", Message: "Show what a sync would delete"}
	RemedyAllow        = Entry{Code: "remedy.allow_deletions", Message: "Sync, and delete those files on the server"}
	RemedyCancelLaunch = Entry{Code: "remedy.cancel_launch", Message: "Cancel the launch and remove what it made"}
	RemedyCancel       = Entry{Code: "remedy.cancel", Message: "Cancel the {operation}"}
	RemedyLook         = Entry{Code: "remedy.look", Message: "Look again"}
	RemedyList         = Entry{Code: "remedy.list", Message: "Show the servers that there are"}
	RemedyForget       = Entry{Code: "remedy.forget", Message: "Delete it from the list: nothing of it is left"}
	RemedyProvisionLog = Entry{Code: "remedy.provision_log", Message: "Show how the machine was made"}
	RemedySetupLog     = Entry{Code: "remedy.setup_log", Message: "Show the setup's log"}
	RemedyRunLog       = Entry{Code: "remedy.run_log", Message: "Show the run command's log"}
	RemedyOffers       = Entry{Code: "remedy.offers", Message: "Show other machines and their prices"}
	RemedyCheck        = Entry{Code: "remedy.check_cloud", Message: "Check the credentials again"}
	RemedyQuota        = Entry{Code: "remedy.quota_page", Message: "Ask for more quota"}
	RemedyBilling      = Entry{Code: "remedy.billing_page", Message: "Open the page for payments"}
	RemedyKeys         = Entry{Code: "remedy.keys_page", Message: "Open the page for keys"}
	RemedySetUp        = Entry{Code: "remedy.set_up_page", Message: "Read how the cloud is set up"}
	RemedyConsole      = Entry{Code: "remedy.console", Message: "Open the cloud's console"}
	RemedySignIn       = Entry{Code: "remedy.sign_in", Message: "Sign in to the cloud in a terminal"}
	RemedyClock        = Entry{Code: "remedy.set_clock", Message: "Have the clock set in a terminal"}
	RemedyRestart      = Entry{Code: "remedy.restart_server", Message: "Restart SkyPilot's server, which loses what it is at"}
	RemedyStopServer   = Entry{Code: "remedy.stop_server", Message: "Stop SkyPilot's server, which loses what it is at"}
	RemedyDisk         = Entry{Code: "remedy.show_disks", Message: "Show how full the disks are"}

	// Launching again.

	LaunchAgainUnknown = Entry{
		Code: "launch.again_unknown", Title: "What was launched is not known",
		Message: "What was launched as {name} is not known any more.", Hint: "Launch it with a spec.",
	}
	LaunchAgainSecrets = Entry{
		Code: "launch.again_secrets", Title: "The launch had secrets",
		Message: "The launch of {name} had secrets, which Carapace does not keep.", Hint: "Launch it with its spec and its secrets.",
	}
	ParamsAnyRegion = Entry{
		Code: "params.any_region", Title: "Any region goes with a launch again",
		Message: "anyRegion goes with again alone.", Hint: "Leave it out, and leave spec.region out for any region.",
	}
	ParamsAgain = Entry{
		Code: "params.again", Title: "The spec is that of the last launch",
		Message: "again does not go with other fields of spec than name and retryUntilUp.", Hint: "Leave those out, or leave again out.",
	}
)
