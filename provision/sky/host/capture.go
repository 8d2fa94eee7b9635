package host

import (
	"carapace/provision/redact"
	"carapace/provision/sky"
)

// The bounds on what is kept of a program's output. What it failed of stands at its
// end, so the tail is the greater part; the head shows how it began.
const (
	maxHead = 64 << 10
	maxTail = 2 << 20
	maxLine = 64 << 10 // of one line given to a watcher
)

// capture keeps the beginning and the end of a stream in constant memory.
type capture struct {
	headMax, tailMax int
	head, tail       []byte
	cut              bool // bytes between head and tail were dropped
}

func newCapture() *capture { return &capture{headMax: maxHead, tailMax: maxTail} }

func (c *capture) write(p []byte) {
	if room := c.headMax - len(c.head); room > 0 {
		n := min(room, len(p))
		c.head = append(c.head, p[:n]...)
		p = p[n:]
	}
	if len(p) > c.tailMax {
		p, c.cut, c.tail = p[len(p)-c.tailMax:], true, c.tail[:0]
	}
	// The tail may grow to twice its bound before its older half is dropped, so
	// that each byte is moved once on average.
	if len(c.tail)+len(p) > 2*c.tailMax {
		c.shrink()
	}
	c.tail = append(c.tail, p...)
}

func (c *capture) shrink() {
	if drop := len(c.tail) - c.tailMax; drop > 0 {
		c.tail = c.tail[:copy(c.tail, c.tail[drop:])]
		c.cut = true
	}
}

// text is what was kept, cleaned. What is missing from it is whole lines and the end
// of one, which the mark shows: of a secret that was cut in two the first part is
// known by that, and the rest must not be there.
func (c *capture) text() string {
	c.shrink()
	if !c.cut {
		return sky.Clean(string(c.head) + string(c.tail))
	}
	return sky.Clean(string(c.head) + redact.Cut + "\n" + redact.WholeLines(string(c.tail)))
}

// splitter cuts a stream into lines for a watcher, cleaned. A line longer than
// maxLine is given once, cut short, as soon as it is too long: it may have no end. The rest of it is dropped as it comes.
type splitter struct {
	emit func(line string)
	line []byte
	long bool // the line has been given
}

func (s *splitter) write(p []byte) {
	for len(p) > 0 {
		end := 0
		for end < len(p) && p[end] != '\n' {
			end++
		}
		s.add(p[:end])
		if end == len(p) {
			return
		}
		s.flush()
		p = p[end+1:]
	}
}

func (s *splitter) add(p []byte) {
	room := maxLine - len(s.line)
	switch {
	case s.long:
	case len(p) > room:
		s.give(append(s.line, p[:room]...), redact.Cut)
		s.long = true
	default:
		s.line = append(s.line, p...)
	}
}

func (s *splitter) flush() {
	if !s.long {
		s.give(s.line, "")
	}
	s.long = false
}

func (s *splitter) give(line []byte, mark string) {
	s.line = line[:0]
	s.emit(sky.CleanLine(string(line)) + mark)
}

// close gives the last line if it has no newline.
func (s *splitter) close() {
	if len(s.line) > 0 {
		s.flush()
	}
}
