package provision

import (
	"context"
	"testing"
	"time"

	"carapace/schema"
)

// A host that asks and goes at once gets what it asked for: the look that shows which
// server bears the name, and the submission, are finished before the process ends.
func TestAHostThatGoesAtOnceGetsWhatItAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ask  func(s *sidecar) error
		want string // the machine's state after it
	}{
		"stop":    {func(s *sidecar) error { _, err := s.Stop(ctx, schema.ChangeParams{}); return err }, "stopped"},
		"destroy": {func(s *sidecar) error { _, err := s.Destroy(ctx, schema.DestroyParams{}); return err }, "terminated"},
		"start": {func(s *sidecar) error {
			s.until(s.Stop(ctx, schema.ChangeParams{}))
			time.Sleep(time.Minute)
			_, err := s.Start(ctx, schema.StartParams{})
			return err
		}, "running"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				s := w.launched()
				time.Sleep(time.Minute) // the last look is too old to say whose server it is
				if err := c.ask(s); err != nil {
					t.Fatal(err)
				}
				s.Close(context.Background())
				time.Sleep(10 * time.Minute)
				if w.machines(c.want) != 1 {
					t.Errorf("no machine is %s: running %d, stopped %d, terminated %d", c.want, w.machines("running"), w.machines("stopped"), w.machines("terminated"))
				}
			})
		})
	}
}
