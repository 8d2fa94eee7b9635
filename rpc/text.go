package rpc

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// bare returns the text of a valid raw JSON string, without copying if nothing is
// escaped. Half of a surrogate pair stands in it as three bytes that are not
// UTF-8, so that two of them differ.
func bare(raw []byte) []byte {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return unescape(make([]byte, 0, len(inner)), inner)
}

// unescape appends the text of what stands between a valid JSON string's quotes.
func unescape(dst, inner []byte) []byte {
	for {
		i := bytes.IndexByte(inner, '\\')
		if i < 0 {
			return append(dst, inner...)
		}
		dst = append(dst, inner[:i]...)
		inner = inner[i:]
		if inner[1] != 'u' {
			dst = append(dst, shortEscape(inner[1]))
			inner = inner[2:]
			continue
		}
		r, n := unicodeEscape(inner)
		inner = inner[n:]
		dst = appendRune(dst, r)
	}
}

func shortEscape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // a quote, a backslash or a slash stands for itself
}

// unicodeEscape reads one \u escape, or two that are a surrogate pair.
func unicodeEscape(d []byte) (r rune, length int) {
	r, _ = hex4(d[2:])
	if utf16.IsSurrogate(r) && len(d) >= 12 && d[6] == '\\' && d[7] == 'u' {
		low, _ := hex4(d[8:])
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, 6
}

func appendRune(dst []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(dst, r)
}

// hex4 reads four hexadecimal digits.
func hex4(d []byte) (rune, bool) {
	if len(d) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range d[:4] {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
