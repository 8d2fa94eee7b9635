package provision

import (
	"testing"

	"carapace/schema"
)

// Credentials that were corrected count without a person restarting anything.
func TestStaleIdentityIsMended(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.quiet()
		w.byHand("api", "start") // else the launch itself starts the server, with the credentials as they are now
		w.inject("stale_identity", "")
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		s.wantStatus(schema.StatusRunning)
	})
}
