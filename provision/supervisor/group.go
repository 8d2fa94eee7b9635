// Package supervisor starts every goroutine of the service. A panic that no one
// recovers ends the whole process, and with it the watch over a machine that costs
// money, so each goroutine begins here, where a panic is logged and goes no
// further, and the end of the process waits for all of them. A test holds that no
// other package of the service has a go statement.
package supervisor

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// ErrDefect is what is known of a look that a panic has ended.
var ErrDefect = errors.New("SkyPilot was not looked at, because of a defect in Carapace")

// afterDefect is how long a loop rests that a panic has ended, before it begins anew.
const afterDefect = 5 * time.Second

// Group is the goroutines of one service. It ends in two steps: BeginClosing says
// that the host has gone (no new work; what SkyPilot has goes on), and Close waits.
// Its methods are safe for concurrent use. The zero value is not usable.
type Group struct {
	log     *slog.Logger
	life    context.Context // ends when all must end
	end     context.CancelFunc
	closing chan struct{}
	once    sync.Once

	mu     sync.Mutex // guards what follows; no other lock is taken under it
	count  int
	closed bool
	gone   chan struct{} // closed when, after Close, the last has ended
}

// New returns a group without goroutines.
func New(log *slog.Logger) *Group {
	g := &Group{log: log, closing: make(chan struct{}), gone: make(chan struct{})}
	g.life, g.end = context.WithCancel(context.Background())
	return g
}

// Context ends when all must end at once; work that may be left to a successor
// ends with [Group.UntilClosing].
func (g *Group) Context() context.Context { return g.life }

// Closing is closed when the host has gone.
func (g *Group) Closing() <-chan struct{} { return g.closing }

// IsClosing reports whether the host has gone. It does not block.
func (g *Group) IsClosing() bool {
	select {
	case <-g.closing:
		return true
	default:
		return false
	}
}

// Guard runs fn and reports whether it ended by itself; a panic in it is logged
// with its stack and goes no further.
func (g *Group) Guard(what string, fn func()) (ended bool) {
	defer func() {
		if p := recover(); p != nil {
			g.log.Error("a defect", "in", what, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	fn()
	return true
}

// Go starts a goroutine that Close waits for. It returns false, and starts
// nothing, where Close has seen the last of them end.
func (g *Group) Go(what string, fn func()) (started bool) {
	if !g.join() {
		return false
	}
	go func() {
		defer g.leave()
		g.Guard(what, fn)
	}()
	return true
}

// Loop starts a goroutine that goes on after a panic until the host has gone. fn
// returns when it sees that.
func (g *Group) Loop(what string, fn func()) {
	g.Go(what, func() {
		ctx, cancel := g.UntilClosing()
		defer cancel()
		for again := true; again; {
			again = !g.Guard(what, fn) && Sleep(ctx, afterDefect)
		}
	})
}

// Beside starts a goroutine that the caller waits for with the function returned.
func (g *Group) Beside(what string, fn func()) (wait func()) {
	var ended sync.WaitGroup
	ended.Go(func() { g.Guard(what, fn) })
	return ended.Wait
}

// UntilClosing returns a context that ends when the host has gone: for what can be
// done again by a successor. The function ends it, and must be called.
func (g *Group) UntilClosing() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(g.life)
	ended := g.Beside("waiting for the end", func() {
		select {
		case <-g.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { cancel(); ended() }
}

// BeginClosing says that the host has gone. It does not block; again, it does nothing.
func (g *Group) BeginClosing() { g.once.Do(func() { close(g.closing) }) }

// Close blocks until all goroutines have ended by themselves, or until ctx is done,
// and then ends their context and waits for them. Unlike sync.WaitGroup, joining
// after Close has returned fails.
func (g *Group) Close(ctx context.Context) {
	g.BeginClosing()
	g.mu.Lock()
	if !g.closed && g.count == 0 {
		close(g.gone)
	}
	g.closed = true
	g.mu.Unlock()
	select {
	case <-g.gone:
	case <-ctx.Done():
		g.end()
		<-g.gone
	}
	g.end()
}

func (g *Group) join() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed && g.count == 0 {
		return false
	}
	g.count++
	return true
}

func (g *Group) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count--; g.closed && g.count == 0 {
		close(g.gone)
	}
}

// Sleep blocks for a duration; it returns false when ctx ends before that.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
