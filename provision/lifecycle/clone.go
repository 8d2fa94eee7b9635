package lifecycle

import (
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"carapace/schema/text"
)

// Clone returns a deep copy: what a restart would read from the file, for a tenth of what writing and
// reading it costs. Strings that are not UTF-8 stay as they are; the file has U+FFFD in them.
func (s *State) Clone() *State {
	c := *s
	unsharerOfState()(reflect.ValueOf(&c).Elem())
	if c.Clusters == nil {
		c.Clusters = map[string]*Cluster{}
	}
	return &c
}

// unsharer gives a value, which is settable, a copy of its own of all that it points to, and makes it
// what its JSON would be read as. nil: there is nothing to do for its type.
type unsharer func(reflect.Value)

var madeOfState atomic.Pointer[unsharer]

// unsharerOfState is made at its first use, and not when the program starts: it takes a tenth of a millisecond
// (bench/start.sh). Two that are made at once are the same.
func unsharerOfState() unsharer {
	if made := madeOfState.Load(); made != nil {
		return *made
	}
	made := unsharerOf(reflect.TypeFor[State]())
	madeOfState.Store(&made)
	return made
}

func unsharerOf(t reflect.Type) unsharer {
	switch t {
	case reflect.TypeFor[time.Time]():
		return func(v reflect.Value) { storedTime(v.Addr().Interface().(*time.Time)) }
	case reflect.TypeFor[text.Args]():
		return func(v reflect.Value) {
			args := v.Addr().Interface().(*text.Args)
			*args = args.Map(func(s string) string { return s })
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return unsharePointer(unsharerOf(t.Elem()))
	case reflect.Slice:
		return unshareSlice(unsharerOf(t.Elem()))
	case reflect.Map:
		return unshareMap(unsharerOf(t.Elem()))
	case reflect.Struct:
		return unshareStruct(t)
	}
	return nil
}

// storedTime drops what JSON does not hold: the reading of the monotonic clock, which stands still
// while the computer sleeps, and the name of the time zone.
func storedTime(t *time.Time) {
	if t.Location() == time.UTC {
		return // it has neither
	}
	if stored, err := time.Parse(time.RFC3339Nano, t.Format(time.RFC3339Nano)); err == nil {
		*t = stored
	}
}

func unsharePointer(inner unsharer) unsharer {
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		if inner != nil {
			inner(own.Elem())
		}
		v.Set(own)
	}
}

func unshareSlice(inner unsharer) unsharer {
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		if inner != nil {
			for i := range own.Len() {
				inner(own.Index(i))
			}
		}
		v.Set(own)
	}
}

func unshareMap(inner unsharer) unsharer {
	return func(v reflect.Value) {
		if v.IsNil() {
			return
		}
		own := reflect.MakeMapWithSize(v.Type(), v.Len())
		value := reflect.New(v.Type().Elem()).Elem()
		for members := v.MapRange(); members.Next(); {
			value.SetIterValue(members)
			if inner != nil {
				inner(value)
			}
			own.SetMapIndex(members.Key(), value)
		}
		v.Set(own)
	}
}

// unshareStruct leaves unexported fields alone: of the state they hold the members of a newer version,
// which nobody changes.
func unshareStruct(t reflect.Type) unsharer {
	type field struct {
		index     int
		omitEmpty bool
		unshare   unsharer
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		if unshare := unsharerOf(f.Type); unshare != nil {
			_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			sized := f.Type.Kind() == reflect.Slice || f.Type.Kind() == reflect.Map
			fields = append(fields, field{i, sized && options == "omitempty", unshare})
		}
	}
	if fields == nil {
		return nil
	}
	return func(v reflect.Value) {
		for _, f := range fields {
			if member := v.Field(f.index); f.omitEmpty && member.Len() == 0 {
				member.SetZero()
			} else {
				f.unshare(member)
			}
		}
	}
}
