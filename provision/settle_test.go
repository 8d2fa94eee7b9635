package provision

import (
	"testing"
	"time"

	"carapace/schema"
)

// Whoever only asks for the status, again and again, sees a launch end that the first
// process left to SkyPilot: each of them settles what has ended until then.
func TestAskingOnceSettlesWhatHasEnded(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.run()
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		if first.Inherited("") {
			t.Error("its own operation is inherited")
		}
		first.Close(ctx) // as at the end of stdin: when SkyPilot has the request
		began, asked := time.Now(), 0
		for status := schema.StatusProvisioning; status == schema.StatusProvisioning; asked++ {
			if time.Since(began) > 20*time.Minute {
				t.Fatalf("after %d questions the launch has not ended", asked)
			}
			next := w.run()
			if !next.Inherited("") {
				t.Error("the operation is not inherited")
			}
			at := time.Now()
			next.Settle(ctx, "")
			if took := time.Since(at); took > settleTime {
				t.Errorf("it took %s", took)
			} else if asked == 0 && took > 5*time.Second {
				t.Errorf("with SkyPilot at work it took %s", took)
			}
			status = next.status().Status
			next.Close(ctx)
			time.Sleep(time.Minute)
		}
		last := w.start()
		last.wantStatus(schema.StatusRunning)
		if op, err := last.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID}); err != nil || op.State != schema.OperationSucceeded {
			t.Errorf("the launch ended %s (%v)", op.State, err)
		}
		if last.Inherited("") {
			t.Error("what has ended is inherited")
		}
		last.Settle(ctx, "")
	})
}

// An operation that another process is at work on is left to it, and waited for a second.
func TestSettleLeavesALivingProcessItsOperation(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first, second := w.start(), w.start()
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		at := time.Now()
		second.Settle(ctx, "")
		if took := time.Since(at); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
		second.wantStatus(schema.StatusProvisioning)
		first.until(result, nil)
	})
}

// What was left is taken up before anybody says that nothing goes on.
func TestIdleWaitsForWhatWasLeft(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.run()
		if _, err := first.Launch(ctx, onAWS); err != nil {
			t.Fatal(err)
		}
		first.Close(ctx)
		second := w.start()
		if err := second.Idle(ctx); err != nil {
			t.Fatal(err)
		}
		second.wantStatus(schema.StatusRunning)
	})
}
