package text

// What doctor checks, and what it finds.
var (
	CheckSkyPilot    = Entry{Code: "check.skypilot", Title: "SkyPilot"}
	CheckUV          = Entry{Code: "check.uv", Title: "uv, which installs SkyPilot"}
	CheckAPIServer   = Entry{Code: "check.api_server", Title: "SkyPilot's API server"}
	CheckPort        = Entry{Code: "check.port", Title: "SkyPilot's port"}
	CheckTools       = Entry{Code: "check.tools", Title: "ssh and rsync"}
	CheckRsync       = Entry{Code: "check.rsync", Title: "The version of rsync"}
	CheckCredentials = Entry{Code: "check.credentials", Title: "Credentials for a cloud"}
	CheckVaults      = Entry{Code: "check.vaults", Title: "The vault folders"}
	CheckWindows     = Entry{Code: "check.windows", Title: "Windows"}
	CheckState       = Entry{Code: "check.state", Title: "The state folder"}
	CheckDisk        = Entry{Code: "check.disk", Title: "Space on the disk"}
	CheckClock       = Entry{Code: "check.clock", Title: "The clock"}
	CheckLaunch      = Entry{Code: "check.launch", Title: "A launch with the defaults"}

	FoundLate = Entry{
		Code: "found.late", Message: "The check did not end in time.",
		Hint: "Try again when this computer is less busy; if it stays so, the log on stderr may say more.",
	}
	FoundSimulated = Entry{Code: "found.simulated", Message: "The simulated cloud does not need it."}

	// SkyPilot, uv, the API server and its port.

	FoundSkyPilot       = Entry{Code: "found.skypilot", Message: "SkyPilot {version} is at {path}{found}."}
	FoundSkyPilotSilent = Entry{
		Code: "found.skypilot_silent", Message: "SkyPilot is at {path}{found}; it did not say its version in time.",
		Hint: "Ask again: the first time takes longest, and this computer may be busy.",
	}
	FinderOwn         = Entry{Code: "finder.own", Message: "installed by Carapace"}
	FinderBuiltIn     = Entry{Code: "finder.built_in", Message: "built in"}
	FinderVariable    = Entry{Code: "finder.variable", Message: "{variable}"}
	FinderTool        = Entry{Code: "finder.tool", Message: "{tool}"}
	FinderHome        = Entry{Code: "finder.home", Message: "your home folder"}
	FinderSystem      = Entry{Code: "finder.system", Message: "the system"}
	FinderNotAbsolute = Entry{Code: "finder.not_absolute", Message: "{path} ({variable}: not an absolute path to a program)"}
	FinderInShell     = Entry{Code: "finder.in_shell", Message: "{path} (login shell)"}
	FinderShell       = Entry{Code: "finder.shell", Message: "the PATH of your login shell"}

	// FoundBy is the argument found of the entries above.
	FoundBy = Entry{Code: "found.by", Message: " (found by: {finder})"}

	FoundUV        = Entry{Code: "found.uv", Message: "It was found."}
	FoundNoUV      = Entry{Code: "found.no_uv", Message: "It is not here; SkyPilot is installed without it."}
	FoundPipUV     = Entry{Code: "found.pip_uv", Message: "It is not here; when SkyPilot is installed, Python gets it."}
	FoundNeitherUV = Entry{
		Code: "found.neither_uv", Message: "It was not found, and neither was SkyPilot.",
		Hint: "Install uv from https://docs.astral.sh/uv; it needs no administrator's rights. Carapace can then install SkyPilot.",
	}

	FoundServer       = Entry{Code: "found.server", Message: "It answers at {url}."}
	FoundServerTakes  = Entry{Code: "found.server_takes", Message: "SkyPilot's API server takes {gigabytes} GB of this computer's memory for as long as it runs. On Linux, one that Carapace started ends some minutes after nothing needs it any more, unless others have used it."}
	FoundNoServer     = Entry{Code: "found.no_server", Message: "It is not running; the first launch starts it."}
	FoundServerSilent = Entry{
		Code: "found.server_silent", Message: "The API server at {url} does not answer.",
		Hint: "Check the network, or ask whoever runs that server.",
	}

	FoundNoPassword = Entry{
		Code: "found.no_password", Message: "SkyPilot's API server asks for no password: while it runs, other users of this computer ({users}) can use it, and with it your cloud accounts.",
		Hint: "Let nobody else log in to this computer that you do not trust with them.",
	}
	FoundPortFree      = Entry{Code: "found.port_free", Message: "Nothing listens there, or this system does not say who does."}
	FoundPortElsewhere = Entry{Code: "found.port_elsewhere", Message: "The API server was configured, and is elsewhere."}
	FoundPortYours     = Entry{Code: "found.port_yours", Message: "What listens there is yours, or the system's."}
	FoundPortOther     = Entry{
		Code: "found.port_other", Message: "What listens at {url} belongs to another user of this computer ({users}), and is handed your secrets and your cloud's keys.",
		Hint: "If that is not who runs your SkyPilot, unset SKYPILOT_API_SERVER_ENDPOINT, or api_server.endpoint in ~/.sky/config.yaml.",
	}

	// Windows.

	FoundForWindows = Entry{
		Code: "found.for_windows", Message: "This runs in the Windows Subsystem for Linux (WSL) for an app of Windows. Nobody has tried that yet.",
		Hint: "Where something does not work, run Carapace's sidecar in a terminal of WSL.",
	}

	// ssh and rsync.

	FoundTools  = Entry{Code: "found.tools", Message: "Both were found."}
	FoundNoTool = Entry{
		Code: "found.no_tool", Message: "{tool} not found.",
		Hint: "Install {tool} with your system's package manager.",
	}
	FoundNeitherTool = Entry{
		Code: "found.neither_tool", Message: "ssh and rsync not found.",
		Hint: "Install ssh and rsync with your system's package manager.",
	}
	FoundRsync       = Entry{Code: "found.rsync", Message: "It is {version}."}
	FoundRsyncBroken = Entry{
		Code: "found.rsync_broken", Message: "Its version is not known: it could not be run.",
		Hint: "Install rsync 3.4 or later with your system's package manager.",
	}
	FoundRsyncSilent = Entry{
		Code: "found.rsync_silent", Message: "Its version is not known: it does not say one.",
		Hint: "Update rsync with your system's package manager.",
	}
	FoundRsyncOld = Entry{
		Code: "found.rsync_old", Message: "It is {version}. Through one older than 3.4 a server that was taken over can read your files (CVE-2024-12086), unless your system's maker has mended that without a new number.",
		Hint: "Update rsync with your system's package manager.",
	}

	// Credentials, vaults, and the launch as a whole.

	FoundRemoteCredentials = Entry{Code: "found.remote_credentials", Message: "The remote API server's own credentials count."}
	FoundCredentials       = Entry{Code: "found.credentials", Message: "Found for {names}."}
	FoundNoCredentials     = Entry{
		Code: "found.no_credentials", Message: "None were found for any cloud.",
		Hint: "Choose a cloud; the list of clouds says for each how to get credentials.",
	}
	FoundWanting       = Entry{Code: "found.wanting", Message: "For {cloud} SkyPilot also wants {wanted}."}
	FoundWithoutExtra  = Entry{Code: "found.without_extra", Message: "SkyPilot was installed without what it needs for {cloud}.", Hint: `Install SkyPilot with it: "skypilot[{extra}]".`}
	HintInstallWanting = Entry{Code: "hint.install_what_is_wanted", Message: "Install what SkyPilot wants, or use another cloud."}
	FoundVaults        = Entry{Code: "found.vaults", Message: "Files in them: {files}, of {bytes} bytes together."}
	FoundAccepted      = Entry{Code: "found.accepted", Message: "It would be accepted."}
	FoundRefusedAbove  = Entry{Code: "found.refused_above", Message: "It would be refused, for what is said above.", Hint: "Mend what has failed above."}
	FoundFailsAbove    = Entry{Code: "found.fails_above", Message: "It would fail, for what is said above.", Hint: "Mend what has failed above."}

	// This computer.

	FoundState          = Entry{Code: "found.state", Message: "It is {path}."}
	FoundSpaceUnknown   = Entry{Code: "found.space_unknown", Message: "This system does not say."}
	FoundSpace          = Entry{Code: "found.space", Message: "{free} GB are free.", Hint: "Free some space on the disk of your home folder."}
	FoundSpaceToInstall = Entry{
		Code: "found.space_to_install", Message: "{free} GB are free. To install SkyPilot takes up to 1.5.",
		Hint: "Free some space on the disk of your home folder.",
	}
	FoundClock         = Entry{Code: "found.clock", Message: "The clock shows {now}. Nothing here contradicts it; only the network could tell for certain."}
	FoundClockBehind   = Entry{Code: "found.clock_behind", Message: "The clock shows {now}, which is before this program was made.", Hint: setTheClock}
	FoundClockFiles    = Entry{Code: "found.clock_behind_files", Message: "The clock shows {now}, which is before Carapace's own files changed ({written}).", Hint: setTheClock}
	FoundClockSkyPilot = Entry{Code: "found.clock_behind_skypilot", Message: "The clock shows {now}, which is before SkyPilot changed ({written}).", Hint: setTheClock}
)

const setTheClock = "Set the clock, or have the system set it by the network: clouds refuse requests that are signed with a wrong time."

// Why a launch is refused beforehand.
var (
	SpecDiskTooSmall = Entry{
		Code: "spec.disk_too_small", Title: "The vaults do not fit on the disk",
		Message: "The vaults hold {gigabytes} GB, and the server's disk has {disk}.",
		Hint:    "Ask for a larger disk, or move what the server does not need out of the vaults.",
	}
	SpecNotWritten = Entry{
		Code: "spec.not_written", Title: "The task for SkyPilot could not be written",
		Message: "The task for SkyPilot could not be written: {words}", Hint: "Change the spec.",
	}
)
