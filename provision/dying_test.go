//go:build unix

package provision

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// dies makes the submission of a kind of call the last that a process does: it is
// killed before SkyPilot has it. The returned channel is closed then.
func (b *between) dies(at string) (dead chan struct{}) {
	dead = make(chan struct{})
	b.submit = func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		if is(call, at) {
			close(dead)
			<-ctx.Done()
			return sky.Result{Code: -1}, ctx.Err()
		}
		return next.Submit(ctx, call, output)
	}
	return dead
}

// A process dies while it removes what a launch was making, before SkyPilot would
// say that it has stopped making it. Whoever goes on asks for that again: else the
// machine comes up after it was said that there is none.
func TestEndingALaunchIsTakenUp(t *testing.T) {
	for by, end := range map[string]func(s *sidecar) (schema.OperationResult, error){
		"cancel":  func(s *sidecar) (schema.OperationResult, error) { return s.Cancel(ctx, schema.NameParams{}) },
		"destroy": func(s *sidecar) (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) },
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				impatient := func(c *Config) { c.Timing.Submit = 10 * time.Second }
				b := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					if is(call, "api", "cancel") {
						return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
					}
					return next.Run(ctx, call)
				}}
				dead := b.dies("down")
				first := w.start(w.through(b), impatient)
				if _, err := first.Launch(ctx, onAWS); err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Second)
				result, err := end(first)
				if err != nil {
					t.Fatal(err)
				}
				<-dead
				first.stopNow()
				var canceled atomic.Int64
				then := &between{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					if is(call, "api", "cancel") {
						canceled.Add(1)
					}
					return next.Run(ctx, call)
				}}
				second := w.start(w.through(then))
				said := second.until(result, nil)
				if canceled.Load() == 0 {
					t.Errorf("the launch was left to go on; what was said is %s: %s", said.Operation.State, said.Operation.Message)
				}
				time.Sleep(10 * time.Minute)
				second.wantStatus(schema.StatusNoServer)
				if n := w.machines("running"); n > 0 {
					t.Errorf("%d machines run", n)
				}
			})
		})
	}
}

// A submission that outlives its process and hangs may hand the launch over at any
// time: the successor neither makes a second one nor says that nothing came of it.
func TestAHangingSubmissionIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &between{}
		dead := b.dies("launch")
		first := w.start(w.through(b))
		result, err := first.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		<-dead
		first.stopNow()
		output, err := os.Create(filepath.Join(first.store.OperationDir(result.Operation.ID), "launch.out"))
		if err == nil {
			err = syscall.Flock(int(output.Fd()), syscall.LOCK_EX)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer output.Close()
		m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
		w.runner = m
		end := w.start().until(result, nil)
		if n := m.sinceThen()["launch"]; n > 0 {
			t.Errorf("it was submitted %d times more", n)
		}
		if c := end.Cluster; end.Operation.State != schema.OperationFailed || c.Status != schema.StatusError || c.Error.Kind != schema.KindTimeout {
			t.Errorf("the launch ended %s; the server is %s: %s", end.Operation.State, c.Status, c.Description)
		}
	})
}
