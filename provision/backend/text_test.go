package backend

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"carapace/provision/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTextsAreBounded(t *testing.T) {
	if got := shortLine(strings.Repeat("ä", maxLine)); len(got) > maxLine+4 || !strings.HasSuffix(got, "ä…") {
		t.Errorf("%d bytes, ending with %.20q", len(got), got[len(got)-10:])
	}
	if got := shortLine(strings.Repeat("\x80", 2*maxLine)); len(got) > maxLine+4 {
		t.Errorf("%d bytes of a line that is no text", len(got))
	}
}

// TestALineIsCutBeforeItIsCleaned: of a secret that was cut in two nothing stays.
func TestALineIsCutBeforeItIsCleaned(t *testing.T) {
	r := &redact.Redactor{}
	r.Add("hunter22-swordfish")
	s := &SkyPilot{opt: Options{Redactor: r}}
	before := strings.Repeat("x", maxLine-len("hunter22"))
	if got, want := s.Line(before+"hunter22-swordfish and more"), before+redact.Mask+redact.Cut; got != want {
		t.Errorf("%d bytes, ending with %q", len(got), got[len(got)-30:])
	}
}
