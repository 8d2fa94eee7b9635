package redact

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// index finds known secrets in one pass over a text. It does not change once made.
type index struct {
	forms   []string
	pairs   [1 << 16 / 64]uint64 // which two bytes a form begins with: what keeps a line without secrets cheap
	byStart map[string][]string  // by a form's first minLength bytes
}

func newIndex(forms []string) *index {
	x := &index{byStart: map[string][]string{}}
	seen := make(map[string]bool, len(forms))
	for _, f := range forms {
		if seen[f] {
			continue
		}
		seen[f] = true
		x.forms = append(x.forms, f)
		pair := uint(f[0])<<8 | uint(f[1])
		x.pairs[pair/64] |= 1 << (pair % 64)
		x.byStart[f[:minLength]] = append(x.byStart[f[:minLength]], f)
	}
	return x
}

// maxDepth is how deep an escaped text may stand in another: SkyPilot prints a
// task inside a JSON document inside a JSON document (transcript api-status-request).
const maxDepth = 3

// findAll appends the spans of known secrets, also of escaped ones.
func (x *index) findAll(s string, found []span) []span {
	return x.findIn(decoded{text: s}, maxDepth, found)
}

func (x *index) findIn(d decoded, depth int, found []span) []span {
	found = x.find(d, found)
	if depth == 0 {
		return found
	}
	if strings.IndexByte(d.text, '\\') >= 0 {
		found = x.findIn(d.decode(backslashes), depth-1, found)
	}
	if hasPercent(d.text) {
		found = x.findIn(d.decode(percents), depth-1, found)
	}
	return found
}

func (x *index) find(d decoded, found []span) []span {
	s := d.text
	for i := 0; i+minLength <= len(s); i++ {
		pair := uint(s[i])<<8 | uint(s[i+1])
		if x.pairs[pair/64]&(1<<(pair%64)) == 0 {
			continue
		}
		longest := 0
		for _, f := range x.byStart[s[i:i+minLength]] {
			longest = max(longest, foundOf(f, s[i:]))
		}
		if longest > 0 {
			found = append(found, d.origin(i, i+longest))
		}
	}
	return found
}

// foundOf is how many bytes at the beginning of s are the form, or all that is
// left of it where s was cut short; 0 for none.
func foundOf(form, s string) int {
	n := 0
	for n < len(form) && n < len(s) && form[n] == s[n] {
		n++
	}
	if n == len(form) {
		return n
	}
	const debris = 12 // of an escape that was cut too, or of a character
	if at := strings.Index(s[n:min(len(s), n+debris+len(Cut))], Cut); at >= 0 {
		return n + at
	}
	return 0
}

// forms are the ways in which a value is printed that decode does not undo.
func forms(v string) []string {
	var all []string
	add := func(form string) {
		if len(form) >= minLength {
			all = append(all, form)
		}
	}
	parts := append([]string{v}, strings.FieldsFunc(v, func(c rune) bool { return c == '\n' || c == '\r' })...)
	for i, part := range parts {
		bare := strings.TrimSpace(part)
		if len(bare) < minLength || i > 0 && len(bare) < minLine || ordinary(bare) {
			continue
		}
		for _, p := range []string{part, bare} {
			add(p)
			add(latin1(p))
			add(strings.ReplaceAll(p, " ", "+"))     // a URL's query
			add(strings.ReplaceAll(p, "'", `'"'"'`)) // a shell, by Python
			add(strings.ReplaceAll(p, "'", `'\''`))  // a shell, by others
			add(strings.ReplaceAll(p, "'", "''"))    // YAML
			add(strings.ReplaceAll(p, "\n", "\r\n")) // a terminal
			for _, encoded := range base64s(p) {
				add(encoded)
			}
		}
	}
	return all
}

// ordinary are values of variables with a secretive name, such as USE_AUTH=true,
// that would take words out of every text.
func ordinary(v string) bool {
	const longest = len("undefined")
	if len(v) > longest {
		return false
	}
	switch strings.ToLower(v) {
	case "true", "false", "none", "null", "undefined", "default", "enabled", "disabled", "enable", "disable", "auto":
		return true
	}
	return false
}

// latin1 is how a text comes out of an escape for each of its bytes, as Python's
// b'…' and a shell's $'…' print it.
func latin1(v string) string {
	var out []byte
	for i := range len(v) {
		out = utf8.AppendRune(out, rune(v[i]))
	}
	return string(out)
}

// base64s are what is left of a value in base64, wherever in the encoded text it
// begins: of each of the three ways in which it may fall on the groups of three
// bytes, the letters that no neighbour has a part in.
func base64s(v string) []string {
	var all []string
	for before := range 3 {
		from := (before*8 + 5) / 6
		to := (before + len(v)) * 8 / 6
		text := strings.Repeat("\x00", before) + v
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			all = append(all, encoding.EncodeToString([]byte(text))[from:to])
		}
	}
	return all
}
