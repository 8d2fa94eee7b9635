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
