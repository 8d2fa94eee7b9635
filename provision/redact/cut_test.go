package redact

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCutShort(t *testing.T) {
	r := knowing("hunter22-swordfish", "first line\nsecond line", "pässwörter")
	for text, want := range map[string]string{
		"a hunter22-sword…":               "a [redacted]…",
		"a hunter22-sword…\nhunter22-sw":  "a [redacted]…\nhunter22-sw", // not cut: another word
		"a hunter22-sword… and more":      "a [redacted]… and more",
		"a hunter22-swordfish…":           "a [redacted]…",
		"hunt…":                           "[redacted]…",
		"hun…":                            "hun…", // nothing is given away by so little
		"x second li…":                    "x [redacted]…",
		`{"x": "p\u00e4ssw\u00f6rt…`:      `{"x": "[redacted]…`,
		`{"x": "p\u00e4ssw\u0…`:           `{"x": "[redacted]…`, // an escape was cut
		"x?y=p%C3%A4ssw%C…":               "x?y=[redacted]…",
		"p\u00e4ssw\uFFFD…":               "[redacted]…", // a letter was
		"hunter22 is not cut off here, …": "hunter22 is not cut off here, …",
		"Waiting for the server …":        "Waiting for the server …",
		"key ghp_abcdef…":                 "key [redacted]…",
		"id AKIAIOSF…":                    "id [redacted]…",
		"sk-proj-1…":                      "[redacted]…",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiO…": "[redacted]…",
		"ghp_… and sk-… are tokens":       "ghp_… and sk-… are tokens",
	} {
		got := r.String(text)
		if got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		if again := r.String(got); again != got {
			t.Errorf("%q became %q the second time", got, again)
		}
	}
}

// FuzzCut cuts a text anywhere in a secret that is printed in it, in each of the
// ways in which programs print one: nothing of it that is longer than what may be
// shown stays before the mark.
func FuzzCut(f *testing.F) {
	f.Add("hunter22-swordfish", "TOKEN=", 12)
	f.Add("pässwörter und \"mehr\"", "x ", 9)
	f.Add("two\nlines of it", "", 9)
	f.Fuzz(func(t *testing.T, secret, before string, length int) {
		plain := strings.TrimSpace(secret)
		if !utf8.ValidString(secret) || strings.ContainsAny(secret+before, "\x00\r"+Cut) || len(secret) > 200 || len(plain) < minLength || ordinary(plain) {
			return
		}
		for name, quote := range quotings {
			quoted := quote(secret)
			if length < 0 || length > len(quoted) || strings.ContainsAny(before, `\%`) {
				continue
			}
			kept := quoted[:length]
			got := knowing(secret).String(before + kept + Cut)
			at := strings.Index(quoted, firstLetters(plain))
			if at < 0 || length < at+minLength || !strings.HasPrefix(plain, kept[at:]) {
				continue // it begins in another way: known by its escapes alone, or cut before it
			}
			if last, _, _ := strings.Cut(got, Cut); strings.HasSuffix(last, kept[at:]) {
				t.Errorf("%s: of %q, cut after %q, stays %q", name, secret, kept, got)
			}
		}
	})
}

func firstLetters(s string) string { return s[:minLength] }
