package fsevents

import (
	"slices"

	"golang.org/x/sys/unix"
)

// Check returns ErrRemote where others may change a folder without this kernel's knowing, so
// that no events tell of it, and else why that can't be known, as where the folder is not there.
// It blocks for as long as the disk does.
func Check(folder string) error {
	var at unix.Statfs_t
	if err := unix.Statfs(folder, &at); err != nil {
		return err
	}
	if slices.Contains([]uint32{
		unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC,
		unix.V9FS_MAGIC, unix.AFS_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.CODA_SUPER_MAGIC,
	}, uint32(at.Type)) {
		return ErrRemote
	}
	return nil
}
