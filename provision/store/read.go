package store

import (
	"slices"

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

// Config returns what is kept for an app. Callers must not change it.
func (s *Store) Config() lifecycle.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Config
}

// Cluster returns a cluster as the protocol shows it, and a copy of its record, nil if there is
// none. Callers must not change what the copy points to.
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
	s.mu.Lock()
	defer s.mu.Unlock()
	if rec := s.state.Clusters[name]; rec != nil {
		return *rec
	}
	return lifecycle.Cluster{View: lifecycle.NoServer(name)}
}

// Clusters returns all clusters as the protocol shows them, in no order, without those that are
// no_server.
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

// Result returns the answer to an accepted request.
func (s *Store) Result(op *lifecycle.Operation) schema.OperationResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	return schema.OperationResult{Operation: s.show(op), Cluster: s.view(op.Cluster)}
}

// Requested returns what a request began, as [Store.Result] does; false if no request of that
// kind and id is remembered.
func (s *Store) Requested(kind schema.OperationKind, requestID string) (schema.OperationResult, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range s.state.Operations {
		if op.Kind == kind && op.RequestID == requestID {
			return schema.OperationResult{Operation: s.show(op), Cluster: s.view(op.Cluster)}, true
		}
	}
	return schema.OperationResult{}, false
}

// Running returns a copy of the operation in progress on a cluster, nil if there is none.
func (s *Store) Running(name string) *lifecycle.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.state.Running(name); op != nil {
		kept := *op
		return &kept
	}
	return nil
}

// Operation returns a copy of an operation, the zero value if there is none.
func (s *Store) Operation(id string) lifecycle.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.state.Operation(id); op != nil {
		return *op
	}
	return lifecycle.Operation{}
}

// Show returns an operation as the protocol shows it; false if there is none.
func (s *Store) Show(id string) (schema.Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op := s.state.Operation(id)
	if op == nil {
		return schema.Operation{}, false
	}
	return s.show(op), true
}

// show returns an operation as the protocol shows it. s.mu must be held.
func (s *Store) show(op *lifecycle.Operation) schema.Operation {
	return s.state.Show(op, s.context(op))
}

// Remedied returns an error with what a person can do about it now; name is the server that a request
// named.
func (s *Store) Remedied(e *schema.Error, name string) *schema.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Remedied(e, name, nil, s.context(nil))
}

// StillOpen reads the state from disk and reports whether an operation has not ended: another
// process may have ended it since. It is false if the disk can't be read. It blocks for a small
// read.
func (s *Store) StillOpen(id string) bool {
	state, _, err := s.journal.Read()
	if err != nil {
		return false
	}
	op := state.Operation(id)
	return op != nil && !op.Ended()
}

// NameOf returns the name of the cluster that a request is for; name is "" if the request gives
// none.
func (s *Store) NameOf(name string) string {
	if name != "" {
		return name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.ImpliedName(s.opt.Configured)
}

// Unattended returns, sorted, the names of the clusters whose machine may exist and that have no
// operation in progress.
func (s *Store) Unattended() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Unattended(s.opt.Configured)
}

// Epoch returns a cluster's current epoch; see [lifecycle.Epoch].
func (s *Store) Epoch(name string) lifecycle.Epoch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Epoch(name)
}

// Operations returns a cluster's operations, or all if the name is "", as the protocol shows
// them, newest first, at most limit of them.
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
