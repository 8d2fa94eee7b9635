package provision

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"carapace/schema"
)

// A launch's state that is put back to before its submission does not say that
// nothing costs, and finds the request again instead of making another.
func TestALaunchOutlivesAStateFromBeforeItsSubmission(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		path := filepath.Join(w.dir, "state", "state.json")
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.until(result, nil)
		s.stopNow()
		if err := os.WriteFile(path, accepted, 0o600); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		if c := s.status(); c.Costs.Now == schema.SpendingNothing || c.Machine == schema.MachineNone {
			t.Errorf("a machine runs, and it is said to cost %s: %s", c.Costs.Now, c.Description)
		}
		end := s.until(result, nil)
		if end.Operation.State != schema.OperationSucceeded || end.Cluster.Status != schema.StatusRunning || w.machines("running") != 1 {
			t.Errorf("the launch ended %s (%+v), the server is %s, %d machines run", end.Operation.State, end.Operation.Error, end.Cluster.Status, w.machines("running"))
		}
	})
}

// A destroy from a state that was put back is not carried out on the server that was
// launched since.
func TestAnOldDestroyDoesNotReachANewServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		path := filepath.Join(w.dir, "state", "state.json")
		s := w.start()
		result, err := s.Destroy(ctx, schema.DestroyParams{})
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.until(result, nil)
		s.until(s.Launch(ctx, onAWS))
		s.stopNow()
		if err := os.WriteFile(path, accepted, 0o600); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		time.Sleep(5 * time.Minute)
		if c := s.status(); w.machines("running") != 1 || c.Status != schema.StatusRunning {
			t.Errorf("%d machines run, and the server is %s: %s", w.machines("running"), c.Status, c.Description)
		}
	})
}

// A state that was put back to an earlier server of the same name does not disown the
// one that was launched since.
func TestAnEarlierServersStateDoesNotDisownTheNewOne(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		path := filepath.Join(w.dir, "state", "state.json")
		s := w.launched()
		earlier, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		s.until(s.Launch(ctx, onAWS))
		s.stopNow()
		if err := os.WriteFile(path, earlier, 0o600); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		for range 60 {
			time.Sleep(5 * time.Second)
			if c := s.status(); c.Costs.Now == schema.SpendingNothing || !c.Owner.Mine {
				t.Fatalf("our machine runs, and it is shown as %s, %s, %+v: %s", c.Status, c.Costs.Now, c.Owner, c.Description)
			}
		}
		s.wantStatus(schema.StatusRunning)
	})
}

// After a damaged file the state does not count anew: a copy from before would be
// taken for what another sidecar has written.
func TestACopyFromBeforeADamagedFileIsNoNews(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		path := filepath.Join(w.dir, "state", "state.json")
		s := w.launched()
		s.until(s.Sync(ctx, schema.SyncParams{}))
		older, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.stopNow()
		if err := os.WriteFile(path, older[:len(older)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		time.Sleep(time.Minute)
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		paused := true
		if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, older, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		s.wantStatus(schema.StatusStopped)
	})
}

// A launch from a state that was put back, whose server has ended since, does not take
// for its own what bears the name by now.
func TestAnOldLaunchDoesNotClaimWhatIsThereNow(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		path := filepath.Join(w.dir, "state", "state.json")
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		launching, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s.until(result, nil)
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		w.byHand("launch", "-y", "-d", "-c", schema.DefaultClusterName, "--infra", "aws/us-east-1", "--cpus", "4")
		s.stopNow()
		if err := os.WriteFile(path, launching, 0o600); err != nil {
			t.Fatal(err)
		}
		s = w.start()
		time.Sleep(5 * time.Minute)
		if end, err := s.Destroy(ctx, schema.DestroyParams{}); err == nil {
			s.until(end, nil)
		}
		if w.machines("running") != 1 {
			t.Errorf("the server that was made by hand is gone: %s", s.status().Description)
		}
	})
}
