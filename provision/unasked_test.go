package provision

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// becomes waits, in fake time, until the poller has seen a status.
func (s *sidecar) becomes(want schema.Status) schema.Cluster {
	s.t.Helper()
	for range 3600 {
		if c := s.status(); c.Status == want && c.Operation == nil {
			return c
		}
		time.Sleep(time.Second)
	}
	return s.wantStatus(want)
}

// What happens to a server without an operation of ours is told as what it most
// likely was: SkyPilot's record says only that it is stopped, or gone.
func TestWhatNobodyAskedForIsNamed(t *testing.T) {
	spot := schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", UseSpot: true}}
	autostop := func(down bool) func(*sidecar) {
		return func(s *sidecar) {
			if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 1, Down: down}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		launch schema.LaunchParams
		do     func(*sidecar)
		then   schema.Status
		says   []string
		warned bool
	}{
		{"stopped outside", onAWS, func(s *sidecar) { s.outside("stop") }, schema.StatusStopped, []string{"stopped outside of Carapace", "disk"}, false},
		{"stopped when it did not answer", onAWS, func(s *sidecar) {
			s.inject("unreachable", "")
			s.becomes(schema.StatusError)
			s.outside("stop")
		}, schema.StatusStopped, []string{"stopped outside of Carapace"}, false},
		{"terminated outside", onAWS, func(s *sidecar) { s.outside("terminate") }, schema.StatusNoServer, []string{"removed outside of Carapace", "Nothing of it costs money"}, true},
		{"spot taken back", spot, func(s *sidecar) { s.outside("terminate") }, schema.StatusNoServer, []string{"taken its spot machine back", "Nothing of it costs money"}, true},
		{"autostop", onAWS, autostop(false), schema.StatusStopped, []string{"idle", "autostop", "disk"}, false},
		{"autodown", onAWS, autostop(true), schema.StatusNoServer, []string{"idle", "destroyed itself", "Nothing of it costs money"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.start()
				if end := s.until(s.Launch(ctx, tt.launch)); end.Operation.State != schema.OperationSucceeded {
					w.t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
				tt.do(s)
				c := s.becomes(tt.then)
				for _, want := range tt.says {
					if !strings.Contains(c.Description, want) {
						t.Errorf("the description does not hold %q: %s", want, c.Description)
					}
				}
				if (len(c.Warnings) == 1) != tt.warned {
					t.Errorf("the warnings are %+v", c.Warnings)
				}
			})
		})
	}
}

// A stop that was asked for is not somebody else's.
func TestAskedForStopIsNobodyElses(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		time.Sleep(10 * RealTiming.Poll)
		if c := s.wantStatus(schema.StatusStopped); strings.Contains(c.Description, "outside") {
			t.Errorf("the description is %s", c.Description)
		}
	})
}

// A throttled cloud makes SkyPilot silent for many minutes: a person is told what
// that may be, and when it is given up.
func TestLongSilenceIsExplained(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("rate_limited", "")
		s := w.start()
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.Error == nil || end.Operation.Error.Kind != schema.KindRateLimited {
			t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
		early, late := 0, 0
		for _, p := range s.host.progress {
			hinted := strings.Contains(p.Message, "rate limit") && strings.Contains(p.Message, "30 minutes")
			if hinted && p.ElapsedSeconds < 45 {
				early++
			}
			if hinted && p.Heartbeat {
				late++
			}
		}
		if early > 0 || late == 0 {
			t.Errorf("%d heartbeats spoke of a rate limit at once, %d later", early, late)
		}
	})
}

// A launch that is refused because somebody launches that server with `sky` must
// not leave its vaults and its run command to the machine that then comes up.
func TestRefusedLaunchLeavesNothingToSomebodyElsesServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		other := w.start(func(c *Config) { c.StateDir = w.dir + "/other" })
		if _, err := other.Launch(ctx, onAWS); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second) // SkyPilot has the request
		other.stopNow()
		s := w.start()
		_, err := s.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindClusterActive)
		s.becomes(schema.StatusRunning)
		_, err = s.Sync(ctx, schema.SyncParams{})
		wantKind(t, err, schema.KindUnsupported)
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		if end := s.until(s.Start(ctx, schema.StartParams{})); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("the start ended %s: %s", end.Operation.State, end.Operation.Message)
		}
	})
}

// An autostop ends SkyPilot's runtime before the machine: what then looks broken
// may be about to stop as it should.
func TestBrokenServerWithAutostopMayBeStopping(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 600}); err != nil {
			t.Fatal(err)
		}
		w.inject("unreachable", "")
		if c := s.becomes(schema.StatusError); !strings.Contains(c.Error.Hint, "autostop") || !strings.Contains(c.Error.Hint, "Otherwise start it again") {
			t.Errorf("the hint is: %s", c.Error.Hint)
		}
	})
}

// A start in a terminal keeps SkyPilot's lock on the server, and a look gets a
// record that looks broken. It is told as what it is, and nothing else is in
// between.
func TestStartByHandNeverLooksBroken(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		mark := len(s.host.statuses)
		if _, err := sky.NewClient(w.runner, true).SubmitStart(ctx, schema.DefaultClusterName, filepath.Join(w.dir, "start.log")); err != nil {
			t.Fatal(err)
		}
		if c := s.becomes(schema.StatusProvisioning); !strings.Contains(c.Description, "started with SkyPilot outside of Carapace") {
			t.Errorf("the description is %s", c.Description)
		}
		s.becomes(schema.StatusRunning)
		for _, told := range s.host.statuses[mark:] {
			if told.Cluster.Status == schema.StatusError || told.Cluster.Stale {
				t.Errorf("a server on its way up was told as %s, stale %v: %s", told.Cluster.Status, told.Cluster.Stale, told.Cluster.Description)
			}
		}
		if last := s.host.statuses[len(s.host.statuses)-1]; last.Source != schema.SourceExternal {
			t.Errorf("the start was told as the doing of %s", last.Source)
		}
	})
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
