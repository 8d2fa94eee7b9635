// Package journal holds on disk what must outlive the process: the state of the
// clusters that are ours and of the operations on them, and the locks that keep two
// sidecars from working on one cluster.
package journal

import (
	"context"
	"encoding/json"
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
	good []byte // guarded by mu: the state file as this process last read or wrote it whole
}

const (
	stateFile    = "state.json"
	lockFile     = "state.lock"
	lockPatience = 10 * time.Second // far above what a write takes; a process that hangs in one is broken
)

// Open makes the state folder if it is missing and returns its journal. A folder
// that is a symbolic link or someone else's is refused, because what stands there
// is run and believed; one of ours that others may enter is closed to them
// (0700). The state is not read yet. What a process that was killed in the middle
// of a write left behind is removed, unless another is writing just now.
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

// Read returns the state as it stands on disk and the stamp of the very version of
// the file that it was read from, or written as, the zero one where it is on no
// disk; a missing file is an empty state.
// A damaged file is set aside, and the state that this process last knew to be
// whole is put in its place and returned with a *DamagedError, or else an empty one
// that has Forgot: the truth is then read from SkyPilot. A newer file gives
// ErrNewer. Any other error is the operating system's, and there is no state.
// A folder that can't be written to can be read all the same.
func (j *Journal) Read() (*lifecycle.State, Stamp, error) {
	state, stamp, err := j.load()
	damaged := (*DamagedError)(nil)
	if !errors.As(err, &damaged) {
		return state, stamp, err
	}
	// Only who holds the lock may set it aside: without it, this could take away
	// the good file with which another process has just repaired the damage.
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

// Update reads the state, lets change change it, and writes it whole, all under
// a lock that other processes heed. When change fails, or the write, nothing is
// changed on disk and the error is returned as it is, without a state. A damaged
// file is set aside as Read does it, and change is given what is left; where it
// can't be set aside, Update fails with the *DamagedError rather than write over
// it. It waits for the lock until ctx is done, 10 s at most.
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
	return state, stamp, nil
}

// Probe tries to write to the folder, because no look at modes tells a full or a
// read-only disk. The error is the operating system's. It blocks as Update does.
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
	state, err := decode(data)
	switch {
	case errors.Is(err, ErrNewer):
		return nil, Stamp{}, err
	case err != nil:
		return nil, Stamp{}, &DamagedError{Path: j.path(), Cause: err}
	}
	j.setGood(data)
	return state, Stamp{info}, nil
}

// loadLocked is load for who holds the lock: it sets a damaged file aside.
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

// write puts data on the disk in the place of the version that stamp is of. The
// caller holds the lock.
func (j *Journal) write(stamp Stamp, data []byte) (Stamp, error) {
	info, err := j.disk.replace(j.path(), data, stamp.modified())
	if err != nil {
		return Stamp{}, err
	}
	j.setGood(data)
	return Stamp{info}, nil
}

func (j *Journal) setGood(data []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.good = data
}

func (j *Journal) hasGood() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.good != nil
}

// lastGood is what this process last knew: a little old is better than to have
// forgotten a machine that costs money.
func (j *Journal) lastGood() *lifecycle.State {
	j.mu.Lock()
	defer j.mu.Unlock()
	if state, err := decode(j.good); err == nil {
		return state
	}
	state := lifecycle.Empty()
	state.Forgot = true
	return state
}

// wasDamaged says whether a file was set aside. Where there is no other in its
// place, whoever did that did not live to find out what there is.
func (j *Journal) wasDamaged() bool {
	entries, _ := os.ReadDir(j.dir)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), stateFile+damagedMark) })
}

// damagedMark stands between the state file's name and the time at which it was set aside.
const damagedMark = ".damaged-"

// sweep removes temporary files, which only a killed process leaves. Without the
// lock they may be someone's who is writing.
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
	if err := s.Validate(); err != nil { // written, it would be damage to the next reader
		return nil, err
	}
	data, err := json.Marshal(s)
	return append(data, '\n'), err
}
