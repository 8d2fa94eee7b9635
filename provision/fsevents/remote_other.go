//go:build !linux && !darwin

package autosync

import "io/fs"

// maxWatched is how many files and folders are watched at most.
const maxWatched = 1024

// weight is what an entry takes of maxWatched.
func weight(fs.DirEntry) int { return 1 }

// remote reports whether others may change a folder without this kernel's knowing; it is
// not known here.
func remote(string) bool { return true }
