package text

// SkyPilot is asked, and what it does not answer.
var (
	LookTimeout = Entry{
		Code: "look.timeout", Title: "SkyPilot did not answer in time",
		Message: "SkyPilot did not answer in time.", Hint: "Try again in a minute.",
	}
	LookFailed = Entry{
		Code: "look.failed", Title: "SkyPilot could not be asked",
		Message: "SkyPilot could not be asked: {words}", Hint: "Try again in a minute.",
	}
	LookNotShown = Entry{
		Code: "look.not_shown", Title: "SkyPilot can't show the server",
		Message: "SkyPilot has a record of the server that it can't show.",
		Hint:    "Update SkyPilot, or look at the server in the cloud's console.",
	}
	LookCloudSilent = Entry{
		Code: "look.cloud_silent", Title: "The cloud does not answer SkyPilot",
		Message: "The cloud does not answer SkyPilot.",
		Hint:    "This machine's connection may be down, or the cloud may be, or it refuses calls because there were too many (a rate limit). It is asked again all the time.",
	}
	SkyPilotServerSilent = Entry{
		Code: "skypilot.server_silent", Title: "SkyPilot's API server does not answer",
		Message: "SkyPilot's API server at {url} does not answer.",
		Hint:    "Check the network, or ask whoever runs that server.",
	}
	SkyPilotTooOld = Entry{
		Code: "skypilot.too_old", Title: "SkyPilot is too old",
		Message: "SkyPilot {version} is too old: {minimum} or later is needed.",
	}
	SkyPilotAnother = Entry{
		Code:    "skypilot.another",
		Message: "With another SkyPilot than {version} the end of an operation is told some seconds later.",
	}
	HintUpdateSkyPilot = Entry{Code: "hint.update_skypilot", Message: "Update it: uv tool upgrade skypilot, or let Carapace install it."}
)
