package gate

import (
	"context"
	"fmt"
	"sync"
	"time"

	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// flight is one process that answers all who ask the same. Nobody joins one that may
// have asked SkyPilot already: an answer is always newer than its question.
type flight struct {
	call sky.Call // of the first who asked
	end  context.CancelFunc
	done chan struct{} // closed when result and err are there

	result sky.Result
	err    error

	mu     sync.Mutex // guards what follows; held while askers are told what comes
	askers map[*asker]bool
	begun  time.Time // zero: it waits for its turn
	over   bool      // it has printed something, or the last asker has left
}

// importing is a part of the two seconds and more that `sky` imports Python modules
// before it does anything (docs/skypilot.md, "Every command").
const importing = 500 * time.Millisecond

// asker is one of those who wait for a flight.
type asker struct{ call sky.Call }

// share asks a question, together with all who ask the same.
func (g *Gate) share(ctx context.Context, call sky.Call) (sky.Result, error) {
	a := &asker{call}
	f := g.join(a)
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		f.leave(a)
		return sky.Result{Code: -1}, ctx.Err()
	}
}

// join makes an asker one of those of a flight. The end of the service does not wait for
// it, for a program that ignores SIGTERM ends only when the runner is closed, after that.
func (g *Gate) join(a *asker) *flight {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := fmt.Sprintf("%q %t", [][]string{a.call.Args, a.call.Env, {a.call.Dir}}, a.call.Line != nil)
	if f := g.flights[key]; f != nil && f.take(a) {
		return f
	}
	f := &flight{call: a.call, done: make(chan struct{}), askers: map[*asker]bool{a: true}}
	ctx, end := context.WithCancel(g.group.Context())
	f.end = end
	g.flights[key] = f
	g.group.Beside("a question to SkyPilot", func() {
		defer close(f.done)
		defer end()
		f.err = supervisor.ErrDefect // unless it ends by itself
		f.result, f.err = g.fly(ctx, key, f)
	})
	return f
}

// fly waits for a flight's turn and runs it.
func (g *Gate) fly(ctx context.Context, key string, f *flight) (sky.Result, error) {
	defer g.land(key, f)
	if ctx.Err() != nil { // the service has ended
		return sky.Result{Code: -1}, ctx.Err()
	}
	leave, err := g.enter(ctx, hostCall)
	if err != nil {
		return sky.Result{Code: -1}, err
	}
	defer leave()
	call := f.call
	if call.Line != nil {
		call.Line = f.line
	}
	if call.Answer != nil {
		call.Answer = f
	}
	f.mu.Lock()
	f.begun = time.Now()
	f.mu.Unlock()
	return g.runner.Run(ctx, call)
}

// land forgets a flight.
func (g *Gate) land(key string, f *flight) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flights[key] == f {
		delete(g.flights, key)
	}
}

// take adds an asker; false: it is too late.
func (f *flight) take(a *asker) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over || !f.begun.IsZero() && time.Since(f.begun) > importing {
		return false
	}
	f.askers[a] = true
	return true
}

// leave takes an asker away, who is told nothing any more. With the last the process ends.
func (f *flight) leave(a *asker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.askers, a)
	if len(f.askers) == 0 {
		f.over = true
		f.end()
	}
}

func (f *flight) line(stream schema.Stream, line string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	for a := range f.askers {
		a.call.Line(stream, line)
	}
}

// Write gives all askers a piece of the answer.
func (f *flight) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
	for a := range f.askers {
		_, _ = a.call.Answer.Write(p) // one that has had enough does not end the others' answer
	}
	return len(p), nil
}
