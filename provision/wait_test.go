package provision

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"carapace/schema"
)

// waitFor is what operation.wait answers, and after how long.
func (s *sidecar) waitFor(p schema.OperationWaitParams, enough <-chan struct{}) (op schema.Operation, took time.Duration, err error) {
	begun := time.Now()
	op, err = s.WaitForOperation(ctx, p, enough)
	return op, time.Since(begun), err
}

// The answer comes with the end and after its notification, from whichever sidecar is asked,
// and at once when the operation has ended before.
func TestWaitingForTheEndOfAnOperation(t *testing.T) {
	inWorld(t, func(w *world) {
		driver, other := w.start(watchful), w.start(watchful)
		result, err := driver.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		p := schema.OperationWaitParams{ID: result.Operation.ID}
		for range 30 { // the other one reads of it in the state folder
			if _, _, err = other.waitFor(schema.OperationWaitParams{ID: p.ID, TimeoutSeconds: 0.1}, nil); err == nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		for name, s := range map[string]*sidecar{"driver": driver, "other": other} {
			op, _, err := s.waitFor(p, nil)
			if _, told := s.host.ended(p.ID); err != nil || op.State != schema.OperationSucceeded || told != 1 {
				t.Errorf("%s: %s, told %d times: %v", name, op.State, told, err)
			}
			if late := time.Since(op.EndedAt); late > time.Second {
				t.Errorf("%s: answered %s after the end", name, late)
			}
		}
		if op, took, err := w.start().waitFor(p, nil); err != nil || !op.Ended() || took > 0 {
			t.Errorf("a later sidecar: %s after %s: %v", op.State, took, err)
		}
	})
}

// An operation whose sidecar has died is waited for by the next one.
func TestWaitingForAnOperationOfBeforeARestart(t *testing.T) {
	inWorld(t, func(w *world) {
		first := w.run()
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		first.stopNow()
		op, took, err := w.start().waitFor(schema.OperationWaitParams{ID: result.Operation.ID}, nil)
		if err != nil || op.State != schema.OperationSucceeded || took == 0 {
			t.Errorf("%s after %s: %v", op.State, took, err)
		}
	})
}

// A wait ends without the operation, and says how far that is.
func TestAWaitThatEndsBefore(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		id := result.Operation.ID
		op, took, err := s.waitFor(schema.OperationWaitParams{ID: id, TimeoutSeconds: 2.5}, nil)
		if err != nil || op.Ended() || took != 2500*time.Millisecond || op.ElapsedSeconds != 2.5 {
			t.Errorf("at its time-out: %s at %g s, after %s: %v", op.State, op.ElapsedSeconds, took, err)
		}
		enough := make(chan struct{})
		close(enough)
		if op, took, err := s.waitFor(schema.OperationWaitParams{ID: id}, enough); err != nil || op.Ended() || took > 0 {
			t.Errorf("when it was enough: %s after %s: %v", op.State, took, err)
		}
		given, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.WaitForOperation(given, schema.OperationWaitParams{ID: id}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("a request that was given up: %v", err)
		}
	})
}

func TestAWaitThatIsRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		for _, seconds := range []float64{-1, 86401} {
			_, _, err := s.waitFor(schema.OperationWaitParams{ID: "x", TimeoutSeconds: seconds}, nil)
			if e := wantKind(t, err, schema.KindInvalidParams); e.Field != "timeoutSeconds" {
				t.Errorf("%g: the field is %q", seconds, e.Field)
			}
		}
		_, _, err := s.waitFor(schema.OperationWaitParams{ID: "none"}, nil)
		if e := wantKind(t, err, schema.KindInvalidParams); e.Field != "id" {
			t.Errorf("an unknown operation: the field is %q", e.Field)
		}
	})
}

// Waits are bounded: they would take all the requests that may be in flight.
func TestWaitsAreBounded(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		enough, refused := make(chan struct{}), make(chan error, maxWaiting)
		p := schema.OperationWaitParams{ID: result.Operation.ID}
		for range maxWaiting {
			go func() {
				_, _, err := s.waitFor(p, enough)
				refused <- err
			}()
		}
		synctest.Wait()
		_, _, err = s.waitFor(p, nil)
		wantKind(t, err, schema.KindBusy)
		close(enough)
		for range maxWaiting {
			if err := <-refused; err != nil {
				t.Errorf("a wait below the bound: %v", err)
			}
		}
		if _, _, err := s.waitFor(p, nil); err != nil {
			t.Errorf("after they were answered: %v", err)
		}
	})
}
