package sky

import (
	"encoding/json"
	"strings"
)

// decodeLast decodes the JSON document that ends SkyPilot's output into v.
//
// `-o json` prints one document, indented, at the very end, and prose before it
// on the same stream: "Fetching job queue for: …" always (transcript queue),
// "Cluster(s) not found: …", a server being started, refresh failures that hold
// brackets of their own (transcript status-throttled). So the document begins
// at the last line that is an opening bracket alone in its first column. A
// nested bracket is indented and can't be taken for it.
func decodeLast(output string, v any) bool {
	document, ok := lastDocument(Clean(output))
	return ok && json.Unmarshal([]byte(document), v) == nil
}

func lastDocument(text string) (string, bool) {
	end := len(text)
	for end > 0 {
		start := strings.LastIndexByte(text[:end], '\n') + 1
		switch strings.TrimRight(text[start:end], " \t\r") {
		case "[", "{", "[]", "{}":
			return text[start:], true
		}
		end = start - 1
	}
	return "", false
}

// prose is what stands before the document that decodeLast reads; all of the
// text if there is none.
func prose(text string) string {
	if document, ok := lastDocument(text); ok {
		return text[:len(text)-len(document)]
	}
	return text
}

// number reads what SkyPilot prints now as a number and now as a string
// ("4.0", "2+"), and null. Anything else is 0.
type number float64

func (n *number) UnmarshalJSON(raw []byte) error {
	*n = number(parseFloat(strings.Trim(string(raw), `"+ `)))
	return nil
}

// text reads a string; null, or a value of another type, is "".
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*t = text(s)
	}
	return nil
}

// flag reads a boolean; null, or a value of another type, is false.
type flag bool

func (f *flag) UnmarshalJSON(raw []byte) error {
	*f = string(raw) == "true"
	return nil
}
