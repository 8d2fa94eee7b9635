package journal

import (
	"encoding/json"
	"errors"
	"fmt"

	"carapace/provision/lifecycle"
)

// ErrNewer is returned for a state file that a newer sidecar wrote: a version that this one
// does not know could be misread, and written back without what it holds.
var ErrNewer = errors.New("the state file was written by a newer version of Carapace")

// DamagedError is returned for a state file that can't be decoded.
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

func decode(data []byte) (*lifecycle.State, error) {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	switch {
	case head.Version > lifecycle.Version:
		return nil, ErrNewer
	case head.Version < 1:
		return nil, errors.New("no version in it")
	}
	state := lifecycle.Empty()
	if err := json.Unmarshal(data, state); err != nil {
		return nil, err
	}
	if state.Clusters == nil { // "clusters": null
		state.Clusters = map[string]*lifecycle.Cluster{}
	}
	if head.Version == 1 {
		if err := migrateV1(state, data); err != nil {
			return nil, err
		}
	}
	migrateErrors(state)
	return state, state.Validate()
}
