package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"carapace/provision/redact"
)

// newLog returns the log, which goes to stderr with every secret taken out, the
// redactor that knows them, and what is to be called last.
func newLog(level slog.Level) (_ *slog.Logger, _ *redact.Redactor, flush func()) {
	redactor := &redact.Redactor{}
	out := newBacklog(os.Stderr)
	handler := slog.NewTextHandler(out, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			switch v := a.Value.Any().(type) {
			case string:
				a.Value = slog.StringValue(redactor.String(v))
			case error:
				a.Value = slog.StringValue(redactor.String(v.Error()))
			}
			return a
		},
	})
	return slog.New(handler), redactor, out.flush
}

const (
	backlogLines = 1024                   // that wait for a host which does not read; more are dropped
	flushTime    = 500 * time.Millisecond // at the end of the process, which the host may have left already
)

// backlog hands lines on in their order and never keeps whoever writes one waiting:
// a host that does not read stderr must not stop the watch over a server, nor the
// end of the process. What it drops it counts.
type backlog struct {
	out     io.Writer
	lines   chan []byte // nil is the last
	dropped atomic.Int64
	ended   chan struct{} // closed after the last
}

func newBacklog(out io.Writer) *backlog {
	b := &backlog{out: out, lines: make(chan []byte, backlogLines), ended: make(chan struct{})}
	go b.handOn()
	return b
}

// Write takes a line. It does not block and never fails.
func (b *backlog) Write(line []byte) (int, error) {
	select {
	case b.lines <- slices.Clone(line):
	default:
		b.dropped.Add(1)
	}
	return len(line), nil
}

func (b *backlog) handOn() {
	defer close(b.ended)
	for line := range b.lines {
		if n := b.dropped.Swap(0); n > 0 {
			_, _ = fmt.Fprintf(b.out, "level=WARN msg=\"lines of the log were dropped, because nobody read them\" lines=%d\n", n)
		}
		if line == nil {
			return
		}
		_, _ = b.out.Write(line) // there is nowhere to say that it failed
	}
}

// flush waits for what was written so far, but not long for a host that does not
// read. What is written after it is lost.
func (b *backlog) flush() {
	limit := time.After(flushTime)
	select {
	case b.lines <- nil:
	case <-limit:
		return
	}
	select {
	case <-b.ended:
	case <-limit:
	}
}
