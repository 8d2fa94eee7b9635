package sky

import (
	"strings"
	"testing"
)

func TestCapture(t *testing.T) {
	for _, tt := range []struct {
		writes []string
		want   string
		cut    bool
	}{
		{nil, "", false},
		{[]string{"ab", "cd"}, "abcd", false},
		{[]string{"abcd", "efgh"}, "abcdefgh", false},
		{[]string{"abcdefghi"}, "abcd\n…\nfghi", true},
		{[]string{"abcdef", "ghijk"}, "abcd\n…\nhijk", true},
		{[]string{"abcd", "e", "f", "g", "h", "i", "j", "k", "l", "m"}, "abcd\n…\njklm", true},
		{[]string{"abcd", strings.Repeat("x", 100), "yz"}, "abcd\n…\nxxyz", true},
	} {
		c := &capture{headMax: 4, tailMax: 4}
		for _, w := range tt.writes {
			c.write([]byte(w))
		}
		if got, cut := c.text(); got != tt.want || cut != tt.cut {
			t.Errorf("%q: %q, %v", tt.writes, got, cut)
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
