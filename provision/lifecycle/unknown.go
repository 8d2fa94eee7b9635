package lifecycle

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// A newer sidecar may write JSON members that this version does not know, and they may matter for
// money. So unknown members are kept and written back.

// MarshalJSON writes the state with its unknown members.
func (s State) MarshalJSON() ([]byte, error) {
	type plain State
	return withUnknown(plain(s), s.unknown)
}

// UnmarshalJSON reads the state and keeps unknown members.
func (s *State) UnmarshalJSON(data []byte) error {
	type plain State
	return keepUnknown(data, (*plain)(s), &s.unknown)
}

// MarshalJSON writes the record with its unknown members.
func (c Cluster) MarshalJSON() ([]byte, error) {
	type plain Cluster
	return withUnknown(plain(c), c.unknown)
}

// UnmarshalJSON reads the record and keeps unknown members.
func (c *Cluster) UnmarshalJSON(data []byte) error {
	type plain Cluster
	if err := keepUnknown(data, (*plain)(c), &c.unknown); err != nil {
		return err
	}
	for _, name := range []string{"hash", "machine", "unheard", "unheardIn", "elsewhere"} { // of version 1, which the journal migrates
		delete(c.unknown, name)
	}
	return nil
}

// MarshalJSON writes the operation with its unknown members.
func (o Operation) MarshalJSON() ([]byte, error) {
	type plain Operation
	return withUnknown(plain(o), o.unknown)
}

// UnmarshalJSON reads the operation and keeps unknown members.
func (o *Operation) UnmarshalJSON(data []byte) error {
	type plain Operation
	return keepUnknown(data, (*plain)(o), &o.unknown)
}

// withUnknown marshals v and appends the unknown members.
func withUnknown(v any, unknown map[string]json.RawMessage) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil || len(unknown) == 0 {
		return data, err
	}
	more, err := json.Marshal(unknown)
	if err != nil {
		return nil, err
	}
	if len(data) == 2 { // {}
		return more, nil
	}
	return append(append(data[:len(data)-1], ','), more[1:]...), nil
}

// keepUnknown unmarshals data into v, and the members that v has no field for into
// unknown.
func keepUnknown(data []byte, v any, unknown *map[string]json.RawMessage) error {
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if strict.Decode(v) == nil { // the usual case, which costs half as much
		*unknown = nil
		return nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return nil //nolint:nilerr // null: there are no members
	}
	known := map[string]bool{}
	fields(reflect.TypeOf(v).Elem(), known)
	*unknown = nil
	for name, value := range members {
		if !known[strings.ToLower(name)] {
			if *unknown == nil {
				*unknown = map[string]json.RawMessage{}
			}
			(*unknown)[name] = value
		}
	}
	return nil
}

// fields collects the JSON names of a struct's fields, in lower case, as
// encoding/json matches them.
func fields(t reflect.Type, known map[string]bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous && field.Type.Kind() == reflect.Struct {
			fields(field.Type, known)
			continue
		}
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); field.IsExported() && name != "" {
			known[strings.ToLower(name)] = true
		}
	}
}
