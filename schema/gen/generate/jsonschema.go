package generate

import (
	"bytes"
	"encoding/json"

	"carapace/schema"

	"github.com/google/jsonschema-go/jsonschema"
)

const schemaNote = "Every method's params and result and every notification's params. " +
	"x-methods and x-notifications say which definition belongs to which. " +
	"Params are closed, though only methods that are strict in openrpc.json refuse an unknown field. Results and notifications are open: " +
	"a newer sidecar may add fields."

// direction says whether a value goes into the sidecar, where unknown fields are
// a mistake, or comes out of it, where a reader must accept them.
type direction bool

const (
	input  direction = true
	output direction = false
)

// definitions collects the named types that a document uses.
type definitions struct {
	prefix string // of a reference: #/$defs/
	both   map[string]bool
	defs   map[string]*jsonschema.Schema
}

func newDefinitions(m *model, prefix string) *definitions {
	return &definitions{prefix, m.inBothDirections(), map[string]*jsonschema.Schema{}}
}

// of returns the schema of r; named types become references to definitions.
func (d *definitions) of(r ref, dir direction) *jsonschema.Schema {
	switch r.Kind {
	case kindInteger:
		return &jsonschema.Schema{Type: "integer"}
	case kindCount:
		return &jsonschema.Schema{Type: "integer", Minimum: new(0.0)}
	case kindNumber:
		return &jsonschema.Schema{Type: "number"}
	case kindBoolean:
		return &jsonschema.Schema{Type: "boolean"}
	case kindTime:
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case kindObject:
		return &jsonschema.Schema{Type: "object"}
	case kindArray:
		return &jsonschema.Schema{Type: "array", Items: d.of(*r.Elem, dir)}
	case kindMap:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: d.of(*r.Elem, dir)}
	case kindNamed:
		return &jsonschema.Schema{Ref: d.prefix + d.define(r.Type, dir)}
	default:
		return &jsonschema.Schema{Type: "string"}
	}
}

// define makes sure that t is defined and returns its definition's name. A
// struct that goes both ways is defined twice: closed with "Input" at its name's
// end, and open.
func (d *definitions) define(t *typ, dir direction) string {
	name := t.Name
	if dir == input && d.both[t.Name] && t.Values == nil {
		name += "Input"
	}
	if d.defs[name] != nil {
		return name
	}
	d.defs[name] = &jsonschema.Schema{} // a type may hold itself
	*d.defs[name] = *d.definition(t, dir)
	return name
}

func (d *definitions) definition(t *typ, dir direction) *jsonschema.Schema {
	if t.Values != nil {
		return enumSchema(t)
	}
	s := &jsonschema.Schema{Type: "object", Description: t.Doc}
	for _, f := range t.Fields {
		if s.Properties == nil {
			s.Properties = map[string]*jsonschema.Schema{}
		}
		s.Properties[f.Name] = d.property(f, dir)
		s.Properties[f.Name].Description = f.Doc
		s.PropertyOrder = append(s.PropertyOrder, f.Name)
		if !f.Optional {
			s.Required = append(s.Required, f.Name)
		}
	}
	if dir == input {
		s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}} // false
	}
	return s
}

// property is the schema of a field without its description: a default belongs
// only to what may be left out of params.
func (d *definitions) property(f field, dir direction) *jsonschema.Schema {
	s := d.of(f.Type, dir)
	for _, v := range f.Enum {
		s.Enum = append(s.Enum, v)
	}
	if dir == input && f.Optional {
		s.Default = defaultJSON(f)
	}
	return s
}

// defaultJSON is what a field is that was left out; nil if nothing is said of
// it.
func defaultJSON(f field) json.RawMessage {
	if f.Default == nil {
		return nil
	}
	text, err := json.Marshal(f.Default)
	if err != nil { // a value of a protocol type is always JSON
		panic(err)
	}
	return text
}

func enumSchema(t *typ) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string", Description: t.Doc}
	if t.Name == codeType {
		// The program carries openrpc.json: the list is 11 kB, and docs/messages.md has it with the words.
		s.Pattern = `^[a-z]+\.[a-z0-9_]+$`
		return s
	}
	for _, v := range t.Values {
		s.Enum = append(s.Enum, v.Name)
	}
	return s
}

// inBothDirections names the types that are used in params and in what comes
// back.
func (m *model) inBothDirections() map[string]bool {
	in, out := map[string]bool{}, map[string]bool{}
	for _, method := range m.Methods {
		reach(method.Params, in)
		reach(method.Result, out)
	}
	for _, n := range m.Notifications {
		reach(n.Params, out)
	}
	both := map[string]bool{}
	for name := range in {
		both[name] = out[name]
	}
	return both
}

func reach(r ref, seen map[string]bool) {
	if r.Elem != nil {
		reach(*r.Elem, seen)
	}
	if r.Type == nil || seen[r.Type.Name] {
		return
	}
	seen[r.Type.Name] = true
	for _, f := range r.Type.Fields {
		reach(f.Type, seen)
	}
}

func renderJSONSchema(m *model) ([]byte, error) {
	d := newDefinitions(m, "#/$defs/")
	methods, notifications := map[string]any{}, map[string]any{}
	for _, method := range m.Methods {
		methods[method.Name] = map[string]any{
			"params": d.of(method.Params, input), "result": d.of(method.Result, output),
		}
	}
	for _, n := range m.Notifications {
		notifications[n.Name] = map[string]any{"params": d.of(n.Params, output)}
	}
	return indented(&jsonschema.Schema{
		Schema:      "https://json-schema.org/draft/2020-12/schema",
		Title:       "Carapace sidecar protocol, version " + versionText(),
		Description: schemaNote,
		Defs:        d.defs,
		Extra: map[string]any{
			"x-protocol-version": schema.ProtocolVersion,
			"x-methods":          methods,
			"x-notifications":    notifications,
		},
	})
}

// indented is JSON for a person, with < and > as they are.
func indented(v any) ([]byte, error) {
	compact, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, unescapeHTML(compact), "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// unescapeHTML takes back what encoding/json escapes for HTML: a Schema marshals
// itself, so the encoder's own switch does not reach into it.
func unescapeHTML(text []byte) []byte {
	for escaped, plain := range map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&"} {
		text = bytes.ReplaceAll(text, []byte(escaped), []byte(plain))
	}
	return text
}
