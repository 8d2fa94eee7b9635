package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const lockRetry = 5 * time.Millisecond

// disk holds the file operations of this package, each one separately, so that a test can
// make any of them fail.
type disk struct {
	open    func(path string) (file, error) // an existing file, for reading
	create  func(path string) (file, error) // a file that must not exist, 0600, for writing
	rename  func(from, to string) error     // over whatever is there
	remove  func(path string) error         //
	chtimes func(path string, t time.Time) error
	stat    func(path string) (fs.FileInfo, error)  // without following a link
	list    func(dir string) ([]fs.DirEntry, error) // a folder's entries by name
	flock   func(path string) (*heldLock, error)    // without waiting; nil, nil: another has it
}

// heldLock is a lock on an open file.
type heldLock struct {
	unlock func()
	stat   func() (fs.FileInfo, error) // of the open file, wherever it is now
}

// file holds the operations on an open file.
type file interface {
	io.ReadWriteCloser
	Sync() error
	Stat() (fs.FileInfo, error)
}

func osDisk() disk {
	return disk{
		open: func(path string) (file, error) { return os.Open(path) },
		create: func(path string) (file, error) {
			return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		},
		rename:  os.Rename,
		remove:  os.Remove,
		chtimes: func(path string, t time.Time) error { return os.Chtimes(path, t, t) },
		stat:    os.Lstat,
		list:    os.ReadDir,
		flock:   tryFlock,
	}
}

func tryFlock(path string) (*heldLock, error) {
	l := flock.New(path, flock.SetPermissions(0o600))
	held, err := l.TryLock()
	if err != nil || !held {
		return nil, err
	}
	return &heldLock{unlock: func() { _ = l.Close() }, stat: l.Stat}, nil
}

// notPlainError is returned for a path at which there is not an ordinary file of this user:
// opening a named pipe blocks for ever, and a link or another user's file has contents that
// this sidecar did not write.
type notPlainError struct{ path, why string }

func (e *notPlainError) Error() string { return e.path + " " + e.why }

// checkPlain refuses a path that is not an ordinary file of this user. A missing file is
// accepted.
func (d disk) checkPlain(path string) error {
	info, err := d.stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return &notPlainError{path, "is not an ordinary file"}
	case ownedByOther(info):
		return &notPlainError{path, "belongs to another user"}
	}
	return nil
}

// read returns a file's contents and which version they are; both are nil for a
// missing file.
func (d disk) read(path string) (data []byte, info fs.FileInfo, err error) {
	return d.readUpTo(path, math.MaxInt64)
}

// readUpTo is read of at most limit bytes. A result of limit bytes may be cut off.
func (d disk) readUpTo(path string, limit int64) (data []byte, info fs.FileInfo, err error) {
	if err := d.checkPlain(path); err != nil {
		return nil, nil, err
	}
	err = retryWhileOpen(func() (err error) {
		data, info, err = d.readOnce(path, limit)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	return data, info, err
}

func (d disk) readOnce(path string, limit int64) ([]byte, fs.FileInfo, error) {
	f, err := d.open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit))
	return data, info, err
}

// replace replaces a file so that a reader, also after a power cut, finds either the old
// contents or the new, never a part: a temporary file beside it, fsync, rename, fsync of the
// folder. It makes the file's time later than after. On failure the temporary file is removed
// and the old file stays. The caller holds the lock that goes with the file, so the temporary
// file has a fixed name, and each write removes one that a killed process left.
func (d disk) replace(path string, data []byte, after time.Time) (fs.FileInfo, error) {
	dir, name := filepath.Split(path)
	temporary := filepath.Join(dir, "."+name+".tmp")
	if err := d.remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	info, err := d.fill(temporary, data, after)
	if err == nil {
		err = retryWhileOpen(func() error { return d.rename(temporary, path) })
	}
	if err != nil {
		_ = d.remove(temporary)
		return nil, err
	}
	syncDir(dir)
	return info, nil
}

func (d disk) fill(path string, data []byte, after time.Time) (info fs.FileInfo, err error) {
	f, err := d.create(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	if _, err := f.Write(data); err != nil {
		return nil, err
	}
	info, err = f.Stat()
	if err == nil && !info.ModTime().After(after) {
		if err = d.chtimes(path, after.Add(time.Microsecond)); err == nil {
			info, err = f.Stat()
		}
	}
	if err != nil {
		return nil, err
	}
	return info, f.Sync()
}

// WriteDurably replaces a file as a whole and makes it outlive a power cut, for files that the
// state relies on and that the journal does not write itself. The folder is made if it is
// missing and has to belong to the user, as for Open. The error is the operating system's; the
// old file then stays. It blocks for a small write.
func WriteDurably(path string, data []byte) error { return osDisk().writeDurably(path, data) }

func (d disk) writeDurably(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := EnsurePrivate(dir); err != nil {
		return err
	}
	if _, err := d.replace(path, data, time.Time{}); err != nil {
		return err
	}
	for range 2 { // the entries of the folder and of its parent have to be durable too
		dir = filepath.Dir(dir)
		syncDir(dir)
	}
	return nil
}

// tryLock takes a lock without waiting; unlock is nil if another holds it. The kernel releases
// the lock when the process ends in any way. Child processes do not inherit it.
func (d disk) tryLock(path string) (unlock func(), err error) {
	held, err := d.tryHold(path)
	if held == nil {
		return nil, err
	}
	return held.unlock, nil
}

// tryHold is tryLock for callers that check later whether the lock still excludes others; nil
// if another holds it.
func (d disk) tryHold(path string) (*heldLock, error) {
	if err := d.checkPlain(path); err != nil {
		return nil, err
	}
	return d.flock(path)
}

// lock waits for a lock until ctx is done.
func (d disk) lock(ctx context.Context, path string) (unlock func(), err error) {
	for {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		unlock, err := d.tryLock(path)
		if err != nil || unlock != nil {
			return unlock, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(lockRetry):
		}
	}
}

// EnsurePrivate makes a folder if it is missing and makes it accessible to this user only. It
// refuses a symbolic link and a folder of another user. It blocks for file operations.
func EnsurePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return fmt.Errorf("%s is a symbolic link; name the folder itself", dir)
	}
	return makePrivate(dir, info)
}
