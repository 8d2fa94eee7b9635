package task

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// mapping builds a YAML mapping in the order in which it is filled. What is
// empty is left out. The zero value is an empty mapping.
type mapping struct{ content []*yaml.Node }

func (m *mapping) node() *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: m.content}
}

func (m *mapping) add(key string, value *yaml.Node) {
	m.content = append(m.content, keyNode(key), value)
}

func (m *mapping) addString(key, value string) {
	if value != "" {
		m.add(key, quoted(value))
	}
}

func (m *mapping) addScript(key, script string) {
	if script != "" {
		m.add(key, block(script))
	}
}

// addMap adds strings by name, sorted: the same values give the same bytes.
func (m *mapping) addMap(key string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	var inner mapping
	for _, name := range slices.Sorted(maps.Keys(values)) {
		inner.add(name, quoted(values[name]))
	}
	m.add(key, inner.node())
}

func (m *mapping) addList(key string, values []string) {
	if len(values) == 0 {
		return
	}
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, value := range values {
		list.Content = append(list.Content, quoted(value))
	}
	m.add(key, list)
}

// keyNode is a plain key where it is a word that every YAML reads as itself.
func keyNode(key string) *yaml.Node {
	if strings.ContainsFunc(key, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) || isYAML11Word(key) {
		return quoted(key)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
}

// isYAML11Word reports whether PyYAML, which speaks YAML 1.1, reads the word as
// a boolean or null.
func isYAML11Word(word string) bool {
	return slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, word)
}

// quoted is a string in double quotes, whatever it holds: PyYAML reads plain
// yes, ~, 012, 1:30, = and 2024-01-01 as something else, and SkyPilot then makes
// a string of that again, another one.
func quoted(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle, Value: value}
}

// block is a script: as a block that can be read in a preview where the block
// holds exactly the same, in double quotes where a block might not.
func block(script string) *yaml.Node {
	node := quoted(script)
	if isBlockSafe(script) {
		node.Style = yaml.LiteralStyle
	}
	return node
}

// isBlockSafe reports whether a literal block means the same to every YAML
// parser: printable, no tabs or blanks where indentation is read, one line break
// at the end.
func isBlockSafe(script string) bool {
	if !strings.HasSuffix(script, "\n") || strings.HasSuffix(script, "\n\n") || strings.ContainsAny(script[:1], " \t\n") {
		return false
	}
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		if strings.TrimSpace(line) != line && strings.TrimRight(line, " \t") != line {
			return false
		}
		if strings.ContainsFunc(line, func(r rune) bool { return (r < ' ' && r != '\t') || r > '~' }) {
			return false
		}
	}
	return true
}

// plain is a number or a boolean.
func plain(value any) *yaml.Node {
	var node yaml.Node
	if err := node.Encode(value); err != nil {
		panic(fmt.Sprintf("task: %T can't be encoded: %v", value, err))
	}
	return &node
}
