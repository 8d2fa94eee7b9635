package rpc

import (
	"bytes"
	"context"
	"sync"
)

// maxHeld bounds the bytes of params in flight: 4,096 requests of 1 MiB each
// would be 4 GiB.
const maxHeld = 64 << 20

// call is one request or notification that a handler runs for.
type call struct {
	id     []byte // raw, as the host sent it; nil for a notification
	params []byte // raw; nil where left out
	method *method
	place  place
	ctx    context.Context
	cancel context.CancelCauseFunc
	line   []byte // the answer, set by the goroutine of the handler

	surrogate uint64 // its id between us and Conn, set by calls
	answered  bool   // guarded by calls
}

// calls are all calls in flight, by the surrogate id that Conn knows them by.
// Each is settled once, by whoever answers it, and returns once, with its
// handler; either may come first. It is safe for concurrent use.
type calls struct {
	limit int

	mu      sync.Mutex
	last    uint64
	running map[uint64]*call
	held    int // bytes of their params
	ending  bool
	ended   chan struct{} // closed when ending and nothing runs
}

func newCalls(limit int) *calls {
	return &calls{limit: limit, running: map[uint64]*call{}, ended: make(chan struct{})}
}

// inFlight returns how many calls run.
func (c *calls) inFlight() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.running)
}

// full reports whether a call with so many bytes of params must be refused.
func (c *calls) full(size int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.running)
	return n >= c.limit || n > 0 && c.held+size > maxHeld
}

// admit takes a call up and gives it its surrogate id.
func (c *calls) admit(one *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	c.running[c.last] = one
	c.held += len(one.params)
	one.surrogate = c.last
}

// settle returns the call to the one who is to answer it, and nil to all others.
func (c *calls) settle(surrogate uint64) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.running[surrogate]
	if one == nil || one.answered {
		return nil
	}
	one.answered = true
	return one
}

// settleAll settles every call that match accepts. It looks at all of them:
// cancellation is rare, and an index by id would cost each call.
func (c *calls) settleAll(match func(*call) bool) []*call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var settled []*call
	for _, one := range c.running {
		if !one.answered && match(one) {
			one.answered = true
			settled = append(settled, one)
		}
	}
	return settled
}

// returned takes note that a call's handler has ended.
func (c *calls) returned(one *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held -= len(one.params)
	delete(c.running, one.surrogate)
	c.checkEnded()
}

// end makes ended close as soon as nothing runs.
func (c *calls) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	c.checkEnded()
}

func (c *calls) checkEnded() {
	if c.ending && len(c.running) == 0 {
		c.ending = false
		close(c.ended)
	}
}

// sameID compares raw ids: strings by their text, as a host may escape the same
// one in two ways; numbers as they are written.
func sameID(a, b []byte) bool {
	if len(a) > 0 && len(b) > 0 && a[0] == '"' && b[0] == '"' {
		return bytes.Equal(bare(a), bare(b))
	}
	return bytes.Equal(a, b)
}
