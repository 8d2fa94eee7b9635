package provision

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

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
