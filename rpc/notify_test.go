package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// change is a Latest notification that tells a change.
type change struct {
	To      string   `json:"to"`
	From    string   `json:"from"`
	Changed []string `json:"changed"`
}

func (c change) Merge(older any) any {
	first := older.(change)
	c.From = first.From
	c.Changed = append(append([]string{}, first.Changed...), c.Changed...)
	return c
}

// step is a Lossy notification that tells what was left out.
type step struct {
	N       int    `json:"n"`
	Dropped int    `json:"dropped,omitempty"`
	Pad     string `json:"pad,omitempty"`
}

func (s step) WithDropped(n int) any { s.Dropped = n; return s }

type message struct {
	ID     any             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// received reads messages until one with the given id.
func (p *peer) received(last string) (all []message) {
	p.t.Helper()
	for {
		var m message
		if err := json.Unmarshal([]byte(p.receive()), &m); err != nil {
			p.t.Fatal(err)
		}
		if m.ID == last {
			return all
		}
		all = append(all, m)
	}
}

func TestNotifyKeepsOrderBeforeAndAfterServe(t *testing.T) {
	s := NewServer(echoTable(), Options{})
	for i := range 3 {
		s.Notify("n", i, Delivery{})
	}
	var out strings.Builder
	if err := s.Serve(context.Background(), strings.NewReader(""), &out); err != nil {
		t.Fatal(err)
	}
	s.Notify("n", 3, Delivery{})
	want := ""
	for i := range 3 {
		want += fmt.Sprintf(`{"jsonrpc":"2.0","method":"n","params":%d}`+"\n", i)
	}
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// stuckPeer is one whose writer waits for the host to read a first message.
func stuckPeer(t *testing.T, o Options) *peer {
	p := newPeer(t, echoTable(), o)
	p.server.Notify("first", nil, Delivery{})
	synctest.Wait()
	return p
}

func TestLatestIsMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stuckPeer(t, Options{})
		latest := func(key, from, to string) {
			p.server.Notify("changed", change{To: to, From: from, Changed: []string{to}}, Delivery{Class: Latest, Key: key})
		}
		latest("a", "0", "1")
		latest("b", "0", "1")
		p.server.Notify("finished", nil, Delivery{})
		latest("a", "1", "2")
		latest("a", "2", "3")
		p.server.Notify("other", change{To: "x"}, Delivery{Class: Latest, Key: "a"})
		for _, want := range []string{
			`{"jsonrpc":"2.0","method":"first","params":null}`,
			`{"jsonrpc":"2.0","method":"changed","params":{"to":"1","from":"0","changed":["1"]}}`,
			`{"jsonrpc":"2.0","method":"finished","params":null}`,
			`{"jsonrpc":"2.0","method":"changed","params":{"to":"3","from":"0","changed":["1","2","3"]}}`,
			`{"jsonrpc":"2.0","method":"other","params":{"to":"x","from":"","changed":null}}`,
		} {
			p.expect(want)
		}
		latest("a", "3", "4") // what was sent is not merged again
		p.expect(`{"jsonrpc":"2.0","method":"changed","params":{"to":"4","from":"3","changed":["4"]}}`)
	})
}

// TestLossyIsCounted: nothing that is left out goes untold, and the newest arrives.
func TestLossyIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stuckPeer(t, Options{})
		const n = 20000
		for i := range n {
			p.server.Notify("step", step{N: i}, Delivery{Class: Lossy, Key: fmt.Sprint(i % 3)})
			p.server.Notify("plain", i, Delivery{Class: Lossy})
		}
		p.send(pingWith(`"end"`))
		synctest.Wait()
		told, arrived, last := 0, 0, map[int]int{}
		for _, m := range p.received("end") {
			if m.Method != "step" {
				continue
			}
			var s step
			if err := json.Unmarshal(m.Params, &s); err != nil {
				t.Fatal(err)
			}
			if before, ok := last[s.N%3]; s.Dropped > 0 && ok && s.N != before+3*(s.Dropped+1) {
				t.Errorf("%d after %d tells %d left out", s.N, before, s.Dropped)
			}
			last[s.N%3] = s.N
			told += s.Dropped
			arrived++
		}
		if told+arrived != n || told == 0 || last[(n-1)%3] != n-1 {
			t.Errorf("%d arrived and %d were told of %d; the last is %d", arrived, told, n, last[(n-1)%3])
		}
	})
}

// TestStalledReader: nothing waits for a host that does not read, memory stays
// bounded, and in the end all answers and the latest status are there.
func TestStalledReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stuckPeer(t, Options{})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range 100000 {
			p.server.Notify("log", step{N: i, Pad: strings.Repeat("x", 100)}, Delivery{Class: Lossy, Key: "log"})
			p.server.Notify("status", i, Delivery{Class: Latest, Key: "c"})
			if i%1000 == 0 {
				p.send(pingWith(fmt.Sprintf(`"p%d"`, i)))
			}
		}
		synctest.Wait()
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4*lossyBytes {
			t.Errorf("grown by %d bytes", grown)
		}
		p.send(pingWith(`"end"`))
		synctest.Wait()
		answers, statuses := 0, 0
		for _, m := range p.received("end") {
			switch {
			case m.ID != nil:
				answers++
			case m.Method == "status":
				statuses++
			}
		}
		if answers != 100 || statuses != 1 {
			t.Errorf("%d answers, %d statuses", answers, statuses)
		}
	})
}

func TestGuaranteedIsBoundedByTheHostBeingGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stuckPeer(t, Options{MaxUnreadAnswers: 1 << 20})
		for range 11 {
			p.server.Notify("n", strings.Repeat("x", 100<<10), Delivery{})
		}
		if err := <-p.done; !errors.Is(err, ErrHostGone) {
			t.Errorf("%v", err)
		}
	})
}

type badMerge struct{ N int }

func (badMerge) Merge(any) any       { panic("merge") }
func (badMerge) WithDropped(int) any { return make(chan int) }

func TestBrokenParamsDoNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := stuckPeer(t, Options{})
		p.server.Notify("n", make(chan int), Delivery{})
		p.server.Notify("n", unencodable{}, Delivery{})
		p.server.Notify("n", badMerge{1}, Delivery{Class: Latest})
		p.server.Notify("n", badMerge{2}, Delivery{Class: Latest})
		for i := range 10000 {
			p.server.Notify("l", badMerge{i}, Delivery{Class: Lossy})
		}
		p.expect(`{"jsonrpc":"2.0","method":"first","params":null}`)
		p.expect(`{"jsonrpc":"2.0","method":"n","params":{"N":2}}`)
		if line := p.receive(); !strings.HasPrefix(line, `{"jsonrpc":"2.0","method":"l","params":{"N":`) {
			t.Errorf("%s", line)
		}
	})
}

// TestManyKeysAreForgotten: the counts of what was left out are bounded too.
func TestManyKeysAreForgotten(t *testing.T) {
	s := NewServer(echoTable(), Options{})
	for i := range 50000 {
		s.Notify("n", step{N: i}, Delivery{Class: Lossy, Key: fmt.Sprint(i)})
	}
	if n := len(s.out.left); n > maxCounts {
		t.Errorf("%d keys", n)
	}
}

// TestNotifyFromManyGoroutines runs all classes against answers, for the race detector.
func TestNotifyFromManyGoroutines(t *testing.T) {
	p := newPeer(t, echoTable(), Options{})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				p.server.Notify("n", change{To: fmt.Sprint(i)}, Delivery{Class: Class(i % 3), Key: fmt.Sprint(g % 2)})
			}
		})
	}
	all.Go(func() {
		for i := range 200 {
			_, _ = io.WriteString(p.in, pingWith(fmt.Sprint(i))+"\n")
		}
	})
	go func() {
		all.Wait()
		_ = p.in.Close()
	}()
	out, err := io.ReadAll(p.out)
	if err != nil {
		t.Fatal(err)
	}
	answers := 0
	for _, line := range outputLines(t, string(out)) {
		if !json.Valid([]byte(line)) {
			t.Fatalf("mixed up: %s", line)
		}
		if strings.Contains(line, `"result"`) {
			answers++
		}
	}
	if answers != 200 {
		t.Errorf("%d answers", answers)
	}
}
