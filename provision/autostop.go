package provision

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/schema"
)

// restoreAutostop sets an autostop again, once, that SkyPilot dropped without
// anybody's request: an idle server would run on. It blocks for a `sky` where there
// is one to set; the warning stays until a look shows it.
func (s *Service) restoreAutostop(ctx context.Context, name string) {
	rec := s.store.Remembered(name)
	if rec.Restore == nil || rec.View.Status != schema.StatusRunning || s.store.Running(name) != nil {
		return
	}
	err := s.store.Update(func(st *lifecycle.State) error {
		now := st.Clusters[name]
		if now == nil || now.Restore == nil {
			return store.ErrUnchanged // another sidecar does it
		}
		now.Restore = nil
		return nil
	})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Short)
	defer cancel()
	if err := s.backend.Client(name).Autostop(ctx, name, rec.Restore.IdleMinutes, rec.Restore.Down, false); err != nil {
		s.cfg.Log.Warn("the autostop that SkyPilot dropped could not be set again", "cluster", name, "error", err)
	}
	s.watcher.Soon()
}
