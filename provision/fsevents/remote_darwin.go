package autosync

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// maxWatched is how many files and folders are watched at most: kqueue needs each of them
// open, and a program that a desktop starts may open 256 by default (Go raises that to
// what the system allows).
const maxWatched = 1024

// weight is what an entry takes of maxWatched: kqueue watches files, too.
func weight(fs.DirEntry) int { return 1 }

// remote reports whether others may change a folder without this kernel's knowing. It blocks
// for as long as the disk does.
func remote(folder string) bool {
	var at unix.Statfs_t
	return unix.Statfs(folder, &at) != nil || at.Flags&unix.MNT_LOCAL == 0
}
