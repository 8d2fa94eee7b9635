package journal

import (
	"encoding/json"
	"slices"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// stateV1 holds the flags of version 1, which Existing has replaced.
type stateV1 struct {
	Clusters map[string]struct {
		Hash      string               `json:"hash"`
		Machine   bool                 `json:"machine"`
		Unheard   bool                 `json:"unheard"`
		UnheardIn string               `json:"unheardIn"`
		Elsewhere schema.OperationKind `json:"elsewhere"`
	} `json:"clusters"`
	Operations []struct {
		RequestID string `json:"requestId"`
	} `json:"operations"`
}

// migrateV1 fills state from the flags of version 1. machine: a machine may exist, and SkyPilot
// has shown its record if there is a hash. unheard: a launch may have made a machine that
// SkyPilot never showed.
func migrateV1(state *lifecycle.State, data []byte) error {
	var old stateV1
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	for name, was := range old.Clusters {
		rec := state.Clusters[name]
		if rec == nil {
			continue // Validate refuses it
		}
		rec.Identity.Hash, rec.Foreign = was.Hash, was.Elsewhere
		if was.Unheard {
			rec.Orphan = &lifecycle.Orphan{Region: was.UnheardIn}
		}
		switch {
		case was.Machine && was.Hash != "":
			rec.Exists, rec.Machine = existing(lifecycle.ExistsSeen, lifecycle.EvidenceShown), machineV1(rec.View.Status)
		case was.Machine:
			rec.Exists = existing(lifecycle.ExistsAsked, lifecycle.EvidenceSubmitting)
		case was.Unheard:
			rec.Exists = existing(lifecycle.ExistsLost, lifecycle.EvidenceOwed)
		}
	}
	for i, was := range old.Operations {
		if i < len(state.Operations) && state.Operations[i] != nil {
			state.Operations[i].SkyRequest, state.Operations[i].RequestID = was.RequestID, ""
		}
	}
	state.Version = lifecycle.Version
	return nil
}

// migrateErrors notes what the errors are of that a sidecar stored which did not note it. It knew a failed look's by its text
// and, before texts had codes, by its kind.
func migrateErrors(state *lifecycle.State) {
	for _, rec := range state.Clusters {
		if rec == nil || rec.View.Error == nil || rec.ErrorOrigin != "" {
			continue
		}
		ofLook := slices.ContainsFunc(rec.View.Texts, func(t text.Text) bool { return t.Code == text.ServerCantBeLooked.Code })
		if len(rec.View.Texts) == 0 {
			ofLook = slices.Contains([]schema.Kind{schema.KindUnreachable, schema.KindNetwork, schema.KindAPIServer}, rec.View.Error.Kind)
		}
		rec.ErrorOrigin = lifecycle.OriginServer
		if ofLook {
			rec.ErrorOrigin = lifecycle.OriginLook
		}
	}
}

func existing(state lifecycle.Existence, why lifecycle.Evidence) lifecycle.Existing {
	return lifecycle.Existing{State: state, Since: time.Time{}, By: lifecycle.KnownByRecord, Why: why}
}

func machineV1(status schema.Status) schema.MachineState {
	switch status {
	case schema.StatusRunning:
		return schema.MachineRunning
	case schema.StatusStopped:
		return schema.MachineStopped
	case schema.StatusProvisioning, schema.StatusStopping, schema.StatusDestroying:
		return schema.MachineChanging
	}
	return schema.MachineUnusable
}
