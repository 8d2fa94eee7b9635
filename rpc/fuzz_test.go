package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answersDue is another opinion on how many answers a line gets: in a batch, its
// elements'; alone, 0 or 1. ok is false where it has none: text with escaped halves
// of surrogate pairs, which encoding/json changes, and deep nesting.
func answersDue(line []byte) (n int, ok bool) {
	text := string(line)
	if strings.Contains(strings.ToLower(text), `\ud`) || strings.Count(text, "[")+strings.Count(text, "{") > 100 {
		return 0, false
	}
	if !valid(line) {
		return 1, true
	}
	var elements []json.RawMessage
	if json.Unmarshal(line, &elements) != nil || bytes.HasPrefix(bytes.TrimSpace(line), []byte("null")) {
		return answerDue(line), true
	}
	if len(elements) == 0 {
		return 1, true
	}
	for _, e := range elements {
		n += answerDue(e)
	}
	return n, true
}

func answerDue(element []byte) int {
	var m map[string]json.RawMessage
	if repeats(string(element)) || json.Unmarshal(element, &m) != nil || m == nil {
		return 1
	}
	var version, method string
	if json.Unmarshal(m["jsonrpc"], &version) != nil || version != "2.0" {
		return 1
	}
	id, hasID := m["id"]
	_, hasMethod := m["method"]
	_, result := m["result"]
	_, failure := m["error"]
	switch params := m["params"]; {
	case hasID && !hasMethod && (result || failure):
		return 0
	case string(m["method"]) == "null" || json.Unmarshal(m["method"], &method) != nil,
		hasID && strings.ContainsAny(string(id[:1]), "[{tf"),
		len(params) > 0 && params[0] != '{' && params[0] != '[':
		return 1
	case hasID:
		return 1
	}
	return 0
}

// FuzzStream: whatever comes in, what goes out are lines of JSON, one answer for
// everything that must be answered.
func FuzzStream(f *testing.F) {
	files, _ := filepath.Glob("testdata/transcripts/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if message, ok := strings.CutPrefix(line, "--> "); ok {
				f.Add([]byte(message))
			}
		}
	}
	f.Add([]byte("\xef\xbb\xbf" + request("ping", 60) + "\r\n\n[" + pingWith("1") + "," + pingWith("1") + "]\nx"))
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"ping"}` + "\n" + `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}`))
	table := exampleTable()
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if err := NewServer(table, Options{}).Serve(context.Background(), bytes.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, line := range outputLines(t, out.String()) {
			got += answersIn(t, line)
		}
		want := 0
		for line := range bytes.SplitSeq(bytes.TrimPrefix(in, byteOrderMark), []byte("\n")) {
			if len(bytes.Trim(line, " \t\r")) == 0 {
				continue
			}
			n, ok := answersDue(line)
			if !ok {
				return
			}
			want += n
		}
		if got != want && !bytes.HasPrefix(in, byteOrderMark) {
			t.Fatalf("%d answers, want %d:\n%s", got, want, out.Bytes())
		}
	})
}

// answersIn checks a line of output and counts its answers.
func answersIn(t *testing.T, line string) int {
	var answers []map[string]json.RawMessage
	if strings.HasPrefix(line, "{") {
		line = "[" + line + "]"
	}
	if err := json.Unmarshal([]byte(line), &answers); err != nil || len(answers) == 0 {
		t.Fatalf("%s: %v", line, err)
	}
	for _, a := range answers {
		if string(a["jsonrpc"]) != `"2.0"` || a["id"] == nil || (a["result"] == nil) == (a["error"] == nil) {
			t.Fatalf("no answer: %s", line)
		}
	}
	return len(answers)
}
