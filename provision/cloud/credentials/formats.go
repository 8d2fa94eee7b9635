package credentials

import (
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
	formatKeyValue               // lines "key = value"
	formatINI                    // keys in the section [DEFAULT]
	formatGCP                    // JSON as Google's libraries take it
	formatToken                  // a single line without spaces
)

// malformed returns what keeps content from being credentials, "" where nothing
// does. It names keys and lines, never values: an error reaches logs and screens.
func (f format) malformed(content []byte, keys []string) string {
	if len(strings.TrimSpace(string(content))) == 0 {
		return "it is empty"
	}
	switch f {
	case formatJSON:
		return malformedJSON(content, keys)
	case formatYAML:
		return malformedYAML(content, keys)
	case formatKeyValue:
		return malformedKeyValue(content, keys)
	case formatINI:
		return malformedINI(content, keys)
	case formatGCP:
		return malformedGCP(content)
	case formatToken:
		return malformedToken(string(content))
	}
	return ""
}

func malformedJSON(content []byte, keys []string) string {
	var object map[string]any
	if err := json.Unmarshal(content, &object); err != nil || object == nil {
		return "it is not a JSON object"
	}
	return missingKey(keys, func(key string) any { return object[key] })
}

func malformedYAML(content []byte, keys []string) string {
	var mapping map[string]any
	if err := yaml.Unmarshal(content, &mapping); err != nil || mapping == nil {
		return "it is not a YAML mapping"
	}
	return missingKey(keys, func(key string) any { return mapping[key] })
}

func malformedKeyValue(content []byte, keys []string) string {
	values := keyValues(content)
	return missingKey(keys, func(key string) any { return values[key] })
}

func keyValues(content []byte) map[string]string {
	values := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if key, value, found := strings.Cut(line, "="); found {
			values[strings.TrimSpace(key)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return values
}

func malformedINI(content []byte, keys []string) string {
	file, problem := parseINI(content)
	if problem != "" {
		return problem
	}
	section, found := file["DEFAULT"]
	if !found {
		return "it has no section [DEFAULT]"
	}
	return missingKey(keys, func(key string) any { return section[key] })
}

// missingKey returns what is wrong with the first key whose value is missing,
// empty or a placeholder.
func missingKey(keys []string, value func(key string) any) string {
	for _, key := range keys {
		switch v := value(key).(type) {
		case nil:
			return "it has no " + key
		case string:
			if problem := implausible(v); problem != "" {
				return key + " " + problem
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
	case "authorized_user":
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
	var object map[string]any
	if err := json.Unmarshal(content, &object); err != nil || object == nil {
		return "it is not a JSON object"
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
	if problem := implausible(token); problem != "" {
		return "it " + problem
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
