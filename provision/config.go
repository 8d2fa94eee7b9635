package provision

import (
	"context"
	"errors"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/schema"
)

// GetConfig returns what is kept for the app.
func (s *Service) GetConfig(context.Context, schema.Empty) (schema.Config, error) {
	return s.store.Config().Config, nil
}

// SetConfig changes what is kept, for all sidecars of the state folder, and returns all of it. Nothing is kept of params that
// are refused. It blocks for a small write.
func (s *Service) SetConfig(_ context.Context, p schema.ConfigSetParams) (schema.Config, error) {
	var kept schema.Config
	err := s.store.Update(func(st *lifecycle.State) error {
		before := st.Config.Config
		st.Config.Set(p)
		if refusal := s.preflight.CheckConfig(&st.Config); refusal != nil {
			return refusal
		}
		if kept = st.Config.Config; kept == before {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrUnchanged) {
		return schema.Config{}, store.Error(err)
	}
	return kept, nil
}
