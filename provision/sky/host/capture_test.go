package host

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/provision/redact"
)

func TestCapture(t *testing.T) {
	for _, tt := range []struct {
		writes []string
		want   string
	}{
		{nil, ""},
		{[]string{"ab", "cd"}, "abcd"},
		{[]string{"abcd", "efgh"}, "abcdefgh"},
		{[]string{"abcdefghi"}, "abcd…\n"},
		{[]string{"abcdef\ngh", "i\njk"}, "abcd…\njk"},
		{[]string{"abcd", "e", "f", "g", "h", "i", "\n", "k", "l", "m"}, "abcd…\nklm"},
		{[]string{"abcd", strings.Repeat("x", 100), "\nyz"}, "abcd…\nyz"},
	} {
		c := &capture{headMax: 4, tailMax: 4}
		for _, w := range tt.writes {
			c.write([]byte(w))
		}
		if got := c.text(); got != tt.want {
			t.Errorf("%q: %q", tt.writes, got)
		}
		if cap(c.tail) > 64 {
			t.Errorf("%q: grew to %d", tt.writes, cap(c.tail))
		}
	}
}

func TestSplitter(t *testing.T) {
	var got []string
	s := &splitter{emit: func(line string) { got = append(got, line) }}
	for _, w := range []string{"a", "b\r\n\nc", "\x1b[3", "1md\n", "10%\r", "20%\n", "\xc3", "\xa9\n", "end"} {
		s.write([]byte(w))
	}
	s.close()
	if want := []string{"ab", "", "cd", "20%", "é", "end"}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q", got)
	}
}

// TestCutTextHoldsNoHalfOfASecret lets a secret stand across each place where text
// is cut, at every offset: what is kept, redacted, holds no piece of it.
func TestCutTextHoldsNoHalfOfASecret(t *testing.T) {
	const secret = "hunter22-swordfish"
	r := &redact.Redactor{}
	r.Add(secret)
	clean := func(where string, shift int, kept string) {
		shown := r.String(kept)
		for i := range len(secret) - 3 {
			if piece := secret[i : i+4]; strings.Contains(shown, piece) {
				t.Errorf("%s, shifted by %d: %q is in what was kept", where, shift, piece)
				return
			}
		}
	}
	path := filepath.Join(t.TempDir(), "output")
	for shift := range len(secret) + 2 {
		before := func(limit int) string { return strings.Repeat("x", limit-shift) }
		s := &splitter{emit: func(line string) { clean("a line", shift, line) }}
		s.write([]byte(before(maxLine) + secret + " more\n"))

		text := before(64) + secret + strings.Repeat("y", 500) + secret + strings.Repeat("z", 64-len(secret)+shift) + "\nlast"
		c := &capture{headMax: 64, tailMax: 64 + 5}
		c.write([]byte(text))
		clean("a stream", shift, c.text())

		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		kept, err := readEnd(path, 64+5)
		if err != nil {
			t.Fatal(err)
		}
		clean("an output file", shift, kept)
	}
}

// A line that has no end is given, once: who watches has to hear of it.
func TestALineWithoutAnEnd(t *testing.T) {
	var given []int
	s := &splitter{emit: func(line string) { given = append(given, len(line)) }}
	for range 3 {
		s.write([]byte(strings.Repeat("x", maxLine)))
	}
	if want := []int{maxLine + len(redact.Cut)}; !slices.Equal(given, want) {
		t.Errorf("without an end: %v, want %v", given, want)
	}
	s.write([]byte("x\nnext\n"))
	s.close()
	if want := []int{maxLine + len(redact.Cut), len("next")}; !slices.Equal(given, want) {
		t.Errorf("with one: %v, want %v", given, want)
	}
}
