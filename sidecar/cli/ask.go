package cli

import (
	"bufio"
	"context"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"carapace/sidecar/terminal"
)

// mayAsk refuses what spends or destroys where the person has not said yes and can't
// be asked; before anything that takes time.
func (s *session) mayAsk(what string) error {
	if s.asked() || !s.asJSON && isTerminal(s.In) {
		return nil
	}
	return usage("%s asks before it begins, and there is no terminal to ask at; with --yes it asks nothing", what)
}

// asked reports whether nothing has to be asked.
func (s *session) asked() bool { return s.yes || s.Simulated() }

// confirm asks a question whose answer is yes or no. The error is a no.
func (s *session) confirm(ctx context.Context, question string) error {
	s.screen.Ask(question + " [y/N]")
	switch strings.ToLower(answer(ctx, s.In)) {
	case "y", "yes":
		return nil
	}
	if ctx.Err() != nil {
		s.screen.Line("")
		s.screen.Line("Nothing was done.")
		return ctx.Err()
	}
	s.screen.Line("Nothing was done.")
	return errShown
}

// answer is the line that the person typed; "" without one, and when ctx is done: a
// signal does not end the read of a terminal.
func answer(ctx context.Context, in *os.File) string {
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n') // no answer is a no
		typed <- strings.TrimSpace(line)
	}()
	select {
	case line := <-typed:
		return line
	case <-ctx.Done():
		return ""
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// command is a line for a shell that runs another command of this program with the
// flags of every command that this one was given.
func (a *app) command(words ...string) string { return a.commandFor("", words...) }

// commandFor is command about the server of a name, where another was given; "" is the given one.
func (a *app) commandFor(server string, words ...string) string {
	line := append([]string{a.Name}, words...)
	a.given.VisitAll(func(f *pflag.Flag) {
		named := f.Name == "name"
		if !f.Changed || f.Name == "json" || f.Name == "yes" || named && ofAll(words[0]) {
			return
		}
		line = append(line, "--"+f.Name)
		if f.Name == "simulate" {
			return
		}
		value := f.Value.String()
		if named && server != "" {
			value = server
		}
		line = append(line, terminal.Quote(value))
	})
	return strings.Join(line, " ")
}

// ofAll reports whether a command is about all servers, or none: a name makes no difference to it.
func ofAll(command string) bool {
	switch name, _, _ := strings.Cut(command, " "); name {
	case "list", "clouds", "regions", "install":
		return true
	}
	return false
}
