package provision

import (
	"context"
	"io"
	"slices"

	"carapace/provision/sky"
	"carapace/schema"
)

// between stands between a service and the simulated programs.
type between struct {
	sky.Runner
	run    func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error)
	submit func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error)
}

func (b *between) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
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

func (b *between) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	if b.submit == nil {
		return b.Runner.Submit(ctx, call, output)
	}
	return b.submit(ctx, call, output, b.Runner)
}

func (w *world) through(b *between) func(*Config) {
	b.Runner = w.runner
	return func(c *Config) { c.Runner = b }
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
