// Package gate bounds how many `sky` run at once. Each is a Python of 100 to 200 MB
// that keeps a core busy for two seconds, and a host may have thousands of requests in
// flight. Every `sky` of a service begins here.
package gate

import (
	"context"
	"slices"
	"sync"

	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// The bounds.
const (
	kept        = 1  // of sky.MaxRunning for what operations ask: it ends by itself, so another gets its turn
	maxFollows  = 2  // of them that follow a log, which lasts as long as what it is the log of
	hostFollows = 1  // of those for the host's requests
	maxWaiting  = 32 // requests of the host; past them it is told to wait itself
)

// Lane is on whose behalf `sky` is run.
type Lane int

// The lanes. What operations need is never refused and comes first.
const (
	Host       Lane = iota // a request of the host, which can be refused
	Watch                  // a look, of which there is one at a time
	Operations             // an operation, which has been accepted
)

// class is a kind of call that has bounds of its own. Those that may wait are in the
// order in which they get their turn.
type class int

const (
	operationCall class = iota
	operationFollow
	watchCall
	hostCall
	hostFollow
	classes
)

// counts is a number for each class.
type counts [classes]int

func (c counts) others() int  { return c[watchCall] + c[hostCall] }
func (c counts) follows() int { return c[operationFollow] + c[hostFollow] }
func (c counts) all() int     { return c[operationCall] + c.others() + c.follows() }

// mayBegin reports whether one more of a class is within the bounds.
func (c counts) mayBegin(one class) bool {
	room := c.all() < sky.MaxRunning && c.others()+c.follows() < sky.MaxRunning-kept
	switch one {
	case operationCall:
		return c.all() < sky.MaxRunning
	case operationFollow:
		return room && c.follows() < maxFollows
	case hostFollow:
		return room && c.follows() < maxFollows && c[hostFollow] < hostFollows
	}
	return room
}

// next is the class whose turn it is. Operations that ask without a pause do not keep
// all others waiting: where none of those runs, one comes before the next of theirs.
func next(running, waiting counts) (class, bool) {
	starved := waiting.others() > 0 && running.others() == 0 && running[operationCall] > 0 && running.mayBegin(hostCall)
	for one := range classes {
		if waiting[one] > 0 && running.mayBegin(one) && !(one < watchCall && starved) {
			return one, true
		}
	}
	return 0, false
}

// Gate lets calls of a Runner begin. It is safe for concurrent use; the zero value is
// not usable.
type Gate struct {
	runner sky.Runner
	group  *supervisor.Group
	asking chan struct{} // holds one while a submission waits for its answer

	mu      sync.Mutex // guards what follows; never held across a call
	running counts
	waiting [classes][]*ticket
	flights map[string]*flight // by what they ask: the newest
}

// ticket is a call that waits for its turn.
type ticket struct{ turn chan struct{} }

// New returns a gate before a Runner. group has the goroutines.
func New(runner sky.Runner, group *supervisor.Group) *Gate {
	return &Gate{runner: runner, group: group, asking: make(chan struct{}, 1), flights: map[string]*flight{}}
}

// Lane returns the Runner of a lane. Its Run and Submit wait for their turn, and what
// they return is the Runner's own, or a *schema.Error of kind busy.
func (g *Gate) Lane(lane Lane) sky.Runner { return &laneRunner{g, lane} }

type laneRunner struct {
	gate *Gate
	lane Lane
}

func (l *laneRunner) class(call sky.Call) class {
	follows := call.Purpose == sky.Follow
	switch {
	case l.lane == Operations && follows:
		return operationFollow
	case l.lane == Operations:
		return operationCall
	case follows:
		return hostFollow
	case l.lane == Watch:
		return watchCall
	}
	return hostCall
}

// Run implements [sky.Runner].
func (l *laneRunner) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	switch {
	case call.Program != "sky":
		return l.gate.runner.Run(ctx, call)
	case l.lane == Host && call.Purpose == sky.Question:
		return l.gate.share(ctx, call)
	}
	leave, err := l.gate.enter(ctx, l.class(call))
	if err != nil {
		return sky.Result{Code: -1}, err
	}
	defer leave()
	call.Expected = l.lane == Operations
	return l.gate.runner.Run(ctx, call)
}

// Expect implements [sky.Runner], for operations: who shares an answer relies on it that a `sky`
// which has just begun has asked nothing yet. What was started counts as one of the `sky` that
// run: the Runner sees to that.
func (l *laneRunner) Expect(call sky.Call, n int) {
	if l.lane == Operations {
		l.gate.runner.Expect(call, n)
	}
}

// Submit implements [sky.Runner]. A submission that goes on after ctx has ended is
// counted no longer: one that hangs must not hold up all else. Of those that ask whether to go
// on one at a time does: the answer may need a `sky`, and four that wait for theirs would
// leave no room for one.
func (l *laneRunner) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	if confirm := call.Confirm; confirm != nil {
		select {
		case l.gate.asking <- struct{}{}:
		case <-ctx.Done():
			return sky.Result{Code: -1}, ctx.Err()
		}
		answered := sync.OnceFunc(func() { <-l.gate.asking })
		defer answered()
		call.Confirm = func() error {
			defer answered()
			return confirm()
		}
	}
	leave, err := l.gate.enter(ctx, l.class(call))
	if err != nil {
		return sky.Result{Code: -1}, err
	}
	defer leave()
	return l.gate.runner.Submit(ctx, call, output)
}

// enter waits until one more of a class may begin. The function says that it has ended.
func (g *Gate) enter(ctx context.Context, one class) (leave func(), err error) {
	t := &ticket{make(chan struct{})}
	if err := g.queue(t, one); err != nil {
		return nil, err
	}
	select {
	case <-t.turn:
		return func() { g.leave(one) }, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	at := slices.Index(g.waiting[one], t)
	if at >= 0 {
		g.waiting[one] = slices.Delete(g.waiting[one], at, at+1)
	}
	g.mu.Unlock()
	if at < 0 { // its turn came just now
		g.leave(one)
	}
	return nil, ctx.Err()
}

// queue puts a ticket behind the others of its class.
func (g *Gate) queue(t *ticket, one class) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if one == hostFollow && !g.running.mayBegin(hostFollow) {
		return schema.Fail(schema.KindBusy, &text.GateFollowed)
	}
	if one == hostCall && len(g.waiting[hostCall]) >= maxWaiting {
		return schema.Fail(schema.KindBusy, &text.GateFull)
	}
	g.waiting[one] = append(g.waiting[one], t)
	g.begin()
	return nil
}

func (g *Gate) leave(one class) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running[one]--
	g.begin()
}

// Alone calls a function while no `sky` runs, and lets none begin before it has returned. Where one
// runs it does nothing. A submission that goes on after its context has ended is not known here.
func (g *Gate) Alone(do func()) {
	if g.occupy() {
		defer g.vacate()
		do()
	}
}

// occupy counts as many `sky` as may run, if none does.
func (g *Gate) occupy() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	free := g.running.all() == 0
	if free {
		g.running[operationCall] = sky.MaxRunning
	}
	return free
}

func (g *Gate) vacate() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running = counts{}
	g.begin()
}

// begin gives their turn to as many as may begin. g.mu is held.
func (g *Gate) begin() {
	for {
		var waiting counts
		for one := range classes {
			waiting[one] = len(g.waiting[one])
		}
		one, any := next(g.running, waiting)
		if !any {
			return
		}
		g.running[one]++
		close(g.waiting[one][0].turn)
		g.waiting[one] = slices.Delete(g.waiting[one], 0, 1)
	}
}
