package provision

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// attacker does something just before the nth program is started, counted from
// when it was armed.
type attacker struct {
	between
	left atomic.Int64
	act  func(call sky.Call)
}

func (w *world) attacked() (*attacker, func(*Config)) {
	a := &attacker{}
	strike := func(call sky.Call) {
		if a.left.Add(-1) == 0 {
			a.act(call)
		}
	}
	a.run = func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
		strike(call)
		return next.Run(ctx, call)
	}
	a.submit = func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		strike(call)
		return next.Submit(ctx, call, output)
	}
	return a, w.through(&a.between)
}

// quiet is a sidecar that makes no call but for what it is asked.
func (w *world) quiet(change ...func(*Config)) *sidecar {
	w.t.Helper()
	s := w.start(change...).unwatched()
	time.Sleep(time.Minute) // for its first look
	return s
}

// arm has act done before the nth program from now; struck says whether it came to that.
func (a *attacker) arm(n int, act func(sky.Call)) {
	a.act = act
	a.left.Store(int64(n))
}

func (a *attacker) struck() bool { return a.left.Load() <= 0 }

// every is the step from one attack of a series to the next: with -short, as under
// the race detector, a fifth of them is made.
func every[T int | time.Duration](step T) T {
	if testing.Short() {
		return 5 * step
	}
	return step
}

// everyCall runs a test for the nth call of what it does, for each n that there is.
func everyCall(t *testing.T, test func(w *world, n int) (struck bool)) {
	t.Helper()
	for n := 1; ; n += every(1) {
		more := true
		t.Run(fmt.Sprintf("call%02d", n), func(t *testing.T) {
			inWorld(t, func(w *world) { more = test(w, n) })
		})
		if !more || n > 60 {
			return
		}
	}
}

// everyMoment runs a test for a moment in each thirteen seconds of what it does.
func everyMoment(t *testing.T, last time.Duration, test func(w *world, after time.Duration)) {
	t.Helper()
	for after := 500 * time.Millisecond; after < last; after += every(13 * time.Second) {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) { test(w, after) })
		})
	}
}

// serverDies ends SkyPilot's API server and all its requests with it.
func (w *world) serverDies(sky.Call) {
	if err := w.runnerStop(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) runnerStop() error {
	_, err := w.runner.Run(context.Background(), sky.Call{Program: "sky", Args: []string{"api", "stop"}})
	return err
}

// wantHonest holds what is said of the server against the cloud.
func (s *sidecar) wantHonest() {
	s.t.Helper()
	c, running, stopped := s.status(), s.machines("running"), s.machines("stopped")
	saysNothing := c.Status == schema.StatusNoServer || strings.Contains(c.Description, "othing costs money") || strings.Contains(c.Description, "Nothing of it costs money")
	switch {
	case running+stopped > 1:
		s.t.Errorf("there are %d machines running and %d stopped", running, stopped)
	case running+stopped > 0 && saysNothing:
		s.t.Errorf("%d machines run, %d are stopped, and it is said: %s: %s", running, stopped, c.Status, c.Description)
	case running > 0 && c.Status == schema.StatusStopped:
		s.t.Errorf("a machine runs, and it is said: %s", c.Description)
	case running == 0 && c.Status == schema.StatusRunning:
		s.t.Errorf("no machine runs, and it is said: %s", c.Description)
	}
}

// A launch that SkyPilot's API server did not survive is finished by launching
// again, whenever that was and even if it happens again.
func TestTheAPIServerDiesDuringALaunch(t *testing.T) {
	for _, second := range []int{0, 3} {
		t.Run(fmt.Sprintf("again at %d", second), func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.attacked()
				s := w.quiet(through)
				a.arm(n, w.serverDies)
				end := s.until(s.Launch(ctx, onAWS))
				struck := a.struck()
				s.wantHonest()
				if second > 0 && end.Operation.State != schema.OperationSucceeded {
					a.arm(second, w.serverDies)
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
				return struck
			})
		})
	}
}

// Stop, start and destroy are asked for again by themselves.
func TestTheAPIServerDiesDuringAChange(t *testing.T) {
	for _, c := range []struct {
		kind schema.OperationKind
		want schema.Status
	}{{schema.OperationStop, schema.StatusStopped}, {schema.OperationDestroy, schema.StatusNoServer}, {schema.OperationStart, schema.StatusRunning}} {
		t.Run(string(c.kind), func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.attacked()
				s := w.quiet(through)
				s.until(s.Launch(ctx, onAWS))
				if c.kind == schema.OperationStart {
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				}
				a.arm(n, w.serverDies)
				end := s.until(s.ask(c.kind))
				struck := a.struck()
				if end.Operation.State != schema.OperationSucceeded {
					t.Errorf("it ended %s: %s (%+v)", end.Operation.State, end.Operation.Message, end.Operation.Error)
				}
				s.wantStatus(c.want)
				s.wantHonest()
				return struck
			})
		})
	}
}

// The same at moments, in the middle of a call too.
func TestTheAPIServerDiesAtAnyMoment(t *testing.T) {
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
				w.serverDies(sky.Call{})
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

func (s *sidecar) ask(kind schema.OperationKind) (schema.OperationResult, error) {
	switch kind {
	case schema.OperationLaunch:
		return s.Launch(ctx, onAWS)
	case schema.OperationStart:
		return s.Start(ctx, schema.StartParams{})
	case schema.OperationStop:
		return s.Stop(ctx, schema.ChangeParams{})
	case schema.OperationSync:
		return s.Sync(ctx, schema.SyncParams{})
	}
	return s.Destroy(ctx, schema.DestroyParams{})
}
