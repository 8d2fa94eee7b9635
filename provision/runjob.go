package provision

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/provision/sky/gate"
	"carapace/provision/store"
	"carapace/schema"
)

// afterLook does what a look that succeeded may have made due.
func (s *Service) afterLook(ctx context.Context, name string) {
	s.restoreAutostop(ctx, name)
	s.checkRunJob(ctx, name)
}

// checkRunJob asks how the run command of a server stands, where that is due, and reports whether it
// has asked.
func (s *Service) checkRunJob(ctx context.Context, name string) (asked bool) {
	return s.askRunJob(ctx, name, false)
}

// askRunJob is checkRunJob; wanted: a person asks how the server is. That it asks is journaled before,
// so that of several sidecars of one state folder one does. It blocks for a `sky` where it asks.
func (s *Service) askRunJob(ctx context.Context, name string, wanted bool) (asked bool) {
	rec := s.store.Remembered(name)
	sign := s.jobs.Sign(name)
	if !rec.JobIsDue(schema.Now(), wanted, sign) || s.store.Running(name) != nil {
		return false
	}
	at := schema.Now()
	s.store.Record(func(st *lifecycle.State) error {
		now := st.Clusters[name]
		if asked = now != nil && now.JobIsDue(schema.Now(), wanted, sign); !asked {
			return store.ErrUnchanged // another sidecar asks
		}
		now.RunJobAsked = at
		return nil
	})
	if !asked {
		return false
	}
	job := s.backend.For(gate.Watch).RunJob(ctx, name, rec.RunJob)
	s.store.Record(func(st *lifecycle.State) error {
		now := st.Clusters[name]
		if now == nil || now.Identity.Hash != rec.Identity.Hash || !now.ObserveJob(job) {
			return store.ErrUnchanged
		}
		return nil
	})
	if job.ID != 0 {
		s.jobs.GoesOn(name, at) // or it has ended, and nobody watches it any more
	}
	return true
}
