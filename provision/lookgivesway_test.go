package provision

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// lockedOut is a SkyPilot whose next look takes ten seconds and then fails, as one does
// that waits for the cluster's lock while a stop or destroy has it.
type lockedOut struct {
	sky.Runner
	next atomic.Bool
}

func (l *lockedOut) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if slices.Contains(call.Args, "--refresh") && l.next.CompareAndSwap(true, false) {
		time.Sleep(10 * time.Second)
		return sky.Result{}, context.DeadlineExceeded
	}
	return l.Runner.Run(ctx, call)
}

// A look that had begun when an operation of ours did fails by that operation's doing.
// It says nothing of the cloud (findings A14).
func TestALookThatGaveWayToAnOperationIsNoFailure(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		runner := &lockedOut{Runner: w.runner}
		w.runner = runner
		var log bytes.Buffer
		s := w.launched(func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		time.Sleep(time.Minute)
		runner.next.Store(true)
		looked := make(chan struct{})
		go func() { s.watcher.Look(ctx, []string{schema.DefaultClusterName}); close(looked) }()
		time.Sleep(2 * time.Second)
		end := s.until(s.Stop(ctx, schema.ChangeParams{}))
		<-looked
		if end.Operation.State != schema.OperationSucceeded || runner.next.Load() {
			t.Fatalf("the stop ended %s; the look waits still: %v", end.Operation.State, runner.next.Load())
		}
		if c := s.status(); c.Stale {
			t.Error("the server is stale")
		}
		s.stopNow() // so that nobody writes the log any more
		if strings.Contains(log.String(), "could not be looked at") {
			t.Errorf("the log says\n%s", log.String())
		}
	})
}
