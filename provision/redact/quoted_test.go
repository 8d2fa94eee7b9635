package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// quotings are the ways in which programs print a value.
var quotings = map[string]func(string) string{
	"raw":            func(v string) string { return v },
	"JSON, Go":       func(v string) string { b, _ := json.Marshal(v); return string(b) },
	"JSON, plain":    plainJSON,
	"JSON, Python":   func(v string) string { return `"` + strings.Trim(strconv.QuoteToASCII(v), `"`) + `"` },
	"JSON in JSON":   func(v string) string { return plainJSON(plainJSON(v)) },
	"JSON thrice":    func(v string) string { return plainJSON(plainJSON(plainJSON(v))) },
	"Go":             strconv.Quote,
	"Python, str":    pythonStr,
	"Python, bytes":  pythonBytes,
	"Python in JSON": func(v string) string { return plainJSON(pythonStr(v)) },
	"YAML, double":   func(v string) string { return yamlOf(v, yaml.DoubleQuotedStyle) },
	"YAML, single":   func(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" },
	"URL query":      url.QueryEscape,
	"URL path":       url.PathEscape,
	"URL, small":     func(v string) string { return percentAll(v, "%%%02x") },
	"URL, all":       func(v string) string { return percentAll(v, "%%%02X") },
	"URL in JSON":    func(v string) string { return plainJSON(url.QueryEscape(v)) },
	"JSON in URL":    func(v string) string { return url.QueryEscape(plainJSON(v)) },
	"shell, Python":  func(v string) string { return "'" + strings.ReplaceAll(v, "'", `'"'"'`) + "'" },
	"shell, others":  func(v string) string { return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'" },
	"shell, double": func(v string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(v) + `"`
	},
	"shell in JSON":     func(v string) string { return plainJSON("'" + strings.ReplaceAll(v, "'", `'"'"'`) + "'") },
	"base64":            func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	"base64, URL":       func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) },
	"base64 of a line":  func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v + "\n")) },
	"base64 of more":    func(v string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + v + "@host")) },
	"base64 of more, 2": func(v string) string { return base64.StdEncoding.EncodeToString([]byte("me12:" + v + "@hos")) },
	"line by line":      func(v string) string { return strings.Join(strings.Split(v, "\n"), "\n(setup, pid=1) ") },
	"indented":          func(v string) string { return "|\n    " + strings.Join(strings.Split(v, "\n"), "\n    ") },
}

func plainJSON(v string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return strings.TrimSuffix(out.String(), "\n")
}

func pythonStr(v string) string {
	var out strings.Builder
	for _, c := range v {
		switch {
		case c == '\'' || c == '\\':
			out.WriteString(`\` + string(c))
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\r':
			out.WriteString(`\r`)
		case c == '\t':
			out.WriteString(`\t`)
		case c < 0x20 || c >= 0x7f && c < 0xa1:
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteRune(c)
		}
	}
	return "'" + out.String() + "'"
}

func pythonBytes(v string) string {
	var out strings.Builder
	for i := range len(v) {
		switch c := v[i]; {
		case c == '\'' || c == '\\':
			out.WriteString(`\` + string(rune(c)))
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return "b'" + out.String() + "'"
}

func yamlOf(v string, style yaml.Style) string {
	out, _ := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Style: style, Value: v})
	return string(out)
}

func percentAll(v, format string) string {
	var out strings.Builder
	for i := range len(v) {
		fmt.Fprintf(&out, format, v[i])
	}
	return out.String()
}

var hardSecrets = []string{
	"hunter22", "correct horse battery", `it's "quoted"`, `back\slash\`, "per%cent%41", "pässwörd", "秘密の値です", "🔑🔑", "a/b+c=d&e", "<tag>&amp;",
	"$HOME `id` $(id)", "tab\there", "first line\nsecond line\nthird", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----\n",
	`{"type": "service_account", "key": "x\ny"}`, "''''", `""""`, `\\\\`, "%%%%", "+ + +", "\u00a0nbsp\u0085nel\u2028ls", "\x1b[31mred", "nul\x00byte", "\\n\\u0041",
}

func TestQuotings(t *testing.T) {
	for name, quote := range quotings {
		t.Run(name, func(t *testing.T) {
			for _, secret := range hardSecrets {
				testQuoting(t, secret, quote(secret), "value: ", " end")
			}
		})
	}
}

// testQuoting looks for what is left of a secret, in pieces of eight letters.
func testQuoting(t *testing.T, secret, quoted, before, after string) {
	t.Helper()
	r := knowing(secret)
	got := r.String(before + quoted + after)
	if again := r.String(got); again != got {
		t.Errorf("%q: %q, and again %q", secret, got, again)
	}
	for _, line := range strings.FieldsFunc(quoted, func(c rune) bool { return c == '\n' || c == '\r' }) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "(setup, pid=1) "))
		line = strings.Trim(line, `"'\=|`+"\n ")
		if len(line) >= minLength+2 && survives(got, line) {
			t.Errorf("%q survives in %q as %q", secret, got, line)
		}
	}
	if len(strings.TrimSpace(secret)) >= minLength && survives(got, secret) {
		t.Errorf("%q survives whole in %q", secret, got)
	}
	if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
		t.Errorf("%q: what surrounds it did not stay: %q", secret, got)
	}
}

// survives reports whether a text is to be found outside of the masks.
func survives(got, text string) bool {
	for _, piece := range strings.Split(got, Mask) {
		if strings.Contains(piece, text) {
			return true
		}
	}
	return false
}

// TestSurroundings: an escape beside a secret stays, but for a backslash that may
// be an escape of the secret's first letter.
func TestSurroundings(t *testing.T) {
	for text, want := range map[string]string{
		`a\nhunter22\nb`:       `a\n[redacted]\nb`,
		`\\hunter22\\`:         `[redacted]\\`,
		`C:\hunter22\x`:        `C:[redacted]\x`,
		`%20hunter22%20`:       `%20[redacted]%20`,
		`"\u0068unter22"`:      `"[redacted]"`,
		`hunter%32%32`:         `[redacted]`,
		`\ud83d\udd11hunter22`: `\ud83d\udd11[redacted]`,
	} {
		if got := knowing("hunter22").String(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func FuzzKnown(f *testing.F) {
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if !utf8.ValidString(secret) || strings.Contains(secret, "\x00") || len(secret) > 200 {
			return // JSON can't hold it; no environment can
		}
		r := knowing(secret)
		bare := strings.TrimSpace(secret)
		if len(bare) < minLength || ordinary(bare) {
			return
		}
		for name, quote := range quotings {
			quoted := quote(secret)
			if strings.ContainsAny(before, `\%`) && quoted != secret {
				continue // an escape may begin before it
			}
			got := r.String(before + quoted + after)
			if survives(got, secret) {
				t.Errorf("%s: %q survives in %q", name, secret, got)
			}
			if len(quoted) >= 8 && survives(got, quoted) && !strings.ContainsAny(secret, "\n\r") && !strings.HasPrefix(name, "base64") {
				t.Errorf("%s: %q survives in %q", name, quoted, got)
			}
			if again := r.String(got); again != got {
				t.Errorf("%s: %q, and again %q", name, got, again)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		found, _ := byForm(text)
		for _, at := range found {
			if at.from < 0 || at.from >= at.to || at.to > len(text) {
				t.Fatalf("%v of %d bytes", at, len(text))
			}
		}
		r := knowing("hunter22")
		got := r.String(text)
		if again := r.String(got); again != got {
			t.Errorf("%q, and again %q", got, again)
		}
		if got == text && len(found) > 0 && !strings.Contains(text, Mask) {
			t.Errorf("%q holds a secret and stays", text)
		}
	})
}
