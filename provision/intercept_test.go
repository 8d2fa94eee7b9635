package provision

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// interceptor is a sky.Runner that may act before or in place of each call.
type interceptor struct {
	sky.Runner
	run    func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error)
	submit func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error)
}

func (b *interceptor) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if b.run == nil {
		return b.Runner.Run(ctx, call)
	}
	return answering(call, func(call sky.Call) (sky.Result, error) { return b.run(ctx, call, b.Runner) })
}

// answering lets a test's Runner read and write all of stdout in the Result.
func answering(call sky.Call, run func(sky.Call) (sky.Result, error)) (sky.Result, error) {
	answer := call.Answer
	call.Answer = nil
	res, err := run(call)
	if answer != nil {
		_, _ = io.WriteString(answer, res.Stdout)
		res.Stdout = ""
	}
	return res, err
}

func (b *interceptor) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	if b.submit == nil {
		return b.Runner.Submit(ctx, call, output)
	}
	return confirmed(call, func(call sky.Call) (sky.Result, error) { return b.submit(ctx, call, output, b.Runner) })
}

// confirmed has a test see a submission that is confirmed before it does anything only then, as a Runner
// that can load nothing beforehand begins it.
func confirmed(call sky.Call, submit func(sky.Call) (sky.Result, error)) (sky.Result, error) {
	if call.Confirm != nil && !call.Asks {
		if err := call.Confirm(); err != nil {
			return sky.Result{Code: -1}, err
		}
		call.Confirm = nil
	}
	return submit(call)
}

func (w *world) through(b *interceptor) func(*Config) {
	b.Runner = w.runner
	return func(c *Config) { c.Runner = b }
}

// asksSky is a sidecar that can't ask SkyPilot's API server itself, as where that is remote.
func asksSky(c *Config) {
	c.RequestEnd = func(context.Context, string) sky.RequestEnd { return sky.EndUnknown }
}

// unwatched pauses the poller, so that the nth call is the operation's.
func (s *sidecar) unwatched() *sidecar {
	s.t.Helper()
	paused := true
	if _, err := s.ConfigurePoller(ctx, schema.PollerParams{Paused: &paused}); err != nil {
		s.t.Fatal(err)
	}
	return s
}

func is(call sky.Call, words ...string) bool {
	if call.Program != "sky" {
		return false
	}
	for _, word := range words {
		if !slices.Contains(call.Args, word) {
			return false
		}
	}
	return true
}

// nthCall does something just before the nth program is started, counted from
// when it was armed.
type nthCall struct {
	interceptor
	left atomic.Int64
	act  func(call sky.Call)
}

func (w *world) interceptNth() (*nthCall, func(*Config)) {
	a := &nthCall{}
	strike := func(call sky.Call) {
		if a.left.Add(-1) == 0 {
			a.act(call)
		}
	}
	a.run = func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
		strike(call)
		return next.Run(ctx, call)
	}
	a.submit = func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		strike(call)
		return next.Submit(ctx, call, output)
	}
	return a, w.through(&a.interceptor)
}

// quiet is a sidecar that makes no call but for what it is asked.
func (w *world) quiet(change ...func(*Config)) *sidecar {
	w.t.Helper()
	s := w.start(change...).unwatched()
	time.Sleep(time.Minute) // for its first look
	return s
}

// arm has act done before the nth program from now; reached reports whether it was.
func (a *nthCall) arm(n int, act func(sky.Call)) {
	a.act = act
	a.left.Store(int64(n))
}

func (a *nthCall) reached() bool { return a.left.Load() <= 0 }

// every is the step from one case of a series to the next: with -short, as under
// the race detector, a fifth of them is made.
func every[T int | time.Duration](step T) T {
	if testing.Short() {
		return 5 * step
	}
	return step
}

// everyCall runs a test for the nth call of what it does, for each n that there is.
func everyCall(t *testing.T, test func(w *world, n int) (reached bool)) {
	t.Helper()
	for n := 1; ; n += every(1) {
		more := true
		t.Run(fmt.Sprintf("call%02d", n), func(t *testing.T) {
			inWorld(t, func(w *world) { more = test(w, n) })
		})
		if !more || n > 60 {
			return
		}
	}
}

// everyMoment runs a test for a moment in each thirteen seconds of what it does.
func everyMoment(t *testing.T, last time.Duration, test func(w *world, after time.Duration)) {
	t.Helper()
	for after := 500 * time.Millisecond; after < last; after += every(13 * time.Second) {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) { test(w, after) })
		})
	}
}

// killAtSubmission makes the submission of a kind of call the last that a process does: it is
// killed before SkyPilot has it. The returned channel is closed then.
func (b *interceptor) killAtSubmission(at string) (dead chan struct{}) {
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
