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

// makePrivate makes a folder accessible to its user only. It refuses a folder that belongs to
// another user, or in which another user has put something.
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
		return nil // others can read the folder, but nobody can write to it
	}
	return err
}

// checkOwners refuses a folder that holds files of another user: programs in it are run,
// SkyPilot reads its configuration from it, and links in it are followed.
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

// ownedByOther reports whether a file belongs to another user.
func ownedByOther(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != os.Geteuid()
}

// syncDir makes a rename outlive a power cut. Some file systems refuse to sync a folder; the
// rename is then done but may not be durable.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// retryWhileOpen calls do once: on Unix an open file can be replaced.
func retryWhileOpen(do func() error) error { return do() }
