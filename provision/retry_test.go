package provision

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// Credentials that were corrected count without a person restarting anything.
func TestStaleIdentityIsRepaired(t *testing.T) {
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

// A launch whose last look failed is launched again to finish it, as its hint says.
func TestLaunchAgainAfterAFailedLook(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var blind atomic.Bool
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "status") && !is(call, "api") && blind.Load() {
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: no route to host"}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		blind.Store(true)
		first := s.until(result, nil)
		t.Logf("first: %s, %s", first.Operation.Message, first.Cluster.Description)
		blind.Store(false)
		again := s.until(s.Launch(ctx, onAWS))
		time.Sleep(5 * time.Minute)
		if again.Operation.State != schema.OperationSucceeded {
			t.Errorf("launching again ended %s: %s; now it is %s: %s", again.Operation.State, again.Operation.Message, s.status().Status, s.status().Description)
		}
	})
}
