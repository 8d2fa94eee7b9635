package vault

import "io/fs"

// canRead is true on Windows, where SkyPilot does not run and nothing is brought
// anywhere.
func canRead(string) bool { return true }

func ownerReads(fs.FileInfo) bool { return true }
