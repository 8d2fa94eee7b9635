package text

// Why an operation could not begin, go on, or be believed.
var (
	LocksDoNotHold = Entry{
		Code: "locks.do_not_hold", Title: "The disk of Carapace's locks holds no locks",
		Message: "The disk of Carapace's locks does not hold locks, so two of them could launch at once.",
		Hint:    "Put your home folder, or at least ~/.carapace, on a disk of this computer.",
	}
	LocksRemoved = Entry{
		Code: "locks.removed", Title: "Carapace's locks were removed",
		Message: "The folder of Carapace's locks was removed, so another Carapace may be working on the server.",
		Hint:    "Try again; if it says the same, see that nothing cleans up that folder.",
	}
	LaunchTaskGone = Entry{
		Code: "launch.task_gone", Title: "What to launch can't be read",
		Message: "The file that says what to launch is gone or can't be read.", Hint: "Launch again.",
	}
	LaunchCauseMended = Entry{
		Code: "launch.cause_mended", Title: "The cause is mended; launch again",
		Message: "{why}", Hint: "The cause is mended: launch again, with the secrets.",
	}
	SkyPilotEarlierKeys = Entry{
		Code: "skypilot.earlier_credentials", Title: "SkyPilot still uses earlier credentials",
		Message: "SkyPilot's API server still uses earlier credentials, and can't be restarted now because it is at work on something else ({request}).",
		Hint:    "When that has finished, restart SkyPilot's server, then try again.",
	}
	EndGaveWay = Entry{
		Code: "end.gave_way", Title: "Something else was asked for instead",
		Message: "The {operation} gave way to a {successor}.", Hint: "There is nothing to do.",
	}
	EndRemovalUnconfirmed = Entry{
		Code: "end.removal_unconfirmed", Title: "Whether the server is removed is not known",
		Message: "SkyPilot says that the server was removed, but could not be asked whether it is so. {why}",
		Hint:    "Look at its status in a minute.",
	}
	EndStopUnconfirmed = Entry{
		Code: "end.stop_unconfirmed", Title: "Whether the server is stopped is not known",
		Message: "SkyPilot says that the server was stopped, but could not be asked whether it is so. {why}",
		Hint:    "Look at its status in a minute.",
	}

	// An installation.

	InstallServerRuns = Entry{
		Code: "install.server_runs", Title: "SkyPilot's API server is running",
		Message: "SkyPilot's API server runs on this computer, from the SkyPilot that would be replaced.",
		Hint:    "Stop it first, in a terminal: {program} api stop. Servers at the cloud go on meanwhile.",
	}
	InstallDoesNotRun = Entry{
		Code: "install.does_not_run", Title: "SkyPilot does not run on this computer",
		Message: "SkyPilot was installed, but it does not run on this computer.",
		Hint:    "The detail says why. Try again, or install SkyPilot by hand.",
	}
	InstallProgramFailed = Entry{
		Code: "install.program_failed", Title: "SkyPilot could not be installed",
		Message: "A program that installs SkyPilot could not be run.",
		Hint:    "Try again, or install SkyPilot by hand.",
	}
)
