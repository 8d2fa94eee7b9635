package text

// What a caller asked for cannot be. The message names the field as the caller wrote it.
var (
	ParamsLimit = Entry{
		Code: "params.limit", Title: "The limit is too small",
		Message: "limit must be 1 or more.", Hint: "Leave it out for 50.",
	}
	ParamsTail = Entry{
		Code: "params.tail", Title: "The number of lines is out of range",
		Message: "tail must be from 1 to {most}.", Hint: "Leave it out for 100.",
	}
	ParamsSource = Entry{
		Code: "params.source", Title: "There is no such log",
		Message: "source must be one of {logs}.", Hint: "Leave it out for that of the run command.",
	}
	ParamsID = Entry{
		Code: "params.id", Title: "The id is too long",
		Message: "{field} is longer than {most} bytes.", Hint: "Use a short one, such as a UUID.",
	}
	ParamsVersion = Entry{
		Code: "params.version", Title: "SkyPilot has no such version that works",
		Message: "{given} is no version of SkyPilot that works; {minimum} or later does.",
		Hint:    "Leave version out for the one that Carapace was tested with.",
	}
	ParamsOperation = Entry{
		Code: "params.operation", Title: "There is no such operation",
		Message: "There is no operation with that id.", Hint: "operation.list names the last hundred.",
	}
	ParamsAbsolute = Entry{
		Code: "params.absolute", Title: "The path is not absolute",
		Message: "{field} must be an absolute path of {most} bytes at most.", Hint: "Name the folder from the root on: what is kept must not depend on where a program was started.",
	}
	ParamsInterval = Entry{
		Code: "params.interval", Title: "The interval is out of range",
		Message: "intervalSeconds must be from 1 to 30.", Hint: "Leave it out to keep what is in force.",
	}
	ParamsContents = Entry{
		Code: "params.contents", Title: "Contents can't be compared without a look",
		Message: "contents needs refresh: what the server's files hold is not known here.", Hint: "Ask with refresh, too.",
	}
	ParamsSimulation = Entry{
		Code: "params.simulation", Title: "The simulation can't do that",
		Message: "{words}", Hint: "Use one of the names that the message lists.",
	}
	ParamsUnknownCloud = Entry{
		Code: "params.unknown_cloud", Title: "There is no such cloud",
		Message: "There is no cloud called {given}.", Hint: "provider.list names them all.",
	}
)

// What can't be answered right now.
var (
	AutostopUnseen = Entry{
		Code: "autostop.unseen", Title: "Autostop was changed and can't be looked at",
		Message: "SkyPilot took the change of autostop, but can't be looked at for it right now.",
		Hint:    "The status shows it as soon as a look succeeds; until then count on the server going on running.",
	}
	AutostopNotShown = Entry{
		Code: "autostop.not_shown", Title: "SkyPilot does not show the autostop",
		Message: "SkyPilot took the change of autostop, but does not show it.",
		Hint:    "Try again; until then count on the server going on running.",
	}
	LogsNone = Entry{
		Code: "logs.none", Title: "There is no such log yet",
		Message: "{name} has no {log} log yet.",
		Hint:    "Wait until its launch has got so far; source provision shows what it is doing.",
	}
	ConnectNotConfigured = Entry{
		Code: "connect.not_configured", Title: "The way to the server is not known here",
		Message: "SkyPilot's SSH configuration for the server is not on this machine.",
		Hint:    "Look at the server again: SkyPilot then writes it anew.",
	}
	InstallSimulated = Entry{
		Code: "install.simulated", Title: "There is nothing to install",
		Message: "There is nothing to install: this SkyPilot is simulated and built in.",
		Hint:    "Start the sidecar without --simulate to install the real one.",
	}
	EndDryRun = Entry{Code: "end.dry_run", Message: "Everything that can be checked beforehand is in order. Nothing was started."}
)
