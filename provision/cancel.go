package provision

import (
	"context"
	"fmt"

	"carapace/provision/journal"
	"carapace/schema"
)

// Cancel asks for the operation in progress to be canceled. Whichever process
// drives it sees that in the journal and undoes what there is to undo.
func (s *Service) Cancel(_ context.Context, p schema.NameParams) (schema.OperationResult, error) {
	name := s.nameOf(p.Name)
	var op *journal.Operation
	err := s.change(func(st *journal.State) error {
		op = st.Running(name)
		if refusal := cancelable(name, op); refusal != nil {
			return refusal
		}
		if op.CancelRequested.IsZero() {
			op.CancelRequested = now()
			op.Message = "Canceling."
		}
		return nil
	})
	if err != nil {
		return schema.OperationResult{}, StateError(err)
	}
	return s.accepted(op), nil
}

func cancelable(name string, op *journal.Operation) *schema.Error {
	if op == nil {
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf("Nothing is in progress on %s, so there is nothing to cancel.", name),
			"Look at its status.")
	}
	const half = "A %s can't be canceled: half of one would leave a server that nobody can use."
	switch op.Kind {
	case schema.OperationStop:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf(half, op.Kind), "Wait until it has finished, then start the server again.")
	case schema.OperationDestroy:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf(half, op.Kind), "Wait until it has finished, then launch a new server.")
	}
	return nil
}
