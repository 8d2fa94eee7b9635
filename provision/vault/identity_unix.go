//go:build unix

package vault

import (
	"os"
	"path/filepath"
	"syscall"
)

// identify returns which folder it is, as the file system numbers it, and whether a
// file system is mounted there; zeros where the folder can't be seen.
func identify(path string) (device, inode uint64, mountPoint bool) {
	device, inode = numbers(path)
	above, _ := numbers(filepath.Dir(path))
	return device, inode, device != above
}

func numbers(path string) (device, inode uint64) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0
	}
	return uint64(stat.Dev), uint64(stat.Ino) //nolint:unconvert // the types differ from system to system
}
