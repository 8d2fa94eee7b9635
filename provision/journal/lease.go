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

// Leases hands out exclusive rights that end with the process at the latest. They are operating
// system file locks, which the kernel releases when a process ends in any way, so no stale lease
// remains. The zero value is not usable. Safe for concurrent use; two leases of one process
// exclude each other as well.
type Leases struct {
	dir, scope string
	disk       disk
	probed     atomic.Bool // Probe has succeeded
}

// NewLeases returns the leases kept in a folder, which is made when the first is
// taken. The scope, SkyPilot's endpoint, is part of every key. The state folder is not: two
// state folders may work on one machine.
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

// Try takes the lease of key without waiting. If another holds it, Try returns a nil lease and
// that holder; the Holder is zero if the holder's record is not written yet or could not be
// written. doing is what others are told that this process does. The folder has to belong to the
// user, as for Open.
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
	removeRecord := func() { _ = l.disk.remove(record) }
	removeRecord() // left by a process that was killed
	// The lock excludes others; the record only names its holder. So a full disk, on which the
	// record can't be written, does not keep an operation from ending.
	if data, err := json.Marshal(lifecycle.Holder{PID: os.Getpid(), Since: time.Now().UTC(), Doing: doing}); err == nil {
		_, _ = l.disk.replace(record, data, time.Time{})
	}
	there := func() (fs.FileInfo, error) { return l.disk.stat(path) }
	return &Lease{path: path, unlock: held.unlock, removeRecord: removeRecord, statLocked: held.stat, statPath: there}, lifecycle.Holder{}, nil
}

// Release gives the lease back; on a nil or released lease it does nothing. The lock's file
// stays: another process may have opened it and be about to lock it.
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
	l.removeRecord() // before unlocking: afterwards the record may be another process's
	l.unlock()
}

// Valid returns nil as long as the lease excludes others: it is held, and the file at its path
// is the locked file. An error means that another process could take the lease as well, because
// the locks folder was removed or replaced or because that can't be found out; a nil or released
// lease gives an error too. It blocks for two stat calls. On Windows a locked file can't be
// removed.
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

// Probe returns nil if file locks work in this folder; some network disks grant every lock. It
// locks a file of its own, and a second lock through another open file must be refused. The
// error names the folder. After a success Probe does nothing; after a failure it tests again. It
// makes the folder if it is missing, and blocks for a few file operations.
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

// probe never removes its file: another process may have opened it and be about to lock it.
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
		return nil // another probe holds the lock, and this one was refused: locks work
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

// Sweep removes the records of killed holders, whose locks nobody holds. It does not wait for
// locks. A record that can't be removed stays until the lease is taken again.
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
		return lifecycle.Holder{} // the record is missing or is being replaced
	}
	return h
}
