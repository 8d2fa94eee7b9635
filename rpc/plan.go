package rpc

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// plan is what a struct type's members may be.
type plan struct {
	fields []field
	byName map[string]int
}

type field struct {
	name     string
	index    []int
	required bool
}

// plans caches by type, made at first use: a process that is started for one
// request should not prepare all methods.
var plans sync.Map

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{byName: map[string]int{}}
	p.collect(t, nil)
	for i, f := range p.fields {
		p.byName[f.name] = i
	}
	plans.Store(t, p)
	return p
}

// collect takes the fields of a struct, and those of structs embedded in it, as
// encoding/json does.
func (p *plan) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("json")
		name, options, _ := strings.Cut(tag, ",")
		here := append(slices.Clone(index), i)
		switch {
		case tag == "-", !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			p.collect(f.Type, here)
			continue
		case !f.IsExported():
			continue
		case !tagged || name == "":
			name = f.Name
		}
		if slices.Contains(strings.Split(options, ","), "string") {
			panic(fmt.Sprintf("rpc: %s.%s: the tag's option string is not supported", t, f.Name))
		}
		p.fields = append(p.fields, field{name, here, !optional(options)})
	}
}

func optional(options string) bool {
	return strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
}

// unknown says that there is no such field, and which one may have been meant.
func (p *plan) unknown(name string) string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
	}
	if meant := Nearest(name, names); meant != "" {
		return fmt.Sprintf("is not a known field; did you mean %s?", meant)
	}
	return "is not a known field"
}

// Nearest returns the one of the names that somebody may have meant who wrote
// another, letter case aside: two slips of the finger away at most. "": none is near.
func Nearest(written string, names []string) string {
	const near = 2
	best, least := "", near+1
	for _, name := range names {
		if d := distance(strings.ToLower(written), strings.ToLower(name)); d < least && d < len(name) {
			best, least = name, d
		}
	}
	return best
}

// distance counts the insertions, deletions and replacements between two names.
// Names of very different length are far apart without counting.
func distance(a, b string) int {
	if d := len(a) - len(b); d > 3 || d < -3 {
		return max(d, -d)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// path is the way to a value from the params; nil is the params themselves. It is
// made on the stack on the way down and written out for an error only.
type path struct {
	parent *path
	name   string
	index  int // where name is empty and list is set
	list   bool
}

func (p *path) child(name string) *path { return &path{parent: p, name: name} }
func (p *path) element(i int) *path     { return &path{parent: p, index: i, list: true} }

func (p *path) refuse(format string, args ...any) *ParamsError {
	return &ParamsError{Path: p.String(), Problem: fmt.Sprintf(format, args...)}
}

// String writes a.b[2]; a name that is not plain as ["a b"].
func (p *path) String() string {
	switch {
	case p == nil:
		return ""
	case p.list:
		return fmt.Sprintf("%s[%d]", p.parent, p.index)
	case !plainName(p.name):
		return fmt.Sprintf("%s[%s]", p.parent, strconv.QuoteToGraphic(shorten(p.name)))
	case p.parent == nil:
		return p.name
	}
	return p.parent.String() + "." + p.name
}

func plainName(s string) bool {
	return s != "" && len(s) <= longName && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`."[]\`, r)
	})
}

// longName is how much of a name an error repeats: the host may have sent 1 MiB.
const longName = 100

func shorten(s string) string {
	if len(s) <= longName {
		return s
	}
	return s[:longName] + "…"
}
