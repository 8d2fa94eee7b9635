package autosync

import "io/fs"

// maxWatched is how many folders are watched at most: an inotify watch takes about a
// kilobyte of the kernel's memory, and a user has 8192 of them on older kernels.
const maxWatched = 4096

// weight is what an entry takes of maxWatched: inotify watches folders.
func weight(entry fs.DirEntry) int {
	if entry.IsDir() {
		return 1
	}
	return 0
}
