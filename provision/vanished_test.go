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

// amnesia is a SkyPilot that lost its records, as one that was reinstalled has,
// or an API server other than the one that made the machine.
func (w *world) amnesia(lost *atomic.Bool) func(*Config) {
	forgot := func(call sky.Call) (sky.Result, bool) {
		switch {
		case !lost.Load() || is(call, "api"):
			return sky.Result{}, false
		case is(call, "status"): // as recorded with 0.14.1 after ~/.sky was lost
			return sky.Result{Stdout: "Cluster(s) not found: carapace-node.\n[]\n"}, true
		case is(call, "cost-report"):
			return sky.Result{Stdout: "[]\n"}, true
		case is(call, "down"), is(call, "stop"), is(call, "start"):
			return sky.Result{Stdout: "Cluster(s) not found: carapace-node.\n"}, true
		}
		return sky.Result{}, false
	}
	return w.through(&between{
		run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if r, ok := forgot(call); ok {
				return r, nil
			}
			return next.Run(ctx, call)
		},
		submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			if r, ok := forgot(call); ok {
				return r, nil
			}
			return next.Submit(ctx, call, output)
		},
	})
}

// A machine that runs is not gone because SkyPilot has forgotten it.
func TestARecordThatIsLostIsNoMachineThatIsGone(t *testing.T) {
	for _, by := range []string{"the poller", "stop", "destroy"} {
		t.Run(by, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var lost atomic.Bool
				s := w.start(w.amnesia(&lost))
				s.until(s.Launch(ctx, onAWS))
				time.Sleep(time.Minute)
				lost.Store(true)
				switch by {
				case "stop":
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				case "destroy":
					s.until(s.Destroy(ctx, schema.DestroyParams{}))
				}
				time.Sleep(5 * time.Minute)
				s.wantHonest()
				if c := s.wantStatus(schema.StatusError); !strings.Contains(c.Description, "costing money") {
					t.Errorf("it is not said that it may cost money: %s", c.Description)
				}
				if _, err := s.Launch(ctx, onAWS); err == nil {
					t.Error("another machine is launched beside it")
				}
				lost.Store(false)
				s.until(s.Destroy(ctx, schema.DestroyParams{}))
				s.wantStatus(schema.StatusNoServer)
				if left := w.machines("running"); left != 0 {
					t.Errorf("%d machines are left", left)
				}
			})
		})
	}
}

// What can't be found again must not stand there for ever.
func TestPurgeForgetsWhatSkyPilotHasLost(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var lost atomic.Bool
		s := w.start(w.amnesia(&lost))
		s.until(s.Launch(ctx, onAWS))
		lost.Store(true)
		end := s.until(s.Destroy(ctx, schema.DestroyParams{Purge: true}))
		if c := end.Cluster; c.Status != schema.StatusError || c.Costs.Now != schema.SpendingUnknown || !strings.Contains(c.Description, "console") {
			t.Errorf("%s: %s", end.Cluster.Status, end.Cluster.Description)
		}
		if c, err := s.Forget(ctx, schema.NameParams{}); err != nil || c.Status != schema.StatusNoServer || !strings.Contains(c.Description, "console") {
			t.Errorf("taken off the list: %s: %s (%v)", c.Status, c.Description, err)
		}
		if _, err := s.Launch(ctx, onAWS); err != nil {
			t.Errorf("after that a launch is refused: %v", err)
		}
	})
}

// SkyPilot's own daemon often sees a machine's end before we do: then nothing is
// said in prose any more, and SkyPilot's history has to vouch.
func TestTerminatedOutsideAndSeenByTheDaemonFirst(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start().unwatched()
		s.until(s.Launch(ctx, onAWS))
		w.outside("terminate")
		if _, err := w.runner.Run(ctx, sky.Call{Program: "sky", Args: []string{"status", "--refresh", "-o", "json"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		s.wantStatus(schema.StatusNoServer)
	})
}

// A destroy that we stopped waiting for is done by SkyPilot later: that is nobody
// else's doing.
func TestOurOwnDestroyIsNeverAnOutsideOne(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.inject("network", "") // the cloud does not answer: the request hangs, and so do looks
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if end.Operation.State != schema.OperationFailed {
			t.Fatalf("it ended %s", end.Operation.State)
		}
		s.wantHonest()
		w.heal()
		time.Sleep(10 * time.Minute)
		c := s.wantStatus(schema.StatusNoServer)
		if strings.Contains(c.Description, "outside") {
			t.Errorf("our own destroy is called an outside one: %s", c.Description)
		}
		s.host.mu.Lock()
		defer s.host.mu.Unlock()
		if last := s.host.statuses[len(s.host.statuses)-1]; last.Source == schema.SourceExternal {
			t.Errorf("the change's source is %s", last.Source)
		}
	})
}

// And one that was refused has not removed what somebody terminates hours later.
func TestAnOutsideRemovalAfterARefusedDestroy(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		w.inject("down_refused", "")
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		time.Sleep(2 * time.Hour)
		w.outside("terminate")
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		if c := s.wantStatus(schema.StatusNoServer); !strings.Contains(c.Description, "outside") {
			t.Errorf("it is said: %s", c.Description)
		}
	})
}

// `sky autostop` whose answer was lost.
func TestAutostopIsReadAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(w.through(&between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			r, err := next.Run(ctx, call)
			if is(call, "autostop") {
				r = sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: Connection reset by peer"}
			}
			return r, err
		}})).unwatched()
		s.until(s.Launch(ctx, onAWS))
		c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30})
		if err != nil || c.Autostop == nil {
			t.Errorf("it is set, and the answer is %v", err)
		}
	})
}

// A start that was given up while the machine is up: its vaults may be old and
// its run command was not run, so it is not simply running.
func TestAFailedStartIsNotRunning(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var failing atomic.Bool
		s := w.start(w.through(&between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if failing.Load() && is(call, "api", "status") && len(call.Args) > 8 {
				return sky.Result{Stdout: strings.Replace(requestJSON, "ID", call.Args[len(call.Args)-1], 1)}, nil
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		failing.Store(true)
		end := s.until(s.Start(ctx, schema.StartParams{}))
		failing.Store(false)
		time.Sleep(5 * time.Minute)
		if c := s.status(); end.Operation.State != schema.OperationFailed || c.Status != schema.StatusError {
			t.Errorf("the start ended %s, and the server is %s: %s", end.Operation.State, c.Status, c.Description)
		}
	})
}

const requestJSON = `[{"request_id": "ID", "name": "sky.start", "status": "FAILED", "cluster_name": "carapace-node", "created_at": 1}]` + "\n"

// A launch that is to be finished, whose machine SkyPilot has lost track of: it
// would make another one.
func TestNoSecondMachineBesideOneThatIsLost(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var lost atomic.Bool
		s := w.start(w.amnesia(&lost)).unwatched()
		s.halfLaunched()
		lost.Store(true)
		if result, err := s.Launch(ctx, onAWS); err == nil {
			s.until(result, nil)
		}
		s.wantHonest()
		s.wantStatus(schema.StatusError)
	})
}

// A server in an error that is started: that SkyPilot calls it UP is an old
// record, for the machine is gone.
func TestStartOfAMachineThatIsGone(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var record sky.Result // what SkyPilot said before it looked again
		gone := func() bool { return record.Stdout != "" && w.machines("running") == 0 }
		s := w.start(w.through(&between{
			run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
				old := is(call, "status") && !is(call, "api") && !is(call, "--refresh")
				switch {
				case call.Program == "rsync" && gone():
					return sky.Result{Code: 255, Stderr: "ssh: connect to host 127.0.1.11 port 22: No route to host"}, nil
				case old && gone():
					return record, nil
				}
				r, err := next.Run(ctx, call)
				if old && strings.Contains(r.Stdout, `"UP"`) {
					record = r
				}
				return r, err
			},
			submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
				if is(call, "start") {
					return sky.Result{Stdout: "Cluster carapace-node already has status UP.\n"}, nil
				}
				return next.Submit(ctx, call, output)
			},
		}))
		s.until(s.Launch(ctx, onAWS))
		w.inject("network", "")
		time.Sleep(5 * time.Minute)
		s.wantStatus(schema.StatusError)
		w.outside("terminate")
		paused := true
		if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
			t.Fatal(err)
		}
		w.heal()
		end := s.until(s.Start(ctx, schema.StartParams{}))
		if said := end.Cluster.Description; end.Operation.State == schema.OperationSucceeded || strings.Contains(said, "runs and costs") {
			t.Errorf("no machine is there; the start ended %s, and it is said: %s", end.Operation.State, said)
		}
	})
}
