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

// A start that is canceled while SkyPilot is not usable must not be "stopped".
func TestCanceledStartThatCouldNotBeStopped(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var gone atomic.Bool
		s := w.start(func(c *Config) {
			c.Timing.Poll = time.Hour
			c.Locate = func(context.Context) (string, *schema.Error) {
				if gone.Load() {
					return "", &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: "SkyPilot is not there.", Hint: "Install it."}
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

// A cancel does not deny a machine that the cloud was asked for and did not speak of.
func TestACancelAfterAnAnswerThatWasLost(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("answer_lost", "us-east-1")
		w.inject("launch_hangs", "us-east-2")
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		time.Sleep(5 * time.Minute)
		if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		end := s.until(result, err)
		if w.machines("running") == 0 {
			t.Fatal("there is no machine: this tests nothing")
		}
		hint := func(e *schema.Error) string { // of one whose server is said to be lost
			if e == nil {
				return ""
			}
			return e.Hint
		}
		for _, said := range []string{end.Operation.Message + hint(end.Operation.Error), end.Cluster.Description + hint(end.Cluster.Error)} {
			if strings.Contains(said, "Nothing of it costs") || !strings.Contains(said, "console") {
				t.Errorf("it is said: %s", said)
			}
		}
	})
}

// The clean-up of a cancel fails for reasons of its own.
func TestACancelSaysWhatItCouldNotDo(t *testing.T) {
	for _, c := range []struct {
		kind        schema.OperationKind
		fault, says string
	}{{schema.OperationStart, "stop_refused", "could not be stopped"}, {schema.OperationLaunch, "down_refused", "could not be destroyed"}} {
		t.Run(string(c.kind), func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.start()
				if c.kind == schema.OperationStart {
					s.until(s.Launch(ctx, onAWS))
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				}
				result, err := s.ask(c.kind)
				time.Sleep(45 * time.Second)
				w.inject(c.fault, "")
				if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
					t.Fatal(err)
				}
				e := s.until(result, err).Operation.Error
				if e == nil || !strings.Contains(e.Message, c.says) || !strings.Contains(e.Hint, "costing money") {
					t.Errorf("it is said: %+v", e)
				}
			})
		})
	}
}

// A start that SkyPilot won't let go of may still bring the machine up.
func TestACanceledStartThatMayGoOn(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var failing atomic.Bool
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "api", "cancel") && failing.Load() {
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		w.inject("launch_hangs", "")
		failing.Store(true)
		result, err := s.Start(ctx, schema.StartParams{})
		time.Sleep(30 * time.Second)
		if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		end := s.until(result, err)
		if e := end.Operation.Error; end.Operation.State != schema.OperationCanceled || e == nil || !strings.Contains(e.Message, "may still start") {
			t.Errorf("it ended %s: %+v", end.Operation.State, e)
		}
		if said := end.Cluster.Description; !strings.Contains(said, "costing money") {
			t.Errorf("it is said: %s", said)
		}
	})
}

func TestCancelOfALaunchLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 3 * time.Second, 20 * time.Second, 45 * time.Second, 65 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.start()
				result, err := s.Launch(ctx, onAWS)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
					t.Fatal(err)
				}
				end := s.until(result, nil)
				if end.Operation.State != schema.OperationCanceled {
					t.Errorf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
				}
				s.wantStatus(schema.StatusNoServer)
				time.Sleep(5 * time.Minute)
				if left := w.machines("running") + w.machines("stopped"); left != 0 {
					t.Errorf("%d machines are left", left)
				}
				s.wantStatus(schema.StatusNoServer)
			})
		})
	}
}

func TestCancelOfAStartKeepsTheDisk(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 10 * time.Second, 30 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.launched()
				s.until(s.Stop(ctx, schema.ChangeParams{}))
				result, err := s.Start(ctx, schema.StartParams{})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(after)
				if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
					t.Fatal(err)
				}
				if end := s.until(result, nil); end.Operation.State != schema.OperationCanceled {
					t.Errorf("the start ended %s: %s", end.Operation.State, end.Operation.Message)
				}
				s.wantStatus(schema.StatusStopped)
				if n := w.machines("stopped"); n != 1 {
					t.Errorf("there are %d stopped machines, want 1", n)
				}
			})
		})
	}
}

// "says what may remain if that failed"
func TestACancelThatCannotRemoveSaysWhatRemains(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(45 * time.Second)
		w.inject("down_refused", "")
		if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		end := s.until(result, nil)
		if end.Operation.State != schema.OperationCanceled || end.Operation.Error == nil {
			t.Errorf("it ended %s with %+v", end.Operation.State, end.Operation.Error)
		}
		s.wantHonest()
		if c := end.Cluster; !strings.Contains(c.Description, "cost") {
			t.Errorf("it is not said what remains: %s: %s", c.Status, c.Description)
		}
		w.heal()
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		nothingLeft(t, s)
	})
}

// The same of a cancel, after a wait that is no usual one any more.
func TestCancelBeforeTheCloudsAnswer(t *testing.T) {
	t.Parallel()
	for after, heard := range map[time.Duration]bool{time.Minute: true, 5 * time.Minute: false} {
		inWorld(t, func(w *world) {
			w.inject("launch_hangs", "")
			s := w.start()
			op, err := s.Launch(ctx, onAWS)
			time.Sleep(after)
			if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
				t.Fatal(err)
			}
			s.until(op, err)
			want := schema.StatusError // an answer is owed
			if heard {
				want = schema.StatusNoServer
			}
			if c := s.wantStatus(want); strings.Contains(c.Description, "Nothing of it costs money") != heard {
				t.Errorf("canceled after %s: %s", after, c.Description)
			}
		})
	}
}
