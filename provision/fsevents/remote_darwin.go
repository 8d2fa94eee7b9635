package fsevents

import "golang.org/x/sys/unix"

// Check returns ErrRemote where others may change a folder without this kernel's knowing, so
// that no events tell of it, and else why that can't be known, as where the folder is not there.
// It blocks for as long as the disk does.
func Check(folder string) error {
	var at unix.Statfs_t
	if err := unix.Statfs(folder, &at); err != nil {
		return err
	}
	if at.Flags&unix.MNT_LOCAL == 0 {
		return ErrRemote
	}
	return nil
}
