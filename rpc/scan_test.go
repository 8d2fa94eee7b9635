package rpc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// notJSON are texts that the grammar of RFC 8259 does not have.
var notJSON = []string{
	// Structure.
	"[", "]", "{", "}", "[]]", "[[]", "{}}", "[1", "[1,", "[,1]", "[1,]", "[1,,2]", "[,]", "[1 2]", "[1:2]", "[1}", "{]", `["a"`, `["`, `["\`,
	`{"a"}`, `{"a":}`, `{"a",1}`, `{:1}`, `{1:1}`, `{null:1}`, `{"a":1,}`, `{"a":1,,}`, `{,"a":1}`, `{"a" 1}`, `{"a"::1}`, `{"a":1 "b":2}`, `{"a":1:2}`,
	`{'a':1}`, `{a:1}`, `{"a":1`, `{"a":`, `{"a"`, `{"`, `{[]:1}`, `{{}:1}`, "{}{}", "[][]", "1 2", "{} 1", "[] x", `"a" "b"`, "null null", "[1]\x00", "*", "<null>", "#", ":", ",",
	// Comments and separators.
	"/**/", "[1]//", `{"a":1/*x*/}`, `{"a":1}#`, "[1]/", "[1;2]", "[1\x0b]", "[\x0c]", "\x0c{}", "[\u00a0]", "[\u2060]", "\u2028[]", "\u3000[]",
	// Literals.
	"nul", "nulll", "NULL", "Null", "tru", "truE", "True", "fals", "falsee", "undefined", "NaN", "nan", "Infinity", "-Infinity", "inf", "[nul]", "[truefalse]", "None",
	// Numbers.
	"-", "+1", "01", "-01", "00", "0x1", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1e1.0", "1E", "0e", "0.e1", "1.2.3", "1_000", "1,000", "--1", "-+1", "1-", "1+", "0b1", "1a", "1 000", "٣", "１", "-x", "1eE2", "2.e3", "9.e+", "[-]", "[1ea]", "[- 1]", "-foo",
	// Strings.
	`"`, `"a`, `"\`, `"\"`, `"a"b`, `'a'`, `"\x41"`, `"\u"`, `"\u1"`, `"\u12"`, `"\u123"`, `"\u123g"`, `"\U0041"`, `"\a"`, `"\'"`, `"\0"`, `"\ "`, `"\é"`, `"\u00é0"`, `["\uD800\"]`, `["\uD800\u"]`, `["\uD800\u1"]`, `["\uD800\u1x"]`,
	"\"\t\"", "\"\x00\"", "\"\x1f\"", "\"a\rb\"", "“a”", "a", `\"a\"`, "`a`", "\"\\\x00\"",
	// Encodings: raw NUL, a mark in the middle, bytes that are not UTF-8, UTF-16, UTF-32.
	"\x00", "\xef\xbb\xbf", "\xef\xbb\xbf{}", "{}\xef\xbb\xbf", "\xef\xbb{}", "\xff", "\"\xff\"", "\"\xc0\x80\"", "\"\xc3\"", "\"\xe2\x82\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xf5\x80\x80\x80\"", "\"\xe0\x80\x80\"", "\"\x80\"", "\"\\u00\xe5\"", "[\"a\xe9\"]", "\xe5", "[1\xe5]", "[1e\xe5]", "[0\xe5]", "\"\\\xe5\"",
	"\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}", "{\x00}\x00", "\x00\x00\x00{",
}

// isJSON are texts that it has; none is a request.
var isJSON = []string{
	"null", "true", "false", "0", "-0", "1", "-1", "10", "1.0", "0.1", "-0.0", "1e1", "1E1", "1e+1", "1e-1", "0e0", "0E+0", "1.5e300", "1e999999", "-1e-999999", "123456789012345678901234567890", "0.0000000000000000000000001", "20e1", "123.456e78",
	`""`, `"a"`, `" "`, `"\""`, `"\\"`, `"\/"`, `"\b\f\n\r\t"`, `"\u0000"`, `"\u0022"`, `"\u005C"`, `"\uABCD\uabcd"`, `"\ud83d\ude00"`, `"\ud800"`, `"\udc00"`, `"\ude00\ud83d"`, `"\uDADA"`, `"\ud800\ud800\u0061"`, `"\uFFFF"`, `"\u2028"`,
	"\"\x7f\"", "\"é\"", "\"€\"", "\"😀\"", "\"\u2028\u2029\"", "\"\ufeff\"", "\"\U0010ffff\"", "\"\ufffe\"", "\"\u200b\"", `"/*x*/"`, `"\\a"`, `"\\u0041"`, `"π"`,
	"{}", `{"":0}`, `{"a":{}}`, `{"a":[],"b":{}}`, `{"a\u0000b":1}`, ` { "a" : 1 , "b" : [ ] } `, `{"a":null}`, `{"min":-1.0e+28,"max":1.0e+28}`, "\t{\r}\t",
	"[1]", "[ 1 ]", "[[]]", "[[],[]]", "[{}]", `["a","b"]`, "[null,1,\"1\",{}]", "[1,null,null,2]", "[\"\"]", " [1] ", "[true]", "[-0]",
}

func TestScanTellsJSON(t *testing.T) {
	var s scanner
	for _, text := range notJSON {
		if s.scan([]byte(text)) {
			t.Errorf("accepted %q", text)
		}
	}
	for _, text := range append(slices.Clone(isJSON), "[]") {
		if !s.scan([]byte(text)) {
			t.Errorf("refused %q", text)
		}
	}
}

// TestCorpusIsAnswered sends each text as a line of one session: the answer has
// the right code, and the next line is answered too.
func TestCorpusIsAnswered(t *testing.T) {
	check := func(code int, texts []string) {
		for _, text := range texts {
			want := fmt.Sprintf(`"error":{"code":%d,`, code)
			lines := answersTo(t, echoTable(), Options{}, "\n"+text+"\n"+request("ping", 60))
			if len(lines) != 2 || !strings.Contains(lines[0], want) || !strings.HasSuffix(lines[1], `"result":{}}`) {
				t.Errorf("%q is answered %q, want %d", text, lines, code)
			}
		}
	}
	// In a line by itself an unfinished text stays unfinished; one with a newline would be two.
	check(-32700, slices.DeleteFunc(slices.Clone(notJSON), func(s string) bool { return s == "\xef\xbb\xbf{}" }))
	check(-32600, isJSON)
}

func TestDepth(t *testing.T) {
	nested := func(open, end string, n int) string { return strings.Repeat(open, n) + "1" + strings.Repeat(end, n) }
	within := func(value string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"ping","more":` + value + `}`
	}
	for _, c := range []struct{ name, line, want string }{
		{"as deep as allowed", within(nested("[", "]", maxDepth-1)), `"result":{}`},
		{"one deeper", within(nested("[", "]", maxDepth)), `"code":-32600`},
		{"objects", within(nested(`{"a":`, "}", 20000)), `"code":-32600`},
		{"a batch", nested("[", "]", 500000), `"code":-32600`},
		{"a batch of an object", "[" + nested(`{"a":[`, "]}", 50000) + "]", `"code":-32600`},
		{"unfinished", strings.Repeat("[", 100000), `"code":-32700`},
		{"unfinished objects", strings.Repeat(`[{"":`, 50000), `"code":-32700`},
		{"wrong end", within(strings.Repeat("[", 5000) + strings.Repeat("}", 5000)), `"code":-32700`},
		{"a name twice beside", within(`[{"a":1,"a":2},` + nested("[", "]", maxDepth) + "]"), `"code":-32600`},
	} {
		lines := answersTo(t, echoTable(), Options{}, c.line+"\n"+request("ping", 60))
		if len(lines) != 2 || !strings.Contains(lines[0], c.want) || !strings.Contains(lines[1], `"result":{}`) {
			t.Errorf("%s: %.200q", c.name, lines)
		}
	}
}

func TestNames(t *testing.T) {
	object := func(n int, last string) []byte {
		var b strings.Builder
		b.WriteString("{")
		for i := range n {
			fmt.Fprintf(&b, `"n%d":{"n":[%d]},`, i, i)
		}
		return []byte(b.String() + `"` + last + `":0}`)
	}
	for _, n := range []int{0, 1, fewNames - 1, fewNames, fewNames + 1, 1000, 60000} {
		var s scanner
		if !s.scan(object(n, "new")) || s.elements[0].twice {
			t.Errorf("%d names and a new one: twice", n)
		}
		if n > 0 && (!s.scan(object(n, `n\u0030`)) || !s.elements[0].twice) {
			t.Errorf("%d names and the first again: not found", n)
		}
		if n > 0 && (!s.scan(object(n, fmt.Sprint("n", n-1))) || !s.elements[0].twice) {
			t.Errorf("%d names and the last again: not found", n)
		}
	}
}

// valid is another opinion on what JSON is.
func valid(text []byte) bool { return utf8.Valid(text) && json.Valid(text) }

// repeats is another opinion on whether a name stands twice in an object. Text with
// escaped halves of surrogate pairs is not for it: encoding/json makes them equal.
func repeats(text string) bool {
	d := json.NewDecoder(strings.NewReader(text))
	var open []map[string]bool // nil for an array
	isName := false
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		inObject := len(open) > 0 && open[len(open)-1] != nil
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open = append(open, map[string]bool{})
				isName = true
				continue
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			isName = len(open) > 0 && open[len(open)-1] != nil
		case string:
			if inObject && isName {
				if open[len(open)-1][token] {
					return true
				}
				open[len(open)-1][token] = true
				isName = false
				continue
			}
			isName = inObject
		default:
			isName = inObject
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, text := range slices.Concat(notJSON, isJSON) {
		f.Add([]byte(text))
	}
	f.Add([]byte(`{"a":{"b":1,"c":{"b":1}},"b":[{"a":1},{"a":2}],"a":3}`))
	var s scanner
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := s.scan(text), valid(text); got != want {
			t.Fatalf("scan(%q) = %v, want %v", text, got, want)
		}
		if !valid(text) || len(s.elements) == 0 || s.batch() || strings.Contains(strings.ToLower(string(text)), `\ud`) {
			return
		}
		if got, want := s.elements[0].twice, repeats(string(text)); got != want {
			t.Fatalf("%q: a name stands twice: %v, want %v", text, got, want)
		}
	})
}
