package provision

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// A look that began before an operation must not overwrite what that found.
func TestLateLookOverwritesNewerTruth(t *testing.T) {
	for _, kind := range []string{"stop", "destroy"} {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var slow atomic.Bool
				b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					r, err := next.Run(ctx, call)
					if is(call, "status", "--refresh") && slow.CompareAndSwap(true, false) {
						time.Sleep(50 * time.Second) // its answer is slow to arrive
					}
					return r, err
				}}
				s := w.start(w.through(b)).unwatched()
				s.until(s.Launch(ctx, onAWS))
				time.Sleep(time.Minute)
				slow.Store(true)
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, _ = s.Status(ctx, schema.StatusParams{Refresh: true})
				}()
				time.Sleep(5 * time.Second)
				want := schema.StatusStopped
				if kind == "stop" {
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				} else {
					want = schema.StatusNoServer
					s.until(s.Destroy(ctx, schema.DestroyParams{}))
				}
				<-done
				if c := s.status(); c.Status != want {
					t.Errorf("after a %s the status is %s: %s", kind, c.Status, c.Description)
				}
			})
		})
	}
}

func TestStateFileRemovedWhileRunning(t *testing.T) {
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

// The vaults could not be mirrored at a start: the next look must not call it running.
func TestFailedStartStaysAnError(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var broken atomic.Bool
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "rsync" && broken.Load() {
				return sky.Result{Code: 23, Stderr: "rsync: [receiver] write failed: No space left on device (28)"}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		broken.Store(true)
		end := s.until(s.Start(ctx, schema.StartParams{}))
		if end.Operation.State != schema.OperationFailed || end.Cluster.Status != schema.StatusError {
			t.Fatalf("%+v", end)
		}
		time.Sleep(5 * time.Minute)
		if c := s.status(); c.Status == schema.StatusRunning && len(c.Warnings) == 0 {
			t.Errorf("the vaults are not there and run was never run, but it is %s: %s", c.Status, c.Description)
			s.host.mu.Lock()
			t.Logf("the change is said to be %s", s.host.statuses[len(s.host.statuses)-1].Source)
			s.host.mu.Unlock()
		}
	})
}

// A start that is canceled while SkyPilot is not usable must not be "stopped".
func TestCanceledStartThatCouldNotBeStopped(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var gone atomic.Bool
		s := w.start(func(c *Config) {
			c.Timing.Poll = time.Hour
			c.Locate = func(context.Context) (string, *schema.Error) {
				if gone.Load() {
					return "", schema.NewError(schema.KindSkyPilotNotFound, "SkyPilot is not there.", "Install it.")
				}
				return "/usr/bin/sky", nil
			}
		})
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		result, err := s.Start(ctx, schema.StartParams{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(58 * time.Second)
		gone.Store(true)
		if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		end := s.until(result, nil)
		if w.machines("running") == 1 && end.Cluster.Status == schema.StatusStopped {
			t.Errorf("a machine runs, and operation.finished says %s: %s (%+v)", end.Cluster.Status, end.Cluster.Description, end.Operation.Error)
		}
	})
}

// The machine is terminated while its setup runs: the launch must notice.
func TestTerminatedDuringSetup(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		for range 3000 {
			op, _ := s.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID})
			if op.Phase == schema.PhaseSetup {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		w.outside("terminate")
		began := time.Now()
		end := s.until(result, nil)
		if took := time.Since(began); took > 3*time.Minute {
			t.Errorf("it took %s to notice: %s, %s", took, end.Operation.State, end.Operation.Message)
		}
	})
}

func TestLogsThatTakeTooLongSaySo(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
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

func TestCancelOfAutostopThatDidNotWork(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "autostop", "--cancel") {
				return sky.Result{}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b)).unwatched()
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30}); err != nil {
			t.Fatal(err)
		}
		if c, err := s.SetAutostop(ctx, schema.AutostopParams{Cancel: true}); err == nil && c.Autostop != nil {
			t.Errorf("the cancel succeeded, and autostop is still %+v", c.Autostop)
		}
	})
}

// protocol.md, Spec: "traffic to the Gatekeeper does not count, and the answer says so".
func TestAutostopAnswerWarnsOfTheGatekeeper(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start().unwatched()
		s.until(s.Launch(ctx, onAWS))
		c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30})
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := json.Marshal(c); !strings.Contains(string(text), "Gatekeeper") {
			t.Errorf("the answer does not say so: %s", text)
		}
		c, err = s.SetAutostop(ctx, schema.AutostopParams{Cancel: true})
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := json.Marshal(c); strings.Contains(string(text), "stops itself") {
			t.Errorf("it still warns: %s", text)
		}
	})
}

func TestAutostopDuringASync(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "rsync" {
				time.Sleep(time.Minute)
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b)).unwatched()
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.Sync(ctx, schema.SyncParams{}); err != nil {
			t.Fatal(err)
		}
		_, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30})
		wantKind(t, err, schema.KindOperationInProgress)
	})
}

// protocol.md: "the answer to stop says what goes on costing".
func TestAnswerToStopSaysWhatGoesOnCosting(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		result, err := s.Stop(ctx, schema.ChangeParams{})
		if err != nil {
			t.Fatal(err)
		}
		if said := result.Cluster.Description + result.Operation.Message; !strings.Contains(said, "cost") {
			t.Errorf("the answer says %q", said)
		}
		s.until(result, nil)
	})
}

// A destroy of nothing on a machine without SkyPilot must not invent a server.
func TestDestroyOfNothingWithoutSkyPilot(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		missing := true
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if missing {
				return sky.Result{}, os.ErrNotExist
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b), func(c *Config) {
			c.Locate = func(context.Context) (string, *schema.Error) {
				if missing {
					return "", schema.NewError(schema.KindSkyPilotNotFound, "SkyPilot is not there.", "Install it.")
				}
				return "/usr/bin/sky", nil
			}
		})
		result, err := s.Destroy(ctx, schema.DestroyParams{})
		if err == nil {
			s.until(result, nil)
		}
		t.Logf("%s: %s", s.status().Status, s.status().Description)
		missing = false
		if _, err := s.Launch(ctx, onAWS); err != nil {
			t.Errorf("after a destroy of nothing, a launch is refused: %v", err)
		}
	})
}

// A launch whose last look failed is launched again to finish it, as its hint says.
func TestLaunchAgainAfterABlindEnd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var blind atomic.Bool
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "status") && !is(call, "api") && blind.Load() {
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: no route to host"}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		blind.Store(true)
		first := s.until(result, nil)
		t.Logf("first: %s, %s", first.Operation.Message, first.Cluster.Description)
		blind.Store(false)
		again := s.until(s.Launch(ctx, onAWS))
		time.Sleep(5 * time.Minute)
		if again.Operation.State != schema.OperationSucceeded {
			t.Errorf("launching again ended %s: %s; now it is %s: %s", again.Operation.State, again.Operation.Message, s.status().Status, s.status().Description)
		}
	})
}

func TestCloseDuringAnInstall(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
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

// A redactor of a new process must know what the journal still holds.
func TestSecretiveEnvsAreHiddenAfterARestart(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const token = "tok-5c0ffee5c0ffee"
		first := w.start()
		p := onAWS
		p.Spec.Envs = map[string]string{"API_TOKEN": token}
		first.until(first.Launch(ctx, p))
		first.stopNow()
		b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "logs") && !is(call, "api") && call.Line != nil {
				call.Line(schema.StreamStdout, "(carapace-node, pid=1) using "+token)
				return sky.Result{}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b))
		r, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogRun})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(r.Lines, "\n"), token) {
			t.Errorf("%q", r.Lines)
		}
	})
}
