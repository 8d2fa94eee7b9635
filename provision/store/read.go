package store

import (
	"slices"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// Read calls fn with the state, which it must only read and not keep. It runs under
// the store's lock: it must not block, nor call the store.
func (s *Store) Read(fn func(*lifecycle.State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(s.state)
}

// Cluster is a cluster as the protocol shows it, and a copy of its record, nil
// where there is none. What the copy points to must only be read.
func (s *Store) Cluster(name string) (schema.Cluster, *lifecycle.Cluster) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec := s.state.Clusters[name]; rec != nil {
		kept := *rec
		return s.view(name), &kept
	}
	return s.view(name), nil
}

// Remembered returns a copy of a cluster's record, an empty one where there is none.
func (s *Store) Remembered(name string) lifecycle.Cluster {
	if _, rec := s.Cluster(name); rec != nil {
		return *rec
	}
	return lifecycle.Cluster{View: lifecycle.NoServer(name)}
}

// Clusters are all clusters that there are, as the protocol shows them, in no order.
func (s *Store) Clusters() []schema.Cluster {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []schema.Cluster{}
	for name := range s.state.Clusters {
		if c := s.view(name); c.Status != schema.StatusNoServer {
			all = append(all, c)
		}
	}
	return all
}

// Result is the answer to a request that was accepted.
func (s *Store) Result(op *lifecycle.Operation) schema.OperationResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	return schema.OperationResult{Operation: s.show(op), Cluster: s.view(op.Cluster)}
}

// Running is a copy of the operation in progress on a cluster; nil: there is none.
func (s *Store) Running(name string) *lifecycle.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.state.Running(name); op != nil {
		kept := *op
		return &kept
	}
	return nil
}

// Operation is a copy of an operation; the zero value where there is none.
func (s *Store) Operation(id string) lifecycle.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.state.Operation(id); op != nil {
		return *op
	}
	return lifecycle.Operation{}
}

// Show is an operation as the protocol shows it; false: there is none.
func (s *Store) Show(id string) (schema.Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.state.Operation(id)
	if op == nil {
		return schema.Operation{}, false
	}
	return s.show(op), true
}

// show is an operation as the protocol shows it. s.mu must be held.
func (s *Store) show(op *lifecycle.Operation) schema.Operation {
	return op.Show(s.progressOf(op.ID), time.Now())
}

// StillOpen reads the disk and reports whether an operation has not ended: it may
// have, in another process, since the state was read. It blocks for a small read.
func (s *Store) StillOpen(id string) bool {
	state, _, err := s.journal.Read()
	if err != nil {
		return false
	}
	op := state.Operation(id)
	return op != nil && !op.Ended()
}

// NameOf is the cluster that a request means, which may give no name.
func (s *Store) NameOf(name string) string {
	if name != "" {
		return name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.ImpliedName(s.opt.Configured)
}

// Unattended names the clusters of which a machine may exist and that no operation
// looks after, sorted.
func (s *Store) Unattended() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Unattended(s.opt.Configured)
}

// Epoch is the epoch in which a cluster is; see [lifecycle.Epoch].
func (s *Store) Epoch(name string) lifecycle.Epoch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Epoch(name)
}

// Operations are a cluster's operations, or all where the name is "", as the protocol
// shows them, newest first, at most limit of them.
func (s *Store) Operations(cluster string, limit int) (shown []schema.Operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range slices.Backward(s.state.Operations) {
		if len(shown) == limit {
			break
		}
		if cluster == "" || cluster == op.Cluster {
			shown = append(shown, s.show(op))
		}
	}
	return shown
}
