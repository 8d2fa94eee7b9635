package provision

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// lateRecord hides the cluster for a while after its launch was submitted, as
// SkyPilot does while its optimizer thinks: `sky down` then finds nothing to do.
func lateRecord(b *interceptor, hidden time.Duration) {
	var from atomic.Int64
	unknown := func() bool { at := from.Load(); return at != 0 && time.Since(time.Unix(0, at)) < hidden }
	run := b.run
	b.run = func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
		if is(call, "status") && !is(call, "api") && unknown() {
			return sky.Result{Stdout: "[]\n"}, nil
		}
		return run(ctx, call, next)
	}
	b.submit = func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		switch {
		case is(call, "launch"):
			from.Store(time.Now().UnixNano())
		case is(call, "down") && unknown():
			return sky.Result{Stdout: "Cluster(s) not found: carapace-node.\n"}, nil
		}
		return next.Submit(ctx, call, output)
	}
}

// What ends a launch at SkyPilot can fail for a moment; then nobody may say that
// nothing is left.
func TestEndingALaunchWhenSkyPilotFailsForAMoment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		by    string
		fails []string
	}{{"cancel", []string{"api", "cancel"}}, {"destroy", []string{"api", "cancel"}}, {"destroy", []string{"api", "status"}}} {
		t.Run(c.by+" while "+c.fails[1]+" fails", func(t *testing.T) {
			inWorld(t, func(w *world) {
				var failing atomic.Bool
				b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					if is(call, c.fails...) && failing.CompareAndSwap(true, false) {
						return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
					}
					return next.Run(ctx, call)
				}}
				lateRecord(b, 40*time.Second)
				s := w.start(w.through(b))
				result, err := s.Launch(ctx, onAWS)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Second)
				failing.Store(true)
				if c.by == "cancel" {
					_, err = s.Cancel(ctx, schema.NameParams{})
				} else {
					result, err = s.Destroy(ctx, schema.DestroyParams{})
				}
				if err != nil {
					t.Fatal(err)
				}
				end := s.until(result, nil)
				time.Sleep(10 * time.Minute)
				if left := w.machines("running"); left != 0 && s.status().Status == schema.StatusNoServer {
					t.Errorf("%d machines run; the end said %q (%s); the status is %s", left, end.Operation.Message, end.Operation.State, s.status().Status)
				}
			})
		})
	}
}

// A submission that takes longer than its deadline goes on by itself.
func TestSubmissionThatOutlivesItsDeadline(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			type answer struct {
				r   sky.Result
				err error
			}
			got := make(chan answer, 1)
			task, err := os.ReadFile(filepath.Join(call.Dir, "task.yaml")) // sky reads it at once
			if err != nil {
				return next.Submit(ctx, call, output)
			}
			go func() {
				time.Sleep(2 * time.Minute) // and then waits for its API server
				call.Dir = w.t.TempDir()
				_ = os.WriteFile(filepath.Join(call.Dir, "task.yaml"), task, 0o600)
				r, err := next.Submit(context.WithoutCancel(ctx), call, filepath.Join(call.Dir, "out"))
				got <- answer{r, err}
			}()
			select {
			case a := <-got:
				return a.r, a.err
			case <-ctx.Done():
				return sky.Result{Code: -1}, ctx.Err()
			}
		}}
		s := w.start(w.through(b))
		end := s.until(s.Launch(ctx, onAWS))
		time.Sleep(10 * time.Minute)
		if w.machines("running") > 0 {
			if c := s.status(); c.Error == nil || c.Error.Kind != schema.KindInterrupted || strings.Contains(end.Cluster.Description, "nothing costs money") {
				t.Errorf("a machine runs; the end said %q, the status says %s: %q", end.Cluster.Description, c.Status, c.Description)
			}
		}
	})
}

// A successor may not submit a second time because one look at SkyPilot's list
// failed, nor because the request in it bears a time from before the operation: the
// clock was set back, or SkyPilot's API server has another.
func TestSuccessorDoesNotSubmitAgain(t *testing.T) {
	for why, list := range map[string]func(sky.Result) sky.Result{
		"blind once": func() func(sky.Result) sky.Result {
			var failed atomic.Bool
			return func(r sky.Result) sky.Result {
				if failed.CompareAndSwap(false, true) {
					return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}
				}
				return r
			}
		}(),
		"the clock was set back": func(r sky.Result) sky.Result {
			r.Stdout = regexp.MustCompile(`"created_at": \d+`).ReplaceAllString(r.Stdout, `"created_at": 1000000`)
			return r
		},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			doesNotSubmitAgain(t, list)
		})
	}
}

func doesNotSubmitAgain(t *testing.T, list func(sky.Result) sky.Result) {
	inWorld(t, func(w *world) {
		b := &interceptor{}
		var launches atomic.Int64
		b.submit = func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			if is(call, "launch") && launches.Add(1) == 1 {
				r, err := next.Submit(context.WithoutCancel(ctx), call, output+".lost")
				<-ctx.Done() // dies before it is known
				_ = err
				return r, ctx.Err()
			}
			return next.Submit(ctx, call, output)
		}
		first := w.start(w.through(b))
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		for launches.Load() == 0 {
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(10 * time.Second)
		first.stopNow()
		then := &interceptor{submit: b.submit, run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			r, err := next.Run(ctx, call)
			if is(call, "api", "status") {
				r = list(r)
			}
			return r, err
		}}
		second := w.start(w.through(then))
		if end := second.until(result, nil); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
		if n := launches.Load(); n != 1 {
			t.Errorf("it was submitted %d times", n)
		}
	})
}
