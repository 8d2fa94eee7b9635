package provision

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// Launches that bring no server, each with what a person sees of it.
func TestLaunchFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault  string
		kind   schema.Kind
		status schema.Status
		holds  string // the provider's own words, in the message or the detail
		left   int    // machines that go on costing money
	}{
		{"quota", schema.KindQuotaExceeded, schema.StatusError, "vCPU", 0},
		{"capacity", schema.KindCapacityUnavailable, schema.StatusError, "sufficient", 0},
		{"permission", schema.KindPermission, schema.StatusError, "", 0},
		{"unauthorized", schema.KindPermission, schema.StatusError, "not authorized", 0},
		{"credentials_invalid", schema.KindCredentialsInvalid, schema.StatusError, "", 0},
		{"setup_failed", schema.KindSetupFailed, schema.StatusError, "", 1},
		{"ssh_never_up", schema.KindUnreachable, schema.StatusError, "", -1},
	} {
		t.Run(c.fault, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.inject(c.fault, "")
				s := w.start()
				end := s.until(s.Launch(ctx, onAWS))
				e := end.Operation.Error
				if end.Operation.State != schema.OperationFailed || e == nil {
					t.Fatalf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
				}
				if e.Kind != c.kind || e.Hint == "" {
					t.Errorf("the error is %s (%s, hint %q, detail %q), want %s", e.Kind, e.Message, e.Hint, e.Detail, c.kind)
				}
				if !strings.Contains(e.Message+e.Detail, c.holds) {
					t.Errorf("the provider's words %q are nowhere in %+v", c.holds, e)
				}
				s.wantStatus(c.status)
				if left := w.machines("running") + w.machines("stopped"); c.left >= 0 && left != c.left {
					t.Errorf("%d machines are left, want %d", left, c.left)
				}
				said := end.Cluster.Description
				if c.left > 0 && !strings.Contains(said, "costs money") || c.left == 0 && !strings.Contains(said, "nothing costs money") {
					t.Errorf("the description does not say what it costs: %s", said)
				}
			})
		})
	}
}

func TestFailedLaunchIsFinishedByLaunchingAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("setup_failed", "")
		s := w.start()
		s.until(s.Launch(ctx, onAWS))
		w.heal()
		if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("launching again ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		s.wantStatus(schema.StatusRunning)
		if n := w.machines("running"); n != 1 {
			t.Errorf("there are %d machines, want 1", n)
		}
	})
}

func TestAnotherSizeOverAFailedLaunchIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("setup_failed", "")
		s := w.start()
		s.until(s.Launch(ctx, onAWS))
		bigger := onAWS
		bigger.Spec.CPUs = "8"
		_, err := s.Launch(ctx, bigger)
		wantKind(t, err, schema.KindClusterActive)
	})
}

func TestRunFailedIsAWarning(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("run_failed", "")
		s := w.start()
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		c := s.wantStatus(schema.StatusRunning)
		if len(c.Warnings) != 1 || c.Warnings[0].Kind != schema.KindRunFailed {
			t.Errorf("the warnings are %+v", c.Warnings)
		}
	})
}

func TestCapacityElsewhere(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("capacity", "us-east-1")
		s := w.launched()
		if c := s.wantStatus(schema.StatusRunning); c.Region == "us-east-1" || c.Region == "" {
			t.Errorf("the server is in %q", c.Region)
		}
	})
}

// `sky stop` exits 0 when the cloud refused (transcript stop-refused) and leaves
// INIT; the server runs and bills.
func TestRefusedStop(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.inject("stop_refused", "")
		end := s.until(s.Stop(ctx, schema.ChangeParams{}))
		if end.Operation.State != schema.OperationFailed || end.Operation.Error.Kind != schema.KindPermission {
			t.Fatalf("the stop ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
		s.wantStatus(schema.StatusRunning)
		w.heal()
		if end := s.until(s.Stop(ctx, schema.ChangeParams{})); end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("the second stop ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		s.wantStatus(schema.StatusStopped)
	})
}

// `sky down` exits 0 when the cloud refused (transcript down-refused).
func TestRefusedDestroy(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.inject("down_refused", "")
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if end.Operation.State != schema.OperationFailed {
			t.Fatalf("the destroy ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		if c := s.status(); c.Status == schema.StatusNoServer {
			t.Fatal("a server that runs is said to be gone")
		}
		w.heal()
		if end := s.until(s.Destroy(ctx, schema.DestroyParams{})); end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("the second destroy ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		s.wantStatus(schema.StatusNoServer)
		if left := w.machines("running") + w.machines("stopped"); left != 0 {
			t.Errorf("%d machines are left", left)
		}
	})
}

func TestRefusedStart(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		w.inject("start_refused", "")
		end := s.until(s.Start(ctx, schema.StartParams{}))
		if end.Operation.State != schema.OperationFailed {
			t.Fatalf("the start ended %s", end.Operation.State)
		}
		if c := s.status(); c.Status != schema.StatusStopped && c.Status != schema.StatusError {
			t.Errorf("the status is %s", c.Status)
		}
	})
}

func TestStopWhereTheCloudCannot(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		s.until(s.Launch(ctx, schema.LaunchParams{Spec: schema.Spec{Cloud: "lambda"}}))
		s.wantStatus(schema.StatusRunning)
		_, err := s.Stop(ctx, schema.ChangeParams{})
		wantKind(t, err, schema.KindUnsupported)
	})
}

func TestSilentLaunchEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("launch_hangs", "")
		s := w.start()
		began := time.Now()
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.State != schema.OperationFailed || end.Operation.Error.Kind != schema.KindTimeout {
			t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
		if took := time.Since(began); took > time.Hour {
			t.Errorf("it took %s", took)
		}
		if said := end.Operation.Error.Message; strings.Contains(said, "Canceling") {
			t.Errorf("what was heard last is our own doing: %s", said)
		}
	})
}

// Who stops a server is told what goes on costing.
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

// What SkyPilot says it has done is not called undone because nobody could look.
func TestALookThatFailsAfterwards(t *testing.T) {
	for kind, never := range map[schema.OperationKind]string{schema.OperationStop: "gave no reason", schema.OperationDestroy: "still knows it"} {
		t.Run(string(kind), func(t *testing.T) {
			inWorld(t, func(w *world) {
				var blind atomic.Bool
				s := w.start(w.through(&interceptor{
					run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
						if is(call, "status") && !is(call, "api") && blind.Load() {
							return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
						}
						return next.Run(ctx, call)
					},
					submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
						blind.Store(is(call, "stop") || is(call, "down"))
						return next.Submit(ctx, call, output)
					},
				}))
				s.until(s.Launch(ctx, onAWS))
				e := s.until(s.ask(kind)).Operation.Error
				if e == nil || e.Kind != schema.KindAPIServer || strings.Contains(e.Message, never) {
					t.Errorf("it is said: %+v", e)
				}
			})
		})
	}
}
