package store

import (
	"slices"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// Notifier receives the notifications for the host. Its methods must not block and must not call
// the store: they are called with the state locked, so that notifications come in the order of the
// changes.
type Notifier interface {
	StatusChanged(schema.StatusChanged)
	Progress(schema.Progress)
	Log(schema.LogLine)
	Finished(schema.Finished)
	WatchChanged(schema.VaultWatchChanged)
	Checked(schema.Check)
	ConfigChanged(schema.ConfigChanged)
	TunnelClosed(schema.TunnelClosed)
}

// Announce notifies the host of all clusters (docs/protocol.md, "Notifications"). It does not notify of
// operations that have ended already. Afterwards each change calls observer with the new state,
// under the store's lock: observer must only read the state, must not block, and must not call the
// store.
func (s *Store) Announce(observer func(*lifecycle.State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observer = observer
	for _, op := range s.state.Operations {
		if op.Ended() {
			s.finished[op.ID] = true
		}
	}
	for name, rec := range s.state.Clusters {
		if rec.Spec != nil {
			s.KeepSecrets(*rec.Spec)
		}
		if c := s.view(name); c.Status != schema.StatusNoServer {
			s.notify(name, c, nil)
		}
	}
	if configured := s.opt.Configured; s.state.MayBeMissing(configured, configured) {
		s.notify(configured, s.view(configured), nil)
	}
}

// notifyChange sends a status change if the cluster differs from what was last sent. s.mu must be
// held.
func (s *Store) notifyChange(name string) {
	now := s.view(name)
	before, known := s.lastSent[name]
	if !known {
		before = lifecycle.NoServer(name)
		before.Simulated = s.opt.Simulated
	}
	if changed := lifecycle.Differences(before, now); len(changed) > 0 {
		s.notify(name, now, changed)
	}
}

// notify sends the whole state of a cluster. s.mu must be held.
func (s *Store) notify(name string, now schema.Cluster, changed []string) {
	before, known := s.lastSent[name]
	if !known {
		before = lifecycle.NoServer(name)
		if changed == nil {
			before = now // the first notification after a start is the state itself, not a change
		}
	}
	s.seq++
	s.lastSent[name] = now
	source := schema.SourcePoll
	switch rec := s.state.Clusters[name]; {
	case slices.Equal(changed, onlyService): // which is asked beside whatever changed the state last
	case now.Operation != nil, rec == nil && known: // no look removes a record
		source = schema.SourceOperation
	case rec != nil && rec.Source != "":
		source = rec.Source
	}
	if changed == nil {
		changed = []string{}
	}
	s.opt.Notifier.StatusChanged(schema.StatusChanged{
		Seq: s.seq, Cluster: now, Changed: changed, Source: source,
		Previous: schema.PreviousStatus{Status: before.Status, Description: before.Description, Texts: before.Texts},
	})
}

// onlyService is what changes with a service's answer.
var onlyService = []string{"service"}

// notifyFinished sends operation.finished, once, for an operation that has ended since Announce.
// s.mu must be held.
func (s *Store) notifyFinished(op *lifecycle.Operation) {
	if !op.Ended() || s.finished[op.ID] {
		return
	}
	s.finished[op.ID] = true
	delete(s.heard, op.ID)
	s.opt.Notifier.Finished(schema.Finished{Operation: s.show(op), Cluster: s.view(op.Cluster)})
}

// SetProgress sets the progress of an operation that this process drives.
func (s *Store) SetProgress(id string, phase schema.Phase, said []text.Text) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.progress[id]
	p.Phase, p.Said = phase, said
	s.progress[id] = p
}

// EndProgress removes the progress of an operation that this process drives no longer. If another one
// goes on with it, the host hears of what comes after that.
func (s *Store) EndProgress(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.state.Operation(id); op != nil && !op.Ended() {
		s.heard[id] = heard{phase: op.Phase, message: op.Message, percent: s.progress[id].Percent}
	}
	delete(s.progress, id)
}

// heard is what the host was last told of the progress of an operation that another process drives.
type heard struct {
	phase   schema.Phase
	message string
	percent int
}

// NotifyProgress sends a progress notification, with a forecast of the operation's end. Its percentage
// is what the driver says; if that says nothing, the forecast's, but for an installation, whose driver
// knows better. The time that has passed is put in here, so that it never falls. NotifyProgress sends none for an operation that has
// ended, and none of a phase that the operation has left: what was made beside the driver can come late.
func (s *Store) NotifyProgress(p schema.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.state.Operation(p.Operation)
	if op == nil || op.Ended() {
		return
	}
	kept := s.progress[p.Operation] // the percentage never falls
	if lifecycle.PhaseBefore(op.Kind, p.Phase, kept.Phase) {
		return
	}
	now := time.Now()
	f := s.state.Forecast(op, p.Phase, now)
	p.ElapsedSeconds, p.ExpectedSeconds, p.Basis = lifecycle.Seconds(now.Sub(op.StartedAt)), f.ExpectedSeconds, f.Basis
	switch {
	case p.Percent != nil:
		kept.Percent = max(kept.Percent, *p.Percent)
	case op.Kind != schema.OperationInstall:
		kept.Percent = max(kept.Percent, f.Percent)
	}
	s.progress[p.Operation] = kept
	if kept.Percent > 0 || op.Kind != schema.OperationInstall {
		p.Percent = &kept.Percent
	}
	s.opt.Notifier.Progress(p)
}

// notifyElsewhere sends the progress of an operation that another process drives, as far as it is
// journaled: a cluster's by its phases, an installation's with its percentage. s.mu must be held.
func (s *Store) notifyElsewhere(op *lifecycle.Operation) {
	last := s.heard[op.ID]
	if op.Ended() || op.Message == "" || s.progressOf(op.ID) != nil || last.phase == op.Phase && last.message == op.Message {
		return
	}
	index, count := lifecycle.PhaseIndex(op.Kind, op.Phase)
	now := time.Now()
	f := s.state.Forecast(op, op.Phase, now)
	percent := op.Percent
	if op.Kind != schema.OperationInstall {
		last.percent = max(last.percent, f.Percent) // it never falls
		percent = &last.percent
	}
	s.heard[op.ID] = heard{phase: op.Phase, message: op.Message, percent: last.percent}
	s.opt.Notifier.Progress(schema.Progress{
		Operation: op.ID, Cluster: op.Cluster, Phase: op.Phase, PhaseIndex: index, PhaseCount: count,
		Percent: percent, Message: op.Message, Texts: op.Texts, ElapsedSeconds: lifecycle.Seconds(now.Sub(op.StartedAt)), ExpectedSeconds: f.ExpectedSeconds, Basis: f.Basis,
	})
}

// NotifyCheck tells the host what a check of doctor has found.
func (s *Store) NotifyCheck(c schema.Check) { s.opt.Notifier.Checked(c) }

// NotifyWatch tells the host how a continuous sync stands.
func (s *Store) NotifyWatch(w schema.VaultWatchChanged) { s.opt.Notifier.WatchChanged(w) }

// NotifyTunnel tells the host that a tunnel has ended.
func (s *Store) NotifyTunnel(c schema.TunnelClosed) { s.opt.Notifier.TunnelClosed(c) }

// Log passes a line of a cluster's log on to the host.
func (s *Store) Log(line schema.LogLine) { s.opt.Notifier.Log(line) }

// Told returns the number of status notifications sent so far.
func (s *Store) Told() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seq
}

// view returns a cluster as the protocol shows it. s.mu must be held.
func (s *Store) view(name string) schema.Cluster {
	with := s.context(s.state.Running(name))
	with.Look, with.Service = s.looks[name], s.services[name]
	return s.state.View(name, with)
}

// context returns what is shown besides the state, with the progress of an operation; nil: none. s.mu
// must be held.
func (s *Store) context(op *lifecycle.Operation) lifecycle.Context {
	with := lifecycle.Context{Simulated: s.opt.Simulated, Configured: s.opt.Configured, At: time.Now()}
	if s.opt.Sky != nil {
		with.Sky = s.opt.Sky()
	}
	if op != nil {
		with.Progress = s.progressOf(op.ID)
	}
	return with
}

// progressOf returns the progress of an operation, nil if this process does not drive it. s.mu
// must be held.
func (s *Store) progressOf(id string) *lifecycle.Progress {
	if p, driven := s.progress[id]; driven {
		return &p
	}
	return nil
}
