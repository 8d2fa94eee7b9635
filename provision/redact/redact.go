// Package redact takes secrets out of text before it reaches a log, an error, a
// notification or the disk.
package redact

import (
	"encoding/json"
	"net/url"
	"sort"
	"strings"
	"sync"
)

// Mask stands where a secret stood.
const Mask = "[redacted]"

// minLength keeps very short values from turning every text into masks; a
// secret that short is none.
const minLength = 4

// Redactor replaces the secrets it knows. The zero value knows none and only
// masks what is a secret by its form. Safe for concurrent use.
type Redactor struct {
	mu       sync.RWMutex
	known    map[string]bool
	replacer *strings.Replacer
}

// Add makes a value a secret from now on, in each form in which programs print
// it: as it is, escaped for JSON, for a URL and for a shell, and line by line.
// Empty and very short values are ignored.
func (r *Redactor) Add(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	for _, v := range values {
		for _, form := range forms(v) {
			if len(form) >= minLength {
				r.known[form] = true
			}
		}
	}
	r.replacer = build(r.known)
}

func forms(v string) []string {
	quoted, _ := json.Marshal(v)
	escaped := strings.Trim(string(quoted), `"`)
	all := []string{
		v, escaped, strings.ReplaceAll(escaped, `\`, `\\`),
		url.QueryEscape(v), url.PathEscape(v), strings.ReplaceAll(v, "'", `'"'"'`), strings.ReplaceAll(v, "'", "''"),
	}
	return append(all, strings.FieldsFunc(v, func(c rune) bool { return c == '\n' || c == '\r' })...)
}

// build makes the longest secret win where one holds another.
func build(known map[string]bool) *strings.Replacer {
	values := make([]string, 0, len(known))
	for v := range known {
		values = append(values, v)
	}
	sort.Slice(values, func(i, k int) bool {
		if len(values[i]) != len(values[k]) {
			return len(values[i]) > len(values[k])
		}
		return values[i] < values[k]
	})
	pairs := make([]string, 0, 2*len(values))
	for _, v := range values {
		pairs = append(pairs, v, Mask)
	}
	return strings.NewReplacer(pairs...)
}

// String returns s with every known secret, and what is one by its form,
// replaced by Mask.
func (r *Redactor) String(s string) string {
	r.mu.RLock()
	replacer := r.replacer
	r.mu.RUnlock()
	if replacer != nil {
		s = replacer.Replace(s)
	}
	return byForm(s)
}

// Secretive reports whether a variable's name says that its value is a secret.
func Secretive(name string) bool {
	name = strings.ToUpper(name)
	for _, word := range []string{"SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL", "AUTH"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
