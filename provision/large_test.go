package provision

import (
	"strings"
	"testing"

	"carapace/schema"
)

// SkyPilot prints a task twice, escaped twice and three times, whenever it is asked for
// the request: 2.6 MiB for scripts of 587 KiB, of which 2 MiB were read, so that the
// launch ended at its deadline while the machine ran. These scripts are all backslashes,
// of which smaller ones do.
func TestALaunchOfALargeTask(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		script := strings.Repeat("#"+strings.Repeat(`\`, 254)+"\n", 400)
		spec := schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", Setup: script, Run: script}}
		if end := s.until(s.Launch(ctx, spec)); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("it ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
		for _, p := range s.host.progress {
			if strings.Contains(p.Message, "does not answer") {
				t.Errorf("the host was told: %s", p.Message)
			}
		}
	})
}
