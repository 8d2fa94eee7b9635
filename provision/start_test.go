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

// The vaults could not be mirrored at a start: the next look must not call it running.
func TestFailedStartStaysAnError(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var broken atomic.Bool
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
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

// A machine that ends while its run command is started is not running.
func TestAStartDuringWhichTheMachineEnds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "exec") {
				w.outside("terminate")
			}
			return next.Run(ctx, call)
		}})).unwatched()
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		end := s.until(s.Start(ctx, schema.StartParams{}))
		if end.Operation.State == schema.OperationSucceeded || end.Cluster.Status == schema.StatusRunning {
			t.Errorf("the start ended %s, and the server is %s: %s", end.Operation.State, end.Cluster.Status, end.Cluster.Description)
		}
		s.wantHonest()
	})
}

// A start that never reached SkyPilot has changed nothing.
func TestAStartThatIsRefusedLeavesTheServerStopped(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var taken atomic.Bool
		refusal := &schema.Error{Kind: schema.KindAPIServer, Message: "Another program has taken the port.", Hint: "End it."}
		s := w.start(func(c *Config) {
			c.APIServerUp = func(context.Context) (bool, *schema.Error) {
				if taken.Load() {
					return false, refusal
				}
				return true, nil
			}
		}).unwatched()
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		taken.Store(true)
		w.inject("network", "") // nor can it be looked at
		if end := s.until(s.Start(ctx, schema.StartParams{})); end.Operation.Error == nil || end.Cluster.Status != schema.StatusStopped {
			t.Errorf("the start ended %s, and the server is %s: %s", end.Operation.State, end.Cluster.Status, end.Cluster.Description)
		}
	})
}

// What finishes a launch without its secrets says so.
func TestAStartThatFinishesALaunchWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("setup_failed", "")
		s := w.start()
		p := onAWS
		p.Spec.Secrets = map[string]string{"TOKEN": "tok-5c0ffee5c0ffee"}
		s.until(s.Launch(ctx, p))
		w.heal()
		end := s.until(s.Start(ctx, schema.StartParams{}))
		if c := end.Cluster; c.Status != schema.StatusRunning || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "secrets") {
			t.Errorf("the start ended %s with the warnings %+v", end.Operation.State, c.Warnings)
		}
	})
}

// A start has the time that it says it has, and that --deadline gives it.
func TestAStartEndsAtTheDeadlineThatItNames(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) { c.Timing.Provision = 20 * time.Minute })
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		w.inject("launch_hangs", "")
		op := s.until(s.Start(ctx, schema.StartParams{})).Operation
		if took := op.EndedAt.Sub(op.StartedAt); op.Error == nil || op.Error.Kind != schema.KindTimeout || took < 20*time.Minute || took > 25*time.Minute {
			t.Errorf("after %s it ended %s: %+v", took, op.State, op.Error)
		}
		named := 0
		for _, p := range s.host.progress {
			if strings.Contains(p.Message, "given up after 20 minutes") {
				named++
			}
		}
		if named == 0 {
			t.Error("nobody said when it is given up")
		}
	})
}

// A start that was given up while the machine is up: its vaults may be old and
// its run command was not run, so it is not simply running.
func TestAFailedStartIsNotRunning(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var failing atomic.Bool
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if failing.Load() && is(call, "api", "status") && len(call.Args) > 8 {
				return sky.Result{Stdout: strings.Replace(requestJSON, "ID", call.Args[len(call.Args)-1], 1)}, nil
			}
			return next.Run(ctx, call)
		}}), asksSky)
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		failing.Store(true)
		end := s.until(s.Start(ctx, schema.StartParams{}))
		failing.Store(false)
		time.Sleep(5 * time.Minute)
		if c := s.status(); end.Operation.State != schema.OperationFailed || c.Status != schema.StatusError {
			t.Errorf("the start ended %s, and the server is %s: %s", end.Operation.State, c.Status, c.Description)
		}
	})
}

const requestJSON = `[{"request_id": "ID", "name": "sky.start", "status": "FAILED", "cluster_name": "carapace-node", "created_at": 1}]` + "\n"

// A server in an error that is started: that SkyPilot calls it UP is an old
// record, for the machine is gone.
func TestStartOfAMachineThatIsGone(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var record sky.Result // what SkyPilot said before it looked again
		gone := func() bool { return record.Stdout != "" && w.machines("running") == 0 }
		s := w.start(w.through(&interceptor{
			run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
				old := is(call, "status") && !is(call, "api") && !is(call, "--refresh")
				switch {
				case call.Program == "rsync" && gone():
					return sky.Result{Code: 255, Stderr: "ssh: connect to host 127.0.1.11 port 22: No route to host"}, nil
				case old && gone():
					return record, nil
				}
				r, err := next.Run(ctx, call)
				if old && strings.Contains(r.Stdout, `"UP"`) {
					record = r
				}
				return r, err
			},
			submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
				if is(call, "start") {
					return sky.Result{Stdout: "Cluster carapace-node already has status UP.\n"}, nil
				}
				return next.Submit(ctx, call, output)
			},
		}))
		s.until(s.Launch(ctx, onAWS))
		w.inject("network", "")
		time.Sleep(5 * time.Minute)
		s.wantStatus(schema.StatusError)
		w.outside("terminate")
		paused := true
		if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
			t.Fatal(err)
		}
		w.heal()
		end := s.until(s.Start(ctx, schema.StartParams{}))
		if said := end.Cluster.Description; end.Operation.State == schema.OperationSucceeded || strings.Contains(said, "runs and costs") {
			t.Errorf("no machine is there; the start ended %s, and it is said: %s", end.Operation.State, said)
		}
	})
}
