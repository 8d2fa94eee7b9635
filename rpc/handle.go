package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/sourcegraph/jsonrpc2"
)

// placeholder passes through Conn in place of a result, which it would decode and
// compact twice.
var placeholder = json.RawMessage("0")

// Handle runs the handler of the current call in a goroutine of its own, but for a method that
// comes first. Conn calls it after each ReadObject and waits for it, as jsonrpc2.Handler promises.
func (s *stream) Handle(ctx context.Context, conn *jsonrpc2.Conn, _ *jsonrpc2.Request) {
	if s.current.method.first {
		s.run(ctx, conn, s.current)
		return
	}
	go s.run(ctx, conn, s.current)
}

func (s *stream) run(ctx context.Context, conn *jsonrpc2.Conn, one *call) {
	defer s.calls.returned(one)
	defer one.cancel(nil)
	if one.ctx.Err() != nil { // canceled before it began
		return
	}
	// Deferred, as a handler may also end the goroutine: runtime.Goexit.
	defer func() {
		if one.line == nil {
			s.contain(one, recover())
		}
		if one.id == nil {
			return
		}
		id := jsonrpc2.ID{Num: one.surrogate}
		err := conn.SendResponse(ctx, &jsonrpc2.Response{ID: id, Result: &placeholder})
		if err != nil && !errors.Is(err, jsonrpc2.ErrClosed) {
			s.log.Error("rpc: an answer was lost", "method", one.method.name, "error", err)
		}
	}()
	one.line = s.answer(one)
}

// answer calls the handler and renders what it returns.
func (s *stream) answer(one *call) []byte {
	result, err := s.table.carryOut(one.ctx, one.method, one.params)
	if one.id == nil {
		if err != nil {
			s.log.Warn("rpc: a notification was refused", "method", one.method.name, "error", err)
		}
		return []byte{}
	}
	if err == nil {
		var line []byte
		if line, err = s.answers.result(one.id, result); err == nil {
			return line
		}
		s.log.Error("rpc: a result can't be marshalled", "method", one.method.name, "error", err)
	}
	return s.answers.failure(one.id, err)
}

// contain makes an answer of a panic.
func (s *stream) contain(one *call, p any) {
	s.log.Error("rpc: a handler panicked", "method", one.method.name, "panic", p, "stack", string(debug.Stack()))
	if one.id != nil {
		one.line = s.answers.refusal(one.id, ReasonInternal, errHandlerPanic)
	}
}

// connLogger brings what Conn has to say into our log.
type connLogger struct{ log *slog.Logger }

func (l connLogger) Printf(format string, v ...any) {
	l.log.Warn(fmt.Sprintf(format, v...))
}
