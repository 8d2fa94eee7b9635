package provision

import (
	"context"
	"fmt"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// stopAPIServer ends SkyPilot's API server and all its requests with it.
func (w *world) stopAPIServer(sky.Call) {
	if err := w.runnerStop(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) runnerStop() error {
	_, err := w.runner.Run(context.Background(), sky.Call{Program: "sky", Args: []string{"api", "stop"}})
	return err
}

// A launch that SkyPilot's API server did not survive is finished by launching
// again, whenever that was and even if it happens again.
func TestTheAPIServerDiesDuringALaunch(t *testing.T) {
	t.Parallel()
	for _, second := range []int{0, 3} {
		t.Run(fmt.Sprintf("again at %d", second), func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.interceptNth()
				s := w.quiet(through)
				a.arm(n, w.stopAPIServer)
				end := s.until(s.Launch(ctx, onAWS))
				reached := a.reached()
				s.wantHonest()
				if second > 0 && end.Operation.State != schema.OperationSucceeded {
					a.arm(second, w.stopAPIServer)
					end = s.until(s.Launch(ctx, onAWS))
					s.wantHonest()
				}
				a.arm(1<<40, nil)
				for try := 0; try < 2 && end.Operation.State != schema.OperationSucceeded; try++ {
					if e := end.Operation.Error; e == nil || e.Hint == "" {
						t.Errorf("the launch ended without an error that helps: %+v", end.Operation)
					}
					end = s.until(s.Launch(ctx, onAWS))
				}
				if end.Operation.State != schema.OperationSucceeded {
					t.Errorf("launching again ended %s: %s", end.Operation.State, end.Operation.Message)
				}
				s.wantStatus(schema.StatusRunning)
				s.wantHonest()
				return reached
			})
		})
	}
}

// Stop, start and destroy are asked for again by themselves.
func TestTheAPIServerDiesDuringAChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind schema.OperationKind
		want schema.Status
	}{{schema.OperationStop, schema.StatusStopped}, {schema.OperationDestroy, schema.StatusNoServer}, {schema.OperationStart, schema.StatusRunning}} {
		t.Run(string(c.kind), func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.interceptNth()
				s := w.quiet(through)
				s.until(s.Launch(ctx, onAWS))
				if c.kind == schema.OperationStart {
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				}
				a.arm(n, w.stopAPIServer)
				end := s.until(s.ask(c.kind))
				reached := a.reached()
				if end.Operation.State != schema.OperationSucceeded {
					t.Errorf("it ended %s: %s (%+v)", end.Operation.State, end.Operation.Message, end.Operation.Error)
				}
				s.wantStatus(c.want)
				s.wantHonest()
				return reached
			})
		})
	}
}

// The same at moments, in the middle of a call too.
func TestTheAPIServerDiesAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind schema.OperationKind
		want schema.Status
		last time.Duration
	}{
		{schema.OperationLaunch, schema.StatusRunning, 110 * time.Second},
		{schema.OperationStop, schema.StatusStopped, 20 * time.Second},
		{schema.OperationDestroy, schema.StatusNoServer, 20 * time.Second},
		{schema.OperationStart, schema.StatusRunning, 80 * time.Second},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			everyMoment(t, c.last, func(w *world, after time.Duration) {
				s := w.start()
				if c.kind != schema.OperationLaunch {
					s.until(s.Launch(ctx, onAWS))
				}
				if c.kind == schema.OperationStart {
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				}
				result, err := s.ask(c.kind)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				w.stopAPIServer(sky.Call{})
				end := s.until(result, nil)
				s.wantHonest()
				if c.kind == schema.OperationLaunch && end.Operation.State != schema.OperationSucceeded {
					end = s.until(s.Launch(ctx, onAWS))
				}
				if end.Operation.State != schema.OperationSucceeded {
					t.Errorf("it ended %s: %s (%+v)", end.Operation.State, end.Operation.Message, end.Operation.Error)
				}
				time.Sleep(5 * time.Minute)
				s.wantStatus(c.want)
				s.wantHonest()
			})
		})
	}
}
