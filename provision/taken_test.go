package provision

import (
	"testing"

	"carapace/schema"
)

// A destroy of a name that the state knows nothing of is carried out on nobody else's
// server, and does not make it ours either.
func TestADestroyOfNothingSparesAColleaguesServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.quiet()
		if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
			t.Fatal(err)
		}
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		wantKind(t, end.Operation.Error, schema.KindNotYours)
		if w.machines("running") != 1 {
			t.Error("alice's machine is gone")
		}
		if c := end.Cluster; c.Owner.Mine || c.Machine != schema.MachineNone || c.Status != schema.StatusNoServer {
			t.Errorf("it is shown as ours: %s, %s: %s", c.Status, c.Machine, c.Description)
		}
	})
}

// A launch of a name that is taken by hand is not what has made that cluster.
func TestALaunchDoesNotClaimWhatWasMadeByHand(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		w.byHand("launch", "-y", "-d", "-c", schema.DefaultClusterName, "--infra", "aws/us-east-1", "--cpus", "4")
		for range 2 {
			result, err := s.Launch(ctx, onAWS)
			if err == nil {
				end := s.until(result, nil)
				wantKind(t, end.Operation.Error, schema.KindClusterActive)
			}
			if c, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil || c.Machine != schema.MachineNone {
				t.Errorf("it is shown as ours: %s, %s: %s (%v)", c.Status, c.Machine, c.Description, err)
			}
		}
		if result, err := s.Destroy(ctx, schema.DestroyParams{}); err == nil {
			s.until(result, nil)
		}
		if w.machines("running") != 1 {
			t.Error("what was made by hand is destroyed")
		}
	})
}
