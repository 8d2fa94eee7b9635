package demo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"carapace/schema"
)

// screen writes the demo for a person: with colours and one line that changes
// in place on a terminal, plain lines anywhere else. Safe for concurrent use.
type screen struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	passing  bool   // the line in place can be overwritten
	said     string // the last line of progress
	closed   bool   // the last words were said
	began    time.Time
}

func newScreen(out io.Writer) *screen {
	s := &screen{out: out}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		s.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" && os.Getenv("NO_COLOR") == ""
	}
	return s
}

func (s *screen) line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(text)
}

// last shows the last words: progress of what goes on is not shown after them.
func (s *screen) last(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(text)
	s.closed = true
}

// print ends a line that can be overwritten first. s.mu must be held.
func (s *screen) print(text string) {
	if s.passing {
		fmt.Fprint(s.out, "\r\x1b[K")
		s.passing = false
	}
	fmt.Fprintln(s.out, text)
}

func (s *screen) style(code, text string) string {
	if !s.terminal {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s *screen) act(title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began, s.said = time.Now(), ""
	s.print("\n" + s.style("1", "▶ "+title))
}

// progress shows what is being done. A heartbeat is only worth a line of its own
// where lines can't be overwritten.
func (s *screen) progress(p schema.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	text := fmt.Sprintf("  %5.1f s  %-12s  %s", time.Since(s.began).Seconds(), p.Phase, p.Message)
	if s.terminal && p.Heartbeat {
		fmt.Fprint(s.out, "\r\x1b[K"+s.style("2", text))
		s.passing = true
		return
	}
	if said := string(p.Phase) + p.Message; said != s.said {
		s.print(text)
		s.said = said
	}
}

func (s *screen) ended(f schema.Finished) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Operation.State == schema.OperationSucceeded {
		s.print(s.style("32", fmt.Sprintf("  ✓ %s (%.1f s)", f.Operation.Message, f.Operation.ElapsedSeconds)))
		return
	}
	s.print(s.style("31", "  ✗ "+f.Operation.Message))
	s.hint(f.Operation.Error)
}

func (s *screen) cluster(c schema.Cluster) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(fmt.Sprintf("    %s: %s", s.style("1", string(c.Status)), c.Description))
	var facts []string
	for _, fact := range []string{c.InstanceType, c.Resources, c.IP} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	if len(facts) > 0 {
		s.print("    " + strings.Join(facts, " · "))
	}
}

func (s *screen) refused(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(s.style("33", "  ⊘ "+err.Error()))
	s.hint(err)
}

func (s *screen) hint(err error) {
	if e := (*schema.Error)(nil); errors.As(err, &e) && e != nil && e.Hint != "" {
		s.print("    " + e.Hint)
	}
}
