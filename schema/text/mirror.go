package text

// A server's vaults are compared with those here, and mirrored.
var (
	MirrorFilesWent = Entry{
		Code: "mirror.files_went", Title: "The vault changed while it was mirrored",
		Message: "Files went from the {vault} vault while it was mirrored, so the server's is not the same.",
		Hint:    "Sync again.",
	}
	MirrorCutShort = Entry{
		Code: "mirror.cut_short", Title: "The comparison was cut short",
		Message: "The comparison with the server's vaults was cut short.", Hint: "Try again.",
	}
)
