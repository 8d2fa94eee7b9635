package provision

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"carapace/schema"
)

// One state folder does not launch beside another's server: each would bill.
func TestOneServerOverAllStateFolders(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		other := w.start(func(c *Config) { c.StateDir = w.dir + "/other" })
		p := onAWS
		p.Spec.Name = "mine"
		other.until(other.Launch(ctx, p))
		s := w.start()
		_, err := s.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindClusterActive)
		other.until(other.Destroy(ctx, schema.DestroyParams{Name: "mine"}))
		if _, err := s.Launch(ctx, onAWS); err != nil {
			t.Errorf("after that one's end: %v", err)
		}
	})
}

func (w *world) folder(name string) func(*Config) {
	return func(c *Config) { c.StateDir = filepath.Join(w.dir, name) }
}

// Two state folders launch at the same time.
func TestTwoFoldersLaunchAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		a, b := w.start(w.folder("a")), w.start(w.folder("b"))
		pa, pb := onAWS, onAWS
		pa.Spec.Name, pb.Spec.Name = "aa", "bb"
		ra, err := a.Launch(ctx, pa)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		rb, err := b.Launch(ctx, pb)
		a.until(ra, nil)
		if err == nil {
			b.until(rb, nil)
		}
		if n := w.machines("running"); n != 1 {
			t.Errorf("%d machines run", n)
		}
	})
}

// Another state folder launches over a running server of the same name, and its
// cancel destroys it.
func TestAnotherFolderLaunchesOverARunningServer(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start(w.folder("a"))
		p := onAWS
		p.Spec.Name = "gpu-box"
		a.until(a.Launch(ctx, p))
		b := w.start(w.folder("b"))
		r, err := b.Launch(ctx, p)
		if err != nil {
			return
		}
		for range 10_000 {
			op, _ := b.GetOperation(ctx, schema.OperationGetParams{ID: r.Operation.ID})
			if op.Phase == schema.PhaseProvisioning || op.State != schema.OperationRunning {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		op, _ := b.GetOperation(ctx, schema.OperationGetParams{ID: r.Operation.ID})
		if op.State != schema.OperationRunning {
			t.Logf("refused: %+v", op.Error)
			return
		}
		t.Errorf("the launch goes over the running server")
		b.Cancel(ctx, schema.NameParams{Name: "gpu-box"})
		end := b.until(r, nil)
		t.Logf("%s: %s", end.Operation.State, end.Operation.Message)
		if w.machines("running") != 1 {
			t.Errorf("and its cancel destroyed the server of the other folder")
		}
	})
}

// A server of a state folder that is gone blocks every launch for ever.
func TestAFolderThatIsGoneBlocksNobody(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start(w.folder("a"))
		p := onAWS
		p.Spec.Name = "old-box"
		a.until(a.Launch(ctx, p))
		a.stopNow()
		w.byHand("down", "-y", "old-box")
		if err := os.RemoveAll(filepath.Join(w.dir, "a")); err != nil {
			t.Fatal(err)
		}
		b := w.start(w.folder("b"))
		time.Sleep(5 * time.Minute)
		_, err := b.Launch(ctx, onAWS)
		t.Logf("launch: %v", err)
		_, ferr := b.Forget(ctx, schema.NameParams{Name: "old-box"})
		_, derr := b.Destroy(ctx, schema.DestroyParams{Name: "old-box"})
		if err != nil && ferr != nil && derr != nil {
			t.Errorf("nobody can launch, and nobody can change that: forget %v, destroy %v", ferr, derr)
		}
	})
}

// Two folders: ours is lost, the other's of the same name is taken for ours.
func TestAnotherFoldersServerDoesNotReplaceOurs(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start(w.folder("a"))
		p := onAWS
		p.Spec.Name = "gpu-box"
		a.until(a.Launch(ctx, p))
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", "gpu-box")
		w.heal()
		time.Sleep(2 * time.Minute)
		c, _ := a.Status(ctx, schema.StatusParams{Name: "gpu-box"})
		t.Logf("lost: %s %s", c.Status, c.Description)
		b := w.start(w.folder("b"))
		p.Spec.Region = "us-west-2"
		r, err := b.Launch(ctx, p)
		if err != nil {
			t.Logf("refused: %v", err)
			return
		}
		t.Errorf("a second launch of %s is accepted beside the one that may run", "gpu-box")
		end := b.until(r, nil)
		t.Logf("%s %s", end.Operation.State, end.Operation.Message)
		time.Sleep(3 * time.Minute)
		c, _ = a.Status(ctx, schema.StatusParams{Name: "gpu-box"})
		t.Logf("%d machines; a shows: %s %s", w.machines("running"), c.Status, c.Description)
	})
}
