package provision

import (
	"context"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// A stop of a cluster that is asked for while its name is alice's, on an endpoint
// whose users can't be known: sameCluster lets it through.
func TestRemoteEndpointDestroysAColleagues(t *testing.T) {
	inWorld(t, func(w *world) {
		b := &interceptor{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			if is(call, "launch") {
				<-ctx.Done()
				return sky.Result{Code: -1}, ctx.Err()
			}
			return next.Submit(ctx, call, output)
		}}
		s := w.start(w.through(b), func(c *Config) { c.Endpoint.Local = false })
		end := s.until(s.Launch(ctx, onAWS))
		t.Logf("%s: %s", end.Operation.State, end.Cluster.Description)
		if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		c := s.status()
		t.Logf("%s %+v: %s", c.Status, c.Owner, c.Description)
		if r, err := s.Destroy(ctx, schema.DestroyParams{}); err == nil {
			end = s.until(r, nil)
			t.Logf("%s: %s", end.Operation.State, end.Operation.Message)
		}
		if w.machines("running") != 1 {
			t.Error("alice's machine was destroyed")
		}
	})
}

// The same with a spot machine that the cloud takes back: SkyPilot's daemon
// finds it, the user finishes the launch at once.
func TestAPreemptedHalfLaunch(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		p := schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", UseSpot: true}}
		w.inject("setup_failed", "")
		s.until(s.Launch(ctx, p))
		w.heal()
		time.Sleep(40 * time.Second)
		w.outside("preempt")
		w.byHand("status", "--refresh", "-o", "json")
		r, err := s.Launch(ctx, p)
		if err != nil {
			t.Skip(err)
		}
		end := s.until(r, nil)
		t.Logf("%s: %s", end.Operation.State, end.Operation.Message)
		time.Sleep(5 * time.Minute)
		c := s.status()
		if w.machines("running") == 1 && c.Costs.Now == schema.SpendingNothing {
			t.Errorf("it runs: %s %s: %s", c.Status, c.Costs.Now, c.Description)
		}
	})
}
