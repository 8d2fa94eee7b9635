package redact

import "strings"

// Tail returns the last whole lines of a text that have at most limit bytes together, without the space around them. Of a last line that
// is longer it returns the beginning, and Cut behind it: the end alone could begin with half a secret, which nothing would know
// for one.
func Tail(text string, limit int) string {
	text = strings.TrimSpace(text)
	if len(text) <= limit {
		return text
	}
	if lines := WholeLines(text[len(text)-limit-1:]); lines != "" {
		return lines
	}
	last := text[strings.LastIndexByte(text, '\n')+1:]
	return strings.ToValidUTF8(last[:limit], "") + Cut
}

// WholeLines returns a text without its first line, whose beginning is missing.
func WholeLines(text string) string {
	_, rest, _ := strings.Cut(text, "\n")
	return rest
}
