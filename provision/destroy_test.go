package provision

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// A submission that was given up reaches SkyPilot after the destroy that followed:
// the machine it makes is not nobody's.
func TestDestroyAfterASubmissionThatWasGivenUp(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			if !is(call, "launch") {
				return next.Submit(ctx, call, output)
			}
			task, err := os.ReadFile(filepath.Join(call.Dir, "task.yaml"))
			if err != nil {
				t.Error(err)
			}
			go func() {
				time.Sleep(4 * time.Minute)
				call.Dir = w.t.TempDir()
				_ = os.WriteFile(filepath.Join(call.Dir, "task.yaml"), task, 0o600)
				_, _ = next.Submit(context.WithoutCancel(ctx), call, filepath.Join(call.Dir, "out"))
			}()
			<-ctx.Done()
			return sky.Result{Code: -1}, ctx.Err()
		}}
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if said := end.Cluster.Description; strings.Contains(said, "Nothing of it costs money") {
			t.Errorf("nobody can know that: %s", said)
		}
		time.Sleep(15 * time.Minute)
		if w.machines("running") != 1 {
			t.Fatal("the submission came to nothing: this tests nothing")
		}
		s.wantHonest()
	})
}

// A launch that passed its deadline and could not be canceled goes on: a destroy
// ends it first.
func TestDestroyEndsALaunchThatWasGivenUp(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		failing := true
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "api", "cancel") && failing {
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
			}
			return next.Run(ctx, call)
		}}
		lateRecord(b, 45*time.Minute)
		w.inject("launch_hangs", "")
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		failing = false
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		w.heal()
		time.Sleep(time.Hour)
		s.wantHonest()
		if n := w.machines("running"); n != 0 {
			t.Errorf("%d machines run after a destroy", n)
		}
	})
}

// A destroy of nothing on a machine without SkyPilot must not invent a server.
func TestDestroyOfNothingWithoutSkyPilot(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		missing := true
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if missing {
				return sky.Result{}, os.ErrNotExist
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b), func(c *Config) {
			c.Locate = func(context.Context) (string, *schema.Error) {
				if missing {
					return "", &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: "SkyPilot is not there.", Hint: "Install it."}
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

func TestDestroyTakesOverFromALaunch(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		launch, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if end := s.until(s.Destroy(ctx, schema.DestroyParams{})); end.Operation.State != schema.OperationSucceeded {
			t.Fatalf("the destroy ended %s: %s", end.Operation.State, end.Operation.Message)
		}
		if end := s.until(launch, nil); end.Operation.State != schema.OperationCanceled {
			t.Errorf("the launch ended %s", end.Operation.State)
		}
		time.Sleep(5 * time.Minute)
		if left := w.machines("running") + w.machines("stopped"); left != 0 {
			t.Errorf("%d machines are left", left)
		}
		s.wantStatus(schema.StatusNoServer)
	})
}

// Destroy is accepted from every state, at every call of every other operation.
func TestDestroyAtEveryCall(t *testing.T) {
	t.Parallel()
	cases := append([]cancelCase{{"a stop", schema.OperationStop, func(s *sidecar) { s.until(s.Launch(ctx, onAWS)) }, nil}}, cancelCases...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.interceptNth()
				s := w.quiet(through)
				c.before(s)
				destroys := make(chan schema.OperationResult, 1)
				a.arm(n, func(sky.Call) {
					destroy, err := s.Destroy(ctx, schema.DestroyParams{})
					if err != nil {
						t.Errorf("refused: %v", err)
					}
					destroys <- destroy
				})
				other := s.until(s.ask(c.kind))
				reached := a.reached()
				if !reached {
					return false
				}
				if end := s.until(<-destroys, nil); end.Operation.State != schema.OperationSucceeded {
					t.Errorf("the destroy ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
				if other.Operation.State != schema.OperationCanceled {
					t.Errorf("the %s ended %s", c.kind, other.Operation.State)
				}
				nothingLeft(t, s)
				time.Sleep(3 * time.Minute)
				nothingLeft(t, s)
				return true
			})
		})
	}
}

// A destroy that fails half way, at every call, is done by the next.
func TestDestroyAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	everyCall(t, func(w *world, n int) bool {
		a, through := w.interceptNth()
		s := w.quiet(through)
		s.until(s.Launch(ctx, onAWS))
		broken := false
		strike := a.run
		a.run = func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if broken {
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
			}
			return strike(ctx, call, next)
		}
		a.arm(n, func(sky.Call) { broken = true })
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		reached := a.reached()
		broken = false
		s.wantHonest()
		if s.status().Status != schema.StatusNoServer {
			s.until(s.Destroy(ctx, schema.DestroyParams{}))
		}
		nothingLeft(t, s)
		return reached
	})
}
