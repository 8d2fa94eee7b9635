package provision

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// After an older state was put back while two sidecars run, they do not write for ever.
func TestNoPingPong(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start()
		b := w.start()
		path := filepath.Join(w.dir, "state", "state.json")
		older, _ := os.ReadFile(path)
		a.until(a.Launch(ctx, onAWS))
		if older == nil {
			older = []byte(`{"version":2,"clusters":{},"operations":[]}`)
		}
		time.Sleep(10 * time.Minute)
		if err := os.WriteFile(path, older, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		first, _ := os.ReadFile(path)
		time.Sleep(10 * time.Second)
		second, _ := os.ReadFile(path)
		if string(first) != string(second) {
			t.Errorf("it is still written")
		}
		a.wantStatus(schema.StatusRunning)
		b.wantStatus(schema.StatusRunning)
	})
}

// A name given up by forget, whose machine SkyPilot shows again: a launch of another spec does
// not end as if that machine were the one that was asked for.
func TestALaunchOverAForgottenServer(t *testing.T) {
	inWorld(t, func(w *world) {
		var lost atomic.Bool
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			switch {
			case !lost.Load() || is(call, "api"):
			case is(call, "status"):
				return sky.Result{Stdout: "Cluster(s) not found: gpu-box.\n[]\n"}, nil
			case is(call, "cost-report"):
				return sky.Result{Stdout: "[]\n"}, nil
			}
			return next.Run(ctx, call)
		}}))
		p := onAWS
		p.Spec.Name = "gpu-box"
		s.until(s.Launch(ctx, p))
		lost.Store(true)
		time.Sleep(5 * time.Minute)
		if _, err := s.Forget(ctx, schema.NameParams{Name: "gpu-box"}); err != nil {
			t.Fatal(err)
		}
		lost.Store(false)
		p.Spec.UseSpot, p.Spec.Region = true, "us-west-2"
		r, err := s.Launch(ctx, p)
		if err != nil {
			return
		}
		end := s.until(r, nil)
		if end.Operation.State == schema.OperationSucceeded {
			t.Errorf("a spot machine in us-west-2 was asked for; it ended %s with %s: %d machines", end.Operation.State, end.Cluster.Description, w.machines("running"))
		}
	})
}

// A server of a state file of version 1 gets a durable record: it counts for other folders.
func TestAMigratedServerHasARecord(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		hash := s.store.Remembered(schema.DefaultClusterName).Identity.Hash
		s.stopNow()
		if err := os.RemoveAll(filepath.Join(w.dir, "leases", "servers")); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(w.dir, "state", "state.json")
		v1 := `{"version":1,"clusters":{"carapace-node":{"view":{"name":"carapace-node","status":"running","cloud":"aws"},"hash":"` + hash + `","machine":true,"spec":{"name":"carapace-node","cloud":"aws"}}},"operations":[]}`
		if err := os.WriteFile(path, []byte(v1), 0o600); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		time.Sleep(5 * time.Minute)
		s.wantStatus(schema.StatusRunning)
		b := w.start(w.folder("b"))
		p := onAWS
		p.Spec.Name = "second"
		_, err := b.Launch(ctx, p)
		wantKind(t, err, schema.KindClusterActive)
	})
}

// A half-done launch whose machine has gone, which we have noticed, is finished by a new launch.
func TestFinishingAfterOurOwnLook(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		s.halfLaunched()
		w.outside("terminate")
		time.Sleep(5 * time.Minute)
		c := s.status()
		t.Logf("%s %s: %s", c.Status, c.Costs.Now, c.Description)
		end := s.until(s.Launch(ctx, onAWS))
		t.Logf("%s: %s", end.Operation.State, end.Operation.Message)
		if end.Operation.State != schema.OperationSucceeded {
			t.Error("it did not succeed")
		}
	})
}

// A server that only its durable record tells of can be destroyed before the first look.
func TestRememberedAndDestroyedBeforeALook(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		s.stopNow()
		if err := os.Remove(filepath.Join(w.dir, "state", "state.json")); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if end.Operation.State != schema.OperationSucceeded || w.machines("running") != 0 || end.Cluster.Costs.Now != schema.SpendingNothing {
			t.Errorf("%s, %d machines: %s", end.Operation.State, w.machines("running"), end.Cluster.Description)
		}
	})
}

// The cloud made a machine whose answer was lost, and then the state file is lost as
// well: the durable record still says that a machine may be there.
func TestALostAnswerOutlivesTheStateFile(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("answer_lost", "")
		s := w.start()
		s.until(s.Launch(ctx, onAWS))
		w.heal()
		s.stopNow()
		if err := os.Remove(filepath.Join(w.dir, "state", "state.json")); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		time.Sleep(time.Hour)
		c := s.status()
		if !strings.Contains(c.Description, "us-east-1") {
			t.Errorf("the region in which the machine may be is not named: %s", c.Description)
		}
		s.neverCalledGone(2 * time.Hour)
		if w.machines("running") == 0 {
			t.Error("no machine runs: this tests nothing")
		}
	})
}
