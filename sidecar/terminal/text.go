package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// leastWidth is below what lines are not broken: they would be torn to pieces.
const leastWidth = 20

// wrap breaks a line at spaces so that no part is longer than width, where words
// allow that. The parts after the first are indented as the text of the first is, or its second column.
// A " · " between two parts goes with neither. Codes for colors take no room. width 0: it is not broken.
func wrap(line string, width int) []string {
	if width < leastWidth || columns(line) <= width {
		return []string{line}
	}
	hang := indentation(line)
	if column := secondColumn(line); column > hang && column <= width/2 {
		hang = column
	}
	indent := strings.Repeat(" ", hang)
	var parts []string
	for columns(line) > width {
		runes := []rune(line)
		at := within(runes, width) // a space may stand just behind the part
		for at > len(indent) && runes[at] != ' ' {
			at--
		}
		if at <= len(indent) { // one long word
			at = within(runes, width)
			for at < len(runes) && runes[at] != ' ' {
				at++
			}
			if at == len(runes) {
				break
			}
		}
		parts = append(parts, strings.TrimRight(string(runes[:at]), " ·"))
		line = indent + strings.TrimLeft(string(runes[at:]), " ·")
	}
	return append(parts, line)
}

// within is how many of the runes fit into width columns.
func within(runes []rune, width int) int {
	used := 0
	for i := 0; i < len(runes); i++ {
		if runes[i] == '\x1b' {
			for runes[i] != 'm' && i+1 < len(runes) {
				i++
			}
			continue
		}
		if used == width {
			return i
		}
		used++
	}
	return len(runes)
}

// columns is how wide a text is on a terminal.
func columns(text string) int {
	n, code := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			code = true
		case code:
			code = r != 'm'
		default:
			n++
		}
	}
	return n
}

// indentation is how far the text of a line is indented: "  ✓ Done" by four. A mark is
// one sign that is no letter.
func indentation(line string) int {
	text := strings.TrimLeft(line, " ")
	n := len(line) - len(text)
	mark, size := utf8.DecodeRuneInString(text)
	if n > 0 && size < len(text) && text[size] == ' ' && !unicode.IsLetter(mark) && !unicode.IsDigit(mark) {
		n += 2
	}
	return n
}

// secondColumn is where the second column of an indented line begins, "  call    Call a method" at
// ten: two spaces or more part them. 0: it has none.
func secondColumn(line string) int {
	start := indentation(line)
	if start == 0 {
		return 0
	}
	gap := strings.Index(line[start:], "  ")
	if gap < 0 {
		return 0
	}
	rest := line[start+gap:]
	return utf8.RuneCountInString(line[:start+gap]) + len(rest) - len(strings.TrimLeft(rest, " "))
}

// cut shortens a line to width, and says that by an ellipsis.
func cut(line string, width int) string {
	if width <= 0 || utf8.RuneCountInString(line) <= width {
		return line
	}
	return string([]rune(line)[:width-1]) + "…"
}

// Quote quotes a word for a POSIX shell where it has to be.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:,@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
