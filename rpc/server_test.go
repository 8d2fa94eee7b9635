package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a table with the method wait, which goes on until it is let go or, if it
// minds its context, until that ends.
type gate struct {
	*Table
	begun chan string
	open  chan struct{}
}

type waitParams struct {
	Name     string `json:"name,omitempty"`
	Stubborn bool   `json:"stubborn,omitempty"` // ignores its context
}

func newGate() *gate {
	g := &gate{Table: exampleTable(), begun: make(chan string, 10000), open: make(chan struct{})}
	Handle(g.Table, "wait", func(ctx context.Context, p waitParams) (string, error) {
		g.begun <- p.Name
		done := ctx.Done()
		if p.Stubborn {
			done = nil
		}
		select {
		case <-g.open:
			return "waited", nil
		case <-done:
			return "", context.Cause(ctx)
		}
	})
	return g
}

func waitFor(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"method":"wait"}` }

func pingWith(id string) string { return `{"jsonrpc":"2.0","id":` + id + `,"method":"ping"}` }

func TestIDsComeBackByteForByte(t *testing.T) {
	ids := []string{
		"1", "0", "-0", "-5", "1.0", "1.50", "1e2", "1E+2", "9007199254740993", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890.0",
		`""`, `"a"`, `"\u0061"`, `"\ud800"`, `"\/"`, `"é"`, `"😀"`, `"<&>"`, `"\u0000"`, `"null"`, "null", `"` + strings.Repeat("x", 100000) + `"`,
	}
	for _, id := range ids {
		for _, c := range []struct{ request, answer string }{
			{`{"jsonrpc":"2.0","method":"ping","id": ` + id + ` }`, `{"jsonrpc":"2.0","id":` + id + `,"result":{}}`},
			{`[{"id":` + id + `,"jsonrpc":"2.0","method":"ping"}]`, `[{"jsonrpc":"2.0","id":` + id + `,"result":{}}]`},
			{`{"jsonrpc":"2.0","method":"no","id":` + id + `}`, `{"jsonrpc":"2.0","id":` + id + `,"error":{"code":-32601,"message":"there is no method \"no\""}}`},
		} {
			if got := answersTo(t, echoTable(), Options{}, c.request); !slices.Equal(got, []string{c.answer}) {
				t.Errorf("%.200s: %.200q, want %.200s", c.request, got, c.answer)
			}
		}
	}
	for _, id := range []string{"true", "false", "[]", "[1]", "{}", `{"a":1}`} {
		got := answersTo(t, echoTable(), Options{}, pingWith(id))
		if len(got) != 1 || !strings.HasPrefix(got[0], `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,`) {
			t.Errorf("id %s: %q", id, got)
		}
	}
}

func TestFramingErrorsComeBeforeWhatWasSentLater(t *testing.T) {
	var in strings.Builder
	for i := range 200 {
		fmt.Fprintf(&in, "rubbish\n%s\n", pingWith(fmt.Sprint(i)))
	}
	errorsSeen := 0
	for _, line := range answersTo(t, echoTable(), Options{}, in.String()) {
		var id int
		if strings.Contains(line, "-32700") {
			errorsSeen++
		} else if _, err := fmt.Sscanf(line, `{"jsonrpc":"2.0","id":%d,`, &id); err != nil || errorsSeen <= id {
			t.Fatalf("%s came after %d errors (%v)", line, errorsSeen, err)
		}
	}
	if errorsSeen != 200 {
		t.Errorf("%d errors", errorsSeen)
	}
}

func TestEndOfInputWaitsForAnswers(t *testing.T) {
	g := newGate()
	p := newPeer(t, g.Table, Options{})
	p.send(waitFor("1"), "["+waitFor("2")+","+pingWith("3")+"]")
	<-g.begun
	<-g.begun
	_ = p.in.Close()
	close(g.open)
	got := []string{p.receive(), p.receive()}
	slices.Sort(got)
	want := []string{
		`[{"jsonrpc":"2.0","id":2,"result":"waited"},{"jsonrpc":"2.0","id":3,"result":{}}]`,
		`{"jsonrpc":"2.0","id":1,"result":"waited"}`,
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if err := <-p.done; err != nil {
		t.Error(err)
	}
}

func TestWhatWasReadIsAnsweredAtTheEnd(t *testing.T) {
	for _, end := range []string{"EOF", "context", "Shutdown"} {
		t.Run(end, func(t *testing.T) {
			g := newGate()
			p := newPeer(t, g.Table, Options{})
			p.send(waitFor("1"))
			<-g.begun
			switch end {
			case "EOF":
				_ = p.in.Close()
			case "context":
				p.cancel()
			case "Shutdown":
				p.server.Shutdown()
				p.server.Shutdown()
			}
			close(g.open)
			p.expect(`{"jsonrpc":"2.0","id":1,"result":"waited"}`)
			if err := <-p.done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestShutdownFromAHandler(t *testing.T) {
	table := echoTable()
	var s *Server
	Handle(table, "shutdown", func(context.Context, struct{}) (struct{}, error) { s.Shutdown(); return struct{}{}, nil })
	s = NewServer(table, Options{})
	inR, inW := io.Pipe()
	var out bytes.Buffer
	done := make(chan error)
	go func() { done <- s.Serve(context.Background(), inR, &out) }()
	_, _ = io.WriteString(inW, `{"jsonrpc":"2.0","id":1,"method":"shutdown"}`+"\n")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if out.String() != `{"jsonrpc":"2.0","id":1,"result":{}}`+"\n" {
		t.Errorf("%q", out.String())
	}
	_ = inW.Close()
	if err := s.Serve(context.Background(), inR, &out); !errors.Is(err, ErrServed) {
		t.Errorf("a second Serve: %v", err)
	}
}

// The end of input alone cuts no answer short: whoever pipes a request in waits for
// its answer, and a method has a deadline of its own.
func TestEndOfInputWaitsForAsLongAsAHandlerTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		p := newPeer(t, g.Table, Options{DrainTimeout: time.Second})
		p.send(waitFor("1"))
		<-g.begun
		_ = p.in.Close()
		time.Sleep(time.Minute)
		close(g.open)
		p.expect(`{"jsonrpc":"2.0","id":1,"result":"waited"}`)
		if err := <-p.done; err != nil {
			t.Error(err)
		}
	})
}

// TestDrainTimeout: a handler that does not end when Serve has to is answered as
// canceled, and Serve returns even if it ignores its context.
func TestDrainTimeout(t *testing.T) {
	for _, end := range []string{"context", "Shutdown", "context after the end of input"} {
		for _, stubborn := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				g := newGate()
				p := newPeer(t, g.Table, Options{DrainTimeout: time.Second})
				p.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"wait","params":{"stubborn":%v}}`, stubborn))
				<-g.begun
				begun := time.Now()
				switch end {
				case "context":
					p.cancel()
				case "Shutdown":
					p.server.Shutdown()
				default:
					_ = p.in.Close()
					synctest.Wait()
					p.cancel()
				}
				p.expect(`{"jsonrpc":"2.0","id":1,"error":{"code":-32800,"message":"the request was canceled"}}`)
				if err := <-p.done; err != nil {
					t.Error(err)
				}
				if took := time.Since(begun); took < time.Second || took > time.Second+2*drainGrace {
					t.Errorf("%s: took %v", end, took)
				}
				close(g.open)
				synctest.Wait()
			})
		}
	}
}

// A host that dies while its last request is being answered is noticed although
// nothing is written to it.
func TestNobodyReads(t *testing.T) {
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer outW.Close()
	g := newGate()
	done := make(chan error)
	server := NewServer(g.Table, Options{DrainTimeout: time.Millisecond})
	go func() { done <- server.Serve(context.Background(), strings.NewReader(waitFor("1")), outW) }()
	<-g.begun
	if nobodyReads(outW) {
		t.Error("somebody reads")
	}
	_ = outR.Close()
	if err := <-done; !errors.Is(err, ErrHostGone) || !errors.Is(err, errNobodyReads) {
		t.Errorf("%v", err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "answers"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if nobodyReads(file) {
		t.Error("nobody is said to read a file, which is read later")
	}
}

func TestRefused(t *testing.T) {
	in := strings.Join([]string{"x", `{"jsonrpc":"2.0","id":1,"method":"no"}`, pingWith("2"), `{"jsonrpc":"2.0","method":"fails"}`, `{"jsonrpc":"2.0","id":3,"method":"fails"}`}, "\n")
	server := NewServer(exampleTable(), Options{})
	if err := server.Serve(context.Background(), strings.NewReader(in), io.Discard); err != nil || server.Refused() != 3 {
		t.Errorf("%d were refused (%v), want 3", server.Refused(), err)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"cluster.launch", "cluster.logs", "ping"}
	for written, want := range map[string]string{"cluster.lanch": "cluster.launch", "Cluster.Launch": "cluster.launch", "pong": "ping", "launch": "", "": ""} {
		if got := Nearest(written, names); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
}

// TestTheLastAnswersAreNotRead: Serve ends in time though its writer is stuck.
func TestTheLastAnswersAreNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t, echoTable(), Options{DrainTimeout: time.Second})
		p.send(pingWith("1"))
		_ = p.in.Close()
		if err := <-p.done; !errors.Is(err, ErrHostGone) {
			t.Errorf("%v", err)
		}
	})
}

func TestDraining(t *testing.T) {
	table := echoTable()
	begun := make(chan struct{})
	Handle(table, "follow", func(ctx context.Context, _ struct{}) (string, error) {
		close(begun)
		<-Draining(ctx)
		return "the end", ctx.Err()
	})
	p := newPeer(t, table, Options{})
	p.send(`{"jsonrpc":"2.0","id":1,"method":"follow"}`)
	<-begun
	_ = p.in.Close()
	p.expect(`{"jsonrpc":"2.0","id":1,"result":"the end"}`)
	if Draining(context.Background()) != nil {
		t.Error("a channel for a context that is none of a handler's")
	}
}

func TestTenThousandLinesAtOnce(t *testing.T) {
	const n = 10000
	var in strings.Builder
	for i := range n {
		in.WriteString(pingWith(fmt.Sprint(i)) + "\n")
	}
	seen := map[string]int{}
	for _, line := range answersTo(t, echoTable(), Options{}, in.String()) {
		seen[line]++
	}
	for i := range n {
		if seen[fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{}}`, i)] != 1 {
			t.Fatalf("%d was not answered once; %d different answers", i, len(seen))
		}
	}
	if len(seen) != n {
		t.Errorf("%d answers", len(seen))
	}
}

func TestBatches(t *testing.T) {
	pings := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(pingWith("1")+",", n), ",") + "]" }
	for _, c := range []struct {
		name, line   string
		answers, oks int // -1: a single object
	}{
		{"large", pings(5000), 5000, 5000},
		{"rubbish", "[" + strings.Repeat("1,", maxBatch-1) + "1]", maxBatch, 0},
		{"more than can be requests", "[" + strings.Repeat("1,", maxBatch) + "1]", -1, 0},
		{"very much more", "[" + strings.Repeat(`{},`, 300000) + "{}]", -1, 0},
		{"too large by bytes", "[" + strings.Repeat(" ", 1<<20) + "]", -1, 0},
	} {
		lines := answersTo(t, echoTable(), Options{}, c.line+"\n"+strings.Repeat(" ", 10)+"\n")
		if len(lines) != 1 {
			t.Errorf("%s: %d lines", c.name, len(lines))
			continue
		}
		list, ok := parsed(t, lines[0]).([]any)
		if ok != (c.answers >= 0) || ok && len(list) != c.answers || strings.Count(lines[0], `"result"`) != c.oks {
			t.Errorf("%s: %d answers, %d of them results: %.100s", c.name, len(list), strings.Count(lines[0], `"result"`), lines[0])
		}
	}
}

func TestLargeMessages(t *testing.T) {
	sized := func(n int) string { return request("echo", n+1)[:n] }
	for size, want := range map[int]string{1 << 10: "result", 64 << 10: "result", 1 << 20: "result", 1<<20 + 1: `"id":null,"error":{"code":-32600`} {
		lines := answersTo(t, echoTable(), Options{}, sized(size)+"\n"+pingWith("2"))
		if len(lines) != 2 || !strings.Contains(lines[0]+lines[1], want) || !strings.Contains(lines[0]+lines[1], `"id":2,"result"`) {
			t.Errorf("%d bytes: %.150q", size, lines)
		}
	}
	garbage := strings.Repeat("\xff{\"", 1<<20)
	lines := answersTo(t, echoTable(), Options{}, garbage+"\n"+pingWith("2"))
	if len(lines) != 2 || !strings.Contains(lines[0], "-32600") || !strings.Contains(lines[1], "result") {
		t.Errorf("garbage: %.150q", lines)
	}
}

func TestErrorForNeverChangesFixedCodes(t *testing.T) {
	odd := func(Reason, error) CodedError { return appError{code: 1, message: "m", data: map[string]int{"a": 1}} }
	in := strings.Join([]string{"x", "1", `{"jsonrpc":"2.0","id":1,"method":"no"}`, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1}}`, `{"jsonrpc":"2.0","id":1,"method":"fails"}`}, "\n")
	got := strings.Join(answersTo(t, exampleTable(), Options{ErrorFor: odd}, in), "\n")
	for _, code := range []int{-32700, -32600, -32601, -32602, -32603} {
		if !strings.Contains(got, fmt.Sprintf(`"error":{"code":%d,"message":"m","data":{"a":1}}}`, code)) {
			t.Errorf("no %d in\n%s", code, got)
		}
	}
	for name, broken := range map[string]func(Reason, error) CodedError{
		"nil":    func(Reason, error) CodedError { return nil },
		"panics": func(Reason, error) CodedError { panic("no") },
		"data":   func(_ Reason, err error) CodedError { return appError{1, err.Error(), make(chan int)} },
	} {
		want := `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"the line is not JSON"}}`
		if got := answersTo(t, echoTable(), Options{ErrorFor: broken}, "x"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestPanicsAreLogged(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	logger := slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil))
	answersTo(t, exampleTable(), Options{Log: logger}, `{"jsonrpc":"2.0","id":1,"method":"panics"}`)
	for _, want := range []string{"on purpose", "method=panics", "exampleTable"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, log.String())
		}
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func TestInputThatBreaks(t *testing.T) {
	broken := errors.New("broken")
	inR, inW := io.Pipe()
	go func() {
		_, _ = io.WriteString(inW, pingWith("1"))
		_ = inW.CloseWithError(broken)
	}()
	var out bytes.Buffer
	err := NewServer(echoTable(), Options{}).Serve(context.Background(), inR, &out)
	if !errors.Is(err, broken) || out.String() != `{"jsonrpc":"2.0","id":1,"result":{}}`+"\n" {
		t.Errorf("%v, %q", err, out.String())
	}
}

// TestHostGone: the other end of a real pipe is closed.
func TestHostGone(t *testing.T) {
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer outW.Close()
	_ = outR.Close()
	inR, inW := io.Pipe()
	defer inW.Close()
	done := make(chan error)
	go func() { done <- NewServer(echoTable(), Options{}).Serve(context.Background(), inR, outW) }()
	_, _ = io.WriteString(inW, pingWith("1")+"\n")
	if err := <-done; !errors.Is(err, ErrHostGone) {
		t.Errorf("%v", err)
	}
}

func TestTable(t *testing.T) {
	table := echoTable()
	if names := table.Names(); !slices.Equal(names, []string{"echo", "ping"}) {
		t.Errorf("%q", names)
	}
	for _, name := range []string{"", "ping", "a b", `a"b`, `a\b`, "é", "a\n", cancelMethod} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q was taken", name)
				}
			}()
			Handle(table, name, func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
		}()
	}
}

// TestLinger: after the last answer notifications still go out until it returns;
// its context ends when there is no one to notify any more.
func TestLinger(t *testing.T) {
	t.Run("notifications", func(t *testing.T) {
		var s *Server
		s = NewServer(echoTable(), Options{Linger: func(ctx context.Context) error {
			s.Notify("late", nil, Delivery{})
			return ctx.Err()
		}})
		var out bytes.Buffer
		if err := s.Serve(context.Background(), strings.NewReader(pingWith("1")), &out); err != nil {
			t.Fatal(err)
		}
		want := `{"jsonrpc":"2.0","id":1,"result":{}}` + "\n" + `{"jsonrpc":"2.0","method":"late","params":null}` + "\n"
		if out.String() != want {
			t.Errorf("%q", out.String())
		}
	})
	for _, end := range []string{"context", "Shutdown", "host gone"} {
		t.Run(end, func(t *testing.T) {
			lingers := make(chan struct{})
			p := newPeer(t, echoTable(), Options{Linger: func(ctx context.Context) error {
				close(lingers)
				<-ctx.Done()
				return ctx.Err()
			}})
			_ = p.in.Close()
			<-lingers
			gone := end == "host gone"
			switch {
			case gone:
				_ = p.outR.Close()
				p.server.Notify("n", nil, Delivery{})
			case end == "context":
				p.cancel()
			default:
				p.server.Shutdown()
			}
			if err := <-p.done; errors.Is(err, ErrHostGone) != gone || !gone && err != nil {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestWhatComesFirstIsCarriedOutBeforeWhatIsReadLater(t *testing.T) {
	table := NewTable()
	var set string
	Handle(table, "set", func(context.Context, struct{}) (struct{}, error) {
		for range 1000 {
			runtime.Gosched()
		}
		set = "yes"
		return struct{}{}, nil
	})
	table.First("set")
	Handle(table, "get", func(context.Context, struct{}) (string, error) { return set, nil })
	got := answersTo(t, table, Options{}, `{"jsonrpc":"2.0","id":1,"method":"set"}`+"\n"+`{"jsonrpc":"2.0","id":2,"method":"get"}`)
	if len(got) != 2 || !slices.Contains(got, `{"jsonrpc":"2.0","id":2,"result":"yes"}`) {
		t.Errorf("%q", got)
	}
}
