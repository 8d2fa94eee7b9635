package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCancel(t *testing.T) {
	const canceled = `,"error":{"code":-32800,"message":"the request was canceled"}}`
	for _, c := range []struct{ name, id, cancel, params string }{
		{"a number", "1", "1", "{}"},
		{"a fraction", "1.0", "1.0", "{}"},
		{"null", "null", "null", "{}"},
		{"a string", `"a"`, `"a"`, "{}"},
		{"a string written otherwise", `"a"`, `"\u0061"`, "{}"},
		{"a handler that ignores it", "2", "2", `{"stubborn":true}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGate()
			p := newPeer(t, g.Table, Options{})
			p.send(`{"jsonrpc":"2.0","id":` + c.id + `,"method":"wait","params":` + c.params + `}`)
			<-g.begun
			p.send(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":` + c.cancel + `}}`)
			p.expect(`{"jsonrpc":"2.0","id":` + c.id + canceled)
			close(g.open) // the late result is discarded
			p.send(pingWith("9"))
			p.expect(`{"jsonrpc":"2.0","id":9,"result":{}}`)
			_ = p.in.Close()
			if rest, _ := io.ReadAll(p.out); len(rest) > 0 {
				t.Errorf("more came: %s", rest)
			}
		})
	}
}

func TestCancelInABatch(t *testing.T) {
	g := newGate()
	p := newPeer(t, g.Table, Options{})
	p.send("[" + waitFor("1") + `,{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}},` + pingWith("2") + "]")
	p.expect(`[{"jsonrpc":"2.0","id":1,"error":{"code":-32800,"message":"the request was canceled"}},{"jsonrpc":"2.0","id":2,"result":{}}]`)
}

// TestCancelIsNotForOthers: only the request that is named ends.
func TestCancelIsNotForOthers(t *testing.T) {
	g := newGate()
	p := newPeer(t, g.Table, Options{ErrorFor: specErrors})
	p.send(waitFor("1"), waitFor(`"1"`), waitFor("1.0"))
	for range 3 {
		<-g.begun
	}
	p.send(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"1"}}`)
	p.expect(`{"jsonrpc":"2.0","id":"1","error":{"code":-32006,"message":"Canceled"}}`)
	close(g.open)
	got := []string{p.receive(), p.receive()}
	slices.Sort(got)
	if want := []string{`{"jsonrpc":"2.0","id":1,"result":"waited"}`, `{"jsonrpc":"2.0","id":1.0,"result":"waited"}`}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestCanceledBeforeItBegan: the handler is not run at all.
func TestCanceledBeforeItBegan(t *testing.T) {
	st := NewServer(NewTable(), Options{}).newStream(context.Background(), strings.NewReader(""))
	ctx, cancel := context.WithCancelCause(context.Background())
	one := &call{id: []byte("1"), ctx: ctx, cancel: cancel, method: &method{call: func(context.Context, []byte) (any, error) {
		t.Error("it was run")
		return nil, nil
	}}}
	st.calls.admit(one)
	st.cancelAll()
	st.run(context.Background(), nil, one)
	if st.calls.inFlight() != 0 {
		t.Error("it still counts")
	}
}

func TestBusy(t *testing.T) {
	g := newGate()
	p := newPeer(t, g.Table, Options{MaxInFlight: crowd + 10})
	for i := range crowd + 10 {
		p.send(waitFor(fmt.Sprint(i)))
		<-g.begun
	}
	p.send(`{"jsonrpc":"2.0","method":"wait"}`, waitFor(`"one more"`))
	p.expect(`{"jsonrpc":"2.0","id":"one more","error":{"code":-32000,"message":"too many requests are being answered"}}`)
	p.send("[" + pingWith("1") + ",1]")
	if line := p.receive(); strings.Count(line, `"code":-32000`) != 1 || strings.Count(line, `"code":-32600`) != 1 {
		t.Errorf("%s", line)
	}
	close(g.open)
	for range crowd + 10 {
		p.receive()
	}
	p.send(pingWith("2"))
	p.expect(`{"jsonrpc":"2.0","id":2,"result":{}}`)
	if len(g.begun) != 0 {
		t.Error("a refused notification was begun")
	}
}

// TestLargeParamsInFlightAreBounded: requests are refused that would hold too much.
func TestLargeParamsInFlightAreBounded(t *testing.T) {
	c := newCalls(4096)
	mib := make([]byte, 1<<20)
	if c.full(maxHeld + 1) {
		t.Error("a call by itself is refused")
	}
	for range maxHeld >> 20 {
		if c.full(len(mib)) {
			t.Fatal("refused too early")
		}
		c.admit(&call{params: mib})
	}
	if !c.full(1) {
		t.Error("accepted too much")
	}
	c.returned(c.running[1])
	if c.full(len(mib)) {
		t.Error("still refused")
	}
}

// TestHostThatNeverReads: past MaxUnreadAnswers it counts as gone, and until then
// no handler waits for it.
func TestHostThatNeverReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t, echoTable(), Options{MaxUnreadAnswers: 1 << 20})
		line := strings.TrimSpace(request("echo", 10<<10))
		for range 2 << 20 / (10 << 10) {
			if _, err := io.WriteString(p.in, line+"\n"); err != nil {
				break // it reads no more
			}
		}
		if err := <-p.done; !errors.Is(err, ErrHostGone) {
			t.Errorf("%v", err)
		}
	})
}

// TestHostThatReadsSlowly asks for four times MaxUnreadAnswers and is not given up:
// its requests are read as slowly.
func TestHostThatReadsSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n, size = 400, 10 << 10
		p := newPeer(t, echoTable(), Options{MaxUnreadAnswers: 1 << 20})
		go func() {
			line := request("echo", size)
			for range n {
				_, _ = io.WriteString(p.in, line)
			}
			_ = p.in.Close()
		}()
		for range n {
			time.Sleep(10 * time.Millisecond) // of the bubble's clock: all that can happen before has
			p.receive()
		}
		if err := <-p.done; err != nil {
			t.Error(err)
		}
	})
}

// TestNothingCountsAsUnreadInTheEnd: what was written is not held against the host.
func TestNothingCountsAsUnreadInTheEnd(t *testing.T) {
	s := NewServer(echoTable(), Options{})
	for i := range 100 {
		s.Notify("n", change{}, Delivery{Class: Class(i % 3)})
	}
	in := strings.Repeat("["+pingWith("1")+",1]\n"+pingWith("2")+"\n", 100)
	if err := s.Serve(context.Background(), strings.NewReader(in), io.Discard); err != nil {
		t.Fatal(err)
	}
	if s.out.unread != 0 || s.out.lossyN != 0 || s.out.queue.Len() != 0 || s.out.lossy.Len() != 0 {
		t.Errorf("%d and %d bytes left", s.out.unread, s.out.lossyN)
	}
}

// TestAnswersHeldByABatchAreBounded: a batch can't hoard answers behind one that
// does not come.
func TestAnswersHeldByABatchAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		p := newPeer(t, g.Table, Options{MaxUnreadAnswers: 1 << 20})
		echo := strings.TrimSpace(request("echo", 300<<10))
		p.send("["+waitFor("1")+","+echo+"]", "["+waitFor("2")+","+echo+"]", "["+waitFor("3")+","+echo+"]")
		synctest.Wait()
		_, _ = io.WriteString(p.in, "["+waitFor("4")+","+echo+"]\n")
		close(g.open)
		if err := <-p.done; !errors.Is(err, ErrHostGone) {
			t.Errorf("%v", err)
		}
	})
}

// TestDroppedNotificationsAreLoggedOnce, not once each: there may be thousands.
func TestDroppedNotificationsAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	g := newGate()
	p := newPeer(t, g.Table, Options{MaxInFlight: 1, Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, nil))})
	p.send(waitFor("1"))
	<-g.begun
	dropped := strings.Repeat(`{"jsonrpc":"2.0","method":"ping"}`+"\n", 50)
	p.send(dropped + pingWith("2"))
	p.expect(`{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"too many requests are being answered"}}`)
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), "notifications are dropped"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	close(g.open)
}

// TestRoomIsLetGo: one large line does not cost memory for ever.
func TestRoomIsLetGo(t *testing.T) {
	r := newLineReader(strings.NewReader(strings.Repeat("x", 1<<20)+"\na\n"), 1<<20)
	for {
		_, _, err := r.buffered()
		if err != nil {
			break
		}
		r.fill()
	}
	if len(r.buf) > keepBuffer {
		t.Errorf("the buffer has %d bytes", len(r.buf))
	}
	var s scanner
	s.scan([]byte("[" + strings.Repeat("1,", 30000) + "1]"))
	s.scan([]byte("1"))
	if cap(s.elements) > keepElements {
		t.Errorf("there is room for %d elements", cap(s.elements))
	}
}
