package provision

import (
	"context"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

func TestCloseDuringAnInstall(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "uv" {
				<-ctx.Done()
				return sky.Result{Code: -1}, ctx.Err()
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		if _, err := s.InstallSkyPilot(ctx, schema.SkyPilotInstallParams{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		began := time.Now()
		closing, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		defer cancel()
		s.Close(closing)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
