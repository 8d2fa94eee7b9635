package journal

import (
	"errors"
	"io/fs"
	"time"

	"golang.org/x/sys/windows"
)

// makePrivate relies on the user profile's own access list: Windows has no mode
// bits, and a folder made below the profile is the user's alone.
func makePrivate(string, fs.FileInfo) error { return nil }

// ownedByOther relies on the folder's access list, as private does.
func ownedByOther(fs.FileInfo) bool { return false }

// syncDir has no counterpart on Windows: a folder can't be opened for syncing.
func syncDir(string) {}

// retryWhileOpen repeats what fails because another process has the file open, or is
// replacing it, this instant: Go opens files without FILE_SHARE_DELETE, so that
// a reader keeps a writer from renaming over its file.
func retryWhileOpen(do func() error) error {
	const patience = time.Second // a read or a rename takes far less
	for wait := time.Millisecond; ; wait *= 2 {
		err := do()
		inUse := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
		if !inUse || wait > patience {
			return err
		}
		time.Sleep(wait)
	}
}
