package provision

import (
	"testing"
	"time"

	"carapace/schema"
)

// protocol.md: "All others are the user's own: never counted, never touched."
func TestDestroyNeverTouchesTheUsersOwnCluster(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		other := w.start(func(c *Config) { c.StateDir = w.dir + "/other"; c.Name = "mine" })
		p := onAWS
		p.Spec.Name = "mine"
		other.until(other.Launch(ctx, p))
		other.stopNow()
		s := w.start()
		result, err := s.Destroy(ctx, schema.DestroyParams{Name: "mine"})
		if err == nil {
			s.until(result, nil)
		}
		if w.machines("running") != 1 {
			t.Error("a cluster of the user's own was destroyed")
		}
	})
}

// A cluster that this user made with `sky` under another name is their own: it is
// not adopted, not counted and not touched.
func TestRefreshNeverAdoptsTheUsersOwnCluster(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		time.Sleep(time.Minute)
		w.byHand("launch", "-y", "-c", "mine", "--infra", "aws/us-east-1", "--cpus", "4")
		_, err := s.Status(ctx, schema.StatusParams{Name: "mine", Refresh: true})
		if err == nil {
			t.Error("a cluster of the user's own was adopted")
		}
		if _, err := s.Launch(ctx, onAWS); err != nil {
			t.Errorf("and it counts: %v", err)
		}
	})
}

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
