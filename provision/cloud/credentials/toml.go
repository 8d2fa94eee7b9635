package credentials

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlFile is what a TOML file has, by path: the names on the way there, a tomlDot before each.
type tomlFile struct {
	kinds   map[string]tomlKind
	strings map[string]string // the values that are strings
}

const tomlDot = "\x00" // a dot may stand in a name

// tomlKind is what stands at a path.
type tomlKind int

const (
	tomlNothing tomlKind = iota
	tomlPassed           // a table of which only tables inside of it were declared
	tomlOpen             // a table that dotted keys of this section made: others of the section may add to it
	tomlTable            // a table that is declared
	tomlList             // tables, each of them begun by [[its name]]
	tomlInline           // a table in one line
	tomlValue            // anything else
)

var errTOML = errors.New("not TOML") // no more: what is wrong may be a secret

// parseTOML reads a file as Python's tomllib does, by which SkyPilot reads it. The lines are the library's to understand; what is
// declared twice is found here: its decoder, or another's, would be 70 kB more in the program, for the one file of one cloud.
func parseTOML(content []byte) (tomlFile, error) {
	f := tomlFile{kinds: map[string]tomlKind{}, strings: map[string]string{}}
	parser := &unstable.Parser{}
	parser.Reset(content)
	section, ok := "", true
	for ok && parser.NextExpression() {
		if node := parser.Expression(); node.Kind == unstable.KeyValue {
			ok = f.set(section, node)
		} else {
			section, ok = f.begin(node)
		}
	}
	if !ok || parser.Error() != nil {
		return f, errTOML
	}
	return f, nil
}

// isTable reports whether a table that has members stands at a path.
func (f tomlFile) isTable(path string) bool {
	kind := f.kinds[path]
	return kind != tomlNothing && kind != tomlList && kind != tomlValue
}

// member returns what a table has by a name: a string, its kind where it is none, or nil.
func (f tomlFile) member(table, name string) any {
	path := table + tomlDot + name
	if value, found := f.strings[path]; found {
		return value
	}
	if kind := f.kinds[path]; kind != tomlNothing {
		return kind
	}
	return nil
}

// begin is a line in brackets. It returns the path of its section, and whether it may stand here.
func (f tomlFile) begin(node *unstable.Node) (section string, ok bool) {
	for path, kind := range f.kinds {
		if kind == tomlOpen {
			f.kinds[path] = tomlTable
		}
	}
	for key := node.Key(); key.Next(); {
		section += tomlDot + string(key.Node().Data)
		there := f.kinds[section]
		switch {
		case !key.IsLast():
			f.kinds[section] = max(there, tomlPassed)
			ok = there < tomlInline
		case node.Kind == unstable.ArrayTable:
			f.kinds[section] = tomlList
			ok = there == tomlNothing || there == tomlList
			f.forget(section) // what the table before this one has
		default:
			f.kinds[section] = tomlTable
			ok = there <= tomlPassed
		}
		if !ok {
			break
		}
	}
	return section, ok
}

// forget takes out what is inside of a table.
func (f tomlFile) forget(table string) {
	for path := range f.kinds {
		if strings.HasPrefix(path, table+tomlDot) {
			delete(f.kinds, path)
			delete(f.strings, path)
		}
	}
}

// set is a key and its value in the table at a path. It returns whether it may stand here.
func (f tomlFile) set(path string, node *unstable.Node) bool {
	for key := node.Key(); key.Next(); {
		path += tomlDot + string(key.Node().Data)
		there := f.kinds[path]
		switch {
		case key.IsLast():
			f.kinds[path] = tomlValue
			if there != tomlNothing {
				return false
			}
		case there > tomlOpen:
			return false
		default:
			f.kinds[path] = tomlOpen
		}
	}
	return f.take(path, node.Value())
}

// take notes a value, and what is in it. It returns whether that may stand there.
func (f tomlFile) take(path string, value *unstable.Node) bool {
	switch value.Kind {
	case unstable.String:
		f.strings[path] = string(value.Data)
	case unstable.InlineTable:
		f.kinds[path] = tomlInline
		for member := value.Children(); member.Next(); {
			if !f.set(path, member.Node()) {
				return false
			}
		}
	case unstable.Array:
		for element := value.Children(); element.Next(); {
			if !f.take(path+tomlDot, element.Node()) {
				return false
			}
			f.forget(path) // two elements may have members of one name
		}
	}
	return true
}
