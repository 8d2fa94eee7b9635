package main

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// result is what was measured of one peer, over all rounds.
type result struct {
	start, service, small, large []time.Duration
	pipelined                    []float64 // messages a second, a round each
	idle, worked                 []int64   // resident bytes, a round each
}

// What a round does with each peer.
const (
	startsARound  = 10
	smallARound   = 4000
	largeARound   = 300
	burst         = 20000  // pipelined requests
	callsOfMemory = 100000 // after which memory is looked at again, once for all rounds
	inFlight      = 1000   // of a burst: fewer than any of the peers refuses
)

// ping is 60 bytes with its newline.
func ping(id int) string {
	return `{"jsonrpc":"2.0","id":` + strconv.Itoa(firstID+id) + `,"method":"ping","params":{}}`
}

// firstID makes all ids of the same length.
const firstID = 10_000_000

func large() string {
	const frame = `{"jsonrpc":"2.0","id":12345678,"method":"echo","params":{"text":""}}`
	return strings.Replace(frame, `""`, `"`+strings.Repeat("x", 64<<10-len(frame))+`"`, 1)
}

// round measures a peer once and adds to its result.
func (r *result) round(p, bare peer) error {
	for range startsARound {
		if err := addStart(&r.start, p, ping(0), bare); err != nil {
			return err
		}
		if p.service == "" {
			continue
		}
		if err := addStart(&r.service, p, p.service, bare); err != nil {
			return err
		}
	}
	s, err := p.start()
	if err != nil {
		return err
	}
	if err := r.running(s); err != nil {
		return err
	}
	return s.end()
}

func (r *result) running(s *process) error {
	if err := s.ask(s.peer.frame(ping(0))); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond) // what the start left is collected, or not: this is what a user's machine shows
	idle, err := s.memory()
	if err != nil {
		return err
	}
	r.idle = append(r.idle, idle)
	if err := trips(s, ping(0), smallARound, &r.small); err != nil {
		return err
	}
	if s.peer.echoes {
		if err := trips(s, large(), largeARound, &r.large); err != nil {
			return err
		}
	}
	rate, err := pipeline(s, burst)
	r.pipelined = append(r.pipelined, rate)
	return err
}

// memoryAfter looks at memory again after many calls, in a process of its own.
func (r *result) memoryAfter(p peer) error {
	s, err := p.start()
	if err != nil {
		return err
	}
	if _, err := pipeline(s, callsOfMemory); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond)
	worked, err := s.memory()
	if err != nil {
		return err
	}
	r.worked = append(r.worked, worked)
	return s.end()
}

// addStart measures a start right after that of a bare line loop: it takes up to twice as long
// after a process that used more of the processor, as the sidecar does after its first answer.
func addStart(times *[]time.Duration, p peer, request string, bare peer) error {
	if _, err := startToAnswer(bare, ping(0)); err != nil {
		return err
	}
	took, err := startToAnswer(p, request)
	*times = append(*times, took)
	return err
}

// startToAnswer is the time from before fork to the answer to the first request.
func startToAnswer(p peer, request string) (time.Duration, error) {
	began := time.Now()
	s, err := p.start()
	if err != nil {
		return 0, err
	}
	if err := s.ask(p.frame(request)); err != nil {
		return 0, err
	}
	took := time.Since(began)
	return took, s.end()
}

func trips(s *process, request string, n int, times *[]time.Duration) error {
	framed := s.peer.frame(request)
	for range n {
		began := time.Now()
		if err := s.ask(framed); err != nil {
			return err
		}
		*times = append(*times, time.Since(began))
	}
	return nil
}

// pipeline sends n pings, at most inFlight of them unanswered, and returns how
// many were answered in a second.
func pipeline(s *process, n int) (float64, error) {
	frames := make([][]byte, n)
	for i := range frames {
		// Ids differ: vscode-jsonrpc 10.0.0 stalls when one id is in flight twice.
		frames[i] = s.peer.frame(ping(i))
	}
	room := make(chan struct{}, inFlight)
	failed := make(chan error, 1)
	began := time.Now()
	go func() {
		for _, framed := range frames {
			room <- struct{}{}
			if _, err := s.stdin.Write(framed); err != nil {
				failed <- err
				return
			}
		}
	}()
	for range n {
		if err := s.read(); err != nil {
			select {
			case err = <-failed:
			default:
			}
			return 0, err
		}
		<-room
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// percentile sorts in place; of nothing it is zero.
func percentile[T int64 | float64 | time.Duration](all []T, percent int) T {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, len(all)*percent/100)]
}
