package rpc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// answersTo serves the input to its end and returns the lines of the output.
func answersTo(t testing.TB, table *Table, o Options, input string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := NewServer(table, o).Serve(context.Background(), strings.NewReader(input), &out); err != nil {
		t.Fatalf("Serve: %v", err)
	}
	return outputLines(t, out.String())
}

func outputLines(t testing.TB, out string) []string {
	t.Helper()
	if out == "" {
		return nil
	}
	if !strings.HasSuffix(out, "\n") {
		t.Fatalf("the output does not end with a newline: %q", out)
	}
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

// peer is the host of a server that runs.
type peer struct {
	t      testing.TB
	server *Server
	in     *io.PipeWriter
	outR   *io.PipeReader
	out    *bufio.Reader
	cancel context.CancelFunc
	done   chan error
}

func newPeer(t testing.TB, table *Table, o Options) *peer {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	p := &peer{
		t: t, server: NewServer(table, o), in: inW, outR: outR, out: bufio.NewReader(outR),
		cancel: cancel, done: make(chan error, 1),
	}
	go func() {
		p.done <- p.server.Serve(ctx, inR, outW)
		_ = outW.Close()
		_ = inR.Close()
	}()
	t.Cleanup(func() {
		cancel()
		_ = inW.Close()
		_, _ = io.Copy(io.Discard, outR)
		_ = outR.Close()
	})
	return p
}

func (p *peer) send(lines ...string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, strings.Join(lines, "\n")+"\n"); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

func (p *peer) receive() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("receive: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

// expect receives a line and compares it as it stands.
func (p *peer) expect(want string) {
	p.t.Helper()
	if got := p.receive(); got != want {
		p.t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	return reflect.DeepEqual(parsed(t, a), parsed(t, b))
}

func parsed(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// specErrors gives the messages that the specification's examples have.
func specErrors(reason Reason, err error) CodedError {
	message := map[Reason]string{
		ReasonParse: "Parse error", ReasonInvalidRequest: "Invalid Request", ReasonMethodNotFound: "Method not found",
		ReasonInvalidParams: "Invalid params", ReasonInternal: "Internal error", ReasonTooLarge: "Invalid Request",
		ReasonBusy: "Busy", ReasonCanceled: "Canceled",
	}[reason]
	return appError{code: -32000 - int(reason), message: message}
}

type appError struct {
	code    int
	message string
	data    any
}

func (e appError) Error() string { return e.message }
func (e appError) RPCCode() int  { return e.code }
func (e appError) RPCData() any  { return e.data }

type unencodable struct{}

func (unencodable) MarshalJSON() ([]byte, error) { panic("no") }

func exampleTable() *Table {
	t := echoTable()
	none := struct{}{}
	Handle(t, "subtract", func(_ context.Context, raw json.RawMessage) (int, error) {
		var list []int
		if raw[0] == '[' {
			err := json.Unmarshal(raw, &list)
			return list[0] - list[1], err
		}
		var p struct {
			Minuend    int `json:"minuend"`
			Subtrahend int `json:"subtrahend"`
		}
		err := Decode(raw, &p)
		return p.Minuend - p.Subtrahend, err
	})
	Handle(t, "sum", func(_ context.Context, p []int) (sum int, _ error) {
		for _, n := range p {
			sum += n
		}
		return sum, nil
	})
	for _, name := range []string{"update", "notify_hello", "notify_sum"} {
		Handle(t, name, func(context.Context, []int) (struct{}, error) { return none, nil })
	}
	Handle(t, "get_data", func(context.Context, struct{}) ([]any, error) { return []any{"hello", 5}, nil })
	Handle(t, "panics", func(context.Context, struct{}) (struct{}, error) { panic("on purpose") })
	Handle(t, "exits", func(context.Context, struct{}) (struct{}, error) { runtime.Goexit(); return none, nil })
	Handle(t, "unencodable", func(context.Context, struct{}) (unencodable, error) { return unencodable{}, nil })
	Handle(t, "fails", func(context.Context, struct{}) (struct{}, error) { return none, errors.New("exit status 1") })
	Handle(t, "refuses", func(context.Context, struct{}) (struct{}, error) {
		return none, appError{-32011, "There is a server already.", map[string]string{"kind": "cluster_active"}}
	})
	return t
}
