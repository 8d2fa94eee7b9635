package provision

import (
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// byHand runs `sky` as somebody in a terminal does, and waits for its end.
func (w *world) byHand(args ...string) {
	w.t.Helper()
	if res, err := w.runner.Run(ctx, sky.Call{Program: "sky", Args: args}); err != nil || res.Code != 0 {
		w.t.Fatalf("sky %v: %v, %d: %s", args, err, res.Code, res.Stderr)
	}
}

// becomesWithin waits for a status, and returns how long that took.
func (s *sidecar) becomesWithin(want schema.Status, patience time.Duration) time.Duration {
	s.t.Helper()
	began := time.Now()
	for s.status().Status != want {
		if time.Since(began) > patience {
			s.t.Fatalf("after %s the status is still %s: %s", patience, s.status().Status, s.status().Description)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(began)
}

// SkyPilot's own state on disk changes when somebody uses `sky` in a terminal:
// that is seen at once, not at the end of the interval.
func TestAStopByHandIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Hour + 2*time.Second)
		w.byHand("stop", "-y", schema.DefaultClusterName)
		if took := s.becomesWithin(schema.StatusStopped, time.Minute); took > 8*time.Second {
			t.Errorf("it took %s: no more than the time of a look was needed", took)
		}
	})
}

// A launch made in a terminal counts as a launch, also where there was nothing
// to watch.
func TestALaunchByHandIsSeen(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		w.byHand("api", "start")
		time.Sleep(time.Hour)
		s.wantStatus(schema.StatusNoServer)
		w.byHand("launch", "-y", "-c", schema.DefaultClusterName, "--infra", "aws/us-east-1", "--cpus", "4")
		s.becomesWithin(schema.StatusRunning, time.Minute)
		if _, err := s.Launch(ctx, onAWS); err == nil {
			t.Error("a second launch was accepted")
		}
	})
}

// looksOf counts the looks at the cloud that a service makes.
func looksOf(count *counting) func(*Config) {
	return func(c *Config) { count.Runner, c.Runner = c.Runner, count }
}

// Watching a server that nothing happens to starts a `sky` every half minute at
// most, whatever SkyPilot's own daemon writes, and whoever else watches.
func TestWatchingCostsNoMoreThanALookEveryHalfMinute(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launched().stopNow()
		one, other := &counting{}, &counting{}
		w.start(looksOf(one))
		w.start(looksOf(other))
		time.Sleep(time.Second)  // an hour that began at the instant of a look could count one at each end
		anHour := func() int64 { // with SkyPilot's daemon at work
			before, began := one.calls.Load()+other.calls.Load(), time.Now()
			for time.Since(began) < time.Hour {
				time.Sleep(75 * time.Second)
				touch(t, skysim.Home(w.dir+"/cloud"), clustersLog)
			}
			return one.calls.Load() + other.calls.Load() - before
		}
		anHour() // each has learned by then what the daemon's writes are worth
		if n := anHour(); n > 120 || n < 118 {
			t.Errorf("two sidecars started %d processes in an hour, not one every 30 s", n)
		}
	})
}

// Sidecars that share a state folder share their looks: each knows when the
// server was last looked at, and that it could not be.
func TestSidecarsShareTheirLooks(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		one := w.launched()
		two := w.start()
		time.Sleep(10 * time.Minute)
		if a, b := one.status(), two.status(); a.CheckedAt.IsZero() || !a.CheckedAt.Equal(b.CheckedAt) {
			t.Errorf("one last looked at %s, the other at %s", a.CheckedAt, b.CheckedAt)
		}
		w.inject("throttled", "")
		began := time.Now()
		for (!one.status().Stale || !two.status().Stale) && time.Since(began) < 10*time.Minute {
			time.Sleep(time.Second)
		}
		if !one.status().Stale || !two.status().Stale {
			t.Errorf("stale: %v and %v", one.status().Stale, two.status().Stale)
		}
	})
}

// What an earlier process saw is no look of this one: checkedAt is missing until
// the first (protocol.md).
func TestCheckedAtIsMissingUntilTheFirstLook(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launched().stopNow()
		paused := w.start(func(c *Config) { c.Timing.Poll = time.Hour })
		yes := true
		if _, err := paused.ConfigurePoller(ctx, schema.PollerParams{Paused: &yes}); err != nil {
			t.Fatal(err)
		}
		if c := paused.status(); !c.CheckedAt.IsZero() {
			t.Errorf("it was looked at, %s, before this process began", c.CheckedAt)
		}
	})
}
