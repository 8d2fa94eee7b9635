package provision

import (
	"context"
	"errors"
	"slices"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

func TestLogsThatTakeTooLongSaySo(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "logs") && !is(call, "api") && slices.Contains(call.Args, "--no-follow") {
				<-ctx.Done()
				return sky.Result{Code: -1}, ctx.Err()
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		_, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogRun})
		if err == nil {
			t.Skip("the reading did not hang")
		}
		if e := (*schema.Error)(nil); !errors.As(err, &e) || e.Kind != schema.KindTimeout {
			t.Errorf("got %#v, want a timeout with a hint", err)
		}
	})
}

// The log of a launch that left nothing says most about why.
func TestLogAndConnectionAfterAFailure(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("quota", "")
		s := w.start()
		_, err := s.Connection(ctx, schema.NameParams{})
		wantKind(t, err, schema.KindClusterNotFound)
		s.until(s.Launch(ctx, onAWS))
		if r, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogProvision}); err != nil || len(r.Lines) == 0 {
			t.Errorf("the log has %q (%v)", r.Lines, err)
		}
		_, err = s.Connection(ctx, schema.NameParams{})
		wantKind(t, err, schema.KindUnsupported)
		w.heal()
		s.halfLaunched()
		if c, err := s.Connection(ctx, schema.NameParams{}); err != nil || c.IP == "" {
			t.Errorf("to a server whose setup failed: %+v (%v)", c, err)
		}
	})
}

// What SkyPilot says of a server that it can't read the log of is a refusal, and no log.
func TestTheLogOfAStoppedServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		for _, source := range []schema.LogSource{schema.LogRun, schema.LogSetup} {
			_, err := s.Logs(ctx, schema.LogsParams{Source: source})
			wantKind(t, err, schema.KindUnsupported)
		}
		if r, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogProvision}); err != nil || len(r.Lines) == 0 {
			t.Errorf("how it was launched: %q (%v)", r.Lines, err)
		}
	})
}
