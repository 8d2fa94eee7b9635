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

// losingRecords is a SkyPilot that lost its records, as one that was reinstalled has,
// or an API server other than the one that made the machine.
func (w *world) losingRecords(lost *atomic.Bool) func(*Config) {
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
	return w.through(&interceptor{
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
	t.Parallel()
	for _, by := range []string{"the poller", "stop", "destroy"} {
		t.Run(by, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var lost atomic.Bool
				s := w.start(w.losingRecords(&lost))
				s.until(s.Launch(ctx, onAWS))
				time.Sleep(time.Minute)
				lost.Store(true)
				switch by {
				case "stop":
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				case "destroy":
					s.until(s.Destroy(ctx, schema.DestroyParams{}))
				}
				time.Sleep(10 * time.Minute) // a machine that answers is looked at seldom
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
		s := w.start(w.losingRecords(&lost))
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

// A launch that is to be finished, whose machine SkyPilot has lost track of: it
// would make another one.
func TestNoSecondMachineBesideOneThatIsLost(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var lost atomic.Bool
		s := w.start(w.losingRecords(&lost)).unwatched()
		s.halfLaunched()
		lost.Store(true)
		if result, err := s.Launch(ctx, onAWS); err == nil {
			s.until(result, nil)
		}
		s.wantHonest()
		s.wantStatus(schema.StatusError)
	})
}

// A record that SkyPilot can't show is neither a destroyed server nor one that is gone.
func TestADestroyOfARecordThatCantBeShownDoesNotSucceed(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		w.inject("record_invalid", "")
		launch := s.until(s.Launch(ctx, onAWS))
		if e := launch.Operation.Error; e == nil || e.Kind == schema.KindTerminatedExternally || launch.Cluster.Costs.Now == schema.SpendingNothing {
			t.Errorf("the launch ended with %+v", e)
		}
		w.inject("down_refused", "")
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if c := end.Cluster; w.machines("running") == 1 && (c.Costs.Now == schema.SpendingNothing || end.Operation.State == schema.OperationSucceeded) {
			t.Errorf("the destroy ended %s, and a machine runs: %s", end.Operation.State, c.Description)
		}
	})
}

// A launch that ends because somebody had SkyPilot forget the server may have left a
// machine, whatever its request came to.
func TestALaunchThatWasPurgedByHandIsNoEnd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(40 * time.Second)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		end := s.until(result, nil)
		if w.machines("running") != 1 {
			t.Fatal("no machine runs: this tests nothing")
		}
		c := end.Cluster
		if c.Costs.Now != schema.SpendingUnknown || strings.Contains(c.Description, "othing costs") {
			t.Errorf("%s, %s: %s", c.Status, c.Costs.Now, c.Description)
		}
	})
}

// What ends another cluster of our name says nothing of ours, which can't be found:
// SkyPilot tells of both by the name.
func TestTheEndOfAnotherClusterIsNotOurs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		s.becomes(schema.StatusError)
		w.byHand("launch", "-y", "-d", "-c", schema.DefaultClusterName, "--infra", "aws/eu-west-1", "--cpus", "4")
		time.Sleep(2 * time.Minute)
		w.byHand("down", "-y", schema.DefaultClusterName)
		time.Sleep(10 * time.Minute)
		if w.machines("running") != 1 {
			t.Fatal("our machine does not run: this tests nothing")
		}
		if c := s.status(); c.Costs.Now != schema.SpendingUnknown {
			t.Errorf("our machine runs, and it costs %s: %s", c.Costs.Now, c.Description)
		}
	})
}

// A cluster that comes up later under the name of a launch that nobody saw, in another
// region, does not take away the doubt about that launch's machine.
func TestALaterClusterDoesNotEndADoubt(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		p := onAWS
		p.Spec.Region = "eu-west-1"
		result, err := s.Launch(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(40 * time.Second)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		s.until(result, nil)
		w.byHand("launch", "-y", "-d", "-c", schema.DefaultClusterName, "--infra", "aws/us-east-1", "--cpus", "4")
		time.Sleep(5 * time.Minute)
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if w.machines("running") != 1 {
			t.Fatal("the first machine does not run: this tests nothing")
		}
		if c := s.status(); c.Costs.Now != schema.SpendingUnknown {
			t.Errorf("it costs %s: %s", c.Costs.Now, c.Description)
		}
	})
}
