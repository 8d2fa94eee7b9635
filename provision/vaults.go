package provision

import (
	"context"
	"errors"

	"carapace/provision/lifecycle"
	"carapace/provision/mirror"
	"carapace/provision/store"
	"carapace/provision/vault"
	"carapace/schema"
	"carapace/schema/text"
)

// VaultStatus is how a server's vaults stand to those here: from this machine alone, or,
// with refresh, by a comparison with the server that changes nothing. A comparison that
// fails is no error: the state is unknown then, and the answer says why. It blocks while the
// vaults are looked through, and while rsync compares.
func (s *Service) VaultStatus(ctx context.Context, p schema.VaultStatusParams) (schema.VaultStatusResult, error) {
	if p.Contents && !p.Refresh {
		return schema.VaultStatusResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsContents).WithField("contents")
	}
	name := s.store.NameOf(p.Name)
	var refusal, closed *schema.Error
	s.store.Read(func(st *lifecycle.State) {
		refusal = st.AdmitName(name, s.cfg.Name)
		closed = st.AdmitComparison(name)
	})
	if refusal != nil {
		return schema.VaultStatusResult{}, refusal
	}
	result := schema.VaultStatusResult{Vaults: []schema.VaultState{}}
	all, refusal := s.mirrors.Of(name, s.store.Remembered(name))
	if refusal != nil {
		return schema.VaultStatusResult{}, refusal
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Sync)
	defer cancel()
	for i := range all {
		state := schema.VaultState{Vault: all[i].Vault, Local: all[i].Guard.Local, State: schema.VaultUnknown}
		switch {
		case !p.Refresh, closed != nil:
			all[i].Now, state.Reason = vault.LookThrough(ctx, all[i].Vault, all[i].Guard.Local, all[i].Before)
			if p.Refresh && state.Reason == nil {
				state.Reason = closed
			}
		default:
			state.Reason = s.mirrors.Compare(ctx, &all[i], p.Contents)
		}
		describe(&state, all[i], p.Refresh)
		result.Vaults = append(result.Vaults, state)
	}
	result.Watch = s.autosync.Watch(name) // after the comparison: its own may have ended meanwhile
	return result, nil
}

// WatchVaults begins or ends the continuous sync of a server's vaults. It blocks for a small
// write; the first mirror comes after it.
func (s *Service) WatchVaults(_ context.Context, p schema.VaultWatchParams) (schema.ContinuousSync, error) {
	name := s.store.NameOf(p.Name)
	err := s.store.Update(func(st *lifecycle.State) error {
		rec := st.Clusters[name]
		if refusal := lifecycle.AdmitWatch(name, rec); refusal != nil {
			return refusal
		}
		if rec.View.VaultWatch == p.On {
			return store.ErrUnchanged
		}
		rec.View.VaultWatch = p.On
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrUnchanged) {
		return schema.ContinuousSync{}, store.Error(err)
	}
	return s.autosync.Watch(name), nil
}

// describe fills in what is known of a vault that was looked through, or compared.
func describe(state *schema.VaultState, v mirror.Vault, compared bool) {
	if v.Before != nil {
		state.LastSame, state.LastCompared = v.Before.At, v.Before.Compared
	}
	if v.Now.Fingerprint == "" { // it could not be looked through
		return
	}
	state.Files, state.Bytes = v.Now.Files, v.Now.Bytes
	state.ChangedHere = v.Before != nil && v.Before.Fingerprint != "" && v.Guard.ChangedHere()
	switch {
	case state.Reason != nil:
	case compared:
		state.State, state.AsOf = schema.VaultInSync, schema.Now()
		if v.Differences.Any {
			state.State = schema.VaultDiffers
		}
		change := v.Change(v.Compare, maxPaths)
		fit(&change)
		state.Changes = &change
	case state.ChangedHere:
		state.State = schema.VaultDiffers
	}
}

const (
	maxPaths     = 200         // of each kind
	maxPathBytes = maxList / 3 // of the paths of one vault: there are two, and the rest of the message
)

// fit drops paths until the message is small enough, of the longest list first. What would
// be deleted is dropped last.
func fit(c *schema.VaultChange) {
	lists := []*[]string{&c.FirstDeleted, &c.FirstChanged, &c.FirstAdded}
	size := func() (total int) {
		for _, list := range lists {
			for _, path := range *list {
				total += len(path) + len(path)/8 + 3
			}
		}
		return total
	}
	for size() > maxPathBytes {
		longest := lists[0]
		for _, list := range lists {
			if len(*list) >= len(*longest) {
				longest = list
			}
		}
		*longest = (*longest)[:len(*longest)-1]
	}
}
