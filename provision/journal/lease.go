package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Holder says who holds a lease, for the refusal that others get.
type Holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	Doing string    `json:"doing"` // "launch", "poll", …
}

// String is what a person reads: "launch, process 4711, since 10:02:03".
func (h Holder) String() string {
	return fmt.Sprintf("%s, process %d, since %s", h.Doing, h.PID, h.Since.Local().Format("15:04:05"))
}

// Leases hands out the right to work on something for as long as a process
// lives: operating system file locks, which the kernel releases whatever way the
// process dies, so none is ever left behind. The zero value is not usable.
type Leases struct {
	dir, scope string
}

// NewLeases returns the leases kept in a folder, which is made when the first is
// taken. The scope goes into every key: SkyPilot's endpoint and user, because two
// state folders may still mean one and the same machine (design.md 4).
func NewLeases(dir, scope string) *Leases { return &Leases{dir, scope} }

// Lease is a lease that is held. Release it once.
type Lease struct {
	lock   *flock.Flock
	holder string
}

// Try takes the lease of key without waiting. When another holds it, it returns
// a nil lease and that holder, as far as it is readable.
func (l *Leases) Try(key, doing string) (*Lease, Holder, error) {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return nil, Holder{}, err
	}
	sum := sha256.Sum256([]byte(l.scope + "\x00" + key))
	path := filepath.Join(l.dir, hex.EncodeToString(sum[:12])+".lock")
	lock := flock.New(path, flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err != nil {
		return nil, Holder{}, err
	}
	if !held {
		return nil, readHolder(path + ".json"), nil
	}
	lease := &Lease{lock, path + ".json"}
	data, err := json.Marshal(Holder{os.Getpid(), time.Now().UTC(), doing})
	if err == nil {
		err = writeWhole(lease.holder, data)
	}
	if err != nil {
		lease.Release()
		return nil, Holder{}, err
	}
	return lease, Holder{}, nil
}

// Release gives the lease back; on nil it does nothing. The lock's file stays:
// removing it could take it from under another process that has just opened it.
func (l *Lease) Release() {
	if l == nil {
		return
	}
	_ = os.Remove(l.holder)
	_ = l.lock.Close()
}

func readHolder(path string) Holder {
	var h Holder
	if data, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(data, &h) // a record being replaced says nothing yet
	}
	return h
}
