package rpc

import (
	"errors"
	"fmt"
	"strconv"
)

// Reason says why the server itself refused a request, for Options.ErrorFor. The
// zero value is not a reason.
type Reason int

// The reasons.
const (
	ReasonParse          Reason = iota + 1 // the line is not JSON: -32700
	ReasonInvalidRequest                   // it is JSON but no request: -32600
	ReasonMethodNotFound                   // -32601; err is a *MethodError
	ReasonInvalidParams                    // -32602; err is a *ParamsError
	ReasonBusy                             // Options.MaxInFlight requests are being answered
	ReasonCanceled                         // $/cancelRequest, or the server ended before the handler did
	ReasonInternal                         // -32603: a panic, or an error of the handler that is no CodedError
	ReasonTooLarge                         // the line is longer than Options.MaxMessage: -32600
)

// code is the JSON-RPC code of a reason, from section 5.1 of the specification.
// The last two are ours to choose: they stand only where ErrorFor gives none.
func (r Reason) code() int {
	switch r {
	case ReasonParse:
		return -32700
	case ReasonInvalidRequest, ReasonTooLarge:
		return -32600
	case ReasonMethodNotFound:
		return -32601
	case ReasonInvalidParams:
		return -32602
	case ReasonBusy:
		return -32000
	case ReasonCanceled:
		return -32800
	}
	return -32603
}

// fixed reports whether the specification fixes the reason's code, so that no
// CodedError may change it.
func (r Reason) fixed() bool { return r != ReasonBusy && r != ReasonCanceled }

// CodedError is an error that chooses its JSON-RPC error object: RPCCode is its
// code, Error its message, RPCData its data (nil: none). A handler's error that
// is one, or wraps one, is answered as it says.
type CodedError interface {
	error
	RPCCode() int
	RPCData() any
}

// ParamsError says which part of the params was refused, and why.
type ParamsError struct {
	// Path is where in the params, like spec.vaults.public or spec.ports[2]; empty
	// for the params as a whole.
	Path string
	// Problem goes on from the path: "is required", "must be a string, not a number".
	Problem string
}

// Error is the path and the problem as one sentence.
func (e *ParamsError) Error() string {
	if e.Path == "" {
		return "params " + e.Problem
	}
	return e.Path + " " + e.Problem
}

// MethodError says which method there is not.
type MethodError struct {
	// Name is what was asked for, as the host sent it: any text, of up to 1 MiB.
	Name string
}

// Error quotes the name, and bounds it.
func (e *MethodError) Error() string {
	return "there is no method " + strconv.QuoteToGraphic(shorten(e.Name))
}

// ErrHostGone is what Serve returns, wrapped with the cause, when its answers
// can't be delivered: a write failed, or the host stopped reading and
// Options.MaxUnreadAnswers was passed.
var ErrHostGone = errors.New("rpc: the host has gone")

// ErrServed is what a second Serve of the same Server returns.
var ErrServed = errors.New("rpc: Serve was called before")

var (
	errUnread      = errors.New("the answers are not read")
	errNobodyReads = errors.New("nobody is at the other end of the output")
)

// The server's refusals. Each is the whole message where there is no ErrorFor.
var (
	errNotJSON      = errors.New("the line is not JSON")
	errNotObject    = errors.New("a request must be an object")
	errEmptyBatch   = errors.New("a batch must not be empty")
	errLongBatch    = fmt.Errorf("a batch must not have more than %d elements", maxBatch)
	errTwice        = errors.New("a name stands twice in an object")
	errDeep         = fmt.Errorf("the request is nested more than %d deep", maxDepth)
	errVersion      = errors.New(`the member jsonrpc must be "2.0"`)
	errMethodType   = errors.New("the member method must be a string")
	errIDType       = errors.New("the member id must be a string, a number or null")
	errParamsType   = errors.New("the member params must be an object, or be left out")
	errTooLarge     = errors.New("the message is too large")
	errBusy         = errors.New("too many requests are being answered")
	errCanceled     = errors.New("the request was canceled")
	errHandlerPanic = errors.New("the method's handler failed unexpectedly")
)

// plainError is a refusal where Options.ErrorFor gives none.
type plainError struct {
	code int
	error
}

func (e plainError) RPCCode() int { return e.code }
func (e plainError) RPCData() any { return nil }

// fixedError is the application's error under the code that the specification
// demands.
type fixedError struct {
	CodedError
	code int
}

func (e fixedError) RPCCode() int { return e.code }
