package provision

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/schema"
)

// A process may die at any moment; the next one goes on with the same operation
// and never starts a second machine.
func TestAnotherProcessTakesALaunchUp(t *testing.T) {
	t.Parallel()
	for after := time.Duration(0); after < 90*time.Second; after += 3 * time.Second {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				first := w.start()
				result, err := first.Launch(ctx, onAWS)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				first.stopNow()
				time.Sleep(5 * time.Second)
				second := w.start()
				if _, ended := first.host.ended(result.Operation.ID); ended == 0 {
					end := second.until(result, nil)
					if end.Operation.State != schema.OperationSucceeded || end.Operation.ID != result.Operation.ID {
						t.Errorf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
					}
				}
				second.wantStatus(schema.StatusRunning)
				for _, p := range second.host.progress {
					if len(p.Texts) > 0 && p.Texts[0].Code == "progress.choosing" && p.Phase != schema.PhaseSelecting {
						t.Errorf("while %s it says: %s", p.Phase, p.Message)
					}
				}
				if n := w.machines("running"); n != 1 {
					t.Errorf("there are %d machines, want 1", n)
				}
			})
		})
	}
}

func TestAnotherProcessTakesADestroyUp(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, time.Second, 4 * time.Second, 9 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				first := w.launched()
				result, err := first.Destroy(ctx, schema.DestroyParams{})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				first.stopNow()
				second := w.start()
				if _, ended := first.host.ended(result.Operation.ID); ended == 0 {
					second.until(result, nil)
				}
				second.wantStatus(schema.StatusNoServer)
				if left := w.machines("running") + w.machines("stopped"); left != 0 {
					t.Errorf("%d machines are left", left)
				}
			})
		})
	}
}

func TestTheOtherSidecarGoesOnWhenOneDies(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first, second := w.start(), w.start()
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		second.wantStatus(schema.StatusProvisioning)
		_, err = second.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindOperationInProgress)
		first.stopNow()
		if end := second.until(result, nil); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		second.wantStatus(schema.StatusRunning)
	})
}

func TestBothSidecarsHearOfTheEndOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first, second := w.start(), w.start()
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		first.until(result, nil)
		second.until(result, nil)
		time.Sleep(10 * time.Minute)
		for name, s := range map[string]*sidecar{"first": first, "second": second} {
			if _, times := s.host.ended(result.Operation.ID); times != 1 {
				t.Errorf("the %s sidecar said the end %d times", name, times)
			}
			s.wantStatus(schema.StatusRunning)
		}
	})
}

// Many sidecars, also of different state folders, race to launch: SC-007.
func TestOfManyLaunchesOneWins(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const racers = 8
		type answer struct {
			result schema.OperationResult
			err    error
			by     *sidecar
		}
		answers := make(chan answer, racers)
		for i := range racers {
			s := w.start(func(c *Config) {
				if i%2 == 1 {
					c.StateDir = filepath.Join(w.dir, "other-state")
				}
			})
			go func() {
				result, err := s.Launch(ctx, onAWS)
				answers <- answer{result, err, s}
			}()
		}
		won := 0
		for range racers {
			a := <-answers
			if a.err != nil {
				e := store.Error(a.err)
				byRecord := e.Kind == schema.KindClusterActive && strings.Contains(e.Message, "another state folder")
				// Who holds the lease is known once it has written that.
				unknown := lifecycle.LaunchingElsewhere(lifecycle.Holder{}).Message
				if !byRecord && (e.Kind != schema.KindOperationInProgress || !strings.Contains(e.Message, "since") && e.Message != unknown || strings.Contains(e.Message, "any launch")) {
					t.Errorf("it was refused with %+v", e)
				}
				continue
			}
			won++
			if end := a.by.until(a.result, nil); end.Operation.State != schema.OperationSucceeded {
				t.Errorf("the winner's launch ended %s: %s", end.Operation.State, end.Operation.Message)
			}
		}
		if won != 1 || w.machines("running") != 1 {
			t.Errorf("%d launches won and %d machines run, want 1 and 1", won, w.machines("running"))
		}
	})
}

func TestFirstWordAfterAStartIsTheWholeState(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.launched()
		first.stopNow()
		second := w.start()
		second.host.mu.Lock()
		defer second.host.mu.Unlock()
		if len(second.host.statuses) == 0 || second.host.order[0] != "status" {
			t.Fatalf("the first notifications are %v", second.host.order)
		}
		if said := second.host.statuses[0]; said.Cluster.Status != schema.StatusRunning || len(said.Changed) != 0 {
			t.Errorf("the first word is %+v", said)
		}
	})
}

// A process dies while it removes what a launch was making, before SkyPilot would
// say that it has stopped making it. Whoever goes on asks for that again: else the
// machine comes up after it was said that there is none.
func TestEndingALaunchIsTakenUp(t *testing.T) {
	for by, end := range map[string]func(s *sidecar) (schema.OperationResult, error){
		"cancel":  func(s *sidecar) (schema.OperationResult, error) { return s.Cancel(ctx, schema.NameParams{}) },
		"destroy": func(s *sidecar) (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) },
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				impatient := func(c *Config) { c.Timing.Submit = 10 * time.Second }
				b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					if is(call, "api", "cancel") {
						return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
					}
					return next.Run(ctx, call)
				}}
				dead := b.killAtSubmission("down")
				first := w.start(w.through(b), impatient)
				if _, err := first.Launch(ctx, onAWS); err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Second)
				result, err := end(first)
				if err != nil {
					t.Fatal(err)
				}
				<-dead
				first.stopNow()
				var canceled atomic.Int64
				then := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					if is(call, "api", "cancel") {
						canceled.Add(1)
					}
					return next.Run(ctx, call)
				}}
				second := w.start(w.through(then))
				said := second.until(result, nil)
				if canceled.Load() == 0 {
					t.Errorf("the launch was left to go on; what was said is %s: %s", said.Operation.State, said.Operation.Message)
				}
				time.Sleep(10 * time.Minute)
				second.wantStatus(schema.StatusNoServer)
				if n := w.machines("running"); n > 0 {
					t.Errorf("%d machines run", n)
				}
			})
		})
	}
}
