package text

// Where SkyPilot, its API server, the server's SSH host key or the sidecar itself is what stands in the
// way.
var (
	HostKeyUnknownServer = Entry{
		Code: "hostkey.unknown_server", Title: "Which server it is is not known yet",
		Message: "SkyPilot has not said yet which server it is, so its SSH host key can't be checked.",
		Hint:    "Look at the server again, then try again.",
	}
	HostKeyChanged = Entry{
		Code: "hostkey.changed", Title: "Another machine may be answering",
		Message: "What answers at the server's address is another machine, or the server's SSH keys were made anew: it shows another SSH host key than the one it was launched with. Nothing was sent to it.",
		Hint:    "Destroy the server and launch a new one. Only if you know that its keys were made anew, and the fingerprint is the one that the server itself shows, delete {path} and try again: the next connection learns the new key.",
	}
	HostKeyShown = Entry{
		Code: "hostkey.shown", Title: "Another machine may be answering",
		Message: "What answers at the server's address is another machine, or the server's SSH keys were made anew: it shows another SSH host key ({fingerprint}) than the one it was launched with. Nothing was sent to it.",
		Hint:    "Destroy the server and launch a new one. Only if you know that its keys were made anew, and the fingerprint is the one that the server itself shows, delete {path} and try again: the next connection learns the new key.",
	}
	HostKeyUnkept = Entry{
		Code: "hostkey.unkept", Title: "The server's SSH host key can't be kept",
		Message: "The server's SSH host key can't be kept, so nobody could tell it from another machine later. Nothing was sent to it.",
		Hint:    "See that the folder {path} is yours and can be written to.",
	}

	FindCutShort = Entry{
		Code: "find.cut_short", Title: "Looking for SkyPilot was cut short",
		Message: "Looking for SkyPilot was cut short.", Hint: "Try again.",
	}
	FindNothing = Entry{
		Code: "find.nothing", Title: "SkyPilot is not installed",
		Message: "SkyPilot is not installed: no sky command was found.",
		Hint:    `Let Carapace install it, or install it yourself, for example with: uv tool install --with pip "skypilot[aws]=={version}". If it is installed, set CARAPACE_SKY to the full path of sky.`,
	}
	FindNamed = Entry{
		Code: "find.named", Title: "What was named for SkyPilot is no program",
		Message: "SkyPilot was to be {value}, which is no program at an absolute path that can be run.",
		Hint:    "Set CARAPACE_SKY to the full path of sky, or unset it.",
	}
	HintUpdateOwn  = Entry{Code: "hint.update_own", Message: "Let Carapace install it anew."}
	HintUpdateUV   = Entry{Code: "hint.update_uv", Message: "Update it: uv tool upgrade skypilot; or let Carapace install one of its own."}
	HintUpdatePipx = Entry{Code: "hint.update_pipx", Message: "Update it: pipx upgrade skypilot; or let Carapace install one of its own."}
	HintUpdatePip  = Entry{
		Code: "hint.update_pip", Message: "Update it: {path} -m pip install --upgrade skypilot; or let Carapace install one of its own.",
	}
	HintUpdateNamed = Entry{
		Code: "hint.update_named", Message: "Update the one that CARAPACE_SKY names, or unset CARAPACE_SKY and let Carapace install one.",
	}

	RunOutputUnwritable = Entry{
		Code: "run.output_unwritable", Title: "SkyPilot's answer can't be kept",
		Message: "The file for SkyPilot's answer can't be written: {problem}.",
		Hint:    "Make room on the disk, and see that the state folder is yours and writable.",
	}
	RunNoLocks = Entry{
		Code: "run.no_locks", Title: "The state folder's disk does not fit",
		Message: "The state folder's disk does not support locks, so nothing was submitted: after a crash nobody could tell whether it still runs.",
		Hint:    "Keep the state folder on a disk of this machine.",
	}
	RunNoProgram = Entry{
		Code: "run.no_program", Title: "A program is missing on this computer",
		Message: "The program {tool} was not found on this machine.",
		Hint:    "Install {tool} with your system's package manager; SkyPilot needs it too.",
	}

	ServerPortForeign = Entry{
		Code: "api.port_foreign", Title: "Another user has taken SkyPilot's port",
		Message: "A program of another user ({user}) has taken the port of SkyPilot's API server ({url}). Nothing was sent to it.",
		Hint:    "Set SKYPILOT_API_SERVER_LOCAL_PORT to a free port for SkyPilot and Carapace, then start Carapace again.",
	}
	ServerPortTaken = Entry{
		Code: "api.port_taken", Title: "Another program has taken SkyPilot's port",
		Message: "Another program has taken the port of SkyPilot's API server ({url}).",
		Hint:    "End that program, or set SKYPILOT_API_SERVER_LOCAL_PORT to a free port for SkyPilot and Carapace.",
	}
	ServerOldHere = Entry{
		Code: "api.old_here", Title: "SkyPilot's API server is too old",
		Message: "SkyPilot's API server at {url} is version {version}, which is too old to work with.",
		Hint:    "Restart it with the SkyPilot that is installed now. What it is at work on is lost.",
	}
	ServerOldThere = Entry{
		Code: "api.old_there", Title: "SkyPilot's API server is too old",
		Message: "SkyPilot's API server at {url} is version {version}, which is too old to work with.",
		Hint:    "Ask whoever runs that server to update it.",
	}

	GateFollowed = Entry{
		Code: "gate.followed", Title: "Another log is being followed",
		Message: "Another log is being followed already.", Hint: "End that first, or ask for this one without follow.",
	}
	GateFull = Entry{
		Code: "gate.full", Title: "Too much is waiting for SkyPilot",
		Message: "Too many requests wait for SkyPilot already.", Hint: "Wait for some answers, then try again.",
	}
)

// What the sidecar says of a request before it is one of a method.
var (
	ParamsProtocol = Entry{
		Code: "params.protocol", Title: "The app and the sidecar do not fit",
		Message: "This sidecar speaks version {version} of the protocol, not {asked}.",
		Hint:    "Install the sidecar that belongs to this version of the app.",
	}
	ParamsWrong = Entry{
		Code: "params.wrong", Title: "The params are not right",
		Message: "The params are not right: {words}", Hint: "rpc.discover describes what the method takes.",
	}
	ParamsNoMessage = Entry{
		Code: "params.no_message", Title: "The message was refused",
		Message: "The message was refused: {words}", Hint: "Send JSON-RPC 2.0 requests, one a line, of at most 1 MiB.",
	}
	ParamsNoMethod = Entry{
		Code: "params.no_method", Title: "There is no such method",
		Message: "{words}", Hint: "initialize lists the methods.",
	}
	ParamsOtherMethod = Entry{
		Code: "params.other_method", Title: "There is no such method",
		Message: "{words}", Hint: "Did you mean {method}? initialize lists the methods.",
	}
	RequestTooMany = Entry{
		Code: "request.too_many", Title: "Too many requests at once",
		Message: "Too many requests are being answered at once.", Hint: "Wait for some answers, then try again.",
	}
	RequestCanceled = Entry{
		Code: "request.canceled", Title: "The request was canceled",
		Message: "The request was canceled.", Hint: "What it had begun at the cloud goes on until you cancel that.",
	}
	RequestDefect = Entry{
		Code: "request.defect", Title: "A defect of the sidecar",
		Message: "The sidecar met a defect of its own while answering.", Hint: "Try again; the log on stderr says more.",
	}
	RequestFailed = Entry{
		Code: "request.failed", Title: "It did not succeed",
		Message: "{words}",
	}

	ShellSimulated = Entry{
		Code: "shell.simulated", Title: "The server is simulated",
		Message: "The server is simulated: there is nothing to log in to.", Hint: "On a real one this command logs in.",
	}
	BrowserNoPort = Entry{
		Code: "browser.no_port", Title: "The server has no address for a browser",
		Message: "No port of the server is open to the internet, so it has no address for a browser.",
		Hint:    "Launch it with --port, or have one of its ports here, at localhost:8080, through SSH: {command}",
	}
	BrowserNotYet = Entry{
		Code: "browser.not_yet", Title: "The server's address is not known yet",
		Message: "The cloud could not say yet where the server's ports are reached.", Hint: "Try again in a minute.",
	}
	SimulatedNoKey = Entry{
		Code: "simulated.no_key", Title: "There are no credentials (simulated)",
		Message: "No credentials for {cloud} were found (simulated).", Hint: "simulate.clear brings them back.",
	}
	HintSimulated = Entry{Code: "hint.simulated", Message: "The simulated cloud needs no credentials."}
)
