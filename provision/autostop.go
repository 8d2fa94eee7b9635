package provision

import (
	"context"
	"slices"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/schema"
	"carapace/schema/text"
)

// SetAutostop sets or cancels the idle time after which a server ends itself,
// and answers with what SkyPilot then says it is.
func (s *Service) SetAutostop(ctx context.Context, p schema.AutostopParams) (schema.Cluster, error) {
	name := s.store.NameOf(p.Name)
	shownBefore, rec := s.store.Cluster(name)
	if refusal := lifecycle.AdmitAutostop(shownBefore, rec, p); refusal != nil {
		return schema.Cluster{}, refusal
	}
	ctx, cancel := context.WithTimeout(ctx, 3*s.cfg.Timing.Short)
	defer cancel()
	if !s.store.SawWithin(name, rec.Identity.Hash, freshLook) {
		s.watcher.Look(ctx, []string{name})
		again, now := s.store.Cluster(name)
		if now == nil || now.Identity.Hash != rec.Identity.Hash || now.Occupant != nil {
			return schema.Cluster{}, schema.Fail(schema.KindInterrupted, &text.AutostopOtherServer, text.Args{"name": name})
		}
		if refusal := lifecycle.AdmitAutostop(again, now, p); refusal != nil {
			return schema.Cluster{}, refusal
		}
	}
	s.noteAutostopAsked(name, p.Cancel)
	said := s.setAutostop(ctx, name, p)
	c := s.autostopShown(ctx, name, p)
	switch {
	case showsAutostop(c, p):
		return c, nil
	case said != nil:
		if !c.Stale { // a look shows it still: it was not taken away. A lost answer alone proves nothing
			s.noteAutostopAsked(name, false)
		}
		return schema.Cluster{}, s.backend.Explain(name, said)
	case c.Stale:
		return schema.Cluster{}, schema.Fail(schema.KindTimeout, &text.AutostopUnseen)
	case c.Status != schema.StatusRunning:
		return schema.Cluster{}, schema.Fail(schema.KindUnsupported, &text.AutostopTooLate, text.Args{"name": name, "status": c.Status}).AndHint(c.Texts...)
	}
	return schema.Cluster{}, schema.Fail(schema.KindInternal, &text.AutostopNotShown)
}

// noteAutostopAsked remembers whether a person took the autostop away, or set one. What was taken
// away was not dropped, and is not set again; what was set anew may be set again, once.
func (s *Service) noteAutostopAsked(name string, canceled bool) {
	s.store.Record(func(st *lifecycle.State) error {
		rec := st.Clusters[name]
		if rec == nil || rec.AutostopCanceled == canceled && rec.Restore == nil && !rec.AutostopRestored {
			return store.ErrUnchanged
		}
		rec.AutostopCanceled, rec.Restore, rec.AutostopRestored = canceled, nil, false
		return nil
	})
}

// setAutostop hands the change to SkyPilot.
func (s *Service) setAutostop(ctx context.Context, name string, p schema.AutostopParams) error {
	ctx, cancel := context.WithTimeout(ctx, 2*s.cfg.Timing.Short)
	defer cancel()
	return s.backend.Client(name).Autostop(ctx, name, p.IdleMinutes, p.Down, p.Cancel)
}

// autostopShown looks until a look that succeeded shows the change, or another state, three
// times at most: whatever `sky` said, a restart of its API server cuts the answer off, not the
// doing; and a look fails while SkyPilot's own refresh of the cluster has its lock (it then
// prints the old record after 20 s).
func (s *Service) autostopShown(ctx context.Context, name string, p schema.AutostopParams) schema.Cluster {
	for try := 1; ; try++ {
		s.watcher.Look(ctx, []string{name})
		c, _ := s.store.Cluster(name)
		if showsAutostop(c, p) || !c.Stale && c.Status != schema.StatusRunning || try == 3 {
			return c
		}
		select {
		case <-ctx.Done():
			return c
		case <-time.After(s.cfg.Timing.Retry):
		}
	}
}

// showsAutostop reports whether a look that succeeded shows what was asked for, or its doing.
func showsAutostop(c schema.Cluster, p schema.AutostopParams) bool {
	shown := c.Autostop == nil
	if !p.Cancel {
		shown = c.Autostop != nil && c.Autostop.IdleMinutes == p.IdleMinutes && c.Autostop.Down == p.Down
	}
	over := !p.Cancel && slices.Contains(endings, c.Status) // as was asked, the minutes have passed by now
	return !c.Stale && shown && (c.Status == schema.StatusRunning || over)
}

// freshLook is how old a look may be that shows which cluster bears a name.
const freshLook = 5 * time.Second

// endings are what an autostop makes of a server of which there is a record.
var endings = []schema.Status{schema.StatusStopping, schema.StatusStopped, schema.StatusDestroying}

// restoreAutostop sets an autostop again that SkyPilot dropped without anybody's request: an idle
// server would run on. It does so once: something that drops it again and again is a person's to
// mend, and the warning stays. That it was done is journaled before, so that no restart does it
// again. It blocks for a `sky` where there is one to set; the warning stays until a look shows it.
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
		now.Restore, now.AutostopRestored = nil, true
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
