package schema_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carapace/schema"
	"carapace/schema/text"

	"github.com/google/jsonschema-go/jsonschema"
)

// protocolTypes are the Go types of all that crosses the pipe, by where they do.
func protocolTypes() map[string]reflect.Type {
	types, signatures := map[string]reflect.Type{}, schema.Signatures()
	for _, m := range schema.Methods {
		types[m.Name+" params"] = signatures[m.Name].Params
		if m.Name != schema.Discover.Name {
			types[m.Name+" result"] = signatures[m.Name].Result
		}
	}
	for _, n := range schema.Notifications {
		types[n.Name+" notification"] = signatures[n.Name].Params
	}
	return types
}

func validators(t *testing.T) map[string]*jsonschema.Resolved {
	t.Helper()
	all, err := compileOnce()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// compileOnce compiles the committed JSON Schema for each place of
// protocolTypes, by what x-methods and x-notifications say.
var compileOnce = sync.OnceValues(func() (map[string]*jsonschema.Resolved, error) {
	file, err := os.ReadFile("protocol.schema.json")
	if err != nil {
		return nil, err
	}
	type use struct{ Params, Result *jsonschema.Schema }
	var index struct {
		Methods       map[string]use `json:"x-methods"`
		Notifications map[string]use `json:"x-notifications"`
	}
	if err := json.Unmarshal(file, &index); err != nil {
		return nil, err
	}
	places := map[string]*jsonschema.Schema{}
	for name, u := range index.Methods {
		places[name+" params"] = u.Params
		if u.Result.Ref != "" { // rpc.discover's shape is that of OpenRPC
			places[name+" result"] = u.Result
		}
	}
	for name, u := range index.Notifications {
		places[name+" notification"] = u.Params
	}
	var root jsonschema.Schema
	if err := json.Unmarshal(file, &root); err != nil {
		return nil, err
	}
	resolved := map[string]*jsonschema.Resolved{}
	for name, place := range places {
		at := root
		at.Ref = place.Ref
		if resolved[name], err = at.Resolve(nil); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return resolved, nil
})

func TestExamplesAreValid(t *testing.T) {
	all := validators(t)
	for name, typ := range protocolTypes() {
		if all[name] == nil {
			t.Errorf("no schema for %s", name)
			continue
		}
		for _, size := range []size{full, smallest} {
			value := decode(t, example(typ, size))
			if err := all[name].Validate(value); err != nil {
				t.Errorf("%s: %v\n%v", name, err, value)
			}
		}
	}
}

// TestMutatedExamplesAreRefused spoils a full example in one place at a time, at every depth. Of
// a type that is in several places of one example, one is spoiled: they share a definition.
func TestMutatedExamplesAreRefused(t *testing.T) {
	all := validators(t)
	mutations := 0
	for name, typ := range protocolTypes() {
		strict := strings.HasSuffix(name, " params")
		text, err := json.Marshal(example(typ, full).Interface())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mutationsOf(typ, nil, strict, map[reflect.Type]bool{}) {
			var root any
			if err := json.Unmarshal(text, &root); err != nil {
				t.Fatal(err)
			}
			m.apply(at(root, m.path))
			mutations++
			if err := all[name].Validate(root); (err == nil) != m.valid {
				t.Errorf("%s at %v, %s: valid is %t", name, m.path, m.what, err == nil)
			}
		}
	}
	if mutations < 2000 {
		t.Errorf("only %d mutations", mutations)
	}
}

// mutation changes the object at a path of object keys and list indices.
type mutation struct {
	path  []string
	what  string
	valid bool // what the schema has to say then
	apply func(map[string]any)
}

func mutationsOf(t reflect.Type, path []string, strict bool, seen map[reflect.Type]bool) []mutation {
	list := []mutation{{path, "an unknown field", !strict, func(o map[string]any) { o["noSuchField"] = 1.0 }}}
	for _, f := range fieldsOf(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		list = append(list,
			mutation{path, name + " left out", options != "", func(o map[string]any) { delete(o, name) }},
			mutation{path, name + " null", false, func(o map[string]any) { o[name] = nil }},
			mutation{path, name + " of another type", false, func(o map[string]any) { o[name] = anotherType(o[name]) }})
		if isEnum(f) {
			list = append(list, mutation{path, name + " unknown", false, func(o map[string]any) { o[name] = "no-such-value" }})
		}
		list = append(list, nested(f.Type, append(path[:len(path):len(path)], name), strict, seen)...)
	}
	return list
}

func nested(t reflect.Type, path []string, strict bool, seen map[reflect.Type]bool) []mutation {
	switch {
	case t.Kind() == reflect.Pointer:
		return nested(t.Elem(), path, strict, seen)
	case t.Kind() == reflect.Slice:
		return nested(t.Elem(), append(path, "0"), strict, seen)
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]() && !seen[t]:
		seen[t] = true
		return mutationsOf(t, path, strict, seen)
	}
	return nil
}

func anotherType(v any) any {
	if f, ok := v.(float64); ok && f == float64(int(f)) {
		return strconv.Itoa(int(f))
	}
	if _, ok := v.(string); ok {
		return 1.5
	}
	return "text"
}

func at(root any, path []string) map[string]any {
	for _, step := range path {
		switch v := root.(type) {
		case map[string]any:
			root = v[step]
		case []any:
			root = v[0]
		}
	}
	return root.(map[string]any)
}

func isEnum(f reflect.StructField) bool {
	return f.Tag.Get("enum") != "" || (f.Type.Kind() == reflect.String && f.Type.Name() != "string")
}

// fieldsOf are a struct's fields as JSON sees them: those of an embedded struct
// are its own.
func fieldsOf(t reflect.Type) []reflect.StructField {
	var fields []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous {
			fields = append(fields, f)
		}
	}
	return fields
}

// size says how much of an example is there.
type size bool

const (
	full     size = true
	smallest size = false // what must be there
)

// example makes a value of t with something in every field, or in every field
// that must be there.
func example(t reflect.Type, s size) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(example(t.Elem(), s))
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return reflect.ValueOf(time.Date(2026, 2, 14, 12, 0, 0, 0, time.UTC))
		}
		for _, f := range fieldsOf(t) {
			if _, options, _ := strings.Cut(f.Tag.Get("json"), ","); s == full || options == "" {
				v.FieldByIndex(f.Index).Set(exampleField(f, s))
			}
		}
	case reflect.Slice:
		if t == reflect.TypeFor[json.RawMessage]() {
			return reflect.ValueOf(json.RawMessage(`{"name":"n"}`))
		}
		v.Set(reflect.MakeSlice(t, 0, 1))
		if s == full {
			v.Set(reflect.Append(v, example(t.Elem(), s)))
		}
	case reflect.Map:
		if t == reflect.TypeFor[text.Args]() {
			return reflect.ValueOf(text.New(&text.RequestNoServer, text.Args{"name": "n", "holder": text.New(&text.ServerNone), "pid": 7}).Args)
		}
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(reflect.ValueOf("key"), example(t.Elem(), s))
	default:
		setPlain(v)
	}
	return v
}

func exampleField(f reflect.StructField, s size) reflect.Value {
	if values := f.Tag.Get("enum"); values != "" {
		first, _, _ := strings.Cut(values, ",")
		return reflect.ValueOf(first)
	}
	return example(f.Type, s)
}

var firstValues = map[reflect.Type]string{
	reflect.TypeFor[schema.Kind]():           string(schema.Kinds[0].Kind),
	reflect.TypeFor[schema.Status]():         string(schema.Statuses[0]),
	reflect.TypeFor[text.Code]():             string(text.RequestNoServer.Code),
	reflect.TypeFor[schema.OperationKind]():  string(schema.OperationKinds[0]),
	reflect.TypeFor[schema.OperationState](): string(schema.OperationStates[0]),
	reflect.TypeFor[schema.Phase]():          string(schema.Phases[0]),
	reflect.TypeFor[schema.ChangeSource]():   string(schema.ChangeSources[0]),
	reflect.TypeFor[schema.LogSource]():      string(schema.LogSources[0]),
	reflect.TypeFor[schema.Stream]():         string(schema.Streams[0]),
	reflect.TypeFor[schema.CheckStatus]():    string(schema.CheckStatuses[0]),
	reflect.TypeFor[schema.ProblemKind]():    string(schema.ProblemKinds[0]),
	reflect.TypeFor[schema.MachineState]():   string(schema.Machines[0]),
	reflect.TypeFor[schema.ServiceState]():   string(schema.ServiceStates[0]),
	reflect.TypeFor[schema.Spending]():       string(schema.Spendings[0]),
	reflect.TypeFor[schema.CheckedBy]():      string(schema.Checks[0]),
	reflect.TypeFor[schema.Cause]():          string(schema.Causes[0]),
	reflect.TypeFor[schema.EventType]():      string(schema.EventTypes[0]),
	reflect.TypeFor[schema.VaultName]():      string(schema.VaultNames[0]),
	reflect.TypeFor[schema.Comparison]():     string(schema.Comparisons[0]),
	reflect.TypeFor[schema.VaultSync]():      string(schema.VaultSyncs[0]),
	reflect.TypeFor[schema.Basis]():          string(schema.Bases[0]),
	reflect.TypeFor[schema.VaultWatchWork](): string(schema.VaultWatchWorks[0]),
	reflect.TypeFor[string]():                "text ä 🦀 <b> | */",
}

func setPlain(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(firstValues[v.Type()])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(2.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	default:
		panic("no example for " + v.Type().String())
	}
}

func decode(t *testing.T, v reflect.Value) any {
	t.Helper()
	text, err := json.Marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
