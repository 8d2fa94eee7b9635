package text

// How an operation ended.
var (
	EndDestroyed         = Entry{Code: "end.destroyed", Message: "The server is destroyed."}
	EndLaunchCanceled    = Entry{Code: "end.launch_canceled", Message: "The launch was canceled, and all that it had made is removed."}
	EndForgotten         = Entry{Code: "end.forgotten", Message: "SkyPilot was told to forget the server."}
	EndNeverThere        = Entry{Code: "end.never_there", Message: "SkyPilot has no such server, so there was nothing to destroy."}
	EndNeverSeen         = Entry{Code: "end.never_seen", Message: "Its launch was given up before one was seen; should one still come up, it is shown here."}
	EndCanceledBefore    = Entry{Code: "end.canceled_before", Message: "It was canceled before anything was begun at the cloud."}
	EndLaunchNotBegun    = Entry{Code: "end.launch_not_begun", Message: "The launch was canceled before it began."}
	EndNothingBegun      = Entry{Code: "end.nothing_begun", Message: "Nothing was begun at the cloud."}
	EndMayStart          = Entry{Code: "end.may_start", Message: "SkyPilot may still start the server."}
	EndMachineUnknown    = Entry{Code: "end.machine_unknown", Message: "Whether a machine is left could not be found out."}
	EndMachineDoing      = Entry{Code: "end.machine_doing_unknown", Message: "What the machine is doing now could not be found out."}
	EndServerDoing       = Entry{Code: "end.server_doing_unknown", Message: "What the server is doing now could not be found out."}
	EndMachineUnheard    = Entry{Code: "end.machine_unheard", Message: "SkyPilot knows of no machine, but the cloud may have made one without being heard: look in the cloud's console."}
	EndVaultsSame        = Entry{Code: "end.vaults_same", Message: "The vaults on the server are the same as here, {compared}."}
	EndVaultsMirrored    = Entry{Code: "end.vaults_mirrored", Message: "The vaults on the server are the same as here, {compared}: {added} files added, {changed} changed, {deleted} deleted."}
	EndVaultsSameDry     = Entry{Code: "end.vaults_same_dry_run", Message: "The vaults on the server are the same as here, {compared}. Nothing was changed."}
	EndVaultsDifferDry   = Entry{Code: "end.vaults_differ_dry_run", Message: "The vaults on the server differ from those here, {compared}: a sync would add {added} files there, change {changed} and delete {deleted}. Nothing was changed."}
	EndVaultsNeedConsent = Entry{Code: "end.vaults_need_consent", Message: "It would be refused as long as nobody consents to the deletions."}
	ComparedContents     = Entry{Code: "compared.contents", Message: "by the contents of every file"}
	ComparedSizeAndTime  = Entry{Code: "compared.size_and_time", Message: "by the size and time of every file"}

	EndMayRemain = Entry{
		Code: "end.may_remain", Title: "The server may still be being made",
		Message: "SkyPilot did not confirm that it has stopped making the server.",
		Hint:    "Destroy the server again in a minute. Carapace keeps looking.",
	}
	EndNotShownYet = Entry{
		Code: "end.not_shown_yet", Title: "SkyPilot shows no such server",
		Message: "SkyPilot shows no such server: its launch was given up before one was seen.",
		Hint:    "Wait a few minutes: what comes up is shown here. Then launch again to finish it, or destroy the server.",
	}
	EndOtherServer = Entry{
		Code: "end.other_server", Title: "It is another server by now",
		Message: "The {operation} was not carried out: the server called {name} is another one by now.",
		Hint:    "Look at what is there now before you ask again.",
	}
	EndNeverBegun = Entry{
		Code: "end.never_begun", Title: "It was never begun",
		Message: "The {operation} was never begun: Carapace ended before SkyPilot had it.",
		Hint:    "Ask for the {operation} again if you still want it.",
	}
	EndUnknown = Entry{
		Code: "end.unknown", Title: "How it ended is not known",
		Message: "What Carapace knew was replaced by an older copy: how the {operation} ended is not known.",
		Hint:    "Look at the server's status.",
	}

	EndSyncCanceled    = Entry{Code: "end.sync_canceled", Message: "The vaults are no longer being brought up to date; some files may be older than here."}
	EndStoppedMayStart = Entry{
		Code: "end.stopped_may_start", Title: "The server is stopped and may still start",
		Message: "The server is stopped, but SkyPilot did not confirm that it has given up the {operation}: it may still start.",
		Hint:    "Look at its status in a few minutes, and stop it again if it runs.",
	}
	EndStillKnown = Entry{
		Code: "end.still_known", Title: "SkyPilot still knows the server",
		Message: "SkyPilot said that the server was removed, but still knows it.",
		Hint:    "Destroy it again.",
	}
	EndTookTooLong = Entry{
		Code: "end.took_too_long", Title: "It took too long",
		Message: "The {operation} took too long: more than {seconds} for one step. The last that was heard: {heard}",
	}
	EndServerRestarted = Entry{
		Code: "end.server_restarted", Title: "SkyPilot has lost track of it",
		Message: "SkyPilot's API server was restarted in the middle of the {operation}, and has lost track of it.",
	}
	EndCanceledOutside = Entry{
		Code: "end.canceled_outside", Title: "It was canceled outside of Carapace",
		Message: "The {operation} was canceled outside of Carapace, with SkyPilot's own command.",
	}
	SetupJobUnknown = Entry{
		Code: "setup.job_unknown", Title: "The setup can't be checked",
		Message: "SkyPilot did not say which job runs the server's setup, so it can't be checked.",
	}
	SetupStoppedOutside = Entry{
		Code: "setup.stopped_outside", Title: "The server was stopped outside of Carapace",
		Message: "The server was stopped outside of Carapace while it was being set up.",
	}
	SetupRemovedOutside = Entry{
		Code: "setup.removed_outside", Title: "The server was removed while it was set up",
		Message: "The server is gone: it was removed while it was being set up.", Hint: "Launch it again.",
	}
	DefectOperation = Entry{
		Code: "defect.operation", Title: "Carapace met a defect of its own",
		Message: "Carapace met a defect of its own. What was begun at the cloud may go on.",
		Hint:    "Look at the server's status in a minute; destroy it if you don't need it.",
	}
	DefectNoOperation = Entry{
		Code: "defect.no_operation", Title: "This version can't do that",
		Message: "There is no operation called \"{operation}\".", Hint: "Update Carapace.",
	}

	// The end of an installation.

	InstallDone            = Entry{Code: "install.done", Message: "SkyPilot {version} is installed, with what it needs for {clouds}."}
	InstallOtherUsed       = Entry{Code: "install.other_used", Message: "But another SkyPilot is used, which was set for this computer."}
	InstallCanceled        = Entry{Code: "install.canceled", Message: "Installing SkyPilot was canceled."}
	InstallNothingLeft     = Entry{Code: "install.nothing_left", Message: "Nothing of it is left."}
	InstallOldStays        = Entry{Code: "install.old_stays", Message: "The SkyPilot that was there before is as it was."}
	InstallTooLateToCancel = Entry{Code: "install.too_late_to_cancel", Message: "The new SkyPilot was installed already when the cancel came."}

	// The hints of an operation that was interrupted.

	HintLaunchAgain = Entry{Code: "hint.launch_again", Message: "Launch again to finish it, or destroy the server."}
	HintStartOver   = Entry{Code: "hint.start_over", Message: "Start it again, or destroy the server."}
	HintAskAgain    = Entry{Code: "hint.ask_again", Message: "Ask for the {operation} again."}

	// The first words of an operation's progress.

	BeginLaunch  = Entry{Code: "begin.launch", Message: "Checking what a launch needs."}
	BeginStart   = Entry{Code: "begin.start", Message: "Starting the server again."}
	BeginStop    = Entry{Code: "begin.stop", Message: "Stopping the server."}
	BeginDestroy = Entry{Code: "begin.destroy", Message: "Destroying the server."}
	BeginSync    = Entry{Code: "begin.sync", Message: "Bringing the vaults up to date."}
	BeginInstall = Entry{Code: "begin.install", Message: "Installing SkyPilot."}
)
