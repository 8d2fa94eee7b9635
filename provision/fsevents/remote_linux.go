package fsevents

import (
	"slices"

	"golang.org/x/sys/unix"
)

// Remote reports whether others may change a folder without this kernel's knowing, so that no
// events tell of it. It blocks for as long as the disk does.
func Remote(folder string) bool {
	var at unix.Statfs_t
	if err := unix.Statfs(folder, &at); err != nil {
		return true
	}
	return slices.Contains([]uint32{
		unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC,
		unix.V9FS_MAGIC, unix.AFS_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.CODA_SUPER_MAGIC,
	}, uint32(at.Type))
}
