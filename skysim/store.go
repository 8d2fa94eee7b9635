package skysim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// store is the state folder: one JSON file, changed under an OS lock by writing
// a new one and renaming it. Holders of the lock never wait for anything.
type store struct {
	dir   string
	scale float64
}

// update loads the world, takes all steps that are due, lets change work on it
// and saves what is new. An error of change is returned after saving: what a
// command did before it failed has happened.
func (s store) update(change func(*world) error) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(s.dir, "lock"), flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // the kernel lets go of it anyway
	w, before, err := s.load()
	if err != nil {
		return err
	}
	clusters, requests := recorded(w.Clusters), recorded(w.Requests)
	w.advance(time.Now())
	failed := change(w)
	if err := s.save(w, before); err != nil {
		return err
	}
	if recorded(w.Clusters) != clusters {
		s.wrote(clustersLog)
	}
	if recorded(w.Requests) != requests {
		s.wrote(requestsLog)
	}
	return failed
}

func recorded(records any) string {
	data, _ := json.Marshal(records) // save has found the same writable
	return string(data)
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
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return // a trace that is missing only makes a change seen later
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(".") // a longer file is another one, also to a clock that stands still
}

func (s store) path() string { return filepath.Join(s.dir, "state.json") }

func (s store) load() (*world, []byte, error) {
	w := &world{dir: s.dir, scale: s.scale}
	data, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(data, w); err != nil {
		return nil, nil, fmt.Errorf("the simulated cloud's state in %s is damaged: %w", s.path(), err)
	}
	return w, data, nil
}

func (s store) save(w *world, before []byte) error {
	data, err := json.Marshal(w)
	if err != nil || bytes.Equal(data, before) {
		return err
	}
	temp := s.path() + ".new"
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, s.path())
}
