package autosync

import (
	"io/fs"
	"slices"

	"golang.org/x/sys/unix"
)

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

// remote reports whether others may change a folder without this kernel's knowing. It blocks
// for as long as the disk does.
func remote(folder string) bool {
	var at unix.Statfs_t
	if err := unix.Statfs(folder, &at); err != nil {
		return true
	}
	return slices.Contains([]uint32{
		unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC,
		unix.V9FS_MAGIC, unix.AFS_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.CODA_SUPER_MAGIC,
	}, uint32(at.Type))
}
