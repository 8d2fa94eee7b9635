package rpc

import (
	"bytes"
	"fmt"
	"log/slog"
	"strconv"
)

// Class says what may become of a notification while the host does not read.
type Class int

const (
	// Guaranteed, the zero value: never left out; the order is kept. It counts
	// towards Options.MaxUnreadAnswers.
	Guaranteed Class = iota
	// Latest: of each Delivery.Key and method only the newest that is unsent is
	// kept, in the place of the newest. It counts towards Options.MaxUnreadAnswers.
	Latest
	// Lossy: the oldest are left out when more than 256 KiB of lossy notifications
	// wait.
	Lossy
)

// Delivery says how a notification is to be delivered. The zero value is
// Guaranteed.
type Delivery struct {
	Class Class
	// Key is what Latest keeps one of, and what Lossy counts by, each together with
	// the method.
	Key string
}

// Merger is implemented by params of Latest notifications that tell a change. Merge
// returns the params to be sent in place of both: those of the newer one, which is
// the receiver, as a change since before the older one, which was never sent. It
// must not call Notify.
type Merger interface {
	Merge(older any) any
}

// droppedTeller is implemented by params of Lossy notifications that tell how many
// of the same key and method were left out just before them.
type droppedTeller interface {
	WithDropped(n int) any
}

// note is a notification's origin, for what may still have to be changed in it.
type note struct {
	method string
	params any
	write  func(any) any // Options.Written
	log    *slog.Logger
}

// line renders the notification.
func (n *note) line() (line []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","method":`)
	b.WriteString(strconv.Quote(n.method))
	b.WriteString(`,"params":`)
	if err := encode(&b, n.write(n.params)); err != nil {
		return nil, err
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

func (n *note) counts() bool {
	_, ok := n.params.(droppedTeller)
	return ok
}

// withDropped renders the notification again with the count; instead is what is
// sent if that fails.
func (n *note) withDropped(count int, instead []byte) (line []byte) {
	defer func() {
		if p := recover(); p != nil {
			n.log.Error("rpc: WithDropped panicked", "method", n.method, "panic", p)
			line = instead
		}
	}()
	told := note{method: n.method, params: n.params.(droppedTeller).WithDropped(count), write: n.write, log: n.log}
	line, err := told.line()
	if err != nil {
		n.log.Error("rpc: a notification can't be marshalled", "method", n.method, "error", err)
		return instead
	}
	return line
}

// merged is n with what an older one, never sent, has to add.
func (n *note) merged(older any) (params any) {
	m, ok := n.params.(Merger)
	if !ok {
		return n.params
	}
	defer func() {
		if p := recover(); p != nil {
			n.log.Error("rpc: Merge panicked", "method", n.method, "panic", p)
			params = n.params
		}
	}()
	return m.Merge(older)
}

// Notify queues a notification. It marshals params at once, which must not be
// changed afterwards, and never waits for the host. Before Serve it is kept until
// then; after Serve it is dropped. Params that can't be marshalled are logged and
// dropped. It is safe for concurrent use; the order of concurrent calls is open.
func (s *Server) Notify(method string, params any, d Delivery) {
	n := &note{method: method, params: params, write: s.answers.written, log: s.answers.log}
	e := &entry{class: d.Class}
	if d.Class != Guaranteed {
		e.key, e.note = method+"\x00"+d.Key, n
	}
	if d.Class == Latest {
		// Taking the older back, merging and queueing must not be mixed with another
		// Notify of the key.
		s.notifying.Lock()
		defer s.notifying.Unlock()
		if older, ok := s.out.withdraw(e.key); ok {
			n.params = n.merged(older)
		}
	}
	line, err := n.line()
	if err != nil {
		n.log.Error("rpc: a notification can't be marshalled", "method", method, "error", err)
		return
	}
	e.line = line
	s.out.add(e)
}
