package journal

import (
	"errors"
	"io/fs"
	"time"

	"golang.org/x/sys/windows"
)

// makePrivate does nothing: Windows has no mode bits, and the access list that a folder
// inherits from the user's profile lets in only that user.
func makePrivate(string, fs.FileInfo) error { return nil }

// ownedByOther is always false: it relies on the folder's access list, as makePrivate does.
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
