package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Table maps method names to their handlers. It is filled before a Server uses
// it and must not be changed after that; reading it is safe for concurrent use.
type Table struct {
	// Refusal makes of a method's error what the caller gets; nil: it stays as it is. params are the request's. It is called in the
	// request's goroutine.
	Refusal func(params []byte, err error) error

	methods map[string]*method
}

// method is a handler with its types erased: params are a raw JSON object.
type method struct {
	name  string
	call  func(ctx context.Context, params []byte) (any, error)
	first bool // see Table.First
}

// NewTable returns an empty table.
func NewTable() *Table { return &Table{methods: map[string]*method{}} }

// Handle adds a method. Params are decoded into a P, strictly: a member that P
// does not have, one of another type, and the lack of one whose field is tagged
// neither omitempty nor omitzero are each refused by a *ParamsError, before fn is
// called; so is an array where P is a struct or a map. Params that were left out count as {}. The R is marshalled by
// encoding/json. fn runs in a goroutine of its own; its context ends when the
// request is canceled or the server gives up waiting. It panics if the name is
// taken, or is not of printable ASCII without quotes and backslashes.
func Handle[P, R any](t *Table, name string, fn func(context.Context, P) (R, error)) {
	t.HandleRaw(name, func(ctx context.Context, params []byte) (any, error) {
		var p P
		if err := Decode(params, &p); err != nil {
			return nil, err
		}
		return fn(ctx, p)
	})
}

// HandleRaw is [Handle] for a function that gets the params as JSON text, which it decodes with [Decode].
func (t *Table) HandleRaw(name string, fn func(ctx context.Context, params []byte) (any, error)) {
	t.add(&method{name: name, call: fn})
}

// First has each request of a method that was added carried out before a later one begins: for a handler that decides how the
// later ones are carried out, and doesn't block, as nothing is read in the meantime.
func (t *Table) First(name string) { t.methods[name].first = true }

// carryOut calls a method's handler.
func (t *Table) carryOut(ctx context.Context, m *method, params []byte) (any, error) {
	result, err := m.call(ctx, params)
	if err != nil && t.Refusal != nil {
		err = t.Refusal(params, err)
	}
	return result, err
}

// add keeps names plain, as they are put into messages as they are.
func (t *Table) add(m *method) {
	for _, c := range []byte(m.name) {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' {
			panic(fmt.Sprintf("rpc: method name %q", m.name))
		}
	}
	if _, taken := t.methods[m.name]; taken || m.name == "" || m.name == cancelMethod {
		panic(fmt.Sprintf("rpc: method name %q is empty or taken", m.name))
	}
	t.methods[m.name] = m
}

// Names returns the names of all methods, sorted.
func (t *Table) Names() []string { return slices.Sorted(maps.Keys(t.methods)) }

// lookup finds the method that a raw JSON string names.
func (t *Table) lookup(raw []byte) *method { return t.methods[string(bare(raw))] }

// noParams is what params that were left out count as.
var noParams = json.RawMessage("{}")

// Call carries out a method for a caller inside this process. params are a JSON text;
// empty counts as {}. The result is of the method's own type. The error is a
// *MethodError, a *ParamsError, or what the handler returned; a panic is the caller's.
func (t *Table) Call(ctx context.Context, name string, params []byte) (any, error) {
	m := t.methods[name]
	if m == nil {
		return nil, &MethodError{name}
	}
	return t.carryOut(ctx, m, params)
}
