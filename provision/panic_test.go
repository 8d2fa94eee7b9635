package provision

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/schema"
)

// panickingNotifier is a store.Notifier with a defect: the nth call of one of its methods panics.
type panickingNotifier struct {
	store.Notifier
	of    string
	nth   int64
	calls atomic.Int64
}

func (c *panickingNotifier) trip(method string) {
	if method == c.of && c.calls.Add(1) == c.nth {
		panic("a defect in " + method)
	}
}

func (c *panickingNotifier) StatusChanged(n schema.StatusChanged) {
	c.trip("status")
	c.Notifier.StatusChanged(n)
}

func (c *panickingNotifier) Progress(n schema.Progress) { c.trip("progress"); c.Notifier.Progress(n) }
func (c *panickingNotifier) Log(n schema.LogLine)       { c.trip("log"); c.Notifier.Log(n) }
func (c *panickingNotifier) Finished(n schema.Finished) { c.trip("finished"); c.Notifier.Finished(n) }

// The sidecar goes on serving after a defect (docs/protocol.md, "Transport"). Wherever the defect is, what the host is
// told in the end is true.
func TestADefectEndsNothingButItself(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"status", "progress", "log", "finished"} {
		for _, nth := range []int64{1, 2, 3, 6} {
			t.Run(fmt.Sprint(method, nth), func(t *testing.T) {
				inWorld(t, func(w *world) {
					s := w.start(watchful, func(c *Config) { c.Notifier = &panickingNotifier{Notifier: c.Notifier, of: method, nth: nth} })
					s.group.Guard("a handler", func() { _, _ = s.Launch(ctx, onAWS) }) // as rpc does
					time.Sleep(5 * time.Minute)
					ops, err := s.ListOperations(ctx, schema.OperationListParams{})
					if err != nil || len(ops.Operations) != 1 || ops.Operations[0].State == schema.OperationRunning {
						t.Fatalf("the launch is %+v (%v)", ops.Operations, err)
					}
					c := s.status()
					if running := w.machines("running"); running == 1 && c.Status != schema.StatusRunning && c.Status != schema.StatusError {
						t.Errorf("a machine runs, and the status is %s: %s", c.Status, c.Description)
					}
					s.group.Guard("a handler", func() { _, _ = s.Destroy(ctx, schema.DestroyParams{}) })
					time.Sleep(5 * time.Minute)
					if left := w.machines("running"); left != 0 {
						t.Errorf("%d machines are left after a destroy", left)
					}
				})
			})
		}
	}
}

func TestThePollerGoesOnAfterADefect(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var broken atomic.Bool
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "status", "--refresh") && broken.Load() {
				panic("a defect in reading what SkyPilot says")
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		broken.Store(true)
		time.Sleep(5 * time.Minute)
		if c := s.status(); c.Status == schema.StatusRunning && !c.Stale {
			t.Errorf("nobody can look at the server, and it is %s: %s", c.Status, c.Description)
		}
		broken.Store(false)
		w.outside("stop")
		time.Sleep(5 * time.Minute)
		s.wantStatus(schema.StatusStopped)
	})
}

func TestTheWatcherGoesOnAfterADefect(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.start()
		second := w.start(func(c *Config) { c.Notifier = &panickingNotifier{Notifier: c.Notifier, of: "status", nth: 1} })
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		first.until(result, nil)
		second.until(result, nil)
		second.wantStatus(schema.StatusRunning)
	})
}
