package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Journal is the state folder. Its methods are safe for concurrent use by
// goroutines and by processes; they block for the time of a small write and of
// other processes' writes.
type Journal struct {
	dir string
}

const (
	stateFile    = "state.json"
	lockFile     = "state.lock"
	lockRetry    = 5 * time.Millisecond
	lockPatience = 10 * time.Second // far above what a write takes; a process that hangs in one is broken
)

// ErrNewer is returned for a state file that a later sidecar wrote: reading it
// as ours could forget what that one knew.
var ErrNewer = errors.New("the state file was written by a newer version of Carapace")

// DamagedError says that the state file could not be read and was set aside.
type DamagedError struct {
	Path, Aside string
	Cause       error
}

// Error names the file, where it is now, and what was wrong with it.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged (%v) and was set aside as %s", e.Path, e.Cause, e.Aside)
}

// Unwrap returns what was wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Cause }

// Open makes the state folder if it is missing (0700) and returns its journal.
// It refuses a folder that others may write to or that is someone else's,
// because what stands there is run and believed. Nothing is read yet.
func Open(dir string) (*Journal, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := private(dir); err != nil {
		return nil, err
	}
	return &Journal{dir: dir}, nil
}

// Dir is the state folder, absolute.
func (j *Journal) Dir() string { return j.dir }

// Read returns the state as it stands on disk. A damaged file is set aside and
// an empty state returned with a *DamagedError: the truth is then read from
// SkyPilot. A newer file gives ErrNewer.
func (j *Journal) Read() (*State, error) {
	path := filepath.Join(j.dir, stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return empty(), nil
	}
	if err != nil {
		return nil, err
	}
	state, err := decode(data)
	if err == nil || errors.Is(err, ErrNewer) {
		return state, err
	}
	aside := fmt.Sprintf("%s.damaged-%s", path, time.Now().UTC().Format("20060102T150405.000000000"))
	if renameErr := os.Rename(path, aside); renameErr != nil {
		return nil, errors.Join(err, renameErr)
	}
	return empty(), &DamagedError{path, aside, err}
}

// Update reads the state, lets change change it, and writes it whole, all under
// a lock that other processes heed. When change fails, or the write, nothing is
// changed on disk and the error is returned as it is.
func (j *Journal) Update(ctx context.Context, change func(*State) error) (*State, error) {
	unlock, err := j.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	state, err := j.Read()
	if damaged := (*DamagedError)(nil); err != nil && !errors.As(err, &damaged) {
		return nil, err
	}
	if err := change(state); err != nil {
		return nil, err
	}
	state.prune()
	data, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	return state, writeWhole(filepath.Join(j.dir, stateFile), append(data, '\n'))
}

func (j *Journal) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	lock := flock.New(filepath.Join(j.dir, lockFile), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return nil, fmt.Errorf("the state folder's lock could not be taken: %w", err)
	}
	return func() { _ = lock.Close() }, nil
}

// Stamp identifies the version of the state file on disk: it differs whenever
// another process has written. The zero Stamp is that of a missing file.
type Stamp struct {
	modified time.Time
	size     int64
	file     fs.FileInfo
}

// Stamp returns the state file's current stamp; a file that can't be looked at
// gives the zero one.
func (j *Journal) Stamp() Stamp {
	info, err := os.Stat(filepath.Join(j.dir, stateFile))
	if err != nil {
		return Stamp{}
	}
	return Stamp{info.ModTime(), info.Size(), info}
}

// Same reports whether two stamps are of the same version of the file. Every
// write makes a new file, so a new inode shows even a write within the clock's
// resolution.
func (s Stamp) Same(o Stamp) bool {
	if s.file == nil || o.file == nil {
		return s.file == nil && o.file == nil
	}
	return s.modified.Equal(o.modified) && s.size == o.size && os.SameFile(s.file, o.file)
}

func empty() *State { return &State{Version: Version, Clusters: map[string]*Cluster{}} }

func decode(data []byte) (*State, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	switch {
	case head.Version > Version:
		return nil, ErrNewer
	case head.Version < 1:
		return nil, fmt.Errorf("no version in it")
	}
	state := empty()
	if err := json.Unmarshal(data, state); err != nil {
		return nil, err
	}
	return state, state.check()
}

// check refuses what would make later code fail far from here.
func (s *State) check() error {
	for name, c := range s.Clusters {
		if c == nil || c.View.Name != name {
			return fmt.Errorf("the entry of cluster %q is not whole", name)
		}
	}
	for i, op := range s.Operations {
		if op == nil || op.ID == "" {
			return fmt.Errorf("operation %d has no id", i)
		}
	}
	return nil
}

// Clone returns a deep copy. It goes through JSON, as the file does, so that a
// copy can't differ from what a restart would read.
func (s *State) Clone() *State {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain data always marshals
	}
	c, err := decode(data)
	if err != nil {
		panic(err)
	}
	return c
}
