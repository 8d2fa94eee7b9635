package journal

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ErrNewer is returned for a state file that a later sidecar wrote: reading it
// as ours could forget what that one knew.
var ErrNewer = errors.New("the state file was written by a newer version of Carapace")

// DamagedError says that the state file could not be understood.
type DamagedError struct {
	Path  string // the state file
	Aside string // where the damaged file is now; empty: it could not be moved, the folder being read-only
	Cause error  // what was wrong with it, and what kept it from being moved
}

// Error names the file, where it is now, and what was wrong with it.
func (e *DamagedError) Error() string {
	if e.Aside == "" {
		return fmt.Sprintf("%s is damaged (%v) and could not be set aside", e.Path, e.Cause)
	}
	return fmt.Sprintf("%s is damaged (%v) and was set aside as %s", e.Path, e.Cause, e.Aside)
}

// Unwrap returns what was wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Cause }

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
		return nil, errors.New("no version in it")
	}
	state := empty()
	if err := json.Unmarshal(data, state); err != nil {
		return nil, err
	}
	if state.Clusters == nil { // "clusters": null
		state.Clusters = map[string]*Cluster{}
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
	c := empty()
	if err == nil {
		err = json.Unmarshal(data, c)
	}
	if err != nil {
		panic(err) // the figures in it come from JSON and clocks: none is NaN, no year has five digits
	}
	if c.Clusters == nil {
		c.Clusters = map[string]*Cluster{}
	}
	c.stamp = s.stamp
	return c
}
