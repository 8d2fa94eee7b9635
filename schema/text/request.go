package text

// Why a request is refused in the state that the server is in.
var (
	RequestNoServer = Entry{
		Code: "request.no_server", Title: "There is no such server",
		Message: "There is no server called {name}.", Hint: "Launch one first.",
	}
	RequestUnknownName = Entry{
		Code: "request.unknown_name", Title: "There is no such server",
		Message: "There is no server called {name}.", Hint: "Choose one of the servers that there are.",
	}

	// Launch.

	LaunchLost = Entry{
		Code: "launch.lost", Title: "A server can't be found",
		Message: "{name} was launched and can't be found.",
	}
	HintLostLook   = Entry{Code: "hint.lost_look", Message: "Look at its status again; if nothing of it is in the cloud's console, take it off the list here."}
	LaunchUnusable = Entry{
		Code: "launch.unusable", Title: "There is a server that can't be used",
		Message: "{name} exists, although it can't be used right now.",
		Hint:    "Start it to bring it back, or destroy it before you launch another.",
	}
	LaunchActive = Entry{
		Code: "launch.active", Title: "There is a server already",
		Message: "There is a server already: {name} is {status}.",
		Hint:    "Use it as it is, or destroy it before you launch another.",
	}
	LaunchOtherActive = Entry{
		Code: "launch.other_active", Title: "There is a server already",
		Message: "There is a server already: {name} is {status}.",
		Hint:    "Use {name}, or destroy it before you launch another.",
	}
	LaunchElsewhere = Entry{
		Code: "launch.elsewhere", Title: "There is a server already",
		Message: "There is a server already: {name} was launched from another state folder of this user, and its end was not seen.",
		Hint:    "Use {name} with that state folder, or destroy it there before you launch another.",
	}
	LaunchOtherSpec = Entry{
		Code: "launch.other_spec", Title: "The server was asked for otherwise",
		Message: "{name} exists already, and its launch did not finish; it was asked for with another {setting} than now.",
		Hint:    "Launch with the {setting} of the first time to finish it, or destroy it first.",
	}
	LaunchKnownBefore = Entry{
		Code: "launch.known_before", Title: "There is such a server already",
		Message: "SkyPilot has the server called {name} already: it was launched from this computer before.",
		Hint:    "Carapace looks after it from now on. Use it, or destroy it before you launch another.",
	}
	LaunchAdopted = Entry{
		Code: "launch.adopted", Title: "There is such a server already",
		Message: "SkyPilot has a server called {name} already, which was not launched here.",
		Hint:    "Carapace looks after it from now on. Use it, or destroy it before you launch another.",
	}
	OwnerOutside = Entry{
		Code: "owner.outside", Title: "There is such a server already",
		Message: "SkyPilot has a server called {name} already, which was not launched by Carapace.",
		Hint:    "Carapace does not touch it. Remove or rename it with SkyPilot, or launch under another name.",
	}
	OwnerOther = Entry{
		Code: "owner.other", Title: "The server belongs to somebody else",
		Message: "The server called {name} belongs to another user of SkyPilot.",
		Hint:    "Carapace does not touch it. Launch under another name.",
	}
	OwnerOtherNamed = Entry{
		Code: "owner.other_named", Title: "The server belongs to somebody else",
		Message: "The server called {name} belongs to {user}, another user of SkyPilot.",
		Hint:    "Carapace does not touch it. Launch under another name.",
	}

	// Start, stop, sync.

	StartRunning = Entry{
		Code: "start.running", Title: "The server is running already",
		Message: "{name} is running already.", Hint: "There is nothing to start.",
	}
	StartNotNow = Entry{
		Code: "start.not_now", Title: "The server can't be started now",
		Message: "{name} can't be started while it is {status}.", Hint: "Wait until that is over.",
	}
	StopStopped = Entry{
		Code: "stop.stopped", Title: "The server is stopped already",
		Message: "{name} is stopped already.",
	}
	StopNotNow = Entry{
		Code: "stop.not_now", Title: "The server can't be stopped now",
		Message: "{name} can't be stopped while it is {status}.", Hint: "Destroy it, or wait until that is over.",
	}
	StopUnsupported = Entry{
		Code: "stop.unsupported", Title: "This cloud can't stop a server",
		Message: "{cloud} can't stop a server and keep its disk.",
		Hint:    "Destroy it instead; what is only on the server is lost then.",
	}
	StopUnsupportedSpot = Entry{
		Code: "stop.unsupported_spot", Title: "This cloud can't stop a spot machine",
		Message: "{cloud} can't stop a spot machine and keep its disk.",
		Hint:    "Destroy it instead; what is only on the server is lost then.",
	}
	SyncNotRunning = Entry{
		Code: "sync.not_running", Title: "The server is not running",
		Message: "{name} is not running, so its vaults can't be brought up to date.",
		Hint:    "Start it: that brings the vaults up to date, too.",
	}
	SyncUnusable = Entry{
		Code: "sync.unusable", Title: "The server can't be used",
		Message: "{name} can't be used right now, so its vaults can't be brought up to date.",
		Hint:    "Start it to bring it back: that brings the vaults up to date, too.",
	}
	SyncNoVaults = Entry{
		Code: "sync.no_vaults", Title: "The server's vaults are not known",
		Message: "Which vaults {name} has is not known: it was launched elsewhere, or the record of its launch is lost.",
		Hint:    "Destroy it and launch a server here to have vaults on it.",
	}
	MachineNone = Entry{
		Code: "machine.none", Title: "There is no machine",
		Message: "There is no machine to {operation}: its launch failed and left none.", Hint: "Launch it again.",
	}
	MachineLost = Entry{
		Code: "machine.lost", Title: "SkyPilot knows of no machine",
		Message: "SkyPilot knows of no machine to {operation}.",
	}
	MachineUnheard = Entry{
		Code: "machine.unheard", Title: "SkyPilot knows of no machine",
		Message: "SkyPilot knows of no machine to {operation}, although the launch may have made one.",
	}

	// Forget, cancel.

	ForgetExists = Entry{
		Code: "forget.exists", Title: "The server exists",
		Message: "{name} exists: SkyPilot shows it.", Hint: "Destroy it instead.",
	}
	CancelNothing = Entry{
		Code: "cancel.nothing", Title: "There is nothing to cancel",
		Message: "Nothing is in progress on {name}, so there is nothing to cancel.", Hint: "Look at its status.",
	}
	CancelStop = Entry{
		Code: "cancel.stop", Title: "A stop can't be canceled",
		Message: "A stop can't be canceled: half of one would leave a server that nobody can use.",
		Hint:    "Wait until it has finished, then start the server again.",
	}
	CancelDestroy = Entry{
		Code: "cancel.destroy", Title: "A destroy can't be canceled",
		Message: "A destroy can't be canceled: half of one would leave a server that nobody can use.",
		Hint:    "Wait until it has finished, then launch a new server.",
	}

	// An operation is in progress.

	BusyOperation = Entry{
		Code: "busy.operation", Title: "Something else is in progress",
		Message: "A {operation} of {name} is in progress{holder}.", Hint: "Wait until it has finished, or cancel it.",
	}
	BusyOperationEnding = Entry{
		Code: "busy.operation_ending", Title: "Something else is in progress",
		Message: "A {operation} of {name} is in progress{holder}.", Hint: "Wait until it has finished.",
	}
	BusyInstalling = Entry{
		Code: "busy.installing", Title: "SkyPilot is being installed",
		Message: "SkyPilot is being installed{holder}.", Hint: "Wait until that has finished, or cancel it.",
	}
	BusyElsewhere = Entry{
		Code: "busy.elsewhere", Title: "Another Carapace is working on the server",
		Message: "Another Carapace is working on {name}{holder}.", Hint: "Wait until it has finished, then try again.",
	}
	BusyLaunchingElsewhere = Entry{
		Code: "busy.launching_elsewhere", Title: "Another Carapace is launching a server",
		Message: "Another Carapace on this computer is about to launch a server{holder}.",
		Hint:    "Try again in a moment. There may be one server at a time; if the other launch has begun by then, its server is named.",
	}
	BusyInstallingElsewhere = Entry{
		Code: "busy.installing_elsewhere", Title: "Another Carapace is installing SkyPilot",
		Message: "Another Carapace is installing SkyPilot{holder}.", Hint: "Wait until it has finished, then try again.",
	}
	BusyForeignLaunch = Entry{
		Code: "busy.foreign_launch", Title: "SkyPilot is launching the server",
		Message: "{name} is being launched with SkyPilot outside of Carapace, since {since}.",
		Hint:    "Wait until that has finished; Carapace then looks after the server.",
	}
	BusyForeignStart = Entry{
		Code: "busy.foreign_start", Title: "SkyPilot is starting the server",
		Message: "{name} is being started with SkyPilot outside of Carapace, since {since}.",
		Hint:    "Wait until that has finished; Carapace then looks after the server.",
	}
	// The argument holder of the entries above: of an operation that is known here, and of what is known of a process alone.

	BusySince  = Entry{Code: "busy.since", Message: ", since {since}"}
	BusyHolder = Entry{Code: "busy.holder", Message: " ({doing}, process {pid}, since {since})"}

	ConnectNotRunning = Entry{
		Code: "connect.not_running", Title: "The server is not running",
		Message: "{name} can't be connected to while it is {status}.", Hint: "Look at its status: it says what to do first.",
	}

	ConnectStopped = Entry{
		Code: "connect.stopped", Title: "The server is stopped",
		Message: "{name} can't be connected to while it is stopped.", Hint: "Start it first.",
	}

	// Autostop.

	AutostopBusy = Entry{
		Code: "autostop.busy", Title: "Something else is in progress",
		Message: "A {operation} of {name} is in progress.", Hint: "Wait until it has finished, then set autostop.",
	}
	AutostopNotRunning = Entry{
		Code: "autostop.not_running", Title: "The server is not running",
		Message: "Autostop can't be set while {name} is {status}.", Hint: "Start the server first.",
	}
	ParamsIdleMinutes = Entry{
		Code: "params.idle_minutes", Title: "The idle time is missing",
		Message: "idleMinutes must be 1 or more.", Hint: "Say after how many idle minutes, or set cancel.",
	}
	ParamsCancelAutostop = Entry{
		Code: "params.cancel_autostop", Title: "Cancel goes alone",
		Message: "cancel does not go with idleMinutes or down.", Hint: "Leave those out to cancel autostop.",
	}
	AutostopCantStop = Entry{
		Code: "autostop.cant_stop", Title: "This cloud's servers can't stop themselves",
		Message: "A server on {cloud} can't stop itself.",
	}
	AutostopCantStopSpot = Entry{
		Code: "autostop.cant_stop_spot", Title: "This cloud's spot machines can't stop themselves",
		Message: "A spot machine on {cloud} can't stop itself.",
	}
	AutostopCantDestroy = Entry{
		Code: "autostop.cant_destroy", Title: "This cloud's servers can't destroy themselves",
		Message: "A server on {cloud} can't destroy itself.",
	}
	AutostopCantDestroySpot = Entry{
		Code: "autostop.cant_destroy_spot", Title: "This cloud's spot machines can't destroy themselves",
		Message: "A spot machine on {cloud} can't destroy itself.",
	}
	AutostopOtherServer = Entry{
		Code: "autostop.other_server", Title: "It is another server by now",
		Message: "Autostop was not changed: the server called {name} is another one by now.",
		Hint:    "Look at what is there now before you ask again.",
	}
	AutostopTooLate = Entry{
		Code: "autostop.too_late", Title: "Autostop could not be changed",
		Message: "Autostop could not be changed: by now {name} is {status}.",
	}
	HintEndYourself  = Entry{Code: "hint.end_yourself", Message: "Stop or destroy the server yourself when it is not needed."}
	HintAutostopDown = Entry{Code: "hint.autostop_down", Message: "Set down: true, which destroys the server when it is idle; or destroy it yourself."}
)
