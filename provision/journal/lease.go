package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carapace/provision/lifecycle"
)

// Leases hands out the right to work on something for as long as a process
// lives: operating system file locks, which the kernel releases whatever way the
// process dies, so none is ever left behind. The zero value is not usable. Safe
// for concurrent use; two leases of one process exclude each other as well.
type Leases struct {
	dir, scope string
	disk       disk
	probed     atomic.Bool // locks hold here
}

// NewLeases returns the leases kept in a folder, which is made when the first is
// taken. The scope goes into every key: SkyPilot's endpoint and user, because two
// state folders may still mean one and the same machine (design.md 4).
func NewLeases(dir, scope string) *Leases {
	return &Leases{dir: dir, scope: scope, disk: osDisk()}
}

// Lease is a lease that is held. Safe for concurrent use.
type Lease struct {
	path                 string
	unlock, removeRecord func()
	statLocked, statPath func() (fs.FileInfo, error) // the file that is locked; the file at the path

	mu       sync.Mutex
	released bool // guarded by mu
}

// Try takes the lease of key without waiting. When another holds it, it returns
// a nil lease and that holder, as far as it is readable: the zero Holder for one
// that has only just taken it, or that had no space to say so. The folder has to
// be the user's own, as for Open.
func (l *Leases) Try(key, doing string) (*Lease, lifecycle.Holder, error) {
	if err := EnsurePrivate(l.dir); err != nil {
		return nil, lifecycle.Holder{}, err
	}
	sum := sha256.Sum256([]byte(l.scope + "\x00" + key))
	path := filepath.Join(l.dir, hex.EncodeToString(sum[:12])+".lock")
	record := path + ".json"
	held, err := l.disk.tryHold(path)
	if err != nil {
		return nil, lifecycle.Holder{}, err
	}
	if held == nil {
		return nil, l.holder(record), nil
	}
	forget := func() { _ = l.disk.remove(record) }
	forget() // it would name a process that was killed
	// The lock decides; the record only explains. Without it, on a full disk, an
	// operation in progress can still be brought to its end.
	if data, err := json.Marshal(lifecycle.Holder{PID: os.Getpid(), Since: time.Now().UTC(), Doing: doing}); err == nil {
		_, _ = l.disk.replace(record, data, time.Time{})
	}
	there := func() (fs.FileInfo, error) { return l.disk.stat(path) }
	return &Lease{path: path, unlock: held.unlock, removeRecord: forget, statLocked: held.stat, statPath: there}, lifecycle.Holder{}, nil
}

// Release gives the lease back; on nil, and again, it does nothing. The lock's
// file stays: removing it could take it from under another process that has just
// opened it.
func (l *Lease) Release() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released {
		return
	}
	l.released = true
	l.removeRecord() // first: once unlocked, the record may be another's
	l.unlock()
}

// Valid returns nil as long as the lease excludes others: it is held, and the file
// at its path is the one that is locked. The error says that the locks folder was
// removed or replaced, or that this can't be told, so that another process could
// take the lease as well; a nil or released lease gives an error too. It blocks for
// two looks at a file. On Windows a locked file can't be removed.
func (l *Lease) Valid() error {
	if l == nil {
		return errReleased
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released {
		return errReleased
	}
	if runtime.GOOS == "windows" {
		return nil
	}
	locked, err := l.statLocked()
	if err != nil {
		return fmt.Errorf("whether the lock %s still holds can't be told, and another process could take it as well: %w", l.path, err)
	}
	there, err := l.statPath()
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("whether the lock %s still holds can't be told, and another process could take it as well: %w", l.path, err)
	case err != nil || !os.SameFile(locked, there):
		return fmt.Errorf("the locks folder %s, or the lock %s in it, was removed or replaced, so that another process could take the lock as well",
			filepath.Dir(l.path), filepath.Base(l.path))
	}
	return nil
}

var errReleased = errors.New("the lease is not held")

// Probe returns nil if locks hold in this folder at all, which some network disks
// only pretend: it takes the lock of a file of its own, and a second try, with
// another open file, must be refused. The error names the folder. A success is
// remembered; a failure is tried anew. It makes the folder if it is missing, and
// blocks for the time of a few operations on a file.
func (l *Leases) Probe() error {
	if l.probed.Load() {
		return nil
	}
	if err := l.probe(); err != nil {
		return fmt.Errorf("locks do not hold in the folder %s: %w", l.dir, err)
	}
	l.probed.Store(true)
	return nil
}

// probe never removes its file: another process may be about to lock it, and would
// then lock one that is gone.
func (l *Leases) probe() error {
	if err := EnsurePrivate(l.dir); err != nil {
		return err
	}
	path := filepath.Join(l.dir, "probe.lock")
	first, err := l.disk.tryLock(path)
	if err != nil {
		return err
	}
	if first == nil {
		return nil // another probe has it, and this one was refused
	}
	defer first()
	second, err := l.disk.tryLock(path)
	if err != nil {
		return err
	}
	if second != nil {
		second()
		return errors.New("a file that was locked could be locked again")
	}
	return nil
}

// Sweep removes the records of holders that were killed: those whose lock nobody
// holds. It does not wait; what can't be removed stays, and is replaced when the
// lease is taken the next time.
func (l *Leases) Sweep() {
	entries, _ := os.ReadDir(l.dir) // there may be none yet
	for _, e := range entries {
		name := strings.TrimSuffix(strings.TrimPrefix(e.Name(), "."), ".tmp")
		if !strings.HasSuffix(name, ".lock.json") {
			continue
		}
		lock := filepath.Join(l.dir, strings.TrimSuffix(name, ".json"))
		if unlock, err := l.disk.tryLock(lock); err == nil && unlock != nil {
			_ = l.disk.remove(filepath.Join(l.dir, e.Name()))
			unlock()
		}
	}
}

func (l *Leases) holder(record string) lifecycle.Holder {
	var h lifecycle.Holder
	if data, _, err := l.disk.read(record); err != nil || json.Unmarshal(data, &h) != nil {
		return lifecycle.Holder{} // a record being replaced says nothing yet
	}
	return h
}
