package provision

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// givenUp is a server whose launch was handed to SkyPilot by a submission that never
// answered, so that nobody has seen a machine of it.
func (w *world) givenUp() *sidecar {
	w.t.Helper()
	s := w.start(w.through(&between{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		if is(call, "launch") {
			<-ctx.Done()
			return sky.Result{Code: -1}, ctx.Err()
		}
		return next.Submit(ctx, call, output)
	}}))
	s.until(s.Launch(ctx, onAWS))
	s.wantStatus(schema.StatusError)
	return s
}

// What was never seen was not removed by anybody, whatever is asked for next.
func TestWhatWasNeverSeenIsNotGone(t *testing.T) {
	for _, kind := range []schema.OperationKind{schema.OperationStop, schema.OperationStart, schema.OperationLaunch} {
		t.Run(string(kind), func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.givenUp()
				result, err := s.ask(kind)
				if kind == schema.OperationLaunch {
					if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
						t.Fatal(err)
					}
				}
				end := s.until(result, err)
				c := s.wantStatus(schema.StatusError)
				for _, said := range []string{end.Operation.Message, c.Description} {
					if strings.Contains(said, "gone") || strings.Contains(said, "outside") || !strings.Contains(said, "cost") {
						t.Errorf("it is said: %s", said)
					}
				}
				s.neverCalledGone(2 * time.Hour)
			})
		})
	}
}

// A launch that fails for another reason does not take back what the one before it
// may have left.
func TestAnEarlierLaunchMayStillHaveLeftAMachine(t *testing.T) {
	for _, canceled := range []bool{false, true} {
		inWorld(t, func(w *world) {
			w.inject("answer_lost", "us-west-2")
			s := w.start()
			p := onAWS
			p.Spec.Region = "us-west-2"
			s.until(s.Launch(ctx, p))
			w.inject("quota", "us-east-1")
			p.Spec.Region = "us-east-1"
			result, err := s.Launch(ctx, p)
			if canceled {
				if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
					t.Fatal(err)
				}
			}
			end := s.until(result, err)
			if said := end.Cluster.Description; w.machines("running") != 1 || strings.Contains(strings.ToLower(said), "nothing") || !strings.Contains(said, "cost") {
				t.Errorf("with %d machines it is said: %s", w.machines("running"), said)
			}
			s.neverCalledGone(time.Hour)
		})
	}
}

// SkyPilot finds a place elsewhere after one that did not answer: what that may have
// made is not forgotten over it.
func TestAMachineElsewhereIsNotForgotten(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("answer_lost", "us-east-1")
		s := w.start()
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.State != schema.OperationSucceeded || w.machines("running") != 2 {
			t.Fatalf("the launch ended %s, with %d machines: this tests nothing", end.Operation.State, w.machines("running"))
		}
		time.Sleep(10 * time.Minute)
		if c := s.status(); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "in us-east-1") {
			t.Errorf("the warnings are %+v", c.Warnings)
		}
		w.outside("terminate")
		time.Sleep(2 * time.Minute)
		if c := s.wantStatus(schema.StatusError); c.Machine != schema.MachineUnknown || c.Costs.Now != schema.SpendingUnknown || !strings.Contains(c.Description, "in us-east-1") {
			t.Errorf("after the server was removed it is said: %s (%s, %s)", c.Description, c.Machine, c.Costs.Now)
		}
		end = s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if said := end.Cluster.Description; strings.Contains(said, "Nothing of it costs") || !strings.Contains(said, "console") {
			t.Errorf("it is said: %s", said)
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
		for _, said := range []string{end.Operation.Message, end.Cluster.Description} {
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
		s := w.start(w.through(&between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
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

// A machine that ends while its run command is started is not running.
func TestAStartDuringWhichTheMachineEnds(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(w.through(&between{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			if is(call, "exec") {
				w.outside("terminate")
			}
			return next.Submit(ctx, call, output)
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

// What SkyPilot says it has done is not called undone because nobody could look.
func TestALookThatFailsAfterwards(t *testing.T) {
	for kind, never := range map[schema.OperationKind]string{schema.OperationStop: "gave no reason", schema.OperationDestroy: "still knows it"} {
		t.Run(string(kind), func(t *testing.T) {
			inWorld(t, func(w *world) {
				var blind atomic.Bool
				s := w.start(w.through(&between{
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

// A start that never reached SkyPilot has changed nothing.
func TestAStartThatIsRefusedLeavesTheServerStopped(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var taken atomic.Bool
		refusal := schema.NewError(schema.KindAPIServer, "Another program has taken the port.", "End it.")
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

// The log of a launch that left nothing says most about why.
func TestLogAndConnectionAfterAFailure(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("quota", "")
		s := w.start()
		_, err := s.Connection(ctx, schema.NameParams{})
		wantKind(t, err, schema.KindClusterNotFound)
		s.until(s.Launch(ctx, onAWS))
		if r, err := s.Logs(ctx, schema.LogsParams{Source: schema.LogProvision}); err != nil || len(r.Lines) == 0 {
			t.Errorf("the log has %q (%v)", r.Lines, err)
		}
		_, err = s.Connection(ctx, schema.NameParams{})
		wantKind(t, err, schema.KindUnsupported)
		w.heal()
		s.halfLaunched()
		if c, err := s.Connection(ctx, schema.NameParams{}); err != nil || c.IP == "" {
			t.Errorf("to a server whose setup failed: %+v (%v)", c, err)
		}
	})
}

// There was nothing to destroy, and nothing to stop.
func TestDestroyAndStopOfNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("quota", "")
		s := w.start()
		s.until(s.Launch(ctx, onAWS))
		_, err := s.Stop(ctx, schema.ChangeParams{})
		wantKind(t, err, schema.KindClusterNotFound)
		if said := s.until(s.Destroy(ctx, schema.DestroyParams{})).Operation.Message; !strings.Contains(said, "nothing to destroy") {
			t.Errorf("it is said: %s", said)
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

// Vaults that the disk can't hold are refused before there is a machine to pay for.
func TestVaultsThatAreLargerThanTheDisk(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		big := filepath.Join(w.dir, "project", "data", "public", "big")
		if err := os.WriteFile(big, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(big, 55e9); err != nil {
			t.Skipf("no sparse files here: %v", err)
		}
		s := w.start()
		p := onAWS
		p.Spec.DiskSize, p.DryRun = 50, true
		_, err := s.Launch(ctx, p)
		if e := wantKind(t, err, schema.KindInvalidSpec); e.Field != "spec.diskSize" || !strings.Contains(e.Message, "55 GB") {
			t.Errorf("%s: %s", e.Field, e.Message)
		}
		p.Spec.DiskSize = 60
		if _, err := s.Launch(ctx, p); err != nil {
			t.Errorf("refused: %v", err)
		}
	})
}

// The first `sky check` also starts SkyPilot's API server.
func TestACheckThatStartsTheServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(w.through(&between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "check") {
				time.Sleep(70 * time.Second)
			}
			return next.Run(ctx, call)
		}}))
		if r, err := s.CheckProvider(ctx, schema.ProviderCheckParams{Cloud: "aws"}); err != nil || !r.Enabled {
			t.Errorf("%+v, %v", r, err)
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
