package provision

import (
	"context"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// SkyPilot 0.12.0 works, but does not know max_hourly_cost: the limit guards money, so
// a launch that asks for it is refused before anything is submitted. The first time
// that is known only when the operation has asked for the version; then the request
// itself is refused.
func TestAPriceLimitThatTheSkyPilotDoesNotKnow(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		installed := "0.12.0"
		launches := 0
		s := w.start(w.through(&interceptor{
			run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
				if is(call, "--version") {
					return sky.Result{Stdout: "skypilot, version " + installed + "\n"}, nil
				}
				return next.Run(ctx, call)
			},
			submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
				launches++
				return next.Submit(ctx, call, output)
			},
		}))
		limited := onAWS
		limited.Spec.MaxHourlyCost = 5
		end := s.until(s.Launch(ctx, limited))
		if end.Operation.Error == nil || launches != 0 {
			t.Fatalf("the launch ended %s, and %d were submitted", end.Operation.State, launches)
		}
		if e := wantKind(t, end.Operation.Error, schema.KindUnsupported); e.Field != "spec.maxHourlyCost" {
			t.Errorf("the refusal names %q", e.Field)
		}
		s.wantStatus(schema.StatusNoServer)
		_, err := s.Launch(ctx, limited)
		wantKind(t, err, schema.KindUnsupported)
		if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("without a limit the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
	})
}
