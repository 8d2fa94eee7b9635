package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
}

// NewLeases returns the leases kept in a folder, which is made when the first is
// taken. The scope goes into every key: SkyPilot's endpoint and user, because two
// state folders may still mean one and the same machine (design.md 4).
func NewLeases(dir, scope string) *Leases { return &Leases{dir, scope, osDisk()} }

// Lease is a lease that is held.
type Lease struct {
	once           sync.Once
	unlock, forget func()
}

// Try takes the lease of key without waiting. When another holds it, it returns
// a nil lease and that holder, as far as it is readable: the zero Holder for one
// that has only just taken it, or that had no space to say so. The folder has to
// be the user's own, as for Open.
func (l *Leases) Try(key, doing string) (*Lease, lifecycle.Holder, error) {
	if err := Own(l.dir); err != nil {
		return nil, lifecycle.Holder{}, err
	}
	sum := sha256.Sum256([]byte(l.scope + "\x00" + key))
	path := filepath.Join(l.dir, hex.EncodeToString(sum[:12])+".lock")
	record := path + ".json"
	unlock, err := l.disk.tryLock(path)
	if err != nil {
		return nil, lifecycle.Holder{}, err
	}
	if unlock == nil {
		return nil, l.holder(record), nil
	}
	forget := func() { _ = l.disk.remove(record) }
	forget() // it would name a process that was killed
	// The lock decides; the record only explains. Without it, on a full disk, an
	// operation in progress can still be brought to its end.
	if data, err := json.Marshal(lifecycle.Holder{PID: os.Getpid(), Since: time.Now().UTC(), Doing: doing}); err == nil {
		_, _ = l.disk.replace(record, data, time.Time{})
	}
	return &Lease{unlock: unlock, forget: forget}, lifecycle.Holder{}, nil
}

// Release gives the lease back; on nil, and again, it does nothing. The lock's
// file stays: removing it could take it from under another process that has just
// opened it.
func (l *Lease) Release() {
	if l == nil {
		return
	}
	l.once.Do(func() {
		l.forget() // first: once unlocked, the record may be another's
		l.unlock()
	})
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
