//go:build unix

package install

import "golang.org/x/sys/unix"

// Free returns the bytes that this user may still write on the disk of a folder.
func Free(folder string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, err
	}
	return stat.Bavail * uint64(stat.Bsize), nil
}
