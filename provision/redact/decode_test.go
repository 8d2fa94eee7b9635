package redact

import (
	"strings"
	"testing"
)

func TestBackslash(t *testing.T) {
	for _, c := range []struct {
		text, meaning string
		size          int
	}{
		{`\`, `\`, 1},
		{`\\n`, `\`, 2},
		{`\"x`, `"`, 2},
		{`\/x`, `/`, 2},
		{`\ x`, ` `, 2},
		{`\nx`, "\n", 2},
		{`\e[0m`, "\x1b", 2},
		{`\x`, "x", 2},
		{`\x4`, "x", 2},
		{`\x41g`, "A", 4},
		{`\xg1`, "x", 2},
		{`\xe9`, "é", 4},
		{`\u00e9x`, "é", 6},
		{`\u00E9x`, "é", 6},
		{`\u00e`, "u", 2},
		{`\ud83d\udd11x`, "🔑", 12},
		{`\ud83dx`, "\ufffd", 6},
		{`\ud83d\u0041`, "\ufffd", 6},
		{`\U0001f511x`, "🔑", 10},
		{`\Uffffffff`, "\ufffd", 10},
		{`\Users\x`, "U", 2},
		{`\101`, "A", 4},
		{`\0x`, "\x00", 2},
		{`\9`, "9", 2},
		{`\_`, "\u00a0", 2},
		{`\N`, "\u0085", 2},
		{`\L`, "\u2028", 2},
		{`\P`, "\u2029", 2},
	} {
		if meaning, size := backslash(c.text); meaning != c.meaning || size != c.size {
			t.Errorf("%s: %q of %d bytes, want %q of %d", c.text, meaning, size, c.meaning, c.size)
		}
	}
}

func TestPercent(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a%20b": "a b", "%C3%a9": "é", "%": "%", "%4": "%4", "%zz": "%zz", "%%41": "%A", "100% a%2": "100% a%2",
	} {
		got := decoded{text: text}.decode(percents)
		if got.text != want {
			t.Errorf("%q became %q, want %q", text, got.text, want)
		}
		if hasPercent(text) != (text != want) {
			t.Errorf("hasPercent(%q) is %v", text, hasPercent(text))
		}
	}
}

// TestOrigin: what is found in a decoded text is masked in the text as it was.
func TestOrigin(t *testing.T) {
	for _, c := range []struct {
		text    string
		escapes []escape
		find    string
		want    string // the part of text
	}{
		{"a secret b", nil, "secret", "secret"},
		{`a \u0073ecre\x74 b`, []escape{backslashes}, "secret", `\u0073ecre\x74`},
		{`\n\\secret\n`, []escape{backslashes}, `\secret`, `\\secret`},
		{`é\u00e9é`, []escape{backslashes}, "éé", `é\u00e9`},
		{"x%73ecret%20y", []escape{percents}, "secret ", "%73ecret%20"},
		{`x\\u0073ecret\\n`, []escape{backslashes, backslashes}, "secret\n", `\\u0073ecret\\n`},
		{`x\u002573ecret`, []escape{backslashes, percents}, "secret", `\u002573ecret`},
		{"x%5Cu0073ecret", []escape{percents, backslashes}, "secret", "%5Cu0073ecret"},
	} {
		d := decoded{text: c.text}
		for _, e := range c.escapes {
			d = d.decode(e)
		}
		i := strings.Index(d.text, c.find)
		if i < 0 {
			t.Errorf("%q became %q", c.text, d.text)
			continue
		}
		if at := d.origin(i, i+len(c.find)); c.text[at.from:at.to] != c.want {
			t.Errorf("%q: %q, want %q", c.text, c.text[at.from:at.to], c.want)
		}
	}
}

func TestMask(t *testing.T) {
	for _, c := range []struct {
		text  string
		found []span
		want  string
	}{
		{"abcdef", []span{{0, 6}}, "[redacted]"},
		{"abcdef", []span{{1, 2}, {4, 5}}, "a[redacted]cd[redacted]f"},
		{"abcdef", []span{{4, 5}, {1, 2}}, "a[redacted]cd[redacted]f"},
		{"abcdef", []span{{1, 3}, {2, 5}}, "a[redacted]f"},
		{"abcdef", []span{{1, 3}, {3, 5}}, "a[redacted]f"},
		{"abcdef", []span{{1, 5}, {2, 3}}, "a[redacted]f"},
		{"abcdef", []span{{1, 5}, {1, 5}}, "a[redacted]f"},
		{"a[redacted]b", []span{{2, 4}}, "a[redacted]b"},
		{"a[redacted]b", []span{{0, 1}}, "[redacted]b"},
		{"a[redacted]b", []span{{0, 3}, {11, 12}}, "[redacted]"},
	} {
		if got := mask(c.text, c.found); got != c.want {
			t.Errorf("%q without %v: %q, want %q", c.text, c.found, got, c.want)
		}
	}
}

// TestBase64s: whatever stands around a value, one of its forms is in the text.
func TestBase64s(t *testing.T) {
	for _, value := range []string{"abcd", "hunter22", "hunter222", "hunter2222", "\xfb\xff\xfe?>"} {
		for before := range 7 {
			for after := range 7 {
				text := quotings["base64"](strings.Repeat("<", before) + value + strings.Repeat(">", after))
				if got := knowing(value).String(text); got == text {
					t.Errorf("%q, %d and %d bytes around it, stays: %q", value, before, after, text)
				}
			}
		}
	}
}
