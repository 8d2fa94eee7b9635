// Package redact takes secrets out of text before it reaches a log, an error, a
// notification or the disk: those it was told of, in whatever way a program
// quotes them, and those that show by their form.
//
// It works on lines, or any longer text, and not on a stream: all that the
// project reads comes as whole lines (sky.Runner's) and all that it writes as
// whole records, so no secret is cut by a read. One of several lines is known by
// each of its lines. A line too long to be kept is cut short, and ends in Cut:
// the beginning of a secret before that mark, whoever has set it, is masked too.
package redact

import (
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// Mask stands where a secret stood.
const Mask = "[redacted]"

// Cut ends what was cut short. Whoever cuts a text before it was redacted must set
// it, and cut what is left out at the front at the beginning of a line.
const Cut = "…"

// minLength keeps very short values from turning every text into masks. A value
// of fewer bytes is not masked: whoever guesses can try them all anyway. A line of a
// value of several has to be longer to be known by itself: one that says "running"
// would take that word out of all that is said of a server.
const (
	minLength = 4
	minLine   = 8
)

// Redactor replaces the secrets it knows. The zero value knows none and only
// masks what is a secret by its form. Safe for concurrent use; it never blocks
// but for another Add. Don't copy it.
type Redactor struct {
	adding sync.Mutex
	values map[string]bool // guarded by adding: what Add was given
	known  atomic.Pointer[index]
}

// Add makes values secrets from now on: as they are, escaped (JSON, Python,
// YAML, Go, and each in another), quoted for a shell or YAML, percent-encoded,
// in base64, and line by line. Values shorter than 4 bytes, lines of a longer one
// that are shorter than 8, and words that say that there is no secret ("true",
// "none") are ignored.
func (r *Redactor) Add(values ...string) {
	r.adding.Lock()
	defer r.adding.Unlock()
	if r.values == nil {
		r.values = map[string]bool{}
	}
	var all []string
	for _, v := range values {
		if !r.values[v] {
			r.values[v] = true
			all = append(all, forms(v)...)
		}
	}
	if len(all) == 0 {
		return // all are known: this is called whenever a spec is read
	}
	if old := r.known.Load(); old != nil {
		all = append(all, old.forms...)
	}
	r.known.Store(newIndex(all))
}

// String returns s with every known secret, and what is one by its form,
// replaced by Mask. What it returns, it leaves as it is.
func (r *Redactor) String(s string) string {
	s, _ = r.clean(s)
	return s
}

// clean is String, and how many bytes were read to look for forms.
func (r *Redactor) clean(s string) (_ string, visited int) {
	known := r.known.Load()
	for {
		found, read := byForm(s)
		visited += read
		if known != nil {
			found = known.findAll(s, found)
		}
		if len(found) == 0 {
			return s, visited
		}
		// Again, because a mask may have made a secret out of what surrounds
		// it. It ends: each time less stands outside of masks.
		masked := mask(s, found)
		if masked == s {
			return s, visited
		}
		s = masked
	}
}

// span is a part of a text.
type span struct{ from, to int }

// mask replaces the spans. Those that overlap or touch, also a mask that was
// there, become one: of two secrets that overlap, nothing is left.
func mask(s string, found []span) string {
	for at := 0; ; at += len(Mask) {
		i := strings.Index(s[at:], Mask)
		if i < 0 {
			break
		}
		at += i
		found = append(found, span{at, at + len(Mask)})
	}
	sort.Slice(found, func(i, k int) bool { return found[i].from < found[k].from })
	var out strings.Builder
	end := 0
	for i := 0; i < len(found); {
		from, to := found[i].from, found[i].to
		for i++; i < len(found) && found[i].from <= to; i++ {
			to = max(to, found[i].to)
		}
		out.WriteString(s[end:from])
		out.WriteString(Mask)
		end = to
	}
	out.WriteString(s[end:])
	return out.String()
}

// Secretive reports whether a variable's name says that its value is a secret.
func Secretive(name string) bool {
	name = strings.ToUpper(name)
	for _, word := range []string{"SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL", "AUTH"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
