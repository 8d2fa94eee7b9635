package backend

import (
	"unicode/utf8"

	"carapace/provision/redact"
)

// No message is to be larger than 16 KiB, apart from the self-description: a host
// that parses them on its user interface's thread must not stutter. These bounds
// leave room for what stands around them; operation.finished holds two details.
const (
	maxDetail = 3 << 10 // bytes of an error's raw tail
	maxLine   = 4 << 10 // bytes of a log's line, before secrets are taken out of it
)

// shortLine is the beginning of a line that is too long, with redact.Cut for its end.
func shortLine(line string) string {
	if len(line) <= maxLine {
		return line
	}
	cut := maxLine
	for cut > maxLine-utf8.UTFMax && !utf8.RuneStart(line[cut]) {
		cut--
	}
	return line[:cut] + redact.Cut
}
