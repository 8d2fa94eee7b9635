package provision

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
)

// A submission that was given up reaches SkyPilot after the destroy that followed:
// the machine it makes is not nobody's.
func TestDestroyAfterASubmissionThatWasGivenUp(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &between{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			if !is(call, "launch") {
				return next.Submit(ctx, call, output)
			}
			task, err := os.ReadFile(filepath.Join(call.Dir, "task.yaml"))
			if err != nil {
				t.Error(err)
			}
			go func() {
				time.Sleep(4 * time.Minute)
				call.Dir = w.t.TempDir()
				_ = os.WriteFile(filepath.Join(call.Dir, "task.yaml"), task, 0o600)
				_, _ = next.Submit(context.WithoutCancel(ctx), call, filepath.Join(call.Dir, "out"))
			}()
			<-ctx.Done()
			return sky.Result{Code: -1}, ctx.Err()
		}}
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if said := end.Cluster.Description; strings.Contains(said, "Nothing of it costs money") {
			t.Errorf("nobody can know that: %s", said)
		}
		time.Sleep(15 * time.Minute)
		if w.machines("running") != 1 {
			t.Fatal("the submission came to nothing: this tests nothing")
		}
		s.wantHonest()
	})
}

// A launch that passed its deadline and could not be canceled goes on: a destroy
// ends it first.
func TestDestroyEndsALaunchThatWasGivenUp(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		failing := true
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "api", "cancel") && failing {
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
			}
			return next.Run(ctx, call)
		}}
		lateRecord(b, 45*time.Minute)
		w.inject("launch_hangs", "")
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		failing = false
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		w.heal()
		time.Sleep(time.Hour)
		s.wantHonest()
		if n := w.machines("running"); n != 0 {
			t.Errorf("%d machines run after a destroy", n)
		}
	})
}

// contract.md 10: "StopFailoverError: warn, instances may live".
func TestALaunchThatLeakedSaysSo(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("capacity", "")
		s := w.start(w.through(&between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			r, err := next.Run(ctx, call)
			if isAPILogs(call) {
				r.Stderr = "Exception: StopFailoverError: During provisioner's failover, terminating 'carapace-node' failed. This can cause resource leakage. Please check the failure and the cluster status on the cloud, and manually terminate the cluster."
			}
			return r, err
		}}))
		end := s.until(s.Launch(ctx, onAWS))
		if said := end.Cluster.Description; strings.Contains(said, "nothing costs money") || !strings.Contains(said, "costing money") {
			t.Errorf("it is said: %s", said)
		}
		s.neverCalledGone(time.Hour)
	})
}

// A price is of one place.
func TestThePriceIsThatOfThePlace(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if c := s.status(); c.HourlyCost == 0 {
			t.Fatal("there is no price: this tests nothing")
		}
		rec := s.store.Remembered(schema.DefaultClusterName)
		rec.View.Region = "us-west-2" // where it was asked for, and where there was none
		report, err := s.backend.Client("").Status(ctx, false, schema.DefaultClusterName)
		if err != nil {
			t.Fatal(err)
		}
		found, _ := report.Find(schema.DefaultClusterName)
		rec.Learn(found, "", schema.Now())
		if rec.View.HourlyCost != 0 {
			t.Errorf("in %s it is said to cost $%v", rec.View.Region, rec.View.HourlyCost)
		}
	})
}

// A clock that is set back must not make an operation end before it began.
func TestNoTimeIsNegative(t *testing.T) {
	if got := lifecycle.Seconds(-time.Hour); got != 0 {
		t.Errorf("%v", got)
	}
}

// A server with an autostop that is terminated in the cloud's console was not idle.
func TestTerminatedOutsideIsNoAutostop(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 120, Down: true}); err != nil {
			t.Fatal(err)
		}
		w.outside("terminate")
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		if c := s.wantStatus(schema.StatusNoServer); strings.Contains(c.Description, "idle") {
			t.Errorf("it is said: %s", c.Description)
		}
	})
}
