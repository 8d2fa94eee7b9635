package redact

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decoded is a text with escapes undone that remembers where each byte came from.
type decoded struct {
	text  string
	spans []span // of each byte of text, in the text as it was; nil: it is the text as it was
}

// origin is where a part of the text stood.
func (d decoded) origin(from, to int) span {
	if d.spans == nil {
		return span{from, to}
	}
	return span{d.spans[from].from, d.spans[to-1].to}
}

// escape is one kind of escape: the byte it begins with, and what reads one, that
// is, says what it stands for and how many bytes it takes.
type escape struct {
	mark byte
	read func(s string) (meaning string, size int)
}

var (
	backslashes = escape{'\\', backslash}
	percents    = escape{'%', percent}
)

func (d decoded) decode(e escape) decoded {
	text := make([]byte, 0, len(d.text))
	spans := make([]span, 0, len(d.text))
	for i := 0; i < len(d.text); {
		if c := d.text[i]; c != e.mark {
			text, spans = append(text, c), append(spans, d.origin(i, i+1))
			i++
			continue
		}
		meaning, size := e.read(d.text[i:])
		from := d.origin(i, i+size)
		for range len(meaning) {
			spans = append(spans, from)
		}
		text = append(text, meaning...)
		i += size
	}
	return decoded{string(text), spans}
}

// percent reads %XX.
func percent(s string) (string, int) {
	if code, ok := digits(s, "%", 2, 16); ok {
		return string([]byte{byte(code)}), 3
	}
	return s[:1], 1
}

func hasPercent(s string) bool {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return false
		}
		if _, ok := digits(s[i:], "%", 2, 16); ok {
			return true
		}
		s = s[i+1:]
	}
}

// backslash reads the escapes of JSON, Python, YAML, Go and shells, which agree
// wherever two of them know the same.
func backslash(s string) (string, int) {
	if len(s) == 1 {
		return s, 1
	}
	if i := strings.IndexByte(`ntrabfve`, s[1]); i >= 0 {
		return "\n\t\r\a\b\f\v\x1b"[i : i+1], 2
	}
	if i := strings.IndexByte(`N_LP`, s[1]); i >= 0 { // YAML's alone
		return [...]string{"\u0085", "\u00a0", "\u2028", "\u2029"}[i], 2
	}
	start, sizes, base := s[:2], []int{}, uint32(16)
	switch {
	case s[1] == 'u':
		sizes = []int{4}
	case s[1] == 'x':
		sizes = []int{2}
	case s[1] == 'U':
		sizes = []int{8}
	case digit(s[1]):
		start, sizes, base = s[:1], []int{3, 1}, 8
	}
	for _, n := range sizes {
		if code, ok := digits(s, start, n, base); ok {
			return character(s, rune(code), len(start)+n) // what is no character becomes U+FFFD
		}
	}
	return s[1:2], 2
}

// character is code, together with the second half of a pair of \u escapes that
// mean one character.
func character(s string, code rune, size int) (string, int) {
	if utf16.IsSurrogate(code) {
		if low, ok := digits(s[size:], `\u`, 4, 16); ok {
			if pair := utf16.DecodeRune(code, rune(low)); pair != utf8.RuneError {
				return string(pair), size + 6
			}
		}
	}
	return string(code), size
}

// digits reads a number of n digits after start.
func digits(s, start string, n int, base uint32) (code uint32, ok bool) {
	if len(s) < len(start)+n || !strings.HasPrefix(s, start) {
		return 0, false
	}
	for i := range n {
		value := figure(s[len(start)+i])
		if value >= base {
			return 0, false
		}
		code = code*base + value
	}
	return code, true
}

// figure is a hexadecimal digit's value; 16 for what is none.
func figure(c byte) uint32 {
	switch c = lower(c); {
	case digit(c):
		return uint32(c - '0')
	case 'a' <= c && c <= 'f':
		return uint32(c-'a') + 10
	}
	return 16
}
