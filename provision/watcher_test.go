package provision

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"carapace/schema"
	"carapace/skysim"
)

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

// unprobed is a sidecar whose server can't be probed at its port.
func unprobed(c *Config) { c.AnswersSSH = func(context.Context, string) bool { return false } }

// Watching a server that nothing happens to starts a `sky` every half minute at
// most, whatever SkyPilot's own daemon writes, and whoever else watches.
func TestWatchingCostsNoMoreThanALookEveryHalfMinute(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launched().stopNow()
		one, other := &counting{}, &counting{}
		w.start(looksOf(one), unprobed)
		w.start(looksOf(other), unprobed)
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
		one := w.launched(unprobed)
		two := w.start(unprobed)
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
		if one.status().Reachability.Error == nil || two.status().Reachability.Error == nil {
			t.Error("one of them does not say why")
		}
	})
}

// What an earlier process saw is no look of this one: checkedAt is missing until
// the first (docs/protocol.md).
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

// What SkyPilot writes during an operation of ours must not make the poller hard
// of hearing after it.
func TestAStopByHandSoonAfterAnOperation(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(watchful)
		result, err := s.Launch(ctx, onAWS)
		for range 30 {
			time.Sleep(2 * time.Second)
			touch(t, skysim.Home(w.dir+"/cloud"), clustersLog)
			touch(t, skysim.Home(w.dir+"/cloud"), requestsLog)
		}
		s.until(result, err)
		time.Sleep(15 * time.Second)
		w.byHand("stop", "-y", schema.DefaultClusterName)
		if took := s.becomesWithin(schema.StatusStopped, time.Minute); took > 8*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// Nobody can tell whether another sidecar looks, so this one does.
func TestLooksGoOnWithoutTheLeaseFolder(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launched().stopNow()
		leases := w.dir + "/no-folder"
		if err := os.WriteFile(leases, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s := w.start(func(c *Config) { c.LeaseDir = leases })
		w.outside("terminate")
		s.becomesWithin(schema.StatusNoServer, time.Minute)
	})
}

// A sidecar that was stopped in the middle of a look holds its lease all the same.
func TestLooksGoOnBesideASidecarThatHangs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		lease, _, err := s.leases().Try("poller of "+s.store.Dir(), "poll")
		for ; err == nil && lease == nil; lease, _, err = s.leases().Try("poller of "+s.store.Dir(), "poll") {
			time.Sleep(time.Second) // it is just looking
		}
		defer lease.Release()
		w.outside("terminate")
		s.becomesWithin(schema.StatusNoServer, 4*time.Minute)
	})
}

// A clock that is set back makes no look of before one of now.
func TestAClockThatIsSetBackHidesNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		found := s.store.Remembered(schema.DefaultClusterName).Identity.Hash
		s.store.LookSucceeded(schema.DefaultClusterName, time.Now().Add(3*time.Hour), found) // as of before the clock was set back
		w.outside("terminate")
		if c, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil || c.Status != schema.StatusNoServer {
			t.Errorf("a refresh says %s: %s (%v)", c.Status, c.Description, err)
		}
	})
}

// A running server whose machine answers at its port is asked about seldom: each `sky` takes
// three seconds of a processor. That the status holds is known all the same, and how.
func TestAMachineThatAnswersIsLookedAtSeldom(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		count := &counting{}
		s := w.launched(looksOf(count))
		time.Sleep(20 * time.Minute)
		before := count.calls.Load()
		for range 60 {
			time.Sleep(time.Minute)
			c := s.status()
			if age := time.Since(c.CheckedAt); age > 30*time.Second || c.Status != schema.StatusRunning {
				t.Fatalf("the server is %s, checked %s ago", c.Status, age)
			}
			if by := c.CheckedBy; by != schema.CheckedByPort && by != schema.CheckedByCloud {
				t.Fatalf("it was checked by %q", by)
			}
		}
		if n := count.calls.Load() - before; n < 5 || n > 7 {
			t.Errorf("%d processes in an hour, not one every ten minutes", n)
		}
	})
}

// What makes the machine fall silent is told in seconds, and only a look says what it is.
func TestAMachineThatFallsSilentIsLookedAtAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action string
		after  time.Duration // the launch
		want   schema.Status
	}{
		{"stop", 2*time.Minute + 700*time.Millisecond, schema.StatusStopped},
		{"terminate", 2*time.Minute + 700*time.Millisecond, schema.StatusNoServer},
		{"stop", time.Second, schema.StatusStopped},
		{"terminate", time.Second, schema.StatusNoServer},
	} {
		action, want := c.action, c.want
		t.Run(action+" after "+c.after.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.launched()
				time.Sleep(c.after)
				began := time.Now()
				w.outside(action)
				for s.status().Status != want && time.Since(began) < 5*time.Minute {
					time.Sleep(time.Second)
				}
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("it was told after %s as %s", took, s.status().Status)
				}
			})
		})
	}
}

// A machine that does not answer from here, though the cloud says that it runs, is looked at as
// often as usual: a port that a firewall closes says nothing.
func TestAClosedPortIsNoNewsForEver(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var closed atomic.Bool
		count := &counting{}
		s := w.launched(looksOf(count), func(c *Config) {
			answers := c.AnswersSSH
			c.AnswersSSH = func(ctx context.Context, address string) bool { return !closed.Load() && answers(ctx, address) }
		})
		time.Sleep(2 * time.Minute)
		closed.Store(true)
		before := count.calls.Load()
		time.Sleep(time.Hour)
		if n := count.calls.Load() - before; n < 110 || n > 125 || s.status().Status != schema.StatusRunning {
			t.Errorf("%d processes in an hour, and the server is %s", n, s.status().Status)
		}
	})
}
