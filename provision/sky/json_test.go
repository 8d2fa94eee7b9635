package sky

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"carapace/schema"
)

func TestDocument(t *testing.T) {
	for _, tt := range []struct {
		text  string
		want  any
		prose string
		err   error
	}{
		{"[]", []any{}, "", nil},
		{"{}\n", map[string]any{}, "", nil},
		{"\x1b[0m[]\x1b[0m \r\n\x1b[0m\n", []any{}, "", nil},
		{"prose [x]\n[]\n", []any{}, "prose [x]\n", nil},
		{"[\n  {\n  }\n]\n", []any{map[string]any{}}, "", nil},
		{"[\n]\nmore\n[\n  1\n]\n", []any{1.}, "[\n]\nmore\n", nil},
		{"[\nno JSON\n[\n  1\n]\n", []any{1.}, "[\nno JSON\n", nil},
		{"text\n{\n}", map[string]any{}, "text\n", nil},
		{"", nil, "", errNoDocument},
		{"prose [", nil, "prose [", errNoDocument},
		{" [\n", nil, " [\n", errNoDocument},
		{"[\n  1\n] x\n", []any{1.}, "", errMoreText},
		{"[\n  1\n]\nTraceback\n", []any{1.}, "", errMoreText},
		{"p\n[\n  1,", nil, "p\n", io.ErrUnexpectedEOF},
		{"p\n[\n", nil, "p\n", io.ErrUnexpectedEOF},
	} {
		for piece := 1; piece <= len(tt.text)+1; piece++ {
			var got any
			prose, err := decoded(tt.text, piece, value(&got))
			if !reflect.DeepEqual(got, tt.want) || prose != tt.prose || !errors.Is(err, tt.err) {
				t.Fatalf("%q in pieces of %d: %v, prose %q, %v", tt.text, piece, got, prose, err)
			}
		}
	}
	var list []any
	for text, want := range map[string]error{"{\n}\n": errNoDocument, "[\n  1,\n": io.ErrUnexpectedEOF, "[\n": io.ErrUnexpectedEOF} {
		if _, err := decoded(text, 3, rows(&list)); !errors.Is(err, want) {
			t.Errorf("%q as a list: %v, want %v", text, err, want)
		}
	}
}

// FuzzDocument: a document is the same in whatever pieces it comes, and is the one
// that ends the text.
func FuzzDocument(f *testing.F) {
	f.Add("Fetching job queue for: n\n{\n  \"n\": []\n}\n", 3)
	f.Add("[]", 1)
	f.Add("[\n[\n]", 2)
	f.Add("x\n{}\n\n", 1)
	f.Fuzz(func(t *testing.T, s string, piece int) {
		if piece < 1 {
			return
		}
		var whole, pieces any
		prose, err := decoded(s, len(s), value(&whole))
		again, errAgain := decoded(s, piece, value(&pieces))
		if prose != again || (err == nil) != (errAgain == nil) || !reflect.DeepEqual(whole, pieces) {
			t.Errorf("%q: %v %q %v, in pieces %v %q %v", s, whole, prose, err, pieces, again, errAgain)
		}
		if err == nil && whole == nil {
			t.Errorf("%q gave null", s)
		}
		var last any
		if document, found := strings.CutPrefix(Clean(s), prose); err == nil && (!found || json.Unmarshal([]byte(document), &last) != nil) {
			t.Errorf("%q: after %q there is no document", s, prose)
		}
		parseQueue(s, "n")
		parseRequests(s)
		parseCostReport(s)
	})
}

// printing is a Runner whose sky prints a text many times, between two others.
type printing struct {
	first, again, last string
	times              int
}

func (p printing) Expect(Call, int) {}

func (p printing) Run(_ context.Context, call Call) (Result, error) {
	_, _ = io.WriteString(call.Answer, p.first)
	again := []byte(p.again)
	for range p.times {
		_, _ = call.Answer.Write(again)
	}
	_, _ = io.WriteString(call.Answer, p.last)
	return Result{}, nil
}

func (p printing) Submit(context.Context, Call, string) (Result, error) {
	panic("nothing is submitted")
}

func requestJSON(id, body string) string {
	return fmt.Sprintf("  {\n    \"request_id\": %q,\n    \"name\": \"sky.launch\",\n    \"request_body\": %q,\n    \"status\": \"RUNNING\"\n  }", id, body)
}

// A request of a large task is found, although more is printed than is kept of any
// other output.
func TestRequestOfALargeTask(t *testing.T) {
	row := requestJSON(someID, strings.Repeat("x", 3<<20))
	got, err := NewClient(printing{first: "[\n", again: row, times: 1, last: "\n]\n"}, true).Request(context.Background(), someID)
	if err != nil || got.Status != "RUNNING" {
		t.Errorf("%+v, %v", got, err)
	}
}

// An answer that is not all read says so; it is not said that SkyPilot is away.
func TestAnAnswerThatIsNotWhole(t *testing.T) {
	row := requestJSON("other", strings.Repeat("x", 1<<20)) + ",\n"
	for name, tt := range map[string]struct {
		runner  Runner
		kind    schema.Kind
		message string
	}{
		"too long":        {printing{first: "[\n", again: row, times: 65, last: requestJSON(someID, "") + "\n]\n"}, schema.KindUnsupported, "longer than 64 MiB"},
		"too long a line": {printing{first: "[\n  \"", again: strings.Repeat("x", 1<<20), times: 65}, schema.KindUnsupported, "longer than 64 MiB"},
		"too much prose":  {printing{again: "a line of prose\n", times: maxProse, last: "[\n]\n"}, schema.KindUnsupported, "longer than 64 MiB"},
		"broken off":      {printing{first: "[\n", again: row, times: 1}, schema.KindAPIServer, "broke off"},
	} {
		_, err := NewClient(tt.runner, true).Request(context.Background(), someID)
		if e, ok := errors.AsType[*schema.Error](err); !ok || e.Kind != tt.kind || !strings.Contains(e.Message, tt.message) || e.Hint == "" {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

// BenchmarkAnswer is a list of 4,400 requests with bodies of 12 KiB, 53 MiB in all.
// What is allocated is the rows that are kept and a buffer for one.
func BenchmarkAnswer(b *testing.B) {
	row := requestJSON("other", strings.Repeat("x", 12<<10)) + ",\n"
	runner := printing{first: "[\n", again: row, times: 4400, last: requestJSON(someID, "") + "\n]\n"}
	b.SetBytes(int64(runner.times * len(row)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewClient(runner, true).Request(context.Background(), someID); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAnswerTakesNoMemory: what is allocated for an answer is a part of it.
func TestAnswerTakesNoMemory(t *testing.T) {
	row := []byte(requestJSON("other", strings.Repeat("x", 12<<10)) + ",\n")
	d := newDocument(func(d *json.Decoder) error { var found []requestRow; return rows(&found)(d) })
	defer d.end()
	_, _ = io.WriteString(d, "[\n")
	perRow := testing.AllocsPerRun(100, func() { _, _ = d.Write(row) })
	if perRow > 30 || cap(d.line) > 2*maxPiece || cap(d.since) > 4*maxProse || bytes.Count(d.since, row) > maxProse/len(row) {
		t.Errorf("%v allocations for a row, %d bytes of a line and %d of text", perRow, cap(d.line), cap(d.since))
	}
}
