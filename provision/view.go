package provision

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"carapace/provision/journal"
	"carapace/schema"
)

// view is the named server as the protocol shows it. s.mu must be held.
func (s *Service) view(name string) schema.Cluster {
	rec := s.state.Clusters[name]
	if rec == nil {
		c := noServer(name)
		c.Simulated, c.CheckedAt = s.simulated(), s.looks[name].CheckedAt
		if s.mayBeMissing(name) {
			c.Stale, c.Description = true, "What Carapace knew of the server was damaged; SkyPilot is being asked whether there is one. It may be running and costing money."
		}
		return c
	}
	c := rec.View
	c.Simulated = s.simulated()
	l := s.looks[name]
	c.CheckedAt, c.Stale = l.CheckedAt, l.Failures > 0
	if c.Autostop != nil && c.Status == schema.StatusRunning {
		c.Warnings = append(slices.Clip(c.Warnings), *autostopNotice(rec))
	}
	if rec.UnheardIn != "" && c.Status != schema.StatusError { // there the description says it
		c.Warnings = append(slices.Clip(c.Warnings), *unheardNotice(rec))
	}
	if op := s.state.Running(name); op != nil {
		shown := s.operationView(op)
		c.Operation, c.Error = &shown, nil
		if status, sentence := transitional(op, c.Status); sentence != "" {
			c.Status, c.Description = status, sentence
		}
	}
	return c
}

// mayBeMissing says whether there may be a server of that name of which a damaged
// state told, and nobody knows any more. s.mu must be held.
func (s *Service) mayBeMissing(name string) bool {
	return s.state.Forgot && name == s.cfg.Name && s.state.Clusters[name] == nil
}

// recorded is a server as the protocol shows it, and its record or nil.
func (s *Service) recorded(name string) (schema.Cluster, *journal.Cluster) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(name), s.state.Clusters[name]
}

func (s *Service) simulated() bool { return s.cfg.Simulator != nil }

func noServer(name string) schema.Cluster {
	return schema.Cluster{Name: name, Status: schema.StatusNoServer, Description: "There is no server yet. Launch one to get started."}
}

// transitional is what a server in an operation shows. A sync leaves its status
// as it is.
func transitional(op *journal.Operation, before schema.Status) (schema.Status, string) {
	canceling := !op.CancelRequested.IsZero()
	switch {
	case op.Kind == schema.OperationLaunch && canceling && op.Fresh:
		return schema.StatusDestroying, "The launch is being canceled; what it made is being removed."
	case (op.Kind == schema.OperationLaunch || op.Kind == schema.OperationStart) && canceling:
		return schema.StatusStopping, fmt.Sprintf("The %s is being canceled; the server is being stopped, its disk is kept.", op.Kind)
	case op.Kind == schema.OperationLaunch:
		return schema.StatusProvisioning, "The server is being launched."
	case op.Kind == schema.OperationStart:
		return schema.StatusProvisioning, "The server is being started again."
	case op.Kind == schema.OperationStop:
		return schema.StatusStopping, "The server is being stopped. " + diskCosts()
	case op.Kind == schema.OperationDestroy:
		return schema.StatusDestroying, "The server is being destroyed with all that is on it."
	}
	return before, ""
}

// operationView is an operation as the protocol shows it, with the progress that
// its driver in this process knows of. s.mu must be held.
func (s *Service) operationView(op *journal.Operation) schema.Operation {
	shown := op.Operation
	if d := s.drivers[op.ID]; d != nil && !op.Ended() {
		d.showOn(&shown)
	}
	end := shown.EndedAt
	if end.IsZero() {
		end = time.Now()
	}
	shown.ElapsedSeconds = seconds(end.Sub(shown.StartedAt))
	return shown
}

// seconds is a time that has passed; a clock that was set back gives none.
func seconds(d time.Duration) float64 {
	return float64(max(0, d).Round(100*time.Millisecond)) / float64(time.Second)
}

// tellChange sends a status change when the server differs from what was last
// said of it. s.mu must be held.
func (s *Service) tellChange(name string) {
	now := s.view(name)
	before, known := s.sent[name]
	if !known {
		before = noServer(name)
		before.Simulated = s.simulated()
	}
	if changed := differences(before, now); len(changed) > 0 {
		s.tell(name, now, changed)
	}
}

// tell sends the whole state of a server. s.mu must be held.
func (s *Service) tell(name string, now schema.Cluster, changed []string) {
	before, known := s.sent[name]
	if !known {
		before = noServer(name)
		if changed == nil {
			before = now // the first word after a start is the state itself, not a change
		}
	}
	s.seq++
	s.sent[name] = now
	source := schema.SourcePoll
	if rec := s.state.Clusters[name]; rec != nil && rec.Source != "" {
		source = rec.Source
	}
	if now.Operation != nil {
		source = schema.SourceOperation
	}
	if changed == nil {
		changed = []string{}
	}
	s.cfg.Notifier.StatusChanged(schema.StatusChanged{
		Seq: s.seq, Cluster: now, Changed: changed, Source: source,
		Previous: schema.PreviousStatus{Status: before.Status, Description: before.Description},
	})
}

// differences names the fields, by their JSON names, in which two states of a
// server differ for a person. The time of the last look does not count, nor how
// far an operation has got: that is progress.
func differences(a, b schema.Cluster) []string {
	a.CheckedAt, b.CheckedAt = time.Time{}, time.Time{}
	a.Operation, b.Operation = identity(a.Operation), identity(b.Operation)
	var changed []string
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			tag, _, _ := strings.Cut(va.Type().Field(i).Tag.Get("json"), ",")
			changed = append(changed, tag)
		}
	}
	return changed
}

func identity(op *schema.Operation) *schema.Operation {
	if op == nil {
		return nil
	}
	return &schema.Operation{ID: op.ID, Kind: op.Kind, State: op.State}
}

// tellEnd sends operation.finished for an operation that has ended while this
// process was there, once. s.mu must be held.
func (s *Service) tellEnd(op *journal.Operation) {
	if !op.Ended() || s.finished[op.ID] {
		return
	}
	s.finished[op.ID] = true
	s.cfg.Notifier.Finished(schema.Finished{Operation: op.Operation, Cluster: s.view(op.Cluster)})
}

// sizeOf says a machine's size for a person; what is not known is left out.
func sizeOf(cpus, memoryGB float64, diskGB int) string {
	var parts []string
	if cpus > 0 {
		parts = append(parts, fmt.Sprintf("%g vCPUs", cpus))
	}
	if memoryGB > 0 {
		parts = append(parts, fmt.Sprintf("%g GB memory", memoryGB))
	}
	if diskGB > 0 {
		parts = append(parts, fmt.Sprintf("%d GB disk", diskGB))
	}
	return strings.Join(parts, ", ")
}
