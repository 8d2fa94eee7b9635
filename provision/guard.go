package provision

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// Every goroutine of the service begins here, because a panic that no one
// recovers ends the whole process, and with it the watch over a machine that
// costs money (protocol.md: "the process goes on"). A test holds that.

// guarded runs fn and says whether it ended by itself; a panic is logged with its
// stack and goes no further.
func (s *Service) guarded(what string, fn func()) (ended bool) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a defect", "in", what, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	fn()
	return true
}

// spawn starts a goroutine that Close waits for. It returns false, and starts
// nothing, where Close has seen the last of them end.
func (s *Service) spawn(what string, fn func()) (started bool) {
	if !s.work.join() {
		return false
	}
	go func() {
		defer s.work.leave()
		s.guarded(what, fn)
	}()
	return true
}

// beside starts a goroutine that the caller waits for with the function returned.
func (s *Service) beside(what string, fn func()) (wait func()) {
	var ended sync.WaitGroup
	ended.Go(func() { s.guarded(what, fn) })
	return ended.Wait
}

// errNotLooked is what is known of a look that a defect of ours has ended.
var errNotLooked = errors.New("SkyPilot was not looked at, because of a defect in Carapace")

// afterDefect is how long a loop rests that a panic has ended, before it begins anew.
const afterDefect = 5 * time.Second

// unending is a loop that goes on after a panic, until the host has gone.
func (s *Service) unending(what string, loop func()) func() {
	return func() {
		ctx, cancel := s.untilClosing()
		defer cancel()
		for again := true; again; {
			again = !s.guarded(what, loop) && wait(ctx, afterDefect)
		}
	}
}

// crew counts goroutines. Unlike with a sync.WaitGroup, one that comes after the
// last has been waited for is turned away.
type crew struct {
	mu     sync.Mutex
	at     int
	closed bool
	gone   chan struct{} // closed when, after close, the last has left
}

func newCrew() *crew { return &crew{gone: make(chan struct{})} }

func (c *crew) join() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed && c.at == 0 {
		return false
	}
	c.at++
	return true
}

func (c *crew) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at--; c.closed && c.at == 0 {
		close(c.gone)
	}
}

// close returns a channel that is closed when all have left. Those who are still
// at work may bring others until then.
func (c *crew) close() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && c.at == 0 {
		close(c.gone)
	}
	c.closed = true
	return c.gone
}

// guardedRunner guards what is called with each line of a program's output, on a
// goroutine of the runner's: after a panic nobody is watching that program any
// more, and it runs on.
type guardedRunner struct {
	sky.Runner
	s *Service
}

func (g guardedRunner) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if watch := call.Line; watch != nil {
		broken := false
		call.Line = func(stream schema.Stream, line string) {
			if !broken {
				broken = !g.s.guarded("a line of "+call.Program, func() { watch(stream, line) })
			}
		}
	}
	return g.Runner.Run(ctx, call)
}

// Close ends what the runner has started, if it is one that can.
func (g guardedRunner) Close() error {
	if c, ok := g.Runner.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
