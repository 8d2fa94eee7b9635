package provision

import (
	"strings"
	"unicode/utf8"

	"carapace/schema"
)

// No message is to be larger than 16 KiB, apart from the self-description: a host
// that parses them on its user interface's thread must not stutter. These bounds
// leave room for what stands around them; operation.finished holds two details.
const (
	maxDetail = 3 << 10  // bytes of an error's raw tail
	maxLine   = 4 << 10  // bytes of a log's line
	maxList   = 12 << 10 // bytes of a list's entries, roughly
)

// lastBytes is the end of a text, cut at the beginning of a line.
func lastBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	text = text[len(text)-limit:]
	if _, rest, ok := strings.Cut(text, "\n"); ok {
		return rest
	}
	return strings.ToValidUTF8(text, "")
}

// shortLine is the beginning of a line that is too long.
func shortLine(line string) string {
	if len(line) <= maxLine {
		return line
	}
	cut := maxLine
	for !utf8.RuneStart(line[cut]) {
		cut--
	}
	return line[:cut] + " …"
}

// lastLines are the last lines of a log that fit into one answer.
func lastLines(lines []string) []string {
	size := 0
	for i := len(lines) - 1; i >= 0; i-- {
		if size += len(lines[i]) + len(lines[i])/8 + 3; size > maxList { // quotes, comma, escapes
			return lines[i+1:]
		}
	}
	return lines
}

// brief is an operation as a list shows it: operation.get has the details.
func brief(op schema.Operation) schema.Operation {
	if op.Error != nil && op.Error.Detail != "" {
		op.Error = op.Error.WithDetail("")
	}
	return op
}

func sizeOfOperation(op schema.Operation) int {
	size := 320 + len(op.Cluster) + len(op.Message)
	if op.Error != nil {
		size += 120 + len(op.Error.Message) + len(op.Error.Hint)
	}
	return size
}
