package text

import (
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Message returns the English message of a text.
func (t Text) Message() string { return English.Message(t) }

// Title returns the English title of a text, empty if it has none.
func (t Text) Title() string { return English.Title(t) }

// Hint returns the English hint of a text, empty if it has none.
func (t Text) Hint() string { return English.Hint(t) }

// Join returns the English messages of several texts, one after the other.
func Join(texts ...Text) string { return English.Join(texts...) }

// Messages returns the English message of each of several texts, without those that say nothing.
func Messages(texts ...Text) []string { return English.Messages(texts...) }

// JoinHints returns the English hints of several texts, one after the other; the message of one that has no hint.
func JoinHints(texts ...Text) string { return English.JoinHints(texts...) }

// Message returns the message of a text.
func (l *Language) Message(t Text) string { return l.render(t, Entry.message) }

// Title returns the title of a text, empty if it has none.
func (l *Language) Title(t Text) string { return l.render(t, Entry.title) }

// Hint returns the hint of a text, empty if it has none.
func (l *Language) Hint(t Text) string { return l.render(t, Entry.hint) }

// Join returns the messages of several texts, one after the other.
func (l *Language) Join(texts ...Text) string { return strings.Join(l.Messages(texts...), " ") }

// Messages returns the message of each of several texts, without those that say nothing.
func (l *Language) Messages(texts ...Text) (said []string) {
	for _, t := range texts {
		if message := l.Message(t); message != "" {
			said = append(said, message)
		}
	}
	return said
}

// JoinHints returns the hints of several texts, one after the other; the message of one that has no hint.
func (l *Language) JoinHints(texts ...Text) string {
	var parts []string
	for _, t := range texts {
		hint := l.Hint(t)
		if hint == "" {
			hint = l.Message(t)
		}
		if hint != "" {
			parts = append(parts, hint)
		}
	}
	return strings.Join(parts, " ")
}

func (e Entry) message() string { return e.Message }
func (e Entry) title() string   { return e.Title }
func (e Entry) hint() string    { return e.Hint }

// find returns the entry of a code in a language's words.
func (l *Language) find(code Code) (Entry, bool) {
	if e, there := l.words[code]; there {
		return *e, true
	}
	return Find(code)
}

// render writes one of an entry's templates. "…" stands for an argument that is missing: a sentence
// with a hole is better than none.
func (l *Language) render(t Text, part func(Entry) string) string {
	e, known := l.find(t.Code)
	if !known {
		return string(t.Code) // a newer version's, from the disk
	}
	return expand(part(e), func(name string, begins bool) string {
		value, there := t.Args[name]
		if !there {
			return "…"
		}
		format, _ := FormatOf(name)
		written := l.write(value, format)
		if begins && format == Cloud { // "the cloud", "the SSH pool"
			first, size := utf8.DecodeRuneInString(written)
			return string(unicode.ToUpper(first)) + written[size:]
		}
		return written
	})
}

// expand replaces the placeholders of a template by what value returns for their names; begins says that
// a sentence begins there.
func expand(template string, value func(name string, begins bool) string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		out.WriteString(value(name, out.Len() == 0 || strings.HasSuffix(out.String(), ". ")))
		template = after
	}
}

// Placeholders returns the names of the arguments of an entry, in the order of their first use.
func (e Entry) Placeholders() (names []string) {
	seen := map[string]bool{}
	for _, template := range []string{e.Message, e.Title, e.Hint} {
		expand(template, func(name string, _ bool) string {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
			return ""
		})
	}
	return names
}

// Find returns the entry of a code. It is safe for concurrent use.
func Find(code Code) (Entry, bool) {
	e, known := byCode()[code]
	if !known {
		return Entry{}, false
	}
	return *e, true
}

// byCode is made with the first text that is rendered, so that a process that says nothing does not
// wait for it.
var byCode = sync.OnceValue(func() map[Code]*Entry {
	all := make(map[Code]*Entry, len(registry))
	for _, e := range registry {
		all[e.Code] = e
	}
	return all
})

// All returns every entry, sorted by code.
func All() []Entry {
	all := make([]Entry, len(registry))
	for i, e := range registry {
		all[i] = *e
	}
	// slices.SortFunc makes code of its own for this type (CONTRIBUTING.md, "Size").
	sort.Slice(all, func(i, k int) bool { return all[i].Code < all[k].Code })
	return all
}
