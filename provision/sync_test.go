package provision

import (
	"context"
	"slices"
	"strings"
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

// vanishing is a Runner whose first mirrors bring all and say that files went meanwhile, as
// rsync 3.5 does (exit code 24).
type vanishing struct {
	sky.Runner
	left int
}

func (v *vanishing) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	result, err := v.Runner.Run(ctx, call)
	if call.Program == "rsync" && slices.ContainsFunc(call.Args, func(arg string) bool { return strings.HasPrefix(arg, "--max-delete=") }) && v.left > 0 {
		v.left--
		result.Code, result.Stderr = 24, "file has vanished: \"/v/f\"\nrsync warning: some files vanished before they could be transferred (code 24) at main.c(1338) [sender=3.5.0]\n"
	}
	return result, err
}

// Success was said where files had gone while they were brought.
func TestFilesThatGoDuringAMirrorAreTold(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]schema.OperationState{1: schema.OperationSucceeded, 2: schema.OperationFailed} {
		inWorld(t, func(w *world) {
			runner := &vanishing{Runner: w.runner}
			s := w.start(func(c *Config) { c.Runner = runner })
			s.succeeds(s.Launch(ctx, onAWS))
			w.fill(schema.VaultPublic, 2)
			runner.left = times
			end := s.until(s.Sync(ctx, schema.SyncParams{}))
			if end.Operation.State != want || runner.left != 0 {
				t.Errorf("after %d mirrors that files went from the sync ended %s: %+v", times, end.Operation.State, end.Operation.Error)
			}
			if e := end.Operation.Error; times > 1 && (e == nil || e.Kind != schema.KindInterrupted || e.Field != "spec.vaults.public" || e.Hint == "" || !warned(s.status(), schema.KindInterrupted, e.Field)) {
				t.Errorf("%+v, and it warns %+v", e, s.status().Warnings)
			}
		})
	}
}
