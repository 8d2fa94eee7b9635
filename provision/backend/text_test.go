package backend

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTextsAreBounded(t *testing.T) {
	long := strings.Repeat("ä line of a log that somebody wrote\n", 1000)
	if got := LastBytes(long, maxDetail); len(got) > maxDetail || !strings.HasSuffix(long, got) || strings.HasPrefix(got, " ") {
		t.Errorf("%d bytes, beginning with %.20q", len(got), got)
	}
	if got := LastBytes(strings.Repeat("ä", maxDetail), 101); len(got) != 100 {
		t.Errorf("a character was cut: %d bytes", len(got))
	}
	if got := shortLine(strings.Repeat("ä", maxLine)); len(got) > maxLine+4 || !strings.HasSuffix(got, "ä …") {
		t.Errorf("%d bytes, ending with %.20q", len(got), got[len(got)-10:])
	}
}
