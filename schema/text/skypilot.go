package text

// Why SkyPilot, or the server itself, did not do what it was asked for. The rules that find it are in
// provision/sky/rules.go; a cloud's own reasons are in cloud.go.
var (
	SkyPilotStaleIdentity = Entry{
		Code: "skypilot.stale_identity", Title: "SkyPilot works with old credentials",
		Message: "{attempt}SkyPilot's API server still works with credentials that have been changed since it read them.",
		Hint:    "Restart it, then try again.",
	}
	SkyPilotCanceled = Entry{
		Code: "skypilot.canceled", Title: "It was canceled",
		Message: "{attempt}It was canceled.", Hint: "What was made at the cloud until then may still be there: look at the server's status.",
	}
	SkyPilotMismatch = Entry{
		Code: "skypilot.mismatch", Title: "This SkyPilot does not fit",
		Message: "{attempt}This SkyPilot does not fit: it is too old, or its API server is of another version.",
		Hint:    "Let Carapace install SkyPilot {version}, or upgrade yours to it, and restart its API server.",
	}
	SkyPilotNoPip = Entry{
		Code: "skypilot.no_pip", Title: "A part of SkyPilot's Python is missing",
		Message: "{attempt}SkyPilot's Python has no pip, which it needs to set a server up.",
		Hint:    `Install SkyPilot again with pip beside it: uv tool install --with pip "skypilot[aws]=={version}".`,
	}
	SkyPilotDiskFull = Entry{
		Code: "skypilot.disk_full", Title: "The disk is full",
		Message: "{attempt}There is no space left on the disk.",
		Hint:    "Make room on this machine; if the server's own disk is full, destroy it and launch with a larger disk.",
	}
	SkyPilotProgramMissing = Entry{
		Code: "skypilot.program_missing", Title: "A program that SkyPilot needs is missing",
		Message: "{attempt}A program that SkyPilot needs is missing on this machine.",
		Hint:    "Install it with your system's package manager: rsync and an SSH client, and for Kubernetes socat and netcat.",
	}
	SkyPilotPortTaken = Entry{
		Code: "skypilot.port_taken", Title: "Another program has taken SkyPilot's port",
		Message: "{attempt}SkyPilot's API server can't start: another program has taken its port.",
		Hint:    "End the program that uses that port, or set SKYPILOT_API_SERVER_LOCAL_PORT to a free one for SkyPilot and Carapace.",
	}
	SkyPilotInterrupted = Entry{
		Code: "skypilot.interrupted", Title: "SkyPilot lost the operation half way",
		Message: "{attempt}SkyPilot's API server was restarted and lost the operation half way.", Hint: "Ask for it again: that finishes it.",
	}
	SkyPilotServerGone = Entry{
		Code: "skypilot.server_gone", Title: "SkyPilot's API server can't be reached",
		Message: "{attempt}SkyPilot's API server can't be reached, or ended in the middle.",
		Hint:    "Try again; it is started anew. If that does not help, restart it by hand; its log is ~/.sky/api_server/server.log.",
	}
	SkyPilotNoLog = Entry{
		Code: "skypilot.no_log", Title: "There is no log of the launch",
		Message: "{attempt}SkyPilot has no log of how this server was made.", Hint: "The log is there again after the next launch.",
	}
	SkyPilotLogin = Entry{
		Code: "skypilot.login", Title: "SkyPilot wants you to log in",
		Message: "{attempt}SkyPilot's API server wants you to log in.", Hint: "Run sky api login, then try again.",
	}
	SkyPilotName = Entry{
		Code: "skypilot.name", Title: "SkyPilot does not take this name",
		Message: "{attempt}SkyPilot does not take this name for a server.",
		Hint:    "Take a letter, then letters, digits, '.', '_' or '-', with a letter or digit last.",
	}
	SkyPilotOtherAccount = Entry{
		Code: "skypilot.other_account", Title: "The server belongs to another account",
		Message: "{attempt}The server belongs to another {cloud} account than the one that is signed in now.",
		Hint:    "Sign in to {cloud} with the account that launched the server.",
	}
	SkyPilotPolicy = Entry{
		Code: "skypilot.policy", Title: "SkyPilot's own policy does not permit it",
		Message: "{attempt}SkyPilot's own policy does not permit it.", Hint: "Ask whoever runs your SkyPilot API server.",
	}
	SkyPilotNoServer = Entry{
		Code: "skypilot.no_server", Title: "SkyPilot has no such server",
		Message: "{attempt}SkyPilot has no server of that name.", Hint: "Look again which servers there are.",
	}
	SkyPilotNotRunning = Entry{
		Code: "skypilot.not_running", Title: "The server is not running",
		Message: "{attempt}The server is not running.", Hint: "Start it first.",
	}
	SkyPilotSpec = Entry{
		Code: "skypilot.spec", Title: "SkyPilot does not take what was asked for",
		Message: "{attempt}SkyPilot does not take what the spec asks for.", Hint: "Change the spec, then launch again.",
	}
	SkyPilotUnknownCloud = Entry{
		Code: "skypilot.unknown_cloud", Title: "SkyPilot does not know this cloud",
		Message: "{attempt}SkyPilot does not know this cloud.", Hint: "Choose another cloud.",
	}
	SkyPilotNotEnabled = Entry{
		Code: "skypilot.not_enabled", Title: "SkyPilot can't use the cloud yet",
		Message: "{attempt}SkyPilot has not enabled {cloud}: it has no credentials for it, or they don't work.",
	}
	SkyPilotNoCloud = Entry{
		Code: "skypilot.no_cloud", Title: "SkyPilot can use no cloud",
		Message: "{attempt}SkyPilot can use no cloud: there are no credentials, or those it found are not accepted.",
	}
	SkyPilotNoPlace = Entry{
		Code: "skypilot.no_place", Title: "No place gave the machine",
		Message: "{attempt}SkyPilot found no place that would give the machine, and was not told why.",
		Hint:    "Look at the detail and at the log of the launch; or choose another region or another kind of machine.",
	}
	SkyPilotNoReason = Entry{
		Code: "skypilot.no_reason", Title: "SkyPilot gave no reason",
		Message: "{attempt}SkyPilot gave no reason that Carapace understands.",
		Hint:    "Look at the detail and at the server's status; then try again.",
	}
	SkyPilotUnexpected = Entry{
		Code: "skypilot.unexpected", Title: "SkyPilot did not answer as expected",
		Message: "SkyPilot did not answer as expected.", Hint: "Look at the detail and at the server's status; then try again.",
	}
	SkyPilotCheckRefused = Entry{
		Code: "skypilot.check_refused", Title: "SkyPilot can't use the credentials",
		Message: "SkyPilot can't use {cloud} with the credentials that it found.",
	}

	// Where SkyPilot does not run, or its answer is none.

	SkyPilotNotStarted = Entry{
		Code: "skypilot.not_started", Title: "SkyPilot could not be started",
		Message: "SkyPilot could not be started: {problem}.",
		Hint:    "Reinstall SkyPilot, or set CARAPACE_SKY to the full path of a sky that runs.",
	}
	SkyPilotNoSpace = Entry{
		Code: "skypilot.no_space", Title: "This computer's disk is full",
		Message: "There is no space left on this computer's disk, so SkyPilot can't run.", Hint: "Free some space, then try again.",
	}
	SkyPilotForeign = Entry{
		Code: "skypilot.foreign", Title: "What was found is not SkyPilot",
		Message: "The sky program that was found is not SkyPilot's, or its Python is broken: it does not tell its version.",
		Hint:    "Reinstall SkyPilot, or set CARAPACE_SKY to the full path of its sky.",
	}
	SkyPilotBadRequest = Entry{
		Code: "skypilot.bad_request", Title: "SkyPilot's answer is not understood",
		Message: "SkyPilot lists a request without saying what it is.", Hint: "Update SkyPilot, or try again in a minute.",
	}
	SkyPilotBadServer = Entry{
		Code: "skypilot.bad_server", Title: "SkyPilot's answer is not understood",
		Message: "SkyPilot shows a server without saying which, or how it stands.", Hint: "Update SkyPilot, or try again in a minute.",
	}
	SkyPilotLongAnswer = Entry{
		Code: "skypilot.long_answer", Title: "SkyPilot's answer is too long",
		Message: "SkyPilot's answer is longer than {most} MiB, which is the most that is read of one.",
		Hint:    "Restart SkyPilot's API server when it is at work on nothing: it then forgets what it was asked long ago.",
	}
	SkyPilotShortAnswer = Entry{
		Code: "skypilot.short_answer", Title: "SkyPilot's answer broke off",
		Message: "SkyPilot's answer broke off before its end.", Hint: "Try again in a minute.",
	}
	SkyPilotTaskFile = Entry{
		Code: "skypilot.task_file", Title: "A defect of Carapace",
		Message: "SkyPilot would not take {path} for a task file.", Hint: "This is a defect of Carapace: please report it.",
	}
	ParamsCloud = Entry{
		Code: "params.cloud", Title: "There is no such cloud",
		Message: "There is no cloud of that name.", Hint: "Take one of the names that provider.list gives.",
	}
	ParamsName = Entry{
		Code: "params.name", Title: "This can't be a server's name",
		Message: "{value} can't be a server's name.", Hint: "Take a letter, then letters, digits, '.', '_' or '-', with a letter or digit last.",
	}

	// The server's files, its runtime and its setup.

	FilesMissing = Entry{
		Code: "files.missing", Title: "Something to bring onto the server is not there",
		Message: "{attempt}A folder or file to bring onto the server is not there.",
		Hint:    "Check that the folders are there and readable, then try again.",
	}
	FilesPlaceTaken = Entry{
		Code: "files.place_taken", Title: "A place on the server is taken",
		Message: "{attempt}A place on the server that files were to be brought to is taken by something else.",
		Hint:    "Mount them somewhere else, under /opt/carapace for example.",
	}
	FilesNotBrought = Entry{
		Code: "files.not_brought", Title: "The files could not be brought",
		Message: "{attempt}The files could not be brought onto the server.",
		Hint:    "Check that the folders are there and readable, then try again.",
	}
	FilesVolume = Entry{
		Code: "files.volume", Title: "A volume could not be attached",
		Message: "{attempt}A volume could not be attached to the machine.", Hint: "Look at the cluster's volumes and storage classes.",
	}
	MachineNoSSH = Entry{
		Code: "machine.no_ssh", Title: "The machine does not answer",
		Message: "{attempt}The machine does not answer on SSH.",
		Hint:    "Wait a minute and look again. If the machine is there, start it to mend it, or destroy it; else launch again.",
	}
	MachineNoRuntime = Entry{
		Code: "machine.no_runtime", Title: "SkyPilot's runtime does not answer",
		Message: "{attempt}The machine runs, but SkyPilot's runtime on it does not answer.",
		Hint:    "Wait a minute and look again. If the machine is there, start it to mend it, or destroy it; else launch again.",
	}
	MachineRemoved = Entry{
		Code: "machine.removed", Title: "The server was removed elsewhere",
		Message: "{attempt}The server was removed outside of Carapace.", Hint: "Launch a new one.",
	}
	MachineOutOfMemory = Entry{
		Code: "machine.out_of_memory", Title: "The machine has too little memory",
		Message: "{attempt}The machine has too little memory.", Hint: "Ask for more memory.",
	}
	SetupFailed = Entry{
		Code: "setup.failed", Title: "The setup did not succeed",
		Message: "{attempt}The machine runs, but its setup did not succeed.", Hint: "Mend the setup script and launch again, or destroy the server.",
	}
	SetupRuntime = Entry{
		Code: "setup.runtime", Title: "SkyPilot's runtime could not be set up",
		Message: "{attempt}SkyPilot could not set its runtime up on the machine.", Hint: "Launch again to finish, or destroy the server.",
	}
	SetupScriptFailed = Entry{
		Code: "setup.script_failed", Title: "The server's setup failed",
		Message: "The server's setup failed.",
		Hint:    "Read the setup log, mend the cause, then launch again to finish; or destroy the server.",
	}
	SetupRuntimeFailed = Entry{
		Code: "setup.runtime_failed", Title: "SkyPilot's runtime failed during the setup",
		Message: "SkyPilot's runtime on the server failed before its setup had ended.", Hint: "Launch again to finish; or destroy the server.",
	}
	SetupDiskFull = Entry{
		Code: "setup.disk_full", Title: "The server's disk is full",
		Message: "There is no space left on the server's disk.",
		Hint:    "Make room on it, or destroy the server and launch with a larger disk.",
	}
	RunCommandFailed = Entry{
		Code: "run.command_failed", Title: "The server's run command failed",
		Message: "The server runs, but its run command failed.",
		Hint:    "Read the run log, mend the cause, then stop and start the server to run it again.",
	}

	// What follows in the message of the entries here and in cloud.go.

	SaidByCloud      = Entry{Code: "said.cloud", Message: "{cloud} says: {said}."}
	SaidBySkyPilot   = Entry{Code: "said.skypilot", Message: "SkyPilot says: {said}."}
	SaidByLog        = Entry{Code: "said.log", Message: "The log says: {said}."}
	SkyPilotLeftover = Entry{Code: "skypilot.leftover", Message: "SkyPilot could not remove what it had made until then."}

	// The arguments attempt and where of the entries here and in cloud.go.

	AttemptLaunch  = Entry{Code: "attempt.launch", Message: "The server could not be launched. "}
	AttemptStart   = Entry{Code: "attempt.start", Message: "The server could not be started. "}
	AttemptStop    = Entry{Code: "attempt.stop", Message: "The server could not be stopped. "}
	AttemptDestroy = Entry{Code: "attempt.destroy", Message: "The server could not be destroyed. "}
	AttemptSync    = Entry{Code: "attempt.sync", Message: "The vaults on the server could not be brought up to date. "}
	AttemptInstall = Entry{Code: "attempt.install", Message: "SkyPilot could not be installed. "}
	WhereRegion    = Entry{Code: "where.region", Message: " in {region}"}
)
