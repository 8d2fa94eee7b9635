package credentials

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
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
		return emptyFile
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
func jsonObject(content []byte) (object map[string]any, text string) {
	if err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\ufeff")), &object); err != nil || object == nil {
		return nil, "it is not a JSON object"
	}
	return object, ""
}

func malformedJSON(content []byte, keys []string) string {
	object, text := jsonObject(content)
	if text != "" {
		return text
	}
	return missingKey(keys, func(key string) any { return object[key] })
}

func yamlMapping(content []byte) (mapping map[string]any, text string) {
	if err := yaml.Unmarshal(content, &mapping); err != nil || mapping == nil {
		return nil, "it is not a YAML mapping"
	}
	return mapping, ""
}

func malformedYAML(content []byte, keys []string) string {
	mapping, text := yamlMapping(content)
	if text != "" {
		return text
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

func (f format) malformedLines(content []byte, keys []string) string {
	values := f.lines(content)
	for _, key := range keys {
		value, found := values[key]
		switch {
		case !found && strings.Contains(string(content), key):
			return fmt.Sprintf("it has no line that begins with %q, spaces as shown", key+f.separator())
		case !found:
			return "it has no " + key
		case strings.ContainsFunc(value, unicode.IsSpace):
			return fmt.Sprintf("spaces surround the value of %s, or are in it; the line begins with %q", key, key+f.separator())
		case strings.Trim(value, `"'`) != value:
			return "the value of " + key + " stands in quotes, which SkyPilot takes for a part of it"
		case implausible(value) != "":
			return key + " " + implausible(value)
		}
	}
	return ""
}

// defaultSection is the one that Python's configparser adds to all others, and the
// profile that OCI's library takes.
const defaultSection = "DEFAULT"

func malformedINI(content []byte, name string, keys []string) string {
	file, text := parseINI(content)
	if text != "" || len(keys) == 0 {
		return text
	}
	section, found := file[name]
	if !found {
		return fmt.Sprintf("it has no section [%s]", name)
	}
	if name != defaultSection {
		section = file.withDefaults(section)
	}
	return missingKey(keys, optionsOf(section))
}

func malformedTOML(content []byte, keys []string) string {
	file, err := parseTOML(content)
	if err != nil {
		return err.Error()
	}
	table := tomlDot + "default"
	if !file.isTable(table) {
		return "it has no table [default]"
	}
	return missingKey(keys, func(key string) any { return file.member(table, key) })
}

// missingKey returns what is wrong with the first key whose value is missing,
// empty or a placeholder.
func missingKey(keys []string, value func(key string) any) string {
	for _, key := range keys {
		switch v := value(key).(type) {
		case nil:
			return "it has no " + key
		case string:
			if text := implausible(v); text != "" {
				return key + " " + text
			}
		case []any:
			if len(v) == 0 {
				return key + " is empty"
			}
		}
	}
	return ""
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

func malformedGCP(content []byte) string {
	object, text := jsonObject(content)
	if text != "" {
		return text
	}
	kind, _ := object["type"].(string)
	if kind == "" {
		return "it has no type"
	}
	keys, known := gcpTypes(kind)
	if !known {
		return "its type is none that Google's libraries know"
	}
	return missingKey(keys, func(key string) any { return object[key] })
}

func malformedToken(content string) string {
	token := strings.TrimSpace(content)
	if strings.ContainsFunc(token, unicode.IsSpace) {
		return "it holds more than one word"
	}
	if text := implausible(token); text != "" {
		return "it " + text
	}
	return ""
}

// implausible returns why a value can't be a credential: empty, a placeholder
// out of a tutorial, or holding what no credential holds.
func implausible(value string) string {
	lower := strings.ToLower(value)
	switch {
	case strings.TrimSpace(value) == "":
		return "is empty"
	case strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">"),
		strings.HasPrefix(value, "[") && strings.HasSuffix(value, "]"),
		strings.HasPrefix(lower, "your_"), strings.HasPrefix(lower, "your-"):
		return "is still a placeholder"
	case strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' }):
		return "holds control characters"
	}
	return ""
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(out, ", ")
}
