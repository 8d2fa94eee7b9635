package text

// A server's vaults are compared with those here, and mirrored.
var (
	MirrorFilesWent = Entry{
		Code: "mirror.files_went", Title: "The vault changed while it was mirrored",
		Message: "Files went from the {vault} vault while it was mirrored, so the server's is not the same.",
		Hint:    "Sync again.",
	}
	MirrorCanceled = Entry{
		Code: "mirror.canceled", Title: "The mirror was canceled",
		Message: "The mirror was canceled before this vault was the same; each of its files there is whole.",
		Hint:    "Sync again: it goes on where it was.",
	}
	MirrorCutShort = Entry{
		Code: "mirror.cut_short", Title: "The comparison was cut short",
		Message: "The comparison with the server's vaults was cut short.", Hint: "Try again.",
	}
)
