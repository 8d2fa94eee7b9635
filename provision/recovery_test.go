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
	"carapace/provision/lifecycle"
	"carapace/provision/operation"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/schema"
)

// A process may die at any moment; the next one goes on with the same operation
// and never starts a second machine.
func TestAnotherProcessTakesALaunchUp(t *testing.T) {
	for after := time.Duration(0); after < 90*time.Second; after += 3 * time.Second {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				first := w.start()
				result, err := first.Launch(ctx, onAWS)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				first.stopNow()
				time.Sleep(5 * time.Second)
				second := w.start()
				if _, ended := first.host.ended(result.Operation.ID); ended == 0 {
					end := second.until(result, nil)
					if end.Operation.State != schema.OperationSucceeded || end.Operation.ID != result.Operation.ID {
						t.Errorf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
					}
				}
				second.wantStatus(schema.StatusRunning)
				if n := w.machines("running"); n != 1 {
					t.Errorf("there are %d machines, want 1", n)
				}
			})
		})
	}
}

func TestAnotherProcessTakesADestroyUp(t *testing.T) {
	for _, after := range []time.Duration{0, time.Second, 4 * time.Second, 9 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				first := w.launched()
				result, err := first.Destroy(ctx, schema.DestroyParams{})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				first.stopNow()
				second := w.start()
				if _, ended := first.host.ended(result.Operation.ID); ended == 0 {
					second.until(result, nil)
				}
				second.wantStatus(schema.StatusNoServer)
				if left := w.machines("running") + w.machines("stopped"); left != 0 {
					t.Errorf("%d machines are left", left)
				}
			})
		})
	}
}

// An operation is journaled before its driver is there: whoever takes it up in
// between is its only driver, in this process or in another. A second one would go
// over the whole destroy again, while the next launch is refused.
func TestADestroyIsDrivenOnce(t *testing.T) {
	for name, drive := range map[string]func(t *testing.T, first, second *sidecar, op *lifecycle.Operation){
		"taken up before": func(_ *testing.T, first, _ *sidecar, op *lifecycle.Operation) {
			first.operations.Resume()
			first.operations.DriveForTest(op, nil)
		},
		"being taken up": func(t *testing.T, first, _ *sidecar, op *lifecycle.Operation) {
			lease, _, err := first.leases().Try(op.Cluster, "destroy")
			if lease == nil {
				t.Fatal(err)
			}
			first.operations.DriveForTest(op, nil)
			first.operations.DriveForTest(op, lease)
		},
		"taken up and over": func(_ *testing.T, first, _ *sidecar, op *lifecycle.Operation) {
			first.operations.Resume()
			first.until(schema.OperationResult{Operation: op.Operation}, nil)
			first.operations.DriveForTest(op, nil)
		},
		"taken up by another sidecar": func(_ *testing.T, first, second *sidecar, op *lifecycle.Operation) {
			second.store.Reload()
			second.operations.Resume()
			first.operations.DriveForTest(op, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
				w.runner = m
				first := w.launched()
				second := w.start()
				time.Sleep(time.Minute)
				op, err := first.operations.JournalForTest(operation.Request{Kind: schema.OperationDestroy, Cluster: schema.DefaultClusterName})
				if err != nil {
					t.Fatal(err)
				}
				drive(t, first, second, op)
				first.until(schema.OperationResult{Operation: op.Operation}, nil)
				if n := m.sinceThen()["down"]; n != 1 {
					t.Errorf("sky down was called %d times", n)
				}
				if end := first.until(first.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
					t.Errorf("the next launch ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
				first.wantStatus(schema.StatusRunning)
			})
		})
	}
}

func TestTheOtherSidecarGoesOnWhenOneDies(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first, second := w.start(), w.start()
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		second.wantStatus(schema.StatusProvisioning)
		_, err = second.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindOperationInProgress)
		first.stopNow()
		if end := second.until(result, nil); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		second.wantStatus(schema.StatusRunning)
	})
}

func TestBothSidecarsHearOfTheEndOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first, second := w.start(), w.start()
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		first.until(result, nil)
		second.until(result, nil)
		time.Sleep(10 * time.Minute)
		for name, s := range map[string]*sidecar{"first": first, "second": second} {
			if _, times := s.host.ended(result.Operation.ID); times != 1 {
				t.Errorf("the %s sidecar said the end %d times", name, times)
			}
			s.wantStatus(schema.StatusRunning)
		}
	})
}

// Many sidecars, also of different state folders, race to launch: SC-007.
func TestOfManyLaunchesOneWins(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const racers = 8
		type answer struct {
			result schema.OperationResult
			err    error
			by     *sidecar
		}
		answers := make(chan answer, racers)
		for i := range racers {
			s := w.start(func(c *Config) {
				if i%2 == 1 {
					c.StateDir = filepath.Join(w.dir, "other-state")
				}
			})
			go func() {
				result, err := s.Launch(ctx, onAWS)
				answers <- answer{result, err, s}
			}()
		}
		won := 0
		for range racers {
			a := <-answers
			if a.err != nil {
				e := store.Error(a.err)
				byRecord := e.Kind == schema.KindClusterActive && strings.Contains(e.Message, "another state folder")
				if !byRecord && (e.Kind != schema.KindOperationInProgress || !strings.Contains(e.Message, "since")) {
					t.Errorf("it was refused with %+v", e)
				}
				continue
			}
			won++
			if end := a.by.until(a.result, nil); end.Operation.State != schema.OperationSucceeded {
				t.Errorf("the winner's launch ended %s: %s", end.Operation.State, end.Operation.Message)
			}
		}
		if won != 1 || w.machines("running") != 1 {
			t.Errorf("%d launches won and %d machines run, want 1 and 1", won, w.machines("running"))
		}
	})
}

func TestFirstWordAfterAStartIsTheWholeState(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.launched()
		first.stopNow()
		second := w.start()
		second.host.mu.Lock()
		defer second.host.mu.Unlock()
		if len(second.host.statuses) == 0 || second.host.order[0] != "status" {
			t.Fatalf("the first notifications are %v", second.host.order)
		}
		if said := second.host.statuses[0]; said.Cluster.Status != schema.StatusRunning || len(said.Changed) != 0 {
			t.Errorf("the first word is %+v", said)
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
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
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

func TestSecretsAreNowhereOnDiskAfterTheLaunch(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const secret = "correct horse battery staple"
		s := w.start()
		p := onAWS
		p.Spec.Secrets = map[string]string{"DB_PASSWORD": secret}
		s.until(s.Launch(ctx, p))
		for _, l := range s.host.logs {
			if strings.Contains(l.Line, secret) {
				t.Errorf("a log line holds the secret: %s", l.Line)
			}
		}
		err := filepath.WalkDir(filepath.Join(w.dir, "state"), func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if strings.Contains(string(data), secret) {
				t.Errorf("%s holds the secret", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
