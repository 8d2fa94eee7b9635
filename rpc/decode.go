package rpc

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// Decode decodes params into the value that p points to, as Handle does; empty
// data counts as {}. data must be valid JSON without a name that stands twice in
// an object. The error is a *ParamsError with the path of the first member that is
// unknown, mistyped or missing. Names are matched exactly, where encoding/json
// ignores case. Types are treated as encoding/json does, but for these: null is
// accepted by pointers, interfaces and json.Unmarshalers only; a string must be
// whole Unicode text. It does not block and is safe for concurrent use.
func Decode(data []byte, p any) error {
	if len(data) == 0 {
		data = noParams
	}
	c := cursor{data: data}
	if err := c.value(reflect.ValueOf(p).Elem(), nil); err != nil {
		return err
	}
	return nil
}

// maxIgnored is how many unknown members DecodeOpen names.
const maxIgnored = 20

// DecodeOpen is [Decode], but for members that are unknown: it ignores them, and returns the paths of the first
// twenty, in the order of the text.
func DecodeOpen(data []byte, p any) (ignored []string, err error) {
	if len(data) == 0 {
		data = noParams
	}
	c := cursor{data: data, open: true}
	if err := c.value(reflect.ValueOf(p).Elem(), nil); err != nil {
		return nil, err
	}
	return c.ignored, nil
}

// cursor walks over JSON that is known to be valid.
type cursor struct {
	data    []byte
	pos     int
	open    bool     // unknown members are ignored
	ignored []string // the paths of the first that were
}

var (
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value decodes the next value into v. The error is a *ParamsError or nil; it is
// returned by its type here and below, as it is made in many places.
func (c *cursor) value(v reflect.Value, at *path) *ParamsError {
	first := c.peek()
	if v.Kind() == reflect.Pointer {
		if first == 'n' {
			c.skip()
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return c.value(v.Elem(), at)
	}
	if pt := reflect.PointerTo(v.Type()); pt.Implements(unmarshalerType) {
		return c.custom(v, at)
	} else if first == '"' && pt.Implements(textUnmarshalerType) {
		return c.customText(v, at)
	}
	if first == 'n' && v.Kind() != reflect.Interface {
		return at.refuse("must be %s, not null", wanted(v.Type()))
	}
	switch v.Kind() {
	case reflect.Struct:
		return c.object(v, at)
	case reflect.Map:
		return c.mapping(v, at)
	case reflect.Slice, reflect.Array:
		return c.list(v, at)
	case reflect.String:
		return c.text(v, at)
	case reflect.Bool:
		return c.truth(v, at)
	case reflect.Interface:
		return c.anything(v, at)
	}
	return c.numeric(v, at)
}

// custom lets the type decode itself.
func (c *cursor) custom(v reflect.Value, at *path) *ParamsError {
	if err := v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(c.skip()); err != nil {
		return at.refuse("is refused: %s", err)
	}
	return nil
}

func (c *cursor) customText(v reflect.Value, at *path) *ParamsError {
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(bare(c.skip())); err != nil {
		return at.refuse("is refused: %s", err)
	}
	return nil
}

func (c *cursor) anything(v reflect.Value, at *path) *ParamsError {
	if err := json.Unmarshal(c.skip(), v.Addr().Interface()); err != nil {
		return at.refuse("is refused: %s", err)
	}
	return nil
}

// object decodes into a struct. Members are looked at in the order of the text,
// then the first field that is missing is named.
func (c *cursor) object(v reflect.Value, at *path) *ParamsError {
	if err := c.expect('{', v.Type(), at); err != nil {
		return err
	}
	plan := planOf(v.Type())
	seen := make([]bool, len(plan.fields))
	for c.more('}') {
		name := string(c.name())
		i, ok := plan.byName[name]
		if !ok && !c.open {
			return at.child(name).refuse("%s", plan.unknown(name))
		}
		if !ok {
			c.skip()
			if len(c.ignored) < maxIgnored {
				c.ignored = append(c.ignored, at.child(name).String())
			}
			continue
		}
		seen[i] = true
		if err := c.value(v.FieldByIndex(plan.fields[i].index), at.child(name)); err != nil {
			return err
		}
	}
	for i, f := range plan.fields {
		if f.required && !seen[i] {
			return at.child(f.name).refuse("is required")
		}
	}
	return nil
}

func (c *cursor) mapping(v reflect.Value, at *path) *ParamsError {
	t := v.Type()
	if t.Key().Kind() != reflect.String {
		return c.anything(v, at)
	}
	if err := c.expect('{', t, at); err != nil {
		return err
	}
	v.Set(reflect.MakeMap(t))
	for c.more('}') {
		name := string(c.name())
		here := at.child(name)
		if !utf8.ValidString(name) {
			return here.refuse(halfPair)
		}
		item := reflect.New(t.Elem()).Elem()
		if err := c.value(item, here); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), item)
	}
	return nil
}

func (c *cursor) list(v reflect.Value, at *path) *ParamsError {
	t := v.Type()
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
		return c.base64(v, at)
	}
	if err := c.expect('[', t, at); err != nil {
		return err
	}
	if t.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(t, 0, 0))
	}
	n := 0
	for ; c.more(']'); n++ {
		if t.Kind() == reflect.Slice {
			v.Grow(1)
			v.SetLen(n + 1)
		} else if n == v.Len() {
			return at.refuse("must have %d elements, not more", v.Len())
		}
		if err := c.value(v.Index(n), at.element(n)); err != nil {
			return err
		}
	}
	if n < v.Len() {
		return at.refuse("must have %d elements, not %d", v.Len(), n)
	}
	return nil
}

func (c *cursor) base64(v reflect.Value, at *path) *ParamsError {
	if c.peek() != '"' {
		return at.refuse("must be a string, not %s", kindOf(c.peek()))
	}
	b, err := base64.StdEncoding.DecodeString(string(bare(c.skip())))
	if err != nil {
		return at.refuse("must be base64")
	}
	v.SetBytes(b)
	return nil
}

// halfPair refuses text that could only be stored changed: what arrives on a
// server must be what the host sent.
const halfPair = "must be Unicode text: it holds half of a surrogate pair"

func (c *cursor) text(v reflect.Value, at *path) *ParamsError {
	if first := c.peek(); first != '"' {
		return at.refuse("must be a string, not %s", kindOf(first))
	}
	text := bare(c.skip())
	if !utf8.Valid(text) {
		return at.refuse(halfPair)
	}
	v.SetString(string(text))
	return nil
}

func (c *cursor) truth(v reflect.Value, at *path) *ParamsError {
	first := c.peek()
	if first != 't' && first != 'f' {
		return at.refuse("must be true or false, not %s", kindOf(first))
	}
	c.skip()
	v.SetBool(first == 't')
	return nil
}

// numeric decodes a number. A whole number must be written as one: 4.0 and 4e0
// are refused, as encoding/json does.
func (c *cursor) numeric(v reflect.Value, at *path) *ParamsError {
	if first := c.peek(); first != '-' && !isDigit(first) {
		return at.refuse("must be %s, not %s", wanted(v.Type()), kindOf(first))
	}
	text, bits := string(c.skip()), 0
	var err error
	switch {
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
	case v.CanUint():
		var n uint64
		n, err = strconv.ParseUint(text, 10, v.Type().Bits())
		v.SetUint(n)
	case v.CanFloat():
		var n float64
		bits = v.Type().Bits()
		n, err = strconv.ParseFloat(text, bits)
		v.SetFloat(n)
	default:
		return at.refuse("can't be taken: %s is no type for JSON", v.Type())
	}
	if err != nil {
		return at.refuse("must be %s; %.40s is not, or is out of range", wanted(v.Type()), text)
	}
	return nil
}

func (c *cursor) expect(open byte, t reflect.Type, at *path) *ParamsError {
	if first := c.peek(); first != open {
		return at.refuse("must be %s, not %s", wanted(t), kindOf(first))
	}
	c.pos++
	return nil
}

// more moves to the next member or element; at the end behind it.
func (c *cursor) more(end byte) bool {
	if c.peek() == ',' {
		c.pos++
	}
	if c.peek() != end {
		return true
	}
	c.pos++
	return false
}

// name reads a member's name and the colon.
func (c *cursor) name() []byte {
	name := bare(c.skip())
	c.peek()
	c.pos++
	return name
}

// peek skips space and returns the next byte.
func (c *cursor) peek() byte {
	for isSpace(c.data[c.pos]) {
		c.pos++
	}
	return c.data[c.pos]
}

// skip moves behind the next value and returns it.
func (c *cursor) skip() []byte {
	c.peek()
	from, depth := c.pos, 0
	for {
		switch c.data[c.pos] {
		case '"':
			c.skipString()
		case '{', '[':
			depth++
			c.pos++
		case '}', ']':
			depth--
			c.pos++
		default:
			c.pos++
		}
		if depth == 0 && c.atEnd(from) {
			return c.data[from:c.pos]
		}
	}
}

// atEnd reports whether a value that began at from is complete: a scalar that is
// no string ends only where something else begins.
func (c *cursor) atEnd(from int) bool {
	switch c.data[from] {
	case '"', '{', '[':
		return true
	}
	if c.pos == len(c.data) {
		return true
	}
	next := c.data[c.pos]
	return isSpace(next) || next == ',' || next == '}' || next == ']'
}

func (c *cursor) skipString() {
	for c.pos++; ; c.pos += 2 {
		c.pos = plainUntil(c.data, c.pos)
		if c.data[c.pos] == '"' {
			c.pos++
			return
		}
	}
}

// wanted names a type as a person would.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return fmt.Sprintf("a whole number of %d bits", t.Bits())
	}
	return "a whole number"
}

// kindOf names the sort of JSON value that starts with c.
func kindOf(c byte) string {
	switch c {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a truth value"
	case 'n':
		return "null"
	}
	return "a number"
}
