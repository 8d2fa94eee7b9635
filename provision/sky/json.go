package sky

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"

	"carapace/schema"
	"carapace/schema/text"
)

// The bounds on what is read of an answer.
const (
	maxAnswer = 64 << 20  // bytes of all of it
	maxProse  = 256 << 10 // bytes before the document
	maxPiece  = 64 << 10  // bytes of a line that are looked at together
)

// What a document's close returns. What json.Decoder found is the third kind.
var (
	errTooLong    = errors.New("the answer is longer than what is read of it")
	errNoDocument = errors.New("there is no JSON in the answer")
	errMoreText   = errors.New("there is text after the JSON")
)

// document decodes the JSON document that ends SkyPilot's output, as it comes: an
// answer may be larger than all else that is kept of a program's output (`sky api
// status ID` of a task of 587 KiB prints 2.6 MiB, for it holds the task twice). It
// keeps no more than one row.
//
// `-o json` prints one document, indented, at the very end, and prose before it
// on the same stream: "Fetching job queue for: …" always (transcript queue),
// "Cluster(s) not found: …", a server being started, refresh failures that hold
// brackets of their own (transcript status-throttled). So the document begins
// at the last line that is an opening bracket alone in its first column. A
// nested bracket is indented and can't be taken for it.
//
// A document is used by one goroutine at a time. close must be called.
type document struct {
	decode func(*json.Decoder) error

	read  int    // bytes, of the whole answer
	line  []byte // what has come of a line
	mid   bool   // a beginning of that line has been passed on
	prose []byte // what stands before the document
	since []byte // what came after the prose: prose too, if the document begins only later
	lost  bool   // some of since was left out
	cut   bool   // some of the answer was

	// The decoder pulls, and what SkyPilot prints is pushed. It is a coroutine: it
	// runs while next is being called, and at no other time.
	begun   bool
	next    func() (struct{}, bool)
	stop    func()
	input   []byte // what the decoder has not read yet
	over    bool   // nothing more comes
	ended   bool   // the decoder has returned err
	err     error
	trailer bool // something came after its end
}

func newDocument(decode func(*json.Decoder) error) *document { return &document{decode: decode} }

// value decodes a document of one value.
func value[T any](into *T) func(*json.Decoder) error {
	return func(d *json.Decoder) error {
		var fresh T
		err := d.Decode(&fresh)
		*into = fresh
		return err
	}
}

// rows decodes a document that is a list, one row after the other, into a slice that into points to. Of type parameters it would be
// made for each type (CONTRIBUTING.md, "Size").
func rows(into any) func(*json.Decoder) error {
	return func(d *json.Decoder) error {
		list := reflect.ValueOf(into).Elem()
		list.Set(reflect.MakeSlice(list.Type(), 0, 0))
		if open, err := d.Token(); err != nil || open != json.Delim('[') {
			return fmt.Errorf("the document begins with %v: %w", open, errors.Join(errNoDocument, err))
		}
		for d.More() {
			row := reflect.New(list.Type().Elem())
			if err := d.Decode(row.Interface()); err != nil {
				return err
			}
			list.Set(reflect.Append(list, row.Elem()))
		}
		_, err := d.Token()
		return err
	}
}

// Write never fails: a program must not get SIGPIPE over us.
func (d *document) Write(p []byte) (int, error) {
	n := len(p)
	if d.read += n; d.read > maxAnswer {
		d.cut, d.line = true, nil
		d.end()
		return n, nil
	}
	for len(p) > 0 {
		line, whole := p, false
		if i := bytes.IndexByte(p, '\n'); i >= 0 {
			line, whole = p[:i+1], true
		}
		d.line = append(d.line, line...)
		if whole || len(d.line) >= maxPiece {
			d.flush(whole)
		}
		p = p[len(line):]
	}
	return n, nil
}

// flush passes on what has come of a line; whole says that it is the line's end.
func (d *document) flush(whole bool) {
	if !d.mid && bytes.IndexByte(d.line, '\x1b') >= 0 { // no JSON holds one; a colour's end may follow it
		d.line = append(d.line[:0], Clean(string(d.line))...)
	}
	if !d.mid && opens(d.line) {
		d.begin()
	}
	switch {
	case !d.begun:
	case d.ended:
		d.trailer = d.trailer || strings.TrimSpace(Clean(string(d.line))) != ""
	default:
		d.input = d.line
		d.next() // until it needs more
	}
	if len(d.since)+len(d.line) > maxProse { // why it failed stands at the end
		d.since, d.lost = append(d.since[:0], d.since[len(d.since)/2:]...), true
	}
	d.since = append(d.since, d.line...)
	d.line, d.mid = d.line[:0], !whole
}

// opens reports whether a line is an opening bracket alone in its first column.
func opens(line []byte) bool {
	const longest = 64 // with the spaces that may follow it
	if len(line) > longest {
		return false
	}
	switch string(bytes.TrimRight(line, " \t\r\n")) {
	case "[", "{", "[]", "{}":
		return true
	}
	return false
}

// begin starts to decode; what was taken for the document was prose.
func (d *document) begin() {
	d.end()
	*d = document{
		decode: d.decode, read: d.read, line: d.line, begun: true,
		prose: append(d.prose, d.since...), cut: d.cut || d.lost || len(d.prose) > maxProse,
	}
	d.next, d.stop = iter.Pull(func(yield func(struct{}) bool) {
		decoder := json.NewDecoder(reading(func(p []byte) (int, error) {
			for len(d.input) == 0 {
				if d.over || !yield(struct{}{}) {
					return 0, io.EOF
				}
			}
			n := copy(p, d.input)
			d.input = d.input[n:]
			return n, nil
		}))
		if d.err = d.decode(decoder); errors.Is(d.err, io.EOF) {
			d.err = io.ErrUnexpectedEOF
		}
		rest, _ := io.ReadAll(decoder.Buffered()) // it reads from memory
		d.trailer = strings.TrimSpace(string(rest)+string(d.input)) != ""
		d.input, d.ended = nil, true
	})
}

// reading is a function as an io.Reader.
type reading func(p []byte) (int, error)

func (r reading) Read(p []byte) (int, error) { return r(p) }

// end ends the decoder, if there is one.
func (d *document) end() {
	if d.stop != nil {
		d.stop()
	}
}

// close ends the document and says what is wrong with it: errTooLong, errNoDocument,
// errMoreText, or what the decoder found; io.ErrUnexpectedEOF: it breaks off.
func (d *document) close() error {
	defer d.end()
	if !d.cut && len(d.line) > 0 {
		d.flush(true)
	}
	switch {
	case d.cut:
		return errTooLong
	case !d.begun:
		d.prose = d.since
		return errNoDocument
	case !d.ended:
		d.over = true
		d.next()
	}
	switch {
	case !d.ended: // by a panic
		return io.ErrUnexpectedEOF
	case d.err != nil:
		return d.err
	case d.trailer:
		return errMoreText
	}
	return nil
}

// ask runs a sky command that answers with a JSON document. The Result's Stdout is
// what it said in prose before that. f is what is known of a failure.
func (c *Client) ask(ctx context.Context, args []string, decode func(*json.Decoder) error, f Failure) (Result, error) {
	answer := newDocument(decode)
	res, err := c.run(ctx, Call{Purpose: Question, Args: args, Answer: answer})
	broken := answer.close()
	res.Stdout = Clean(string(answer.prose))
	switch {
	case err != nil, broken == nil:
		return res, err
	case errors.Is(broken, errTooLong):
		return res, schema.Fail(schema.KindUnsupported, &text.SkyPilotLongAnswer, text.Args{"most": maxAnswer >> 20}).
			WithDetail("sky " + strings.Join(args, " "))
	case errors.Is(broken, io.ErrUnexpectedEOF) && strings.TrimSpace(res.Stderr) == "":
		return res, schema.Fail(schema.KindAPIServer, &text.SkyPilotShortAnswer).
			WithDetail("sky " + strings.Join(args, " "))
	}
	return res, fail(f, res)
}

// number reads what SkyPilot prints now as a number and now as a string
// ("4.0", "2+"), and null. Anything else is 0.
type number float64

func (n *number) UnmarshalJSON(raw []byte) error {
	*n = number(parseFloat(strings.Trim(string(raw), `"+ `)))
	return nil
}

// words reads a string; null, or a value of another type, is "".
type words string

func (w *words) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*w = words(s)
	}
	return nil
}

// flag reads a boolean; null, or a value of another type, is false.
type flag bool

func (f *flag) UnmarshalJSON(raw []byte) error {
	*f = string(raw) == "true"
	return nil
}
