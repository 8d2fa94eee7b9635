//go:build !linux

package autosync

import "io/fs"

// maxWatched is how many files and folders are watched at most: kqueue needs each of them
// open, and a program that a desktop starts may open 256 by default (Go raises that to
// what the system allows).
const maxWatched = 1024

// weight is what an entry takes of maxWatched: kqueue watches files, too.
func weight(fs.DirEntry) int { return 1 }
