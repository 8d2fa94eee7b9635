//go:build unix

package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// makePrivate refuses a folder that is not ours, or in which somebody else has put
// something, and closes one of ours that is open to others.
func makePrivate(dir string, info fs.FileInfo) error {
	if ownedByOther(info) {
		return fmt.Errorf("%s belongs to another user", dir)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if info.Mode().Perm()&0o022 != 0 {
		if err := checkOwners(dir); err != nil {
			return err
		}
	}
	err := os.Chmod(dir, 0o700)
	if errors.Is(err, syscall.EROFS) && info.Mode().Perm()&0o022 == 0 {
		return nil // nobody can change anything in it, and it can still be read
	}
	return err
}

// checkOwners refuses a folder that holds what is somebody else's: a program there
// would be run, SkyPilot's configuration heeded, and a link followed.
func checkOwners(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && ownedByOther(info) {
			return fmt.Errorf("%s belongs to another user, and %s could be written to by others; remove the one and close the other (chmod 700)",
				filepath.Join(dir, e.Name()), dir)
		}
	}
	return nil
}

// ownedByOther reports whether a file belongs to somebody else.
func ownedByOther(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != os.Geteuid()
}

// syncDir makes a rename last through a power cut. Some file systems refuse to
// sync a folder; the rename has happened all the same.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// retryWhileOpen has nothing to wait for where an open file can be replaced.
func retryWhileOpen(do func() error) error { return do() }
