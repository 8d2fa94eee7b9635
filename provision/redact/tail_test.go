package redact

import (
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	for _, tt := range []struct {
		text string
		max  int
		want string
	}{
		{" short \n", 10, "short"}, {"one\ntwo\nthree", 8, "three"}, {"abcdefgh", 3, "abc…"}, {"one\nüüüü", 3, "ü…"}, {"one\ntwo\nthree", 5, "three"}, {"", 3, ""},
	} {
		if got := Tail(tt.text, tt.max); got != tt.want {
			t.Errorf("Tail(%q, %d) = %q", tt.text, tt.max, got)
		}
	}
}

// TestTailCutsNoSecretInTwo lets a secret stand across the place of the cut, at
// every offset: what is kept, redacted, holds no piece of it.
func TestTailCutsNoSecretInTwo(t *testing.T) {
	const secret = "hunter22-swordfish"
	r := &Redactor{}
	r.Add(secret)
	for shift := range len(secret) + 2 {
		before := strings.Repeat("x", 64-shift)
		for _, text := range []string{
			"first\n" + before + secret + strings.Repeat("y", 64-shift),
			"first " + secret + strings.Repeat("y", 64-shift) + "\nlast",
		} {
			kept := r.String(Tail(text, 64))
			for i := range len(secret) - 3 {
				if piece := secret[i : i+4]; strings.Contains(kept, piece) {
					t.Errorf("shifted by %d: %q is in %q", shift, piece, kept)
				}
			}
		}
	}
}
