package main

import (
	"context"
	"sync"

	"carapace/provision"
	"carapace/schema"
)

// outcome is what became of the operations that a process was told of, for its exit
// code. It is safe for concurrent use; the zero value is ready.
type outcome struct {
	mu       sync.Mutex
	failed   bool
	canceled map[string]string // by server: its operation that ended last, where that was canceled
	wanted   map[string]bool   // operations that this process was asked to cancel
}

// finished takes in the end of an operation.
func (o *outcome) finished(op schema.Operation) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.canceled == nil {
		o.canceled = map[string]string{}
	}
	delete(o.canceled, op.Cluster) // it gave way to this one
	switch op.State {
	case schema.OperationFailed:
		o.failed = true
	case schema.OperationCanceled:
		o.canceled[op.Cluster] = op.ID
	}
}

// cancel is the method cluster.cancel: what it ends as canceled is done as asked.
func (o *outcome) cancel(ctx context.Context, s *provision.Service, p schema.NameParams) (schema.OperationResult, error) {
	result, err := s.Cancel(ctx, p)
	if err == nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.wanted == nil {
			o.wanted = map[string]bool{}
		}
		o.wanted[result.Operation.ID] = true
	}
	return result, err
}

// bad reports whether an operation has failed, or was canceled by somebody else.
func (o *outcome) bad() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range o.canceled {
		if !o.wanted[id] {
			return true
		}
	}
	return o.failed
}
