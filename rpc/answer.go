package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"
)

var nullID = []byte("null")

// answerer renders answers: lines with their newline.
type answerer struct {
	errorFor func(Reason, error) CodedError
	written  func(any) any
	log      *slog.Logger
	refused  atomic.Int64 // answers that were errors
}

// result renders the answer to the call with the given raw id.
func (a *answerer) result(id []byte, v any) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(64 + len(id))
	b.WriteString(`{"jsonrpc":"2.0","id":`)
	b.Write(id)
	b.WriteString(`,"result":`)
	if err := encode(&b, a.written(v)); err != nil {
		return nil, err
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// failure renders the answer for what a handler returned as its error.
func (a *answerer) failure(id []byte, err error) []byte {
	if coded, ok := errors.AsType[CodedError](err); ok {
		return a.object(id, coded)
	}
	if params, ok := errors.AsType[*ParamsError](err); ok {
		return a.refusal(id, ReasonInvalidParams, params)
	}
	return a.refusal(id, ReasonInternal, err)
}

// refusal renders one of the server's own errors.
func (a *answerer) refusal(id []byte, reason Reason, err error) []byte {
	return a.object(id, a.coded(reason, err))
}

// coded asks the application for its error. What it gives never changes a code
// that the specification fixes.
func (a *answerer) coded(reason Reason, err error) (e CodedError) {
	plain := plainError{reason.code(), err}
	if a.errorFor == nil {
		return plain
	}
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("rpc: ErrorFor panicked", "panic", p)
			e = plain
		}
	}()
	switch e = a.errorFor(reason, err); {
	case e == nil:
		return plain
	case reason.fixed():
		return fixedError{e, reason.code()}
	}
	return e
}

// object renders an error object. Data that can't be marshalled is left out: the
// call must be answered.
func (a *answerer) object(id []byte, e CodedError) []byte {
	a.refused.Add(1)
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","id":`)
	b.Write(id)
	b.WriteString(`,"error":{"code":`)
	b.WriteString(strconv.Itoa(e.RPCCode()))
	b.WriteString(`,"message":`)
	message, data := e.Error(), e.RPCData()
	if data != nil {
		data = a.written(data)
	}
	if said, ok := data.(error); ok {
		message = said.Error()
	}
	_ = encode(&b, message) // a string always encodes
	if data != nil {
		whole := b.Len()
		b.WriteString(`,"data":`)
		if err := encode(&b, data); err != nil {
			a.log.Error("rpc: an error's data can't be marshalled", "error", err)
			b.Truncate(whole)
		}
	}
	b.WriteString("}}\n")
	return b.Bytes()
}

// encode appends v as JSON, without the newline that an Encoder adds and without
// escaping for HTML: a person may read the lines.
func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1)
	return nil
}
