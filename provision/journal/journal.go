// Package journal keeps on disk what must outlive the process: the state of clusters and
// operations, a record of each launched server, and the locks that keep two sidecars from
// working on one cluster.
package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"carapace/provision/lifecycle"
)

// Journal is the state folder. Its methods are safe for concurrent use by
// goroutines and by processes; they block for the time of a small write and of
// other processes' writes.
type Journal struct {
	dir  string
	disk disk

	mu   sync.Mutex
	good version // guarded by mu: the last valid one that this process read or wrote
}

// version is the contents of a state file. The zero value is none.
type version struct {
	data  []byte
	state *lifecycle.State // what decode makes of data, which nobody changes; nil: not at hand
}

const (
	stateFile    = "state.json"
	lockFile     = "state.lock"
	lockPatience = 10 * time.Second // far above what a write takes; a process that hangs in one is broken
)

// Open makes the state folder if it is missing and returns its journal. It refuses a folder
// that is a symbolic link or belongs to another user, because programs and files in it are
// trusted, and makes a folder of this user's private (0700). It removes temporary files of
// killed processes, unless another process is writing now. It does not read the state.
func Open(dir string) (*Journal, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	j := &Journal{dir: dir, disk: osDisk()}
	if err := EnsurePrivate(dir); err != nil {
		return nil, err
	}
	j.sweep()
	return j, nil
}

// Dir is the state folder, absolute.
func (j *Journal) Dir() string { return j.dir }

// Read returns the state on disk and the stamp of the file version that it was read from or
// written as; the stamp is zero if the state is not on the disk. A missing file is an empty
// state. Read sets a damaged file aside, writes the last valid state of this process in its
// place and returns that with a *DamagedError; without one it returns an empty state that has
// Forgot, and SkyPilot has to be asked what exists. A newer file gives ErrNewer. Any other
// error is the operating system's, without a state. A read-only folder can be read.
func (j *Journal) Read() (*lifecycle.State, Stamp, error) {
	state, stamp, err := j.load()
	damaged := (*DamagedError)(nil)
	if !errors.As(err, &damaged) {
		return state, stamp, err
	}
	// Setting the file aside needs the lock: without it, Read could move away the valid file
	// with which another process has just replaced the damaged one.
	unlock, err := j.lock(context.Background())
	if err != nil {
		damaged.Cause = errors.Join(damaged.Cause, err)
		return j.lastGood(), Stamp{}, damaged
	}
	defer unlock()
	state, stamp, err = j.loadLocked()
	if errors.As(err, &damaged) && damaged.Aside != "" && j.hasGood() {
		if data, err := encode(state); err == nil {
			stamp, _ = j.write(stamp, data) // the next Update writes it if this can't
		}
	}
	return state, stamp, err
}

// Update reads the state, calls change with it, and writes it, all under a lock between
// processes. What change gets, and Update returns, is the caller's own. If change or the write
// fails, nothing is changed on disk and the error is returned as it is, without a state. A damaged file is set aside as in Read, and change gets the state
// that Read would return; if the file can't be set aside, Update fails with the *DamagedError
// rather than overwrite it. Update waits for the lock until ctx is done, 10 s at most.
func (j *Journal) Update(ctx context.Context, change func(*lifecycle.State) error) (*lifecycle.State, Stamp, error) {
	unlock, err := j.lock(ctx)
	if err != nil {
		return nil, Stamp{}, err
	}
	defer unlock()
	state, stamp, err := j.loadLocked()
	if damaged := (*DamagedError)(nil); err != nil && (!errors.As(err, &damaged) || damaged.Aside == "") {
		return nil, Stamp{}, err
	}
	if err := change(state); err != nil {
		return nil, Stamp{}, err
	}
	state.Prune()
	state.Generation = max(state.Generation+1, uint64(max(0, time.Now().UnixMilli())))
	data, err := encode(state)
	if err != nil {
		return nil, Stamp{}, err
	}
	stamp, err = j.write(stamp, data)
	if err != nil {
		return nil, Stamp{}, err
	}
	j.keep(data, state)
	return state, stamp, nil
}

// Probe tries to write to the folder: the files' modes do not show a full or read-only disk.
// The error is the operating system's. It blocks as Update does.
func (j *Journal) Probe(ctx context.Context) error {
	unlock, err := j.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	path := filepath.Join(j.dir, "."+stateFile+".probe") // swept like any other if we are killed now
	_ = j.disk.remove(path)
	if _, err = j.disk.fill(path, []byte("ok"), time.Time{}); err != nil {
		_ = j.disk.remove(path)
		return err
	}
	return j.disk.remove(path)
}

// Stamp returns the state file's current stamp; a file that can't be looked at
// gives the zero one. It does not block.
func (j *Journal) Stamp() Stamp {
	info, err := j.disk.stat(j.path())
	if err != nil {
		return Stamp{}
	}
	return Stamp{info}
}

func (j *Journal) path() string { return filepath.Join(j.dir, stateFile) }

func (j *Journal) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if err := EnsurePrivate(j.dir); err != nil { // it may have been removed, or changed hands, since Open
		return nil, err
	}
	unlock, err = j.disk.lock(ctx, filepath.Join(j.dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("the state folder's lock could not be taken: %w", err)
	}
	return unlock, nil
}

func (j *Journal) load() (*lifecycle.State, Stamp, error) {
	data, info, err := j.disk.read(j.path())
	if info == nil && err == nil {
		state := lifecycle.Empty()
		state.Forgot = j.wasDamaged()
		return state, Stamp{}, nil
	}
	if unsafe := (*notPlainError)(nil); errors.As(err, &unsafe) {
		return nil, Stamp{}, &DamagedError{Path: j.path(), Cause: err}
	}
	if err != nil {
		return nil, Stamp{}, err
	}
	if state := j.keptOf(data); state != nil {
		return state, Stamp{info}, nil
	}
	state, err := decode(data)
	switch {
	case errors.Is(err, ErrNewer):
		return nil, Stamp{}, err
	case err != nil:
		return nil, Stamp{}, &DamagedError{Path: j.path(), Cause: err}
	}
	j.setGood(version{data, state.Clone()})
	return state, Stamp{info}, nil
}

// loadLocked is load that also sets a damaged file aside. The caller holds the lock.
func (j *Journal) loadLocked() (*lifecycle.State, Stamp, error) {
	state, stamp, err := j.load()
	damaged := (*DamagedError)(nil)
	if !errors.As(err, &damaged) {
		return state, stamp, err
	}
	aside := j.path() + damagedMark + time.Now().UTC().Format("20060102T150405.000000000")
	if err := j.disk.rename(j.path(), aside); err != nil {
		damaged.Cause = errors.Join(damaged.Cause, err)
	} else {
		damaged.Aside = aside
	}
	return j.lastGood(), Stamp{}, damaged
}

// write replaces the file version of stamp by data. The caller holds the lock.
func (j *Journal) write(stamp Stamp, data []byte) (Stamp, error) {
	info, err := j.disk.replace(j.path(), data, stamp.modified())
	if err != nil {
		return Stamp{}, err
	}
	j.setGood(version{data: data})
	return Stamp{info}, nil
}

// keep remembers the state that was written as data, so that it is not decoded again while the file
// holds the same. It is a copy: the caller's state may share memory with whoever changed it.
func (j *Journal) keep(data []byte, state *lifecycle.State) {
	if bytes.Contains(data, []byte(`\ufffd`)) {
		return // json writes a byte that is not UTF-8 so: the file does not hold this state
	}
	j.setGood(version{data, state.Clone()})
}

// keptOf returns a copy of the state that data holds, nil if it is not at hand. It compares the
// contents, byte for byte. A file's inode, size and time do not prove that nobody has replaced it: an
// inode is used again, a clock is coarse or set back, and a copy restores all three. To read is cheap,
// to decode is not.
func (j *Journal) keptOf(data []byte) *lifecycle.State {
	j.mu.Lock()
	good := j.good
	j.mu.Unlock()
	if good.state == nil || !bytes.Equal(good.data, data) {
		return nil
	}
	return good.state.Clone()
}

func (j *Journal) setGood(good version) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.good = good
}

func (j *Journal) hasGood() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.good.data != nil
}

// lastGood returns the last valid state of this process, or an empty one that has Forgot. A
// slightly old state still knows the machines that cost money.
func (j *Journal) lastGood() *lifecycle.State {
	j.mu.Lock()
	defer j.mu.Unlock()
	if state, err := decode(j.good.data); err == nil {
		return state
	}
	state := lifecycle.Empty()
	state.Forgot = true
	return state
}

// wasDamaged reports whether a damaged file was set aside. If there is no state file either, the
// process that did so ended before SkyPilot said what exists.
func (j *Journal) wasDamaged() bool {
	entries, _ := os.ReadDir(j.dir)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), stateFile+damagedMark) })
}

// damagedMark stands between the state file's name and the time at which it was set aside.
const damagedMark = ".damaged-"

// sweep removes the temporary files of killed processes. It needs the lock: without it they may
// belong to a process that is writing.
func (j *Journal) sweep() {
	unlock, err := j.disk.tryLock(filepath.Join(j.dir, lockFile))
	if err != nil || unlock == nil {
		return
	}
	defer unlock()
	entries, _ := os.ReadDir(j.dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+stateFile+".") || strings.HasPrefix(e.Name(), "."+looksFile+".") {
			_ = j.disk.remove(filepath.Join(j.dir, e.Name()))
		}
	}
}

func encode(s *lifecycle.State) ([]byte, error) {
	if err := s.Validate(); err != nil { // readers would take it for a damaged file
		return nil, err
	}
	data, err := s.MarshalJSON() // json.Marshal would call it, and look through all that it returns once more
	return append(data, '\n'), err
}
