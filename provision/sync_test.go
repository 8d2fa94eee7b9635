package provision

import (
	"context"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// silentRsync is a Runner whose first rsyncs end without a word, as they can when the
// connection ends before what was said has come through.
type silentRsync struct {
	sky.Runner
	left int
}

func (m *silentRsync) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if call.Program == "rsync" && m.left > 0 {
		m.left--
		return sky.Result{Code: 11, Stderr: "Warning: Permanently added '192.0.2.1' (ED25519) to the list of known hosts.\n"}, nil
	}
	return m.Runner.Run(ctx, call)
}

func TestRsyncWithoutAWordIsAskedAgain(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]schema.OperationState{1: schema.OperationSucceeded, 3: schema.OperationFailed} {
		inWorld(t, func(w *world) {
			runner := &silentRsync{Runner: w.runner}
			s := w.start(func(c *Config) { c.Runner = runner })
			s.until(s.Launch(ctx, onAWS))
			runner.left = times
			if end := s.until(s.Sync(ctx, schema.SyncParams{})); end.Operation.State != want {
				t.Errorf("after %d without a word the sync ended %s: %+v", times, end.Operation.State, end.Operation.Error)
			}
		})
	}
}
