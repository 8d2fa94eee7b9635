package provision

import (
	"context"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

const (
	// maxWaiting bounds the waits: each holds one of the requests that may be in flight.
	maxWaiting = 100
	// maxWait is the longest time-out of a wait.
	maxWait = 24 * time.Hour
)

// WaitForOperation blocks until an operation has ended, and returns it. It returns the operation as
// it is when the time-out has passed, or when enough is closed; nil never is. Who drives the operation makes
// no difference: its end is read from the state folder. The error is a *schema.Error, or ctx's.
func (s *Service) WaitForOperation(ctx context.Context, p schema.OperationWaitParams, enough <-chan struct{}) (schema.Operation, error) {
	if p.TimeoutSeconds < 0 || p.TimeoutSeconds > maxWait.Seconds() {
		return schema.Operation{}, schema.Fail(schema.KindInvalidParams, &text.ParamsTimeout, text.Args{"most": maxWait.Seconds()}).WithField("timeoutSeconds")
	}
	if s.waiting.Add(1) > maxWaiting {
		s.waiting.Add(-1)
		return schema.Operation{}, schema.Fail(schema.KindBusy, &text.WaitTooMany, text.Args{"most": maxWaiting})
	}
	defer s.waiting.Add(-1)
	var late <-chan time.Time
	if p.TimeoutSeconds > 0 {
		timer := time.NewTimer(time.Duration(p.TimeoutSeconds * float64(time.Second)))
		defer timer.Stop()
		late = timer.C
	}
	for {
		changed := s.store.Changed() // before the look, so that no change is missed
		op, err := s.GetOperation(ctx, schema.OperationGetParams{ID: p.ID})
		if err != nil || op.Ended() {
			return op, err
		}
		select {
		case <-changed:
		case <-late:
			return s.GetOperation(ctx, schema.OperationGetParams{ID: p.ID})
		case <-enough:
			return s.GetOperation(ctx, schema.OperationGetParams{ID: p.ID})
		case <-ctx.Done():
			return schema.Operation{}, ctx.Err()
		}
	}
}
