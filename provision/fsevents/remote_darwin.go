package fsevents

import "golang.org/x/sys/unix"

// Remote reports whether others may change a folder without this kernel's knowing, so that no
// events tell of it. It blocks for as long as the disk does.
func Remote(folder string) bool {
	var at unix.Statfs_t
	return unix.Statfs(folder, &at) != nil || at.Flags&unix.MNT_LOCAL == 0
}
