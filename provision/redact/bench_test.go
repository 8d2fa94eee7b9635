package redact

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkString is what each line of a log costs, with ten secrets known.
func BenchmarkString(b *testing.B) {
	r := &Redactor{}
	for i := range 10 {
		r.Add(fmt.Sprintf("s3cr3t-value-number-%d", i))
	}
	for name, line := range map[string]string{
		"nothing":  "(setup, pid=2345) Collecting torch==2.4.0 from https://download.pytorch.org/whl/cu121 (797.1 MB) 45% done",
		"escapes":  `{"message": "a \"quoted\" path", "url": "https://example.com/a%20b", "path": "C:\\Users\\x", "more": "of the same"}`,
		"a secret": "(setup, pid=2345) export TOKEN=s3cr3t-value-number-7 and then something else that is rather long, as lines are",
		"a form":   "(setup, pid=2345) export KEY=AKIAIOSFODNN7EXAMPLE and then something else that is rather long, as lines often are",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				r.String(line)
			}
		})
	}
}

// BenchmarkHostile is a line of 64 KiB in which a secret could begin at every few
// bytes. Before words were remembered: sk- 21 s, AIza 4.3 s, eyJ. 4.2 s, xoxb- 1.3 s.
func BenchmarkHostile(b *testing.B) {
	r := knowing("hunter22")
	for _, start := range []string{"sk-", "xoxb-", "AIza", "AIza-", "eyJ", "eyJ-", "eyJ.", "password=a", `password="a"`, "?token=", "-----BEGIN PRIVATE KEY-----", "plain "} {
		line := strings.Repeat(start, 64<<10/len(start))
		b.Run(start, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				r.String(line)
			}
		})
	}
}
