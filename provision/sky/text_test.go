package sky

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, tt := range [][2]string{
		{"plain ✓ ü\ttext\n", "plain ✓ ü\ttext\n"},
		{"\x1b[0m\x1b[32m✓ done\x1b[0m", "✓ done"},
		{"\x1b[?25hshown", "shown"},
		{"\x1b[38;5;12mcolour\x1b[m", "colour"},
		{"a\r\nb\r\n", "a\nb\n"},
		{"10%\r50%\r100%\n", "100%\n"},
		{"\x1b]0;title\atext", "text"},
		{"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"\u009b1mold\u009b0m", "old"},
		{"\x1b(Btext", "text"},
		{"bad \xff\xfe bytes", "bad \uFFFD\uFFFD bytes"},
		{"nul\x00bell\adel\x7f", "nulbelldel"},
		{"cut \x1b[3", "cut "},
		{"cut \x1b", "cut "},
		{"not a final\x1b[\x01x", "not a finalx"},
	} {
		if got := Clean(tt[0]); got != tt[1] {
			t.Errorf("Clean(%q) = %q, want %q", tt[0], got, tt[1])
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"a\x1b[1mb", "\x1b]0;x\ay", "a\rb\r\n", "\xff", "\u009b", "\x1bPx\x1b\\", "\x1b\x1b[", "é\x1b"} {
		f.Add(seed)
	}
	for _, r := range recordings(f) {
		f.Add(r.Stdout)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\r\x00\u009b") {
			t.Errorf("Clean(%q) = %q", s, got)
		}
		if again := Clean(got); again != got {
			t.Errorf("not stable: %q, then %q", got, again)
		}
		if strings.Count(got, "\n") != strings.Count(s, "\n") {
			t.Errorf("lines of %q changed: %q", s, got)
		}
	})
}

func TestLenientFields(t *testing.T) {
	var v struct {
		N number
		T words
		F flag
	}
	for raw, want := range map[string]string{
		`{"N":"4.5+","T":"x","F":true}`: "4.5 x true", `{"N":null,"T":null,"F":null}`: "0  false", `{"N":{},"T":[1],"F":"true"}`: "0  false",
	} {
		v.N, v.T, v.F = 0, "", false
		if _, err := decoded("{\n"+raw[1:], 4, value(&v)); err != nil {
			t.Fatal(raw, err)
		}
		if got := fmt.Sprint(float64(v.N), " ", v.T, " ", v.F); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}
