package provision

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"

	"carapace/provision/journal"
	"carapace/schema"
)

// request is what a caller wants to be begun.
type request struct {
	kind    schema.OperationKind
	name    string
	version string // of an install
	// admit refuses the request from the state alone; nil: the table of
	// transitions is enough.
	admit func(*journal.State) *schema.Error
	// supersede ends the operation in progress in favour of this one; its error
	// is a refusal. nil: an operation in progress refuses the request.
	supersede func(busy *journal.Operation) *schema.Error
	// write makes the operation's files, which must be there when it is journaled
	// and not stay when it is not; nil: there are none.
	write func(id string) error
	// fill completes the operation and the server's record; nil: nothing to add.
	fill func(*journal.State, *journal.Operation)
}

// accept journals an operation and starts its driver. Of many callers in many
// processes exactly one gets through: the lease is taken first, then the
// journal, under its lock, has the last word.
func (s *Service) accept(ctx context.Context, r request) (schema.OperationResult, error) {
	if s.isClosing() {
		return schema.OperationResult{}, StateError(context.Canceled)
	}
	lease, err := s.lease(ctx, r)
	if err != nil {
		return schema.OperationResult{}, err
	}
	driven := false
	defer func() {
		if !driven {
			lease.Release()
		}
	}()
	op, err := s.record(r)
	if err != nil {
		return schema.OperationResult{}, err
	}
	driven = true
	s.drive(op, lease)
	return s.accepted(op), nil
}

func (s *Service) accepted(op *journal.Operation) schema.OperationResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	return schema.OperationResult{Operation: s.operationView(op), Cluster: s.view(op.Cluster)}
}

// lease takes the server's lease. One that is held although the journal knows of
// no operation is about to be free (its holder has just ended one) or belongs to
// a sidecar with another state folder; the first passes in milliseconds.
func (s *Service) lease(ctx context.Context, r request) (*journal.Lease, error) {
	deadline := time.Now().Add(leasePatience)
	for {
		lease, holder, err := s.leases.Try(r.name, string(r.kind))
		if err != nil {
			return nil, StateError(err)
		}
		if lease != nil {
			return lease, nil
		}
		if op := s.running(r.name); op != nil || time.Now().After(deadline) {
			if op == nil {
				s.expect(r.name)
			}
			return nil, inProgress(r.name, op, holder)
		}
		if !wait(ctx, leaseRetry) {
			return nil, StateError(ctx.Err())
		}
	}
}

const (
	leasePatience = time.Second
	leaseRetry    = 10 * time.Millisecond
)

func (s *Service) running(name string) *journal.Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Running(name)
}

// record journals the request as a running operation.
func (s *Service) record(r request) (*journal.Operation, error) {
	id := uuid.NewString()
	at := now()
	var op *journal.Operation
	err := s.change(func(st *journal.State) error {
		busy := st.Running(r.name)
		if busy != nil && r.supersede == nil {
			return inProgress(r.name, busy, journal.Holder{})
		}
		if busy != nil {
			if refusal := r.supersede(busy); refusal != nil {
				return refusal
			}
		}
		if refusal := s.admit(st, r); refusal != nil {
			return refusal
		}
		op = &journal.Operation{
			Operation: schema.Operation{
				ID: id, Kind: r.kind, Cluster: r.name, State: schema.OperationRunning,
				Phase: firstPhase(r.kind), Message: firstMessage(r.kind), StartedAt: at,
			},
			Driver: os.Getpid(), Before: statusIn(st, r.name), Version: r.version,
		}
		if busy != nil {
			op.Supersedes = busy.ID
		}
		if r.fill != nil {
			r.fill(st, op)
		}
		st.Operations = append(st.Operations, op)
		if r.write != nil {
			return r.write(id) // under the journal's lock, so that no sweep sees them before
		}
		return nil
	})
	if err != nil {
		_ = os.RemoveAll(s.operationDir(id))
		return nil, StateError(err)
	}
	return op, nil
}

func (s *Service) admit(st *journal.State, r request) *schema.Error {
	if refusal := admissible(r.kind, r.name, st.Clusters[r.name]); refusal != nil {
		return refusal
	}
	if r.admit != nil {
		return r.admit(st)
	}
	return nil
}

func statusIn(st *journal.State, name string) schema.Status {
	if rec := st.Clusters[name]; rec != nil {
		return rec.View.Status
	}
	return schema.StatusNoServer
}

// inProgress is the refusal of a request while another operation has the server.
func inProgress(name string, op *journal.Operation, holder journal.Holder) *schema.Error {
	who := ""
	if holder.PID == 0 && op != nil {
		holder = journal.Holder{PID: op.Driver, Since: op.StartedAt, Doing: string(op.Kind)}
	}
	if holder.PID != 0 {
		who = fmt.Sprintf(" (%s)", holder)
	}
	if op == nil {
		return schema.NewError(schema.KindOperationInProgress,
			fmt.Sprintf("Another Carapace is working on %s%s.", name, who),
			"Wait until it has finished, then try again.")
	}
	message, hint := fmt.Sprintf("A %s of %s is in progress%s.", op.Kind, name, who), "Wait until it has finished, or cancel it."
	switch op.Kind {
	case schema.OperationInstall:
		message, hint = fmt.Sprintf("SkyPilot is being installed already%s.", who), "Wait until that has finished."
	case schema.OperationStop, schema.OperationDestroy: // which can't be canceled
		hint = "Wait until it has finished."
	}
	return schema.NewError(schema.KindOperationInProgress, message, hint).WithDetail("operation " + op.ID)
}
