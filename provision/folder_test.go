package provision

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"carapace/provision/fsevents"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// hears is a store.Notifier that hands on each status.
type hears struct {
	*recorder
	statuses chan schema.Cluster
}

func (h hears) StatusChanged(c schema.StatusChanged) {
	select {
	case h.statuses <- c.Cluster:
	default:
	}
}

// onEvents is a sidecar in real time that never looks at the files' stamps by itself.
func onEvents(t *testing.T, w *world, runner sky.Runner) (*sidecar, hears) {
	t.Helper()
	if fsevents.Check(w.dir) != nil {
		t.Skip("NOT TESTED: the folder for tests is on a disk without events")
	}
	heard := hears{&recorder{}, make(chan schema.Cluster, 10)}
	return w.start(func(c *Config) {
		c.NoFileEvents, c.Notifier, c.Runner = false, heard, runner
		c.Timing.Watch, c.Timing.Asleep, c.Timing.Poll = time.Hour, time.Hour, time.Hour
	}), heard
}

func inRealTime(t *testing.T) *world {
	dir := t.TempDir()
	sim := filepath.Join(dir, "cloud")
	return &world{t: t, dir: dir, control: skysim.Control{Dir: sim, Scale: 1}, runner: skysim.InProcess(sim, skysim.Options{Scale: 1})}
}

// What another process writes into the state folder is told by an event.
func TestAnotherSidecarsChangeIsAnEvent(t *testing.T) {
	t.Parallel()
	w := inRealTime(t)
	one, _ := onEvents(t, w, w.runner)
	_, two := onEvents(t, w, w.runner)
	deadline := time.After(30 * time.Second)
	for change := 0; ; change++ { // until the folder is followed nothing is told of
		one.store.Record(func(st *lifecycle.State) error {
			rec := st.Ensure("other")
			rec.Witness(lifecycle.EvidenceSubmitting, "", schema.Now())
			rec.View.Region = string(rune('a' + change%26))
			return nil
		})
		select {
		case c := <-two.statuses:
			if c.Name == "other" {
				return
			}
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatal("nothing was told")
		}
	}
}

// So is what SkyPilot writes: somebody may have launched a server in a terminal.
func TestSkyPilotsWriteIsAnEvent(t *testing.T) {
	t.Parallel()
	w := inRealTime(t)
	looks := make(chan struct{}, 1)
	runner := &interceptor{Runner: w.runner, run: func(ctx context.Context, call sky.Call, _ sky.Runner) (sky.Result, error) {
		if is(call, "status", "--refresh") {
			select {
			case looks <- struct{}{}:
			default:
			}
		}
		return sky.Result{Stdout: "[]\n"}, ctx.Err()
	}}
	onEvents(t, w, runner)
	home, deadline := skysim.Home(filepath.Join(w.dir, "cloud")), time.After(30*time.Second)
	<-looks // the first one, of a service that begins
	for {
		touch(t, home, clustersLog)
		touch(t, home, requestsLog)
		select {
		case <-looks:
			return
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatal("nobody looked")
		}
	}
}
