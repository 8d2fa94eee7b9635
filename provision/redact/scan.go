package redact

import (
	"sort"
	"strings"
)

// text is a text that is searched for secrets by their form. It remembers where the
// words in it end, so that no byte is read again for each place at which a secret
// could begin: "sk-sk-sk-…" has one at every third byte, and what such a line costs
// must not grow with the square of its length.
type text struct {
	s       string
	runs    [setCount]span      // the last word found in each set of letters
	line    span                // the last line found
	quotes  map[quotation][]int // where each kind of quotation mark stands; nil: not looked for yet
	past    [verdictCount]int   // where a rule looks again, that has judged all before
	visited int                 // bytes read, which the tests hold to grow with the text alone
}

// letters is a set of letters that words are made of.
type letters int

const (
	alphanumerics letters = iota
	wordLetters
	wordOrDashes
	webLetters
	capitalsAndDigits
	valueLetters
	parameterLetters
	authorityLetters
	credentialLetters
	blanks
	backslashed
	setCount
)

var members = [setCount]func(byte) bool{
	alphanumerics:     alphanumeric,
	wordLetters:       word,
	wordOrDashes:      wordOrDash,
	webLetters:        func(c byte) bool { return wordOrDash(c) || c == '.' },
	capitalsAndDigits: func(c byte) bool { return 'A' <= c && c <= 'Z' || digit(c) },
	valueLetters:      func(c byte) bool { return c > ' ' && strings.IndexByte(`"',;&`, c) < 0 },
	parameterLetters:  func(c byte) bool { return c > ' ' && strings.IndexByte(`&"'<>`, c) < 0 },
	authorityLetters:  func(c byte) bool { return c > ' ' && strings.IndexByte(`/?#"'<>`, c) < 0 },
	credentialLetters: func(c byte) bool { return keyLetter(c) || strings.IndexByte("-._~=", c) >= 0 },
	blanks:            func(c byte) bool { return c == ' ' || c == '\t' },
	backslashed:       func(c byte) bool { return c == '\\' },
}

// verdict is a rule that needs to read a word to tell whether it is a secret. Where
// it began within a word that was judged already, it would find the same.
type verdict int

const (
	webTokens verdict = iota
	serviceKeys
	keyBlocks
	verdictCount
)

// run is where the letters of a set that begin at i end.
func (t *text) run(i int, set letters) int {
	last, from := &t.runs[set], i
	for i < len(t.s) && members[set](t.s[i]) {
		if last.from <= i && i < last.to {
			i = last.to
			break
		}
		i++
		t.visited++
	}
	t.visited++
	if i >= last.to {
		*last = span{from, i}
	}
	return i
}

// index is where a text stands next in s[i:to]; -1: nowhere.
func (t *text) index(i, to int, what string) int {
	at := strings.Index(t.s[i:to], what)
	if at < 0 {
		t.visited += to - i
		return -1
	}
	t.visited += at + len(what)
	return i + at
}

// lineEnd is where the line ends that i is in.
func (t *text) lineEnd(i int) int {
	if i < t.line.from || i > t.line.to {
		end := t.index(i, len(t.s), "\n")
		if end < 0 {
			end = len(t.s)
		}
		t.line = span{i, end}
	}
	return t.line.to
}

// quotation is a quotation mark, and how many backslashes stand before it: one more
// level of JSON in JSON doubles them.
type quotation struct {
	mark    byte // 0: there is none
	escapes int
}

// quote is where a quotation mark at i ends, if there is one, and which it is.
func (t *text) quote(i int) (int, quotation) {
	end := t.run(i, backslashed)
	if end < len(t.s) && (t.s[end] == '"' || t.s[end] == '\'') {
		return end + 1, quotation{t.s[end], end - i}
	}
	return i, quotation{}
}

// closing is where the text ends that a mark before i has opened: at the same mark
// with as many backslashes, or at the line's end.
func (t *text) closing(i int, opened quotation) int {
	if t.quotes == nil {
		t.findQuotes()
	}
	end := t.lineEnd(i)
	all := t.quotes[opened]
	next := sort.SearchInts(all, i+opened.escapes)
	if next < len(all) && all[next] < end {
		return all[next] - opened.escapes
	}
	return end
}

// findQuotes notes where every quotation mark stands.
func (t *text) findQuotes() {
	t.quotes = map[quotation][]int{}
	escapes := 0
	for i := range len(t.s) {
		switch c := t.s[i]; c {
		case '\\':
			escapes++
			continue
		case '"', '\'':
			q := quotation{c, escapes}
			t.quotes[q] = append(t.quotes[q], i)
		}
		escapes = 0
	}
	t.visited += len(t.s)
}

// cutOff says whether a word that ends there, not an empty one, was cut short: too
// little of a secret may be left to be told by its form.
func (t *text) cutOff(from, to int) bool { return from < to && strings.HasPrefix(t.s[to:], Cut) }
