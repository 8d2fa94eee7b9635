package text

// Carapace's own files on this computer: the state folder and the locks.
var (
	StateNoSpace = Entry{
		Code: "state.no_space", Title: "The disk of this computer is full",
		Message: "There is no space left on this computer's disk, so nothing was started.",
		Hint:    "Free some space, then try again.",
	}
	StateNewer = Entry{
		Code: "state.newer", Title: "Carapace's state is of a newer version",
		Message: "Carapace's state was written by a newer version, so this one leaves it alone.",
		Hint:    "Update Carapace, or give another folder with --state-dir.",
	}
	StateNotYours = Entry{
		Code: "state.not_yours", Title: "Carapace's state folder can't be written",
		Message: "Carapace's state folder can't be written, so nothing was started.",
		Hint:    "Give yourself the right to write to it, or give another folder with --state-dir.",
	}
	StateEnding = Entry{
		Code: "state.ending", Title: "Carapace is ending",
		Message: "Carapace is ending, so nothing was started.", Hint: "Start it again, then try again.",
	}
	StateUnusable = Entry{
		Code: "state.unusable", Title: "Carapace's state can't be read or written",
		Message: "Carapace's state can't be read or written: {words}",
		Hint:    "Check that the folder given with --state-dir (default ~/.carapace) is on a disk that works and has space.",
	}
	StateSimulated = Entry{
		Code: "state.simulated", Title: "The state folder is that of a simulation",
		Message: "This state folder belongs to the simulated cloud.",
		Hint:    "Give the real one a folder of its own with --state-dir, or start with --simulate.",
	}
	StateReal = Entry{
		Code: "state.real", Title: "The state folder is that of a real cloud",
		Message: "This state folder belongs to a real cloud, with servers that may be running.",
		Hint:    "Give the simulated one a folder of its own with --state-dir, or start without --simulate.",
	}
)
