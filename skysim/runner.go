package skysim

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"

	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/schema"
)

// Options are what InProcess can be told. The zero value is the default clock.
type Options struct {
	// Scale is Env.Scale; 0 means DefaultScale.
	Scale float64
}

// InProcess returns a Runner that runs the simulated programs inside this
// process, on the simulated cloud whose state is in dir. Its clock is package
// time's, so that a testing/synctest bubble runs it. It does not block.
func InProcess(dir string, opts Options) sky.Runner {
	return inProcess{Env{Dir: dir, Scale: opts.Scale}}
}

type inProcess struct{ env Env }

func (r inProcess) in(call sky.Call) Env {
	env := r.env
	env.Cwd = call.Dir
	for _, variable := range call.Env {
		switch name, value, _ := strings.Cut(variable, "="); name {
		case envUserID:
			env.UserID = value
		case envUserName:
			env.UserName = value
		}
	}
	return env
}

// Run is sky.Runner's: it blocks until the simulated program has ended, which it
// does when ctx ends (code -1, with ctx's error).
func (r inProcess) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	out := newCapture(call.Line)
	out.streams[schema.StreamStdout].answer = call.Answer
	code := Main(ctx, r.in(call), call.Program, call.Args, strings.NewReader(""), out.writer(schema.StreamStdout), out.writer(schema.StreamStderr))
	result := out.result(code)
	if err := ctx.Err(); err != nil && code == 143 {
		result.Code = -1
		return result, err
	}
	return result, nil
}

// Expect is sky.Runner's. A simulated program starts at once.
func (inProcess) Expect(sky.Call, int) {}

// Submit is sky.Runner's: the program goes on in a goroutine of its own when ctx
// ends, until it has ended by itself.
func (r inProcess) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	file, err := os.OpenFile(output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return sky.Result{}, err
	}
	if call.Confirm != nil && !call.Asks {
		if err := call.Confirm(); err != nil {
			_ = file.Close()
			return sky.Result{Code: -1}, err
		}
	}
	done := make(chan sky.Result, 1)
	stdin, answer := io.Pipe()
	go func() {
		defer func() { _ = stdin.Close() }() // whoever answers then does not wait
		out := newCapture(call.Line)
		out.file = file
		code := Main(context.WithoutCancel(ctx), r.in(call), call.Program, call.Args, stdin,
			out.writer(schema.StreamStdout), out.writer(schema.StreamStderr))
		_ = file.Close() // nothing to be done about it: the caller reads what is there
		result := out.result(code)
		if printed, err := os.ReadFile(output); err == nil {
			result.Stdout = string(printed) // both streams, as the real runner has it
		}
		done <- result
	}()
	if call.Confirm != nil && call.Asks {
		if err := call.Confirm(); err != nil {
			_ = answer.Close()
			<-done
			return sky.Result{Code: -1}, err
		}
		_, _ = io.WriteString(answer, "y\n")
	}
	_ = answer.Close()
	select {
	case <-ctx.Done():
		return sky.Result{Code: -1}, ctx.Err()
	case result := <-done:
		return result, nil
	}
}

// What a Result keeps of each stream: its beginning and its end, as much as the
// runner of real processes keeps (provision/sky/host).
const (
	captureHead = 64 << 10
	captureTail = 2 << 20
)

// capture gathers both streams of a program and hands on their lines.
type capture struct {
	mu      sync.Mutex
	line    func(schema.Stream, string)
	file    *os.File
	streams map[schema.Stream]*captured
}

type captured struct {
	all     bytes.Buffer
	answer  io.Writer // takes it instead; nil: it is kept
	partial string
}

func newCapture(line func(schema.Stream, string)) *capture {
	return &capture{line: line, streams: map[schema.Stream]*captured{schema.StreamStdout: {}, schema.StreamStderr: {}}}
}

type captureWriter struct {
	to     *capture
	stream schema.Stream
}

func (c *capture) writer(stream schema.Stream) captureWriter { return captureWriter{c, stream} }

func (w captureWriter) Write(p []byte) (int, error) {
	w.to.mu.Lock()
	defer w.to.mu.Unlock()
	if w.to.file != nil {
		return w.to.file.Write(p)
	}
	s := w.to.streams[w.stream]
	if s.answer != nil {
		_, _ = s.answer.Write(p) // one that has had enough does not end the program
	} else {
		s.all.Write(p)
		s.shorten()
	}
	if w.to.line == nil {
		return len(p), nil
	}
	s.partial += string(p)
	for {
		line, rest, found := strings.Cut(s.partial, "\n")
		if !found {
			return len(p), nil
		}
		s.partial = rest
		w.to.line(w.stream, plain(line))
	}
}

// shorten cuts the middle out of a stream that has grown past its bound.
func (s *captured) shorten() {
	if s.all.Len() <= captureHead+captureTail {
		return
	}
	b := bytes.Clone(s.all.Bytes())
	s.all.Reset()
	s.all.Write(b[:captureHead])
	s.all.WriteString(redact.Cut + "\n") // as the real one: what is cut is no JSON any more
	s.all.Write(b[len(b)-captureTail/2:])
}

func (c *capture) result(code int) sky.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return sky.Result{
		Code:   code,
		Stdout: c.streams[schema.StreamStdout].all.String(), Stderr: c.streams[schema.StreamStderr].all.String(),
	}
}

// plain takes the escape codes and carriage returns out of a line.
func plain(line string) string {
	var b strings.Builder
	for line != "" {
		switch {
		case strings.HasPrefix(line, "\x1b["):
			// parameters, then one letter
			end := strings.IndexFunc(line[2:], func(r rune) bool { return r >= '@' && r <= '~' })
			if end < 0 {
				return b.String()
			}
			line = line[2+end+1:]
			continue
		case line[0] != '\r':
			b.WriteByte(line[0])
		}
		line = line[1:]
	}
	return b.String()
}
