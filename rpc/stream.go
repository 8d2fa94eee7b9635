package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

const (
	// crowd is how many calls in flight make the reading of requests give way to
	// the handlers: many quick ones that are sent at once should not be refused as
	// busy only because reading is quicker than scheduling.
	crowd = 256
	// yields is how often it gives way before a request is refused.
	yields = 100
)

// stream is the jsonrpc2.ObjectStream under Conn. It reads lines, answers what is
// no call by itself, and gives Conn one small message for each call. ReadObject
// is called by one goroutine, WriteObject by many.
type stream struct {
	table   *Table
	answers *answerer
	calls   *calls
	out     *outbox
	log     *slog.Logger
	base    context.Context // of the handlers

	lines   *lineReader
	scanner scanner
	pending []element // what is left of the line
	at      place     // of the next of them
	current *call     // the one that Conn is being told of
	// messages are what Conn reads, one for each method: decoding it each time would
	// cost Conn more than all the rest of a small call. Nobody changes them.
	messages map[*method]reflect.Value

	sending uint64 // guarded by Conn: the call that WriteObject is for
	dropped bool   // notifications, since the last call that was admitted

	mu       sync.Mutex
	reading  bool          // in the reader's Read, maybe for ever
	stopped  bool          // no Read any more
	stop     chan struct{} // closed with stopped
	rest     sync.Once
	resting  chan struct{} // closed when no line is worked on, and none will be
	release  chan struct{} // closed when Conn may be told of the end
	inputErr error         // why reading ended, if not by io.EOF; before resting
}

var _ jsonrpc2.ObjectStream = (*stream)(nil)

// ReadObject waits for the next call and names its method to Conn, which then
// calls Handle before it reads on: the call itself waits in current. The end of
// input comes only after release: Conn loses answers once it has seen it.
func (s *stream) ReadObject(v any) error {
	var ok bool
	if s.current, ok = s.nextCall(); !ok {
		s.rests()
		<-s.release
		return io.EOF
	}
	into := reflect.ValueOf(v).Elem()
	message, ok := s.messages[s.current.method]
	if !ok {
		message = reflect.New(into.Type()).Elem()
		text := `{"id":0,"method":"` + s.current.method.name + `"}`
		if err := json.Unmarshal([]byte(text), message.Addr().Interface()); err != nil {
			return err
		}
		s.messages[s.current.method] = message
	}
	into.Set(message)
	return nil
}

// sends takes note of the call that Conn is about to say is done. It is Conn's
// OnSend hook: Conn calls it before each WriteObject, in the same goroutine and
// under the same lock, and what WriteObject is given can only be marshalled to
// find out the same, which would cost more than all the rest of an answer.
func (s *stream) sends(_ *jsonrpc2.Request, response *jsonrpc2.Response) {
	s.sending = response.ID.Num
}

// WriteObject takes Conn's word that a call is done. The answer itself waits in
// the call; if that has been canceled, it was answered.
func (s *stream) WriteObject(any) error {
	if one := s.calls.settle(s.sending); one != nil {
		s.deliver(one.place, one.line)
	}
	return nil
}

// Close does nothing: what is read and written is the server's caller's.
func (s *stream) Close() error { return nil }

// nextCall admits the next call of the input; not ok is the end.
func (s *stream) nextCall() (one *call, ok bool) {
	for {
		for len(s.pending) > 0 {
			e := &s.pending[0]
			s.pending = s.pending[1:]
			one = s.take(e, s.at)
			s.at.slot++
			if one != nil {
				s.calls.admit(one)
				return one, true
			}
		}
		if s.at.batch != nil {
			s.at.batch.read()
		}
		s.at = place{}
		line, ok := s.nextLine()
		if !ok {
			return nil, false
		}
		s.open(line)
	}
}

// open makes the elements of a line pending, or refuses all of it.
func (s *stream) open(line []byte) {
	valid := s.scanner.scan(line)
	elements := s.scanner.elements
	switch {
	case !valid:
		s.refuse(nullID, place{}, ReasonParse, errNotJSON)
	case s.scanner.count == 0:
		s.refuse(nullID, place{}, ReasonInvalidRequest, errEmptyBatch)
	case s.scanner.count > maxBatch:
		s.refuse(nullID, place{}, ReasonInvalidRequest, errLongBatch)
	default:
		s.pending = elements
		if s.scanner.batch() {
			s.at.batch = newBatch(s.out, len(elements))
		}
	}
}

// take makes an element a call, or deals with it at once and returns nil.
func (s *stream) take(e *element, at place) *call {
	if e.strayResponse() {
		return nil
	}
	if err := e.check(); err != nil {
		s.refuse(e.answerID(), at, ReasonInvalidRequest, err)
		return nil
	}
	if string(bare(e.method)) == cancelMethod {
		s.cancelRequest(e, at)
		return nil
	}
	m := s.table.lookup(e.method)
	switch {
	case m == nil:
		s.refuse(e.id, at, ReasonMethodNotFound, &MethodError{string(bare(e.method))})
	case s.busy(e):
		s.refuse(e.id, at, ReasonBusy, errBusy)
	default:
		return s.call(e, at, m)
	}
	return nil
}

func (s *stream) call(e *element, at place, m *method) *call {
	s.dropped = false
	one := &call{method: m, place: at}
	// One copy for both: the line is overwritten by the next.
	kept := slices.Concat(e.id, e.params)
	if e.id != nil {
		one.id = kept[:len(e.id):len(e.id)]
		at.expect()
	}
	if e.params != nil {
		one.params = kept[len(e.id):]
	}
	one.ctx, one.cancel = context.WithCancelCause(s.base)
	return one
}

// busy reports whether there are too many calls in flight for one more.
func (s *stream) busy(e *element) bool {
	if s.calls.inFlight() < min(crowd, s.calls.limit) {
		return false
	}
	runtime.Gosched()
	for range yields {
		if !s.calls.full(len(e.params)) {
			return false
		}
		runtime.Gosched()
	}
	if e.id == nil && !s.dropped {
		s.dropped = true
		s.log.Warn("rpc: notifications are dropped: too many requests are being answered")
	}
	return true
}

// refuse answers with one of the server's own errors; a notification (id nil) is
// never answered.
func (s *stream) refuse(id []byte, at place, reason Reason, err error) {
	if id == nil {
		return
	}
	at.expect()
	s.deliver(at, s.answers.refusal(id, reason, err))
}

func (s *stream) deliver(at place, line []byte) {
	if at.batch != nil {
		at.batch.put(at.slot, line)
		return
	}
	s.out.answer(line)
}

// nextLine returns the next line that is not blank, valid until the next call.
func (s *stream) nextLine() (line []byte, ok bool) {
	for {
		line, ok, err := s.lines.buffered()
		switch {
		case errors.Is(err, errLineTooLong):
			s.refuse(nullID, place{}, ReasonTooLarge, errTooLarge)
		case err != nil:
			if !errors.Is(err, io.EOF) {
				s.inputErr = err
			}
			return nil, false
		case ok && !blank(line):
			return line, true
		case !ok && !s.read():
			return nil, false
		}
	}
}

// read reads once, unless the stream was stopped. What arrives after that is not
// looked at.
func (s *stream) read() bool {
	s.out.ease(s.calls.inFlight, s.stop)
	// Reading from a pipe may hold the thread. What was just begun runs first, on
	// this one, instead of waiting for another to wake up: it halves a round trip.
	runtime.Gosched()
	if !s.setReading(true) {
		return false
	}
	s.lines.fill()
	return s.setReading(false)
}

// setReading reports whether reading may go on.
func (s *stream) setReading(on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading = on && !s.stopped
	return !s.stopped
}

// stopReading makes the stream end with the lines that it has read. resting closes
// when their calls have been given to Conn, also if a Read never returns.
func (s *stream) stopReading() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.stopped = true
	close(s.stop)
	if s.reading {
		s.rests()
	}
}

func (s *stream) rests() { s.rest.Do(func() { close(s.resting) }) }

func blank(line []byte) bool {
	for _, c := range line {
		if !isSpace(c) {
			return false
		}
	}
	return true
}
