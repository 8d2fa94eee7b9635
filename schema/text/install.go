package text

// What an installation of SkyPilot says, and why it fails.
var (
	InstallDownloading = Entry{Code: "install.downloading", Message: "Downloading SkyPilot and what it needs, {packages} packages."}
	InstallDownloaded  = Entry{Code: "install.downloaded", Message: "Downloading SkyPilot and what it needs: {megabytes} of {most} MB."}
	InstallPlacing     = Entry{Code: "install.placing", Message: "Everything is downloaded; putting it in its place."}
	InstallPlaced      = Entry{Code: "install.placed", Message: "SkyPilot's packages are in their place."}

	// InstallWith is the title of a step that a person can go by hand.
	InstallWith = Entry{Code: "step.with", Message: "With {tool}"}

	InstallDiskFull = Entry{
		Code: "install.disk_full", Title: "The disk became full",
		Message: "The disk became full while SkyPilot was being installed.", Hint: "Free some space, then try again.",
	}
	InstallNoVersion = Entry{
		Code: "install.no_version", Title: "There is no such version of SkyPilot",
		Message: "There is no version {version} of SkyPilot in the Python package index.",
		Hint:    "Leave version out for the one that Carapace was tested with.",
	}
	InstallCertificate = Entry{
		Code: "install.certificate", Title: "The connection is not trusted",
		Message: "The connection to the Python package index is not trusted: its certificate is not known on this computer.",
		Hint:    "Set SSL_CERT_FILE to the file with your company's certificate, see that this computer's clock is right, then try again.",
	}
	InstallPythonDownload = Entry{
		Code: "install.python_download", Title: "Python could not be downloaded",
		Message: "There is no Python {minimum} to {newest} on this computer, and uv could not download one.",
		Hint:    "Check the network, or install Python {newest} from https://www.python.org/downloads, then try again.",
	}
	InstallNetwork = Entry{
		Code: "install.network", Title: "The Python package index is out of reach",
		Message: "The Python package index could not be reached.", Hint: "Check the network, a proxy too, then try again.",
	}
	InstallUnwritable = Entry{
		Code: "install.unwritable", Title: "A folder can't be written to",
		Message: "SkyPilot can't be installed: a folder can't be written to.",
		Hint:    "See that Carapace's state folder and uv's cache are yours and writable, then try again.",
	}
	InstallConflict = Entry{
		Code: "install.conflict", Title: "This version does not go together",
		Message: "SkyPilot {version} can't be installed with this Python and for these clouds together.",
		Hint:    "Try another version, or fewer clouds; the detail says what does not go together.",
	}
	InstallFailed = Entry{
		Code: "install.failed", Title: "SkyPilot could not be installed",
		Message: "SkyPilot could not be installed.", Hint: "The detail says more; try again, or install SkyPilot by hand.",
	}
	InstallFailedSaying = Entry{
		Code: "install.failed_saying", Title: "SkyPilot could not be installed",
		Message: "SkyPilot could not be installed: {words}", Hint: "The detail says more; try again, or install SkyPilot by hand.",
	}
	InstallNoPython = Entry{
		Code: "install.no_python", Title: "There is no Python on this computer",
		Message: "SkyPilot can't be installed yet: it needs Python {minimum} to {newest}, and there is neither a Python nor uv on this computer.",
		Hint:    "Install Python {newest} from https://www.python.org/downloads (on Debian and Ubuntu: sudo apt install python3 python3-venv), or uv from https://docs.astral.sh/uv, then try again.",
	}
	InstallWrongPython = Entry{
		Code: "install.wrong_python", Title: "This computer's Python does not fit",
		Message: "SkyPilot can't be installed yet: it needs Python {minimum} to {newest}, and this computer has Python {version}.",
		Hint:    "Install uv from https://docs.astral.sh/uv, which brings a Python of its own, or Python {newest} from https://www.python.org/downloads, then try again.",
	}
	InstallNoVenv = Entry{
		Code: "install.no_venv", Title: "A part of this computer's Python is missing",
		Message: "SkyPilot can't be installed yet: this computer's Python {version} lacks the part that makes Python environments.",
		Hint:    "On Debian and Ubuntu: sudo apt install python3-venv. Or install uv from https://docs.astral.sh/uv. Then try again.",
	}
	InstallNoSpace = Entry{
		Code: "install.no_space", Title: "There is too little space for SkyPilot",
		Message: "SkyPilot needs about {need} GB on the disk, and {free} GB are free.",
		Hint:    "Free some space, or choose fewer clouds, then try again.",
	}
)
