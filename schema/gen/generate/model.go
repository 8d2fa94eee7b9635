package generate

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// model is the protocol as all outputs need it.
type model struct {
	Methods       []method
	Notifications []notification
	Kinds         []schema.KindInfo
	Types         []*typ // named structs and enumerations, in the order in which the methods use them
	byName        map[string]*typ
	docs          *docs
}

type method struct {
	Name, Summary  string
	Params, Result ref
	SimulateOnly   bool
	Strict         bool
}

type notification struct {
	Name, Summary string
	Params        ref
}

// typ is a struct, or a string type with a closed set of values.
type typ struct {
	Name, Doc string
	Fields    []field
	Values    []value // of an enumeration
}

type value struct{ Name, Doc string }

type field struct {
	Name, Doc string // Name is that in JSON
	Type      ref
	Optional  bool
	Default   any      // nil: none
	Enum      []string // the only values of a plain string
	goName    string
}

// kind is the shape of a value in JSON.
type kind int

const (
	kindString kind = iota
	kindInteger
	kindCount // an integer that is never negative
	kindNumber
	kindBoolean
	kindTime
	kindObject // of a shape that is described elsewhere
	kindArray
	kindMap
	kindNamed
)

// ref is the type of a field, or of params, or of a result.
type ref struct {
	Kind kind
	Elem *ref // of an array or a map
	Type *typ // of kindNamed
}

func newModel(schemaDir string) (*model, error) {
	d, err := readDocs(schemaDir, filepath.Join(schemaDir, "text"))
	if err != nil {
		return nil, err
	}
	m := &model{Kinds: schema.Kinds, byName: map[string]*typ{}, docs: d}
	if err := m.addMethods(); err != nil {
		return nil, err
	}
	if err := m.checkEnums(); err != nil {
		return nil, err
	}
	m.finishDocs()
	return m, nil
}

func (m *model) addMethods() error {
	types := schema.Signatures()
	for _, info := range schema.Methods {
		params, err := m.refOf(types[info.Name].Params)
		if err != nil {
			return fmt.Errorf("params of %s: %w", info.Name, err)
		}
		result, err := m.refOf(types[info.Name].Result)
		if err != nil {
			return fmt.Errorf("result of %s: %w", info.Name, err)
		}
		m.Methods = append(m.Methods, method{info.Name, info.Summary, params, result, info.SimulateOnly, info.Strict})
	}
	for _, info := range schema.Notifications {
		params, err := m.refOf(types[info.Name].Params)
		if err != nil {
			return fmt.Errorf("params of %s: %w", info.Name, err)
		}
		m.Notifications = append(m.Notifications, notification{info.Name, info.Summary, params})
	}
	return nil
}

func (m *model) refOf(t reflect.Type) (ref, error) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return ref{Kind: kindTime}, nil
	case t == reflect.TypeFor[json.RawMessage](), t == reflect.TypeFor[text.Args]():
		return ref{Kind: kindObject}, nil
	case t.Kind() == reflect.Pointer:
		return m.refOf(t.Elem())
	case t.Kind() == reflect.Struct:
		return m.structRef(t)
	case t.Kind() == reflect.String && t.PkgPath() != "":
		return m.enumRef(t)
	case t.Kind() == reflect.Slice:
		return m.container(kindArray, t)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return m.container(kindMap, t)
	}
	k, ok := plainKinds[t.Kind()]
	if !ok {
		return ref{}, fmt.Errorf("no JSON shape for the Go type %s", t)
	}
	return ref{Kind: k}, nil
}

var plainKinds = map[reflect.Kind]kind{
	reflect.String: kindString, reflect.Bool: kindBoolean, reflect.Float64: kindNumber,
	reflect.Int: kindInteger, reflect.Int64: kindInteger, reflect.Uint64: kindCount,
}

func (m *model) container(k kind, t reflect.Type) (ref, error) {
	elem, err := m.refOf(t.Elem())
	return ref{Kind: k, Elem: &elem}, err
}

func (m *model) structRef(t reflect.Type) (ref, error) {
	if known := m.byName[t.Name()]; known != nil {
		return ref{Kind: kindNamed, Type: known}, nil
	}
	added := m.addType(t.Name())
	fields, err := m.structFields(t)
	added.Fields = fields
	return ref{Kind: kindNamed, Type: added}, err
}

func (m *model) addType(name string) *typ {
	added := &typ{Name: name, Doc: m.docs.text[name]}
	m.byName[name] = added
	m.Types = append(m.Types, added)
	return added
}

func (m *model) structFields(t reflect.Type) ([]field, error) {
	defaults := defaultsOf(t)
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		if sf.Anonymous {
			embedded, err := m.structFields(sf.Type)
			if err != nil {
				return nil, err
			}
			fields = append(fields, embedded...)
			continue
		}
		f, err := m.structField(t, sf)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), sf.Name, err)
		}
		f.Default = defaults[sf.Name]
		fields = append(fields, f)
	}
	return fields, nil
}

func (m *model) structField(t reflect.Type, sf reflect.StructField) (field, error) {
	r, err := m.refOf(sf.Type)
	if err != nil {
		return field{}, err
	}
	name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	if name == "" {
		return field{}, fmt.Errorf("no JSON name")
	}
	f := field{Name: name, Type: r, goName: sf.Name, Doc: m.docs.text[t.Name()+"."+sf.Name]}
	f.Optional = strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
	if values := sf.Tag.Get("enum"); values != "" {
		f.Enum = strings.Split(values, ",")
	}
	return f, nil
}

// defaultsOf asks the type's own WithDefaults, by Go name, what a field is that
// was left out.
func defaultsOf(t reflect.Type) map[string]any {
	zero := reflect.New(t).Elem()
	with := zero.MethodByName("WithDefaults")
	if !with.IsValid() {
		return nil
	}
	filled := with.Call(nil)[0]
	defaults := map[string]any{}
	for i := range t.NumField() {
		if v := filled.Field(i); !v.IsZero() {
			defaults[t.Field(i).Name] = reflect.Indirect(v).Interface()
		}
	}
	return defaults
}

func (m *model) finishDocs() {
	for _, t := range m.Types {
		t.Doc = m.rename(t.Doc)
		for i := range t.Fields {
			t.Fields[i].Doc = m.fieldDoc(t.Fields[i])
		}
	}
}

func (m *model) fieldsOf(typeName string) []field {
	if t := m.byName[typeName]; t != nil {
		return t.Fields
	}
	return nil
}
