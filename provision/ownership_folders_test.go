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

// Another state folder does not launch over a running server of the same name.
func TestAnotherFolderDoesNotLaunchOverARunningServer(t *testing.T) {
	inWorld(t, func(w *world) {
		a := w.start(w.folder("a"))
		p := onAWS
		p.Spec.Name = "gpu-box"
		a.until(a.Launch(ctx, p))
		b := w.start(w.folder("b"))
		_, err := b.Launch(ctx, p)
		wantKind(t, err, schema.KindClusterActive)
		if w.machines("running") != 1 {
			t.Errorf("%d machines run", w.machines("running"))
		}
	})
}

// A server of a state folder that is gone, and has ended, does not block every launch for ever.
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
		if c, err := b.Status(ctx, schema.StatusParams{Name: "old-box"}); err == nil && c.Status != schema.StatusNoServer {
			if _, err := b.Forget(ctx, schema.NameParams{Name: "old-box"}); err != nil { // in which account it ended b can't know
				t.Errorf("it can't be taken off the list: %v", err)
			}
		}
		if _, err := b.Launch(ctx, onAWS); err != nil {
			t.Errorf("nobody can launch: %v", err)
		}
	})
}

// A server of this folder that is lost is not replaced by another folder's launch of the name.
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
		b := w.start(w.folder("b"))
		p.Spec.Region = "us-west-2"
		_, err := b.Launch(ctx, p)
		wantKind(t, err, schema.KindClusterActive)
		if c, err := a.Status(ctx, schema.StatusParams{Name: "gpu-box"}); err != nil || c.Costs.Now != schema.SpendingUnknown || w.machines("running") != 1 {
			t.Errorf("%d machines run; ours is shown as %s, %s: %s (%v)", w.machines("running"), c.Status, c.Costs.Now, c.Description, err)
		}
	})
}
