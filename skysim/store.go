package skysim

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// store is the state folder: one file, changed under an OS lock by writing
// a new one and renaming it. Holders of the lock never wait for anything.
type store struct {
	dir   string
	scale float64
}

// update loads the world, takes all steps that are due, lets change work on it
// and saves what is new. An error of change is returned after saving: what a
// command did before it failed has happened.
func (s store) update(change func(*world) error) error {
	lock, err := s.lock()
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // the kernel lets go of it anyway
	before, err := s.contents()
	if err != nil {
		return err
	}
	w, after, err := s.change(before, change)
	if w != nil {
		lastSeen.keep(s, w, after)
	}
	return err
}

// read shows the world as it is now to look, which must not change it: what look
// keeps of it, later reads see too. A simulated program that waits reads many
// times a second and seldom finds anything new, which the file's stamp tells.
func (s store) read(look func(*world)) error {
	now := time.Now()
	if w := lastSeen.current(s); w != nil && !w.stepsBy(now) {
		look(w.at(now))
		return nil
	}
	return s.readLocked(func(w *world) error { look(w); return nil })
}

// readLocked is read for a look that writes other files than the state's, or can fail.
func (s store) readLocked(look func(*world) error) error {
	lock, err := s.lock()
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // the kernel lets go of it anyway
	data, err := s.contents()
	if err != nil {
		return err
	}
	now := time.Now()
	w := lastSeen.of(s, data)
	if w == nil || w.stepsBy(now) {
		if w, data, err = s.change(data, func(*world) error { return nil }); err != nil {
			return err
		}
	}
	lastSeen.keep(s, w, data)
	return look(w.at(now))
}

// at is a world, which nobody changes, at a time by which it has no step to take.
func (w *world) at(now time.Time) *world {
	shown := *w
	shown.now = now
	return &shown
}

func (s store) lock() (*flock.Flock, error) {
	lock := flock.New(filepath.Join(s.dir, "lock"), flock.SetPermissions(0o600))
	err := lock.Lock()
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(s.dir, 0o700); err == nil {
			err = lock.Lock()
		}
	}
	return lock, err
}

// change is update for who has the lock and the file's contents. It returns the
// world and the file's contents after it.
func (s store) change(before []byte, change func(*world) error) (*world, []byte, error) {
	w, err := s.worldOf(before)
	if err != nil {
		return nil, nil, err
	}
	w.advance(time.Now())
	failed := change(w)
	after, err := encode(w)
	if err != nil {
		return nil, nil, err
	}
	if bytes.Equal(after, before) {
		return w, after, failed
	}
	if err := s.save(after); err != nil {
		return nil, nil, err
	}
	if differs(clustersPart, before, after) {
		s.wrote(clustersLog)
	}
	if differs(requestsPart, before, after) {
		s.wrote(requestsLog)
	}
	return w, after, failed
}

// lastSeen are the worlds that this process has seen, by their folders.
var lastSeen = snapshots{byFolder: map[string]snapshot{}}

// snapshot is a world that nobody changes any more, and the file that holds it.
type snapshot struct {
	world *world
	file  []byte
	stamp fs.FileInfo // the file's; nil: it has none, which tells nothing
}

type snapshots struct {
	mu       sync.Mutex
	byFolder map[string]snapshot
}

// keptWorlds bounds the snapshots: tests have a world each.
const keptWorlds = 16

// of returns the kept world of a store when it is what the store's file holds, which
// must not be changed.
func (k *snapshots) of(s store, file []byte) *world {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept := k.byFolder[s.dir]
	if kept.world == nil || kept.world.scale != s.scale || !bytes.Equal(kept.file, file) {
		return nil
	}
	return kept.world
}

// current returns the kept world of a store when nobody has written the file since: each
// that is written has a later time than that before (store.save).
func (k *snapshots) current(s store) *world {
	k.mu.Lock()
	kept := k.byFolder[s.dir]
	k.mu.Unlock()
	if kept.stamp == nil || kept.world.scale != s.scale {
		return nil
	}
	now, err := os.Lstat(s.path())
	if err != nil || now.Size() != kept.stamp.Size() || !now.ModTime().Equal(kept.stamp.ModTime()) || !os.SameFile(now, kept.stamp) {
		return nil
	}
	return kept.world
}

// keep is for who has the lock.
func (k *snapshots) keep(s store, w *world, file []byte) {
	stamp, _ := os.Lstat(s.path())
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.byFolder) >= keptWorlds {
		clear(k.byFolder)
	}
	k.byFolder[w.dir] = snapshot{w, file, stamp}
}

// The logs of SkyPilot's two databases, under ~/.sky.
const (
	clustersLog = "state.db-wal"
	requestsLog = "api_server/requests.db-wal"
)

// wrote leaves the trace that SkyPilot's API server leaves when it writes to one
// of its databases: the file under its folder is another one than before.
func (s store) wrote(log string) {
	path := filepath.Join(Home(s.dir), ".sky", filepath.FromSlash(log))
	f, err := appendTo(path)
	if errors.Is(err, fs.ErrNotExist) && os.MkdirAll(filepath.Dir(path), 0o700) == nil {
		f, err = appendTo(path)
	}
	if err != nil {
		return // a trace that is missing only makes a change seen later
	}
	defer f.Close()
	_, _ = f.WriteString(".") // a longer file is another one, also to a clock that stands still
}

func appendTo(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

func (s store) path() string { return filepath.Join(s.dir, "state.json") }

// contents are the state file's, none before the first save.
func (s store) contents() ([]byte, error) {
	data, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// worldOf returns the world that a file holds, to be changed.
func (s store) worldOf(file []byte) (*world, error) {
	if kept := lastSeen.of(s, file); kept != nil {
		return kept.clone(), nil // for a tenth of what it costs to decode the file
	}
	return s.decode(file)
}

func (s store) decode(data []byte) (*world, error) {
	w := &world{dir: s.dir, scale: s.scale}
	if data == nil {
		return w, nil
	}
	if err := w.decode(data); err != nil {
		return nil, fmt.Errorf("the simulated cloud's state in %s is damaged: %w", s.path(), err)
	}
	return w, nil
}

func (s store) save(data []byte) error {
	temp := s.path() + ".new"
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return err
	}
	written, err := os.Lstat(temp)
	if err != nil {
		return err
	}
	if last, err := os.Lstat(s.path()); err == nil && !written.ModTime().After(last.ModTime()) {
		later := last.ModTime().Add(time.Microsecond)
		if err := os.Chtimes(temp, later, later); err != nil {
			return err
		}
	}
	return os.Rename(temp, s.path())
}
