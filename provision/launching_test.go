package provision

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// A launch that meets another sidecar's says that, and of no server that there is none of.
func TestALaunchBesideOneThatBegins(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var mu sync.Mutex
		var asked []string
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			mu.Lock()
			asked = append(asked, strings.Join(call.Args, " "))
			mu.Unlock()
			return next.Run(ctx, call)
		}}))
		lease, _, err := journal.NewLeases(filepath.Join(w.dir, "leases"), "simulated:"+w.dir).Try("any launch", "launch")
		if lease == nil {
			t.Fatal(err)
		}
		_, err = s.Launch(ctx, onAWS)
		refusal := wantKind(t, err, schema.KindOperationInProgress)
		for _, part := range []string{"Another Carapace on this computer is about to launch a server", "process", "since"} {
			if !strings.Contains(refusal.Message, part) {
				t.Errorf("%q does not say %q", refusal.Message, part)
			}
		}
		lease.Release()
		time.Sleep(time.Minute)
		s.until(s.Launch(ctx, onAWS))
		mu.Lock()
		defer mu.Unlock()
		for _, words := range asked {
			if strings.Contains(words, "any launch") {
				t.Errorf("SkyPilot was asked: %s", words)
			}
		}
	})
}
