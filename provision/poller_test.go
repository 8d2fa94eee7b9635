package provision

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

func TestChangesOutsideAreNoticed(t *testing.T) {
	for _, c := range []struct {
		action string
		want   schema.Status
	}{{"stop", schema.StatusStopped}, {"terminate", schema.StatusNoServer}} {
		t.Run(c.action, func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.launched()
				began := time.Now()
				w.outside(c.action)
				for s.status().Status != c.want && time.Since(began) < 2*time.Minute {
					time.Sleep(time.Second)
				}
				s.wantStatus(c.want)
				if took := time.Since(began); took > time.Minute {
					t.Errorf("it took %s to notice, SC-002 allows 60 s", took)
				}
				s.host.mu.Lock()
				defer s.host.mu.Unlock()
				if last := s.host.statuses[len(s.host.statuses)-1]; last.Source != schema.SourceExternal {
					t.Errorf("the change is said to be the doing of %s", last.Source)
				}
			})
		})
	}
}

// One failed look makes the server stale, the second an error that names the
// last good status; the next good look brings it back.
func TestFailedLooks(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.status()
		time.Sleep(time.Minute)
		w.inject("throttled", "")
		began := time.Now()
		stale := false
		for s.status().Status == schema.StatusRunning && time.Since(began) < 20*time.Minute {
			if c := s.status(); c.Stale {
				stale = true
				if why := c.Reachability.Error; why == nil || why.Message == "" {
					t.Fatal("why the look failed is not said")
				}
			}
			time.Sleep(time.Second)
		}
		if !stale {
			t.Error("the server was never stale")
		}
		c := s.wantStatus(schema.StatusError)
		if c.Error == nil || c.Error.Kind != schema.KindNetwork && c.Error.Kind != schema.KindUnreachable && c.Error.Kind != schema.KindAPIServer {
			t.Errorf("the error is %+v", c.Error)
		}
		if _, err := s.Launch(ctx, onAWS); err == nil {
			t.Error("a second launch was accepted while the server can't be looked at")
		}
		w.heal()
		for range 600 {
			if s.status().Status == schema.StatusRunning {
				break
			}
			time.Sleep(time.Second)
		}
		if c := s.wantStatus(schema.StatusRunning); c.Stale {
			t.Error("it is still stale")
		}
	})
}

// counting counts the sky processes that are started.
type counting struct {
	sky.Runner
	calls atomic.Int64
}

func (c *counting) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	c.calls.Add(1)
	return c.Runner.Run(ctx, call)
}

func TestNothingToWatchStartsNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		count := &counting{Runner: w.runner}
		w.start(func(c *Config) {
			c.Runner = count
			c.APIServerUp = func(context.Context) (bool, *schema.Error) { return false, nil }
		})
		time.Sleep(2 * time.Hour)
		if n := count.calls.Load(); n != 0 {
			t.Errorf("%d processes were started in two hours with nothing to watch", n)
		}
	})
}

func TestPausedPollerLooksAtNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		paused := true
		if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		w.outside("stop")
		time.Sleep(time.Hour)
		s.wantStatus(schema.StatusRunning)
		c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
		if err != nil || c.Status != schema.StatusStopped {
			t.Errorf("a refresh says %s (%v), want stopped", c.Status, err)
		}
	})
}

func TestPollerSettingsAreChecked(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		for _, bad := range []float64{-1, 0.5, 31} {
			_, err := s.ConfigurePoller(ctx, schema.PollerParams{IntervalSeconds: bad})
			if e := wantKind(t, err, schema.KindInvalidParams); e.Field != "intervalSeconds" {
				t.Errorf("the field is %q", e.Field)
			}
		}
		r, err := s.ConfigurePoller(ctx, schema.PollerParams{IntervalSeconds: 5})
		if err != nil || r.IntervalSeconds != 5 || r.Adaptive {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestAServerOfOurNameIsAdopted(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.launched()
		first.stopNow()
		s := w.start(func(c *Config) { c.StateDir = w.dir + "/other-state" })
		time.Sleep(time.Minute)
		if c := s.wantStatus(schema.StatusRunning); c.Region == "" {
			t.Errorf("nothing is known of it: %+v", c)
		}
		if end := s.until(s.Destroy(ctx, schema.DestroyParams{})); end.Cluster.Status != schema.StatusNoServer {
			t.Errorf("it could not be destroyed: %s", end.Operation.Message)
		}
	})
}

// A look that began before an operation must not overwrite what that found.
func TestLateLookOverwritesNewerTruth(t *testing.T) {
	for _, kind := range []string{"stop", "destroy"} {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var slow atomic.Bool
				b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					r, err := next.Run(ctx, call)
					if is(call, "status", "--refresh") && slow.CompareAndSwap(true, false) {
						time.Sleep(50 * time.Second) // its answer is slow to arrive
					}
					return r, err
				}}
				s := w.start(w.through(b)).unwatched()
				s.until(s.Launch(ctx, onAWS))
				time.Sleep(time.Minute)
				slow.Store(true)
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, _ = s.Status(ctx, schema.StatusParams{Refresh: true})
				}()
				time.Sleep(5 * time.Second)
				want := schema.StatusStopped
				if kind == "stop" {
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				} else {
					want = schema.StatusNoServer
					s.until(s.Destroy(ctx, schema.DestroyParams{}))
				}
				<-done
				if c := s.status(); c.Status != want {
					t.Errorf("after a %s the status is %s: %s", kind, c.Status, c.Description)
				}
			})
		})
	}
}

// When the cloud does not answer, the first look hangs, and keeps SkyPilot's lock:
// every later one gets the old record as if it were new. It must not count.
func TestHungCloudIsNotARunningServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.inject("network", "")
		c := s.becomes(schema.StatusError)
		wantKind(t, c.Error, schema.KindNetwork)
		if !strings.Contains(c.Description, "it was running") {
			t.Errorf("the description is %s", c.Description)
		}
		checked := c.CheckedAt
		time.Sleep(10 * time.Minute)
		if c := s.wantStatus(schema.StatusError); !c.CheckedAt.Equal(checked) || !c.Stale {
			t.Errorf("checked at %s, after %s; stale: %v", c.CheckedAt, checked, c.Stale)
		}
		w.heal()
		s.becomes(schema.StatusRunning)
	})
}
