package rpc

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/jsonrpc2"
)

// drainGrace is what is left for handlers to return and for the host to read, when
// Options.DrainTimeout is over.
const drainGrace = 200 * time.Millisecond

// readerInterval is how often it is looked, after the end of input, whether anybody
// is there to read the answers. A look is one system call.
const readerInterval = 100 * time.Millisecond

// Options are what a Server can be told. The zero value is ready to use.
type Options struct {
	// ErrorFor makes the application's error of one of the server's own, so that
	// every error carries data of the application's shape. Its code counts for
	// ReasonBusy and ReasonCanceled only; the specification fixes the others. nil,
	// and a nil result, mean err's text and no data. It may be called concurrently.
	ErrorFor func(reason Reason, err error) CodedError
	// MaxInFlight is how many requests and notifications may have a handler running;
	// one more is refused. 0: 4096.
	MaxInFlight int
	// MaxMessage is how many bytes a line may have, without its end. 0: 1 MiB.
	MaxMessage int
	// MaxUnreadAnswers is how many bytes of answers, and of notifications that are
	// not Lossy, may wait for the host to read before it counts as gone. 0: 16 MiB.
	MaxUnreadAnswers int
	// DrainTimeout is how long Serve waits for handlers to return once the host has
	// gone, ctx is done or Shutdown was called; then the handlers' contexts end and
	// their requests are answered as canceled. Where only the input has ended Serve
	// waits for as long as the handlers take: the host still wants their answers. In
	// both cases it is also how long the host may take to read the last of them. 0: 5 s.
	DrainTimeout time.Duration
	// Written returns what is written in place of a result, of the data of an error, and of the params of a
	// notification: the same in the caller's language, say. Where the data of an error is a Go error, its text is the
	// message. It must not change what it is given, and may be called concurrently. nil: all is written as it is.
	Written func(any) any
	// Linger is called when input has ended and every handler has returned, before
	// the output is closed: notifications are still sent until it returns. ctx is
	// Serve's. nil: Serve ends at once.
	Linger func(ctx context.Context) error
	// Log takes what nobody could be answered: panics, refused notifications. nil:
	// it is dropped.
	Log *slog.Logger
}

// Server answers the requests of one host. Make it with NewServer. Its methods are
// safe for concurrent use.
type Server struct {
	table     *Table
	options   Options
	answers   *answerer
	out       *outbox
	served    atomic.Bool
	ending    chan struct{} // closed by Shutdown
	shutdown  sync.Once
	notifying sync.Mutex // held while a Latest notification is merged
}

// NewServer returns a server of the table's methods. It starts nothing.
func NewServer(t *Table, o Options) *Server {
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 4096)
	o.MaxMessage = cmp.Or(o.MaxMessage, 1<<20)
	o.MaxUnreadAnswers = cmp.Or(o.MaxUnreadAnswers, 16<<20)
	o.DrainTimeout = cmp.Or(o.DrainTimeout, 5*time.Second)
	if o.Written == nil {
		o.Written = func(v any) any { return v }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		table:   t,
		options: o,
		answers: &answerer{errorFor: o.ErrorFor, written: o.Written, log: o.Log},
		out:     newOutbox(o.MaxUnreadAnswers),
		ending:  make(chan struct{}),
	}
}

// Serve reads requests from in and writes answers and notifications to out, until
// in ends, ctx is done, Shutdown is called or the host is gone. Then what has been
// read is answered, as Options.DrainTimeout allows, and written. The host is gone
// when a write fails and, once in has ended, when out is a file that is the end of a
// pipe or socket and nobody is at its other end (nobodyReads).
//
// It returns nil after an orderly end, ErrHostGone (wrapped) if something could
// not be delivered, and otherwise what in failed with. A program whose out is the
// standard output should ignore SIGPIPE (signal.Ignore or Notify), or it is
// killed before Serve can return. Where in blocks, a goroutine may be left in its
// Read; what that brings is not looked at. A Server serves once.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	if !s.served.CompareAndSwap(false, true) {
		return ErrServed
	}
	// Conn forgets all answers when its context ends, so ours is not ctx.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	st := s.newStream(base, in)
	go s.out.run(out)
	conn := jsonrpc2.NewConn(base, st, st,
		jsonrpc2.OnSend(st.sends), jsonrpc2.SetLogger(connLogger{s.options.Log}))
	select {
	case <-ctx.Done():
	case <-s.ending:
	case <-st.resting:
	case <-s.out.failed:
	}
	stopWatching := s.watchReader(out)
	s.drain(ctx, st)
	stopWatching()
	close(st.release)
	_ = conn.Close() // it only says that the end of input came first
	if err := s.out.failure(); err != nil {
		return fmt.Errorf("%w: %w", ErrHostGone, err)
	}
	return st.inputErr
}

// Shutdown makes Serve end: no more is read, and what has been read is answered
// within Options.DrainTimeout. It does not wait, so that a handler may call it.
func (s *Server) Shutdown() { s.shutdown.Do(func() { close(s.ending) }) }

// Refused returns how many answers were errors so far.
func (s *Server) Refused() int { return int(s.answers.refused.Load()) }

type drainKey struct{}

// Draining returns a channel that is closed when the server reads no more and
// waits for the handlers to end. A handler that would go on for as long as its
// request is wanted should end then; most need not care. ctx is the one that the
// handler was given; with another the channel is nil, which is never closed.
func Draining(ctx context.Context) <-chan struct{} {
	ch, _ := ctx.Value(drainKey{}).(<-chan struct{})
	return ch
}

func (s *Server) newStream(base context.Context, in io.Reader) *stream {
	stop := make(chan struct{})
	return &stream{
		table:    s.table,
		answers:  s.answers,
		calls:    newCalls(s.options.MaxInFlight),
		out:      s.out,
		log:      s.options.Log,
		base:     context.WithValue(base, drainKey{}, (<-chan struct{})(stop)),
		lines:    newLineReader(in, s.options.MaxMessage),
		messages: map[*method]reflect.Value{},
		stop:     stop,
		resting:  make(chan struct{}),
		release:  make(chan struct{}),
	}
}

// drain stops the reading, waits for the handlers, cancels those that take too
// long for a host that has gone, and waits for the host to read.
func (s *Server) drain(ctx context.Context, st *stream) {
	st.stopReading()
	<-st.resting
	st.calls.end()
	select {
	case <-st.calls.ended:
	case <-ctx.Done():
	case <-s.ending:
	case <-s.out.failed:
	}
	begun := time.Now()
	if !closedWithin(st.calls.ended, s.options.DrainTimeout) {
		st.cancelAll()
		closedWithin(st.calls.ended, drainGrace)
	}
	if s.options.Linger != nil {
		s.linger(ctx)
		begun = time.Now()
	}
	s.out.close()
	left := s.options.DrainTimeout - time.Since(begun)
	if !closedWithin(s.out.done, max(left, drainGrace)) {
		s.out.abandon(errUnread)
	}
}

// linger lets the application go on notifying, for as long as there is a host.
func (s *Server) linger(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-s.out.failed:
		case <-s.ending:
		case <-stop:
		}
		cancel()
	}()
	if err := s.options.Linger(ctx); err != nil {
		s.options.Log.Info("rpc: ended before the application was idle", "error", err)
	}
}

// watchReader gives the host up when nobody is at the other end of out any more,
// until the function returned is called, which waits for its end. It is for the time
// after the end of input: before that a host that dies is noticed by the end of input.
func (s *Server) watchReader(out io.Writer) (stop func()) {
	file, ok := out.(*os.File)
	if !ok {
		return func() {}
	}
	var ended sync.WaitGroup
	quit := make(chan struct{})
	ended.Go(func() {
		tick := time.NewTicker(readerInterval)
		defer tick.Stop()
		for {
			if nobodyReads(file) {
				s.out.abandon(errNobodyReads)
				return
			}
			select {
			case <-tick.C:
			case <-quit:
				return
			}
		}
	})
	return func() { close(quit); ended.Wait() }
}

func closedWithin(ch <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ch:
		return true
	case <-timer.C:
		return false
	}
}
