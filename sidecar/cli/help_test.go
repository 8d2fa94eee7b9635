package cli

import (
	"flag"
	"strings"
	"testing"
	"unicode/utf8"

	"carapace/sidecar/terminal"
)

// A paragraph of the help is one line where nobody says how wide the terminal is.
func TestHelpIsNotBrokenForAPipe(t *testing.T) {
	var out strings.Builder
	a := &app{Program: Program{Flags: globals(), Serving: flag.NewFlagSet("", flag.ContinueOnError)}}
	a.screen = terminal.New(terminal.Options{Out: &out})
	root := a.root(&out)
	for _, c := range root.Commands() {
		out.Reset()
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		about, _, _ := strings.Cut(out.String(), "\n\n")
		if strings.Contains(about, "\n") {
			t.Errorf("%s is broken: %s", c.Name(), about)
		}
	}
}

// The help of each command fits into a narrow terminal, and is whole.
func TestHelpIsBrokenAtTheTerminalsWidth(t *testing.T) {
	var out strings.Builder
	a := &app{Program: Program{Flags: globals(), Serving: flag.NewFlagSet("", flag.ContinueOnError)}}
	a.screen = terminal.New(terminal.Options{Out: &out, Width: func() int { return 60 }})
	root := a.root(&out)
	for _, c := range append(root.Commands(), root) {
		out.Reset()
		if err := c.Help(); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > 60 && strings.Count(strings.TrimSpace(line), " ") > 0 {
				t.Errorf("%s: %d columns: %s", c.Name(), utf8.RuneCountInString(line), line)
			}
		}
		if !strings.Contains(out.String(), "Usage:") {
			t.Errorf("%s has no usage: %s", c.Name(), out.String())
		}
	}
}
