package provision

import (
	"testing"

	"carapace/schema"
)

// Credentials that were corrected count without a person restarting anything.
func TestStaleIdentityIsMended(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("stale_identity", "")
		s := w.start()
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		s.wantStatus(schema.StatusRunning)
	})
}
