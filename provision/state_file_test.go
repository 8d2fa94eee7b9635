package provision

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

func TestStateFileRemovedWhileRunning(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"running", "launching"} {
		t.Run(when, func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.start(func(c *Config) { c.Timing.Poll = 10 * time.Minute }) // so that no look is under way
				result, err := s.Launch(ctx, onAWS)
				if err != nil {
					t.Fatal(err)
				}
				if when == "running" {
					s.until(result, nil)
					time.Sleep(5 * time.Minute)
				} else {
					time.Sleep(40 * time.Second)
				}
				if err := os.Remove(filepath.Join(w.dir, "state", "state.json")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				if c := s.status(); c.Status != schema.StatusRunning {
					t.Errorf("a machine runs, and the status is %s: %s", c.Status, c.Description)
				}
				if _, times := s.host.ended(result.Operation.ID); times != 1 {
					t.Errorf("the end of the launch was told %d times", times)
				}
			})
		})
	}
}

// "it is written with the next change that can be": it must not need one.
func TestUnsavedChangeIsWrittenWhenTheDiskIsBack(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		result, err := s.Stop(ctx, schema.ChangeParams{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		dir := filepath.Join(w.dir, "state")
		mend := w.failDisk()
		s.until(result, nil)
		mend()
		time.Sleep(30 * time.Minute)
		for _, when := range []string{"half an hour later", "after an end in good order"} {
			data, err := os.ReadFile(filepath.Join(dir, "state.json"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), `"state":"running"`) {
				t.Errorf("%s the disk still says that the stop goes on", when)
			}
			s.Close(context.Background())
		}
	})
}

func TestDamagedStateIsSetAsideAndTheTruthIsRead(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.launched()
		first.stopNow()
		path := filepath.Join(w.dir, "state", "state.json")
		if err := os.WriteFile(path, []byte(`{"version":1,"clusters":{"carapa`), 0o600); err != nil {
			t.Fatal(err)
		}
		w.inject("network", "") // nor can SkyPilot say what there is
		second := w.start()
		time.Sleep(10 * time.Minute)
		if c := second.status(); !strings.Contains(c.Description, "may be running and costing money") || !c.Stale {
			t.Errorf("it is said: %s", c.Description)
		}
		w.heal()
		time.Sleep(2 * time.Minute)
		second.wantStatus(schema.StatusRunning)
		aside, err := filepath.Glob(path + ".damaged-*")
		if err != nil || len(aside) != 1 {
			t.Errorf("set aside: %v (%v)", aside, err)
		}
	})
}

// What a damaged state told of is looked for until SkyPilot has said what there is,
// whoever dies meanwhile and however long SkyPilot can't be asked.
func TestADamagedStateIsNotForgottenBeforeTheTruthIsRead(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launched().stopNow()
		if err := os.WriteFile(filepath.Join(w.dir, "state", "state.json"), []byte(`{"version":1,"clusters":{"carapa`), 0o600); err != nil {
			t.Fatal(err)
		}
		var blind atomic.Bool
		blind.Store(true)
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if blind.Load() {
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: no route to host"}, nil
			}
			return next.Run(ctx, call)
		}}
		down := func(c *Config) { c.APIServerUp = func(context.Context) (bool, *schema.Error) { return false, nil } }
		w.start(w.through(b), down).stopNow()
		s := w.start(w.through(b), down)
		time.Sleep(10 * time.Minute)
		if c := s.wantStatus(schema.StatusError); c.Costs.Now != schema.SpendingUnknown || !strings.Contains(c.Description, "costing money") {
			t.Errorf("while nobody knows, it is said: %s (stale: %v)", c.Description, c.Stale)
		}
		blind.Store(false)
		time.Sleep(time.Minute)
		s.wantStatus(schema.StatusRunning)
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if c := s.wantStatus(schema.StatusNoServer); c.Stale {
			t.Errorf("when it is known again, it is said: %s (stale: %v)", c.Description, c.Stale)
		}
	})
}

func TestNewerStateIsLeftAlone(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		dir := filepath.Join(w.dir, "state")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		const newer = `{"version":99}`
		if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte(newer), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := New(Config{StateDir: dir, LeaseDir: filepath.Join(w.dir, "leases")})
		wantKind(t, err, schema.KindStateUnwritable)
		if got, _ := os.ReadFile(filepath.Join(dir, "state.json")); string(got) != newer {
			t.Errorf("the file is now %s", got)
		}
	})
}

// A newer sidecar has taken the state over while this one runs: it goes on with
// what it knows, and does not fill the host's log with that.
func TestNewerStateComesWhileItRuns(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launched().stopNow()
		var log bytes.Buffer
		s := w.start(func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		if err := journal.WriteDurably(filepath.Join(w.dir, "state", "state.json"), []byte(`{"version":99}`)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		s.wantStatus(schema.StatusRunning)
		_, err := s.Stop(ctx, schema.ChangeParams{})
		wantKind(t, err, schema.KindStateUnwritable)
		s.stopNow()
		if n := strings.Count(log.String(), "can't be read"); n < 1 || n > 61 {
			t.Errorf("in an hour it was logged %d times", n)
		}
	})
}
