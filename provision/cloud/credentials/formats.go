package credentials

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"carapace/schema/text"
)

// format says how a credentials file is read. Its zero value asks only that
// something stands in the file.
type format int

const (
	formatText     format = iota // the key itself, or something that only SkyPilot reads
	formatJSON                   // an object with keys
	formatYAML                   // a mapping with keys
	formatSpaced                 // lines "key = value", one space on each side
	formatUnspaced               // lines "key=value", no space round it
	formatINI                    // keys in the section [DEFAULT]
	formatTOML                   // keys in the table [default]
	formatGCP                    // JSON as Google's libraries take it
	formatToken                  // a single line without spaces
)

// judge returns what keeps content from being credentials. It names keys and lines,
// never values: an error reaches logs and screens.
func (f format) judge(content []byte, keys []string) problem {
	if len(strings.TrimSpace(string(content))) == 0 {
		return emptyFile()
	}
	switch f {
	case formatJSON:
		return malformed(malformedJSON(content, keys))
	case formatYAML:
		return malformed(malformedYAML(content, keys))
	case formatSpaced, formatUnspaced:
		return malformed(f.malformedLines(content, keys))
	case formatINI:
		return malformed(malformedINI(content, defaultSection, keys))
	case formatTOML:
		return malformed(malformedTOML(content, keys))
	case formatGCP:
		return malformed(malformedGCP(content))
	case formatToken:
		return malformed(malformedToken(string(content)))
	}
	return problem{}
}

// jsonObject reads an object; a byte order mark before it, which the az program
// writes, is no part of it.
func jsonObject(content []byte) (object map[string]any, fault text.Text) {
	if err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\ufeff")), &object); err != nil || object == nil {
		return nil, text.New(&text.FaultNotJSON)
	}
	return object, text.Text{}
}

func malformedJSON(content []byte, keys []string) text.Text {
	object, fault := jsonObject(content)
	if object == nil {
		return fault
	}
	return missingKey(keys, func(key string) any { return object[key] })
}

func yamlMapping(content []byte) (mapping map[string]any, fault text.Text) {
	if err := yaml.Unmarshal(content, &mapping); err != nil || mapping == nil {
		return nil, text.New(&text.FaultNotYAML)
	}
	return mapping, text.Text{}
}

func malformedYAML(content []byte, keys []string) text.Text {
	mapping, fault := yamlMapping(content)
	if mapping == nil {
		return fault
	}
	return missingKey(keys, func(key string) any { return mapping[key] })
}

// separator is what SkyPilot cuts a line at.
func (f format) separator() string {
	if f == formatSpaced {
		return " = "
	}
	return "="
}

// lines reads a file as SkyPilot's own few lines of code for it do: they take the
// key and the value as they stand, quotes and spaces and all.
func (f format) lines(content []byte) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(strings.TrimSpace(line), f.separator()); found {
			values[key] = value
		}
	}
	return values
}

func (f format) malformedLines(content []byte, keys []string) text.Text {
	values := f.lines(content)
	for _, key := range keys {
		value, found := values[key]
		switch {
		case !found && strings.Contains(string(content), key):
			return text.New(&text.FaultNoLine, text.Args{"beginning": key + f.separator()})
		case !found:
			return text.New(&text.FaultNoKey, text.Args{"key": key})
		case strings.ContainsFunc(value, unicode.IsSpace):
			return text.New(&text.FaultSpaces, text.Args{"key": key, "beginning": key + f.separator()})
		case strings.Trim(value, `"'`) != value:
			return text.New(&text.FaultQuotes, text.Args{"key": key})
		case flawOf(value) != plausible:
			return flawOf(value).ofKey(key)
		}
	}
	return text.Text{}
}

// defaultSection is the one that Python's configparser adds to all others, and the
// profile that OCI's library takes.
const defaultSection = "DEFAULT"

func malformedINI(content []byte, name string, keys []string) text.Text {
	file, fault := parseINI(content)
	if file == nil || len(keys) == 0 {
		return fault
	}
	section, found := file[name]
	if !found {
		return text.New(&text.FaultNoSection, text.Args{"section": name})
	}
	if name != defaultSection {
		section = file.withDefaults(section)
	}
	return missingKey(keys, optionsOf(section))
}

func malformedTOML(content []byte, keys []string) text.Text {
	file, err := parseTOML(content)
	if err != nil {
		return text.New(&text.FaultNotTOML)
	}
	table := tomlDot + "default"
	if !file.isTable(table) {
		return text.New(&text.FaultNoTable)
	}
	return missingKey(keys, func(key string) any { return file.member(table, key) })
}

// missingKey returns what is wrong with the first key whose value is missing,
// empty or a placeholder.
func missingKey(keys []string, value func(key string) any) text.Text {
	for _, key := range keys {
		switch v := value(key).(type) {
		case nil:
			return text.New(&text.FaultNoKey, text.Args{"key": key})
		case string:
			if flaw := flawOf(v); flaw != plausible {
				return flaw.ofKey(key)
			}
		case []any:
			if len(v) == 0 {
				return empty.ofKey(key)
			}
		}
	}
	return text.Text{}
}

// gcpTypes are the credential types of Google's libraries, with the keys without
// which each is refused.
func gcpTypes(kind string) ([]string, bool) {
	switch kind {
	case gcpUser:
		return []string{"client_id", "client_secret", "refresh_token"}, true
	case "service_account":
		return []string{"client_email", "private_key", "token_uri"}, true
	case "external_account", "external_account_authorized_user":
		return []string{"audience"}, true
	case "impersonated_service_account":
		return []string{"service_account_impersonation_url"}, true
	case "gdch_service_account":
		return nil, true
	}
	return nil, false
}

func malformedGCP(content []byte) text.Text {
	object, fault := jsonObject(content)
	if object == nil {
		return fault
	}
	kind, _ := object["type"].(string)
	if kind == "" {
		return text.New(&text.FaultNoType)
	}
	keys, known := gcpTypes(kind)
	if !known {
		return text.New(&text.FaultType)
	}
	return missingKey(keys, func(key string) any { return object[key] })
}

func malformedToken(content string) text.Text {
	token := strings.TrimSpace(content)
	if strings.ContainsFunc(token, unicode.IsSpace) {
		return text.New(&text.FaultWords)
	}
	return flawOf(token).ofWhole()
}

// flaw is why a value can't be a credential.
type flaw int

const (
	plausible   flaw = iota
	empty            // nothing stands there
	placeholder      // one out of a tutorial
	control          // it holds what no credential holds
)

func flawOf(value string) flaw {
	lower := strings.ToLower(value)
	switch {
	case strings.TrimSpace(value) == "":
		return empty
	case strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">"),
		strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]"),
		strings.HasPrefix(lower, "your_"), strings.HasPrefix(lower, "your-"):
		return placeholder
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' }):
		return control
	}
	return plausible
}

// ofKey says the flaw of the value of a key; nothing where there is none.
func (f flaw) ofKey(key string) text.Text {
	switch f {
	case empty:
		return text.New(&text.FaultKeyEmpty, text.Args{"key": key})
	case placeholder:
		return text.New(&text.FaultKeyPlaceholder, text.Args{"key": key})
	case control:
		return text.New(&text.FaultKeyControl, text.Args{"key": key})
	}
	return text.Text{}
}

// ofWhole says the flaw of a whole file or variable; nothing where there is none.
func (f flaw) ofWhole() text.Text {
	switch f {
	case empty:
		return text.New(&text.FaultEmpty)
	case placeholder:
		return text.New(&text.FaultPlaceholder)
	case control:
		return text.New(&text.FaultControl)
	}
	return text.Text{}
}
