package rpc

import (
	"bytes"
	"errors"
	"io"
)

const (
	// lineBuffer is what a pipe holds on Linux: one read takes all there is.
	lineBuffer = 64 << 10
	// keepBuffer is how large a buffer is kept after a longer line went through.
	keepBuffer = 256 << 10
)

var errLineTooLong = errors.New("rpc: line too long")

// byteOrderMark is what some shells put before the first byte of a pipe.
var byteOrderMark = []byte("\xef\xbb\xbf")

// lineReader reads lines of at most max bytes. It never holds more than about
// twice that, however long a line is.
type lineReader struct {
	in       io.Reader
	max      int
	buf      []byte // buf[from:to] is read and not yet given out
	from, to int
	seen     int  // bytes of it that hold no newline
	skipping bool // in a line that was too long
	started  bool // past the place of a byte order mark
	err      error
}

func newLineReader(in io.Reader, limit int) *lineReader {
	return &lineReader{in: in, max: limit}
}

// buffered returns the next line if it can be had without reading. The line is
// without its end, and valid until the next fill. A line over the limit is
// errLineTooLong, once, as soon as that is known; the rest of it is skipped. At
// the end of input what is left counts as a line, and then it is the reader's error.
func (r *lineReader) buffered() (line []byte, ok bool, err error) {
	for {
		pending := r.buf[r.from:r.to]
		end := bytes.IndexByte(pending[r.seen:], '\n')
		switch {
		case end >= 0:
			line = pending[:r.seen+end]
			r.from, r.seen = r.from+len(line)+1, 0
		case r.err != nil && (r.skipping || len(pending) == 0):
			return nil, false, r.err
		case r.err != nil:
			line = pending
			r.from, r.seen = r.to, 0
		case r.skipping:
			r.from, r.to, r.seen = 0, 0, 0
			return nil, false, nil
		case len(pending) > r.max+len("\r"):
			r.skipping = true
			return nil, false, errLineTooLong
		default:
			r.seen = len(pending)
			return nil, false, nil
		}
		if r.skipping {
			r.skipping = false
			continue
		}
		line, err = r.trim(line)
		return line, err == nil, err
	}
}

// trim takes the carriage return and a byte order mark at the very start off.
func (r *lineReader) trim(line []byte) ([]byte, error) {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) > r.max {
		return nil, errLineTooLong
	}
	if !r.started {
		r.started = true
		// A mark and nothing else stays, and is then no JSON.
		if rest := bytes.TrimPrefix(line, byteOrderMark); len(rest) > 0 {
			line = rest
		}
	}
	return line, nil
}

// fill reads once, after making room. It blocks as the reader does.
func (r *lineReader) fill() {
	r.room()
	for range 100 {
		n, err := r.in.Read(r.buf[r.to:])
		r.to += n
		if err != nil {
			r.err = err
		}
		if n > 0 || err != nil {
			return
		}
	}
	r.err = io.ErrNoProgress
}

// room makes place for reading: at the buffer's start if that is free, else in a
// buffer twice as large. One that a long line made large is let go when empty.
func (r *lineReader) room() {
	pending := r.buf[r.from:r.to]
	switch {
	case len(pending) == 0 && (r.buf == nil || len(r.buf) > keepBuffer):
		r.buf = make([]byte, lineBuffer)
	case r.to < len(r.buf):
		return
	case len(pending) < len(r.buf)/2:
		copy(r.buf, pending)
	default:
		larger := make([]byte, 2*len(r.buf))
		copy(larger, pending)
		r.buf = larger
	}
	r.from, r.to = 0, len(pending)
}
