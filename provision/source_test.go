package provision

import (
	"slices"
	"testing"
	"time"

	"carapace/schema"
)

// What a launch ends with is told as the doing of an operation, also where it never began, and by the sidecar
// that only reads of it.
func TestTheEndOfALaunchIsAnOperationsDoing(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"quota", "setup_failed", "old_version"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				driver, other := w.start(watchful), w.start(watchful)
				w.inject(fault, "")
				if end := driver.until(driver.Launch(ctx, onAWS)); end.Operation.State != schema.OperationFailed {
					t.Fatalf("%+v", end.Operation)
				}
				time.Sleep(3 * time.Second)
				for who, s := range map[string]*sidecar{"its driver": driver, "the other": other} {
					s.host.mu.Lock()
					told := slices.Clone(s.host.statuses)
					s.host.mu.Unlock()
					at := slices.IndexFunc(told, func(c schema.StatusChanged) bool {
						return c.Cluster.Operation == nil && c.Previous.Status == schema.StatusProvisioning
					})
					if at < 0 || told[at].Source != schema.SourceOperation {
						t.Errorf("%s told %+v", who, told)
					}
				}
			})
		})
	}
}
