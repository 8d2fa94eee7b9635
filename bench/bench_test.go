package main

import (
	"bufio"
	"strings"
	"testing"
	"time"
)

func TestRequestsHaveTheirSize(t *testing.T) {
	for _, id := range []int{0, 7, burst - 1, callsOfMemory - 1} {
		if n := len(ping(id)) + 1; n != 60 {
			t.Errorf("ping %d has %d bytes", id, n)
		}
	}
	if n := len(large()); n != 64<<10 {
		t.Errorf("the large request has %d bytes", n)
	}
}

func TestPercentile(t *testing.T) {
	for _, c := range []struct {
		all     []int64
		percent int
		want    int64
	}{
		{nil, 50, 0},
		{[]int64{4}, 99, 4},
		{[]int64{3, 1, 2}, 50, 2},
		{[]int64{5, 4, 3, 2, 1}, 100, 5},
	} {
		if got := percentile(c.all, c.percent); got != c.want {
			t.Errorf("percentile(%v, %d) = %d, not %d", c.all, c.percent, got, c.want)
		}
	}
}

func TestBothFramingsAreRead(t *testing.T) {
	const answer = `{"jsonrpc":"2.0","id":1,"result":{}}`
	for _, p := range []peer{{name: "lines"}, {name: "headers", headers: true}} {
		s := &process{peer: p, out: bufio.NewReader(strings.NewReader(string(p.frame(answer)) + string(p.frame(`{"error":{}}`))))}
		if err := s.read(); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		if err := s.read(); err == nil || !strings.Contains(err.Error(), "answered") {
			t.Errorf("%s: an error was read as a result: %v", p.name, err)
		}
	}
}

func TestDurationsAreReadable(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "-", 17 * time.Microsecond: "17 µs", 2500 * time.Microsecond: "2.5 ms"} {
		if got := micros(d); got != want {
			t.Errorf("%v is shown as %q, not %q", d, got, want)
		}
	}
}
