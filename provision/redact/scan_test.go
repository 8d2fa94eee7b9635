package redact

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// hostile are lines in which a secret could begin at every few bytes.
var hostile = []string{
	"sk-", "sk_", "xoxb-", "AIza", "AIza-", "eyJ", "eyJ-", "eyJ.", "eyJabcdefghij.", "glpat-", "hf_", "AKIA", "AKIA-",
	"password=a", `password="a"`, `password="`, `password=\"`, `password='"`, "pass_", "secret-", "?token=", "&key", "?", "a://", "a://@", "a://:",
	"-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "authorization: bearer ", "authorization", `\`, "%", `"`, "%5c", `\u`, "hunter22", "hunter2", Mask,
}

// mostVisits is how often a byte may be read, at most: once for each set of letters
// and each rule that has to read a word again.
const mostVisits = 32

func checkVisits(t *testing.T, text string) {
	t.Helper()
	if _, visited := knowing("hunter22").clean(text); visited > mostVisits*(len(text)+16) {
		t.Errorf("%d bytes were read of %d: %.100q", visited, len(text), text)
	}
}

// TestHostileLines: what a line costs grows with its length, not with its square. It
// counts bytes: before words were remembered, 64 KiB of "sk-" took 20 s.
func TestHostileLines(t *testing.T) {
	for _, start := range hostile {
		checkVisits(t, strings.Repeat(start, 64<<10/len(start)))
		checkVisits(t, strings.Repeat(start, 32<<10/len(start))+" "+strings.Repeat("x", 32<<10))
	}
	for depth := 300; depth > 0; depth-- { // a mark that is closed nowhere, after another such, and so on
		hostile := strings.Builder{}
		for k := depth; k > 0; k -= 20 {
			hostile.WriteString("password=" + strings.Repeat(`\`, k) + `"`)
		}
		checkVisits(t, hostile.String()+strings.Repeat("x", 4<<10))
	}
}

// FuzzVisits mixes what rules look for, in whatever order the fuzzer likes.
func FuzzVisits(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3}, uint8(200))
	f.Add([]byte{13, 17, 16, 13, 34}, uint8(200))
	f.Fuzz(func(t *testing.T, order []byte, times uint8) {
		var text strings.Builder
		for _, b := range order {
			text.WriteString(hostile[int(b)%len(hostile)])
		}
		checkVisits(t, strings.Repeat(text.String(), 1+int(times)))
	})
}

// TestMixedLines is FuzzVisits with orders of its own.
func TestMixedLines(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var text strings.Builder
		for range 1 + random.IntN(6) {
			text.WriteString(hostile[random.IntN(len(hostile))])
		}
		checkVisits(t, strings.Repeat(text.String(), 1+random.IntN(100)))
	}
}
