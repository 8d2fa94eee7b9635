package demo

import (
	"bytes"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/sidecar/terminal"
)

// What is left to do is the last that a person reads: the operation that goes on, and
// is handed over, shows no progress under it.
func TestLastWordsAreTheLast(t *testing.T) {
	var out bytes.Buffer
	d := New(Options{Screen: terminal.New(terminal.Options{Out: &out})})
	d.Progress(schema.Progress{Phase: schema.PhaseProvisioning, Message: "The machine is made."})
	d.screen.Last("Interrupted.")
	d.Progress(schema.Progress{Phase: schema.PhaseConnecting, Message: "It is handed over."})
	if text := out.String(); !strings.Contains(text, "The machine is made.") || !strings.HasSuffix(text, "Interrupted.\n") {
		t.Errorf("it says\n%s", text)
	}
}
