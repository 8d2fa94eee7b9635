//go:build unix

package host

import "golang.org/x/sys/unix"

// FreeSpace is how many bytes this user may still write to the disk that holds a
// folder.
func FreeSpace(dir string) (bytes uint64, ok bool) {
	var stat unix.Statfs_t
	if unix.Statfs(dir, &stat) != nil {
		return 0, false
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize), true //nolint:unconvert // their types differ between systems
}
