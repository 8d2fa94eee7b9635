package terminal

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// redraw is how often the line in place is drawn: often enough to be seen moving.
const redraw = 100 * time.Millisecond

var spinner = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

// live is the line in place: what is waited for, and for how long.
type live struct {
	began    time.Time
	expected time.Duration // of the whole; 0: not known
	done     float64       // share of it that was shown: the bar never goes back, also where the end moves away
	bar      bool
	message  string

	quit  chan struct{}
	ended sync.WaitGroup
}

const barWidth = 16

// line is the line as it stands at a time, no longer than width.
func (l *live) line(now time.Time, width int) string {
	elapsed := max(0, now.Sub(l.began)) // the clock may be set back
	moving := string(spinner[int(elapsed/redraw)%len(spinner)])
	span := text.Span(elapsed)
	if l.expected >= time.Second {
		l.done = max(l.done, min(0.99, elapsed.Seconds()/l.expected.Seconds()))
		span += " of about " + text.Span(l.expected)
	}
	if l.bar {
		columns := barWidth
		if width > 0 && width < 80 {
			columns = barWidth / 2
		}
		full := int(l.done * float64(columns))
		moving += " " + strings.Repeat("█", full) + strings.Repeat("░", columns-full)
	}
	return cut(fmt.Sprintf("  %s %s  %s", moving, span, l.message), max(0, width-1))
}

// heed takes in how what is waited for gets on.
func (l *live) heed(p schema.Progress) {
	l.message = p.Message
	l.expected = time.Duration(p.ExpectedSeconds * float64(time.Second))
	if p.Percent != nil { // an installation knows how far it is, and not how long it takes
		l.done = max(l.done, float64(*p.Percent)/100)
	}
}

// start shows the line and keeps it moving until rest. Where lines can't be
// overwritten it shows nothing.
func (s *Screen) start(l *live) {
	s.rest()
	l.began, l.quit = s.options.Now(), make(chan struct{})
	s.mu.Lock()
	s.live = l
	s.mu.Unlock()
	if !s.options.Live {
		return
	}
	l.ended.Go(func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			s.draw()
			select {
			case <-tick.C:
			case <-l.quit:
				return
			}
		}
	})
}

// rest ends the line in place, and waits for its goroutine.
func (s *Screen) rest() {
	s.mu.Lock()
	l := s.live
	s.live = nil
	s.mu.Unlock()
	if l == nil {
		return
	}
	close(l.quit)
	l.ended.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *Screen) draw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == nil || s.closed {
		return
	}
	fmt.Fprint(s.options.Out, "\r\x1b[K"+s.styled(dim, s.live.line(s.options.Now(), s.options.Width())))
	s.passing = true
}

// Wait shows that something is waited for, until done is called. Where lines can't
// be overwritten it stands there as a line.
func (s *Screen) Wait(what string) (done func()) {
	if !s.options.Live {
		s.Line(what + " …")
		return func() {}
	}
	s.start(&live{message: what + " …"})
	return s.rest
}

// Moving shows on a terminal that something goes on, until done is called; anywhere
// else it shows nothing.
func (s *Screen) Moving(what string) (done func()) {
	if !s.options.Live {
		return func() {}
	}
	return s.Wait(what)
}

// shown is what was shown of an operation.
type shown struct {
	phase schema.Phase
	at    float64 // elapsed seconds, when a line was last printed of it
}

// quiet is for how many seconds an operation's step is not told again where each
// telling is a line of its own.
const quiet = 10

// Begin shows that an operation is awaited, until Ended, Rest or Last.
func (s *Screen) Begin() {
	s.mu.Lock()
	s.shown = shown{}
	s.mu.Unlock()
	s.start(&live{bar: true})
}

// Rest ends what Begin began, where the operation's end is not shown.
func (s *Screen) Rest() { s.rest() }

// Progress shows how the awaited operation gets on: a line for each of its steps, and
// all the rest in the line in place. Where there is none, a step that goes on is told
// again every ten seconds.
func (s *Screen) Progress(p schema.Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if l := s.live; l != nil {
		l.heed(p)
	}
	again := !s.options.Live && p.ElapsedSeconds-s.shown.at >= quiet
	if p.Phase == s.shown.phase && !again {
		return
	}
	s.shown = shown{phase: p.Phase, at: p.ElapsedSeconds}
	s.print("", fmt.Sprintf("  · %-12s  %s", p.Phase, p.Message))
}

// Ended shows the end of the awaited operation, and what it has left to be warned of.
func (s *Screen) Ended(op schema.Operation, warnings []schema.Error) {
	s.rest()
	s.mu.Lock()
	defer s.mu.Unlock()
	if op.State == schema.OperationSucceeded {
		mark, with := "✓", green
		if len(warnings) > 0 {
			mark, with = "!", yellow
		}
		s.print(with, fmt.Sprintf("  %s %s (%s)", mark, op.Message, text.Span(time.Duration(op.ElapsedSeconds*float64(time.Second)))))
		for _, w := range warnings {
			if w.Message == op.Message {
				w.Message = ""
			}
			if said := join(w.Message, w.Hint); said != "" {
				s.print("", "    "+said)
			}
		}
		return
	}
	s.print(red, "  ✗ "+op.Message)
	if op.Error != nil {
		s.hint(op.Error)
	}
}
