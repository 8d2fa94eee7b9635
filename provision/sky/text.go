package sky

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns text as a person would have read it on a terminal: escape codes,
// control characters, and what has no width or turns the direction of writing removed
// (with them a text can be shown as another than it is), invalid UTF-8 replaced, and of a line that
// overwrote itself with carriage returns the last writing. SkyPilot's API
// server colours its log lines even where stdout is no terminal (transcript
// launch-quota), and its log formatter ends lines with \r\n. Pure.
func Clean(text string) string {
	if isClean(text) {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = CleanLine(line)
	}
	return strings.Join(lines, "\n")
}

func isClean(s string) bool {
	for _, r := range s {
		if r != '\n' && isControl(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}

// CleanLine does the work of Clean for a line without its newline.
func CleanLine(line string) string {
	if isClean(line) {
		return line
	}
	line = lastWriting(line)
	var b strings.Builder
	b.Grow(len(line))
	for i := 0; i < len(line); {
		if n := escapeLength(line[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(line[i:])
		if !isControl(r) {
			b.WriteRune(r) // an invalid byte comes as U+FFFD
		}
		i += n
	}
	return b.String()
}

// lastWriting is what a terminal shows of a line with carriage returns in it:
// progress bars rewrite their line.
func lastWriting(line string) string {
	line = strings.TrimRight(line, "\r")
	if at := strings.LastIndexByte(line, '\r'); at >= 0 {
		return line[at+1:]
	}
	return line
}

// isControl: what can't be seen of a text and changes how the rest of it is. Cf is
// Unicode's format characters: zero width, bidirectional controls, tags.
func isControl(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' ' && r != '\t'
	case r <= 0x9f:
		return true
	}
	switch r {
	case '\u2028', '\u2029', '\u034f', '\u115f', '\u1160', '\u3164', '\uffa0': // separators of lines; and letters that are empty
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// escapeLength is the number of bytes of the escape sequence that s begins
// with, 0 if there is none. An unfinished one runs to the end of s.
func escapeLength(s string) int {
	switch {
	case strings.HasPrefix(s, "\x1b["):
		return controlSequence(s, 2)
	case strings.HasPrefix(s, "\u009b"):
		return controlSequence(s, len("\u009b"))
	case strings.HasPrefix(s, "\x1b]"), strings.HasPrefix(s, "\x1bP"):
		return controlString(s)
	case strings.HasPrefix(s, "\x1b"):
		return shortEscape(s)
	}
	return 0
}

// controlSequence is ECMA-48's CSI: parameters and intermediates, then one
// final byte. A byte that fits neither ends it and is kept.
func controlSequence(s string, at int) int {
	for ; at < len(s); at++ {
		switch c := s[at]; {
		case c >= 0x40 && c <= 0x7e:
			return at + 1
		case c < 0x20 || c > 0x3f:
			return at
		}
	}
	return at
}

// controlString is an operating system command (a window's title, a link): to
// BEL or to ESC \.
func controlString(s string) int {
	for at := 2; at < len(s); at++ {
		if s[at] == '\a' {
			return at + 1
		}
		if s[at] == 0x1b {
			if at+1 < len(s) && s[at+1] == '\\' {
				return at + 2
			}
			return at
		}
	}
	return len(s)
}

// shortEscape is ESC, intermediates, and one final byte.
func shortEscape(s string) int {
	at := 1
	for at < len(s) && s[at] >= 0x20 && s[at] <= 0x2f {
		at++
	}
	if at < len(s) && s[at] >= 0x30 && s[at] <= 0x7e {
		at++
	}
	return at
}

// between is what stands in s after the first left and before the next right.
func between(s, left, right string) (string, bool) {
	_, rest, ok := strings.Cut(s, left)
	if !ok {
		return "", false
	}
	return cutFound(rest, right)
}

func cutFound(s, right string) (string, bool) {
	found, _, ok := strings.Cut(s, right)
	return found, ok
}
