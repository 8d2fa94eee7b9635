package provision

import (
	"context"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// The first `sky check` also starts SkyPilot's API server.
func TestACheckThatStartsTheServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "check") {
				time.Sleep(70 * time.Second)
			}
			return next.Run(ctx, call)
		}}))
		if r, err := s.CheckProvider(ctx, schema.ProviderCheckParams{Cloud: "aws"}); err != nil || !r.Enabled {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// An answer about one profile says nothing of another.
func TestChecksAreKeptByProfile(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		checks := 0
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "check") {
				checks++
			}
			return next.Run(ctx, call)
		}}))
		for _, profile := range []string{"", "work", "work", ""} {
			if _, err := s.CheckProvider(ctx, schema.ProviderCheckParams{Cloud: "aws", Profile: profile}); err != nil {
				t.Fatal(err)
			}
		}
		if checks != 2 {
			t.Errorf("SkyPilot was asked %d times about two profiles", checks)
		}
	})
}
