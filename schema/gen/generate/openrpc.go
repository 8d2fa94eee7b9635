package generate

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"strconv"

	"carapace/schema"

	"github.com/google/jsonschema-go/jsonschema"
)

// openRPC is the document of https://spec.open-rpc.org, version 1.3, as far as
// this protocol needs it. Field order is the order in the file.
type openRPC struct {
	OpenRPC       string                `json:"openrpc"`
	Info          openRPCInfo           `json:"info"`
	Methods       []openRPCMethod       `json:"methods"`
	Notifications []openRPCNotification `json:"x-notifications"`
	Components    openRPCComponents     `json:"components"`
}

type openRPCInfo struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type openRPCMethod struct {
	Name           string       `json:"name"`
	Summary        string       `json:"summary"`
	SimulateOnly   bool         `json:"x-simulate-only,omitempty"`
	Strict         bool         `json:"x-strict,omitempty"`
	ParamStructure string       `json:"paramStructure"`
	Params         []descriptor `json:"params"`
	Result         descriptor   `json:"result"`
}

type openRPCNotification struct {
	Name           string       `json:"name"`
	Summary        string       `json:"summary"`
	ParamStructure string       `json:"paramStructure"`
	Params         []descriptor `json:"params"`
}

// descriptor is a Content Descriptor Object.
type descriptor struct {
	Name        string             `json:"name"`
	Description string             `json:"description,omitempty"`
	Required    bool               `json:"required,omitempty"`
	Schema      *jsonschema.Schema `json:"schema"`
}

type openRPCComponents struct {
	Schemas map[string]*jsonschema.Schema `json:"schemas"`
	Errors  map[string]openRPCError       `json:"errors"`
}

type openRPCError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

const openRPCNote = "JSON-RPC 2.0 over stdin and stdout, one message a line. " +
	"Params are objects. A method with x-strict refuses an unknown field; the others ignore it and name it in the result's " + schema.IgnoredField + ". " +
	"Any method may answer with any of components.errors; an error's data is the schema Error. " +
	"x-notifications are sent by the sidecar; methods with x-simulate-only are there only with --simulate. " +
	"The notification $/cancelRequest {id} ends a request that is being answered."

// renderOpenRPC writes the document in its compact form, without a newline at its
// end: it is what rpc.discover answers, byte for byte.
func renderOpenRPC(m *model) ([]byte, error) {
	d := newDefinitions(m, "#/components/schemas/")
	doc := openRPC{
		OpenRPC: "1.3.2",
		Info:    openRPCInfo{"Carapace sidecar", versionText(), openRPCNote},
	}
	for _, method := range m.Methods {
		doc.Methods = append(doc.Methods, openRPCMethod{
			method.Name, method.Summary, method.SimulateOnly, method.Strict, "by-name",
			d.descriptors(method.Params, input), d.result(method.Result),
		})
	}
	for _, n := range m.Notifications {
		doc.Notifications = append(doc.Notifications, openRPCNotification{
			n.Name, n.Summary, "by-name", d.descriptors(n.Params, output),
		})
	}
	d.define(m.byName["Error"], output)
	doc.Components = openRPCComponents{d.defs, errorComponents(m)}
	return json.Marshal(doc)
}

// packOpenRPC writes the same for the program, compressed.
func packOpenRPC(m *model) ([]byte, error) {
	document, err := renderOpenRPC(m)
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(document); err != nil {
		return nil, err
	}
	err = w.Close()
	return packed.Bytes(), err
}

// descriptors describes each field of params by itself, as by-name wants it.
func (d *definitions) descriptors(params ref, dir direction) []descriptor {
	list := []descriptor{}
	for _, f := range params.Type.Fields {
		list = append(list, descriptor{f.Name, f.Doc, !f.Optional, d.property(f, dir)})
	}
	return list
}

func (d *definitions) result(r ref) descriptor {
	name := "result"
	if r.Type != nil {
		name = r.Type.Name
	}
	return descriptor{Name: name, Schema: d.of(r, output)}
}

func errorComponents(m *model) map[string]openRPCError {
	errors := map[string]openRPCError{}
	for _, info := range m.Kinds {
		data := map[string]any{"kind": info.Kind, "retryable": info.Retryable}
		errors[string(info.Kind)] = openRPCError{info.Code, info.Meaning, data}
	}
	for _, e := range transportErrors {
		errors[e.Name] = openRPCError{Code: e.Code, Message: e.Meaning}
	}
	return errors
}

// transportErrors are the errors of JSON-RPC itself that no kind stands for.
var transportErrors = []struct {
	Name    string
	Code    int
	Meaning string
}{
	{"parse_error", schema.CodeParse, "The line is not JSON."},
	{"invalid_request", schema.CodeInvalidRequest, "The JSON is no request of JSON-RPC 2.0, or too large."},
	{"method_not_found", schema.CodeMethodNotFound, "There is no such method."},
}

func versionText() string { return strconv.Itoa(schema.ProtocolVersion) }
