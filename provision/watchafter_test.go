package provision

import (
	"slices"
	"testing"
	"time"

	"carapace/schema"
)

// The look of an operation that succeeded counts as one of the watcher's. One right after it
// showed the same: in the lab it kept SkyPilot busy for 13 s, while the next operation began.
func TestNoLookRightAfterAnOperation(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		counter := &started{Runner: w.runner}
		s := w.launched(func(c *Config) { c.Runner = counter })
		quiet := func(operation string) {
			t.Helper()
			counter.take()
			time.Sleep(10 * time.Second)
			if got := counter.take(); len(got) > 0 {
				t.Errorf("right after a %s %q was started", operation, got)
			}
		}
		quiet("launch")
		s.until(s.Sync(ctx, schema.SyncParams{}))
		quiet("sync")
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		quiet("stop")
		time.Sleep(30 * time.Second)
		if got := counter.take(); !slices.Equal(got, []string{"status --refresh"}) {
			t.Errorf("half a minute after a stop %q was started, not one look", got)
		}
		s.until(s.Start(ctx, schema.StartParams{}))
		quiet("start")
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		quiet("destroy")
	})
}
