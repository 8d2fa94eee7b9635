// Package terminal writes for a person: with colors, and a line that moves in place
// while something is waited for, on a terminal; plain lines anywhere else. The
// commands of sidecar/cli and the demo are shown by it.
package terminal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"carapace/schema"
)

// Options say what a Screen writes to, and what that can show. Out has to be set; the
// zero value of the others is a pipe: plain lines of any length.
type Options struct {
	Out io.Writer
	// Width is how many columns there are, asked anew for each line; nil, or 0: lines
	// are not broken.
	Width func() int
	Color bool // escape codes for colors are understood
	Live  bool // a line can be overwritten
	// Words puts what a paragraph says into the words of whoever reads it; nil: it stays.
	Words func(string) string
	// Command makes a whole command of words that name a method, about the server of that name; nil: remedies that call
	// a method are not shown.
	Command func(words, server string) string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// For returns the options for a file: a terminal is asked for its width. getenv is
// os.Getenv; NO_COLOR and TERM=dumb are heeded (https://no-color.org).
func For(file *os.File, getenv func(string) string) Options {
	o := Options{Out: file}
	if fd := int(file.Fd()); term.IsTerminal(fd) {
		o.Width = func() int {
			width, _, err := term.GetSize(fd)
			if err != nil {
				return 0
			}
			return width
		}
		o.Live = getenv("TERM") != "dumb"
		o.Color = o.Live && getenv("NO_COLOR") == ""
	}
	return o
}

// Screen is what a person reads. Its methods are safe for concurrent use. Whoever
// calls Begin or Wait has to call what ends that, or a goroutine is left.
type Screen struct {
	options Options

	mu      sync.Mutex
	passing bool // the line in place can be overwritten
	closed  bool // the last words were said
	live    *live
	shown   shown // of the operation that is awaited
}

// New returns a Screen on which nothing stands yet.
func New(o Options) *Screen {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Width == nil {
		o.Width = func() int { return 0 }
	}
	return &Screen{options: o}
}

// Line writes a paragraph, broken at words where it is too long for the terminal;
// what follows its first line is indented as that is.
func (s *Screen) Line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print("", text)
}

// Verbatim is Line for a text in words that are right already.
func (s *Screen) Verbatim(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	s.paragraph("", text)
}

// Raw writes lines as they are: what a program may read, or a log.
func (s *Screen) Raw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintln(s.options.Out, strings.TrimSuffix(text, "\n"))
}

// Last shows the last words: progress of what goes on is not shown after them.
func (s *Screen) Last(text string) {
	s.rest()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print("", text)
	s.closed = true
}

// Act begins a part: its title stands by itself.
func (s *Screen) Act(title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintln(s.options.Out)
	s.print(bold, "▶ "+title)
}

// Refused shows why something was not begun, and what to do.
func (s *Screen) Refused(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(yellow, "  ⊘ "+err.Error())
	s.hint(err)
}

// Warning shows something that should be known.
func (s *Screen) Warning(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(yellow, "  ! "+text)
}

// hint shows what to do about an error: its hint, and its remedies as pages and as what is typed. Of those that call
// a method it shows the ones that can be said by a whole command.
func (s *Screen) hint(err error) {
	e := (*schema.Error)(nil)
	if !errors.As(err, &e) || e == nil {
		return
	}
	if e.Hint != "" {
		s.print("", "    "+e.Hint)
	}
	for _, r := range e.Remedies {
		does := r.URL + r.Command
		if does == "" && s.options.Command != nil && !strings.Contains(e.Hint, r.Method) {
			if words, server := called(r); words != "" {
				does = s.options.Command(words, server)
			}
		}
		if does != "" {
			s.print("", "    "+r.Label+": "+does)
		}
	}
}

// called is a remedy's method with what it takes beside the server's name, and that name. Where that is more than can be
// said by a flag it is the consent alone, to be given with the command that was refused, or empty.
func called(r schema.Remedy) (words, server string) {
	var params map[string]any
	if r.Method == "" || json.Unmarshal(r.Params, &params) != nil {
		return "", ""
	}
	server, _ = params["name"].(string)
	words = r.Method
	for _, field := range slices.Sorted(maps.Keys(params)) {
		switch {
		case field == "name", field == "refresh": // the command asks anew
		case params[field] == true:
			words += " " + field
		case params["allowDeletions"] == true:
			return "allowDeletions", server
		default:
			return "", ""
		}
	}
	return words, server
}

// Ask writes a question, and leaves the cursor behind it.
func (s *Screen) Ask(question string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprint(s.options.Out, question+" ")
}

// style is an escape code for a color or weight.
type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

func (s *Screen) styled(with style, text string) string {
	if !s.options.Color || with == "" {
		return text
	}
	return "\x1b[" + string(with) + "m" + text + "\x1b[0m"
}

// Bold returns a text that stands out where there are colors.
func (s *Screen) Bold(text string) string { return s.styled(bold, text) }

// print writes a paragraph in one style. s.mu must be held.
func (s *Screen) print(with style, text string) {
	s.clear()
	if s.options.Words != nil {
		text = s.options.Words(text)
	}
	s.paragraph(with, text)
}

func (s *Screen) paragraph(with style, text string) {
	for line := range strings.Lines(text) {
		for _, part := range wrap(strings.TrimSuffix(line, "\n"), s.options.Width()) {
			fmt.Fprintln(s.options.Out, s.styled(with, part))
		}
	}
}

// clear takes the line away that can be overwritten. s.mu must be held.
func (s *Screen) clear() {
	if s.passing {
		fmt.Fprint(s.options.Out, "\r\x1b[K")
		s.passing = false
	}
}
