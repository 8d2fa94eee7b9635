package rpc

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

// The benchmarks compare with the barest line loop and with jsonrpc2's own plain
// stream, each as a process of its own behind real pipes:
//
//	go test ./rpc -run '^$' -bench . -count 5
func BenchmarkRoundTrip(b *testing.B) {
	for _, size := range []struct{ name, line string }{
		{"60B", request("ping", 60)},
		{"64KiB", request("echo", 64<<10)},
	} {
		for _, mode := range []string{"bare", "server", "plain"} {
			b.Run(size.name+"/"+mode, func(b *testing.B) { benchmarkRoundTrip(b, mode, size.line) })
		}
	}
}

func benchmarkRoundTrip(b *testing.B, mode, line string) {
	in, out := startChild(b, mode)
	message := []byte(line)
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		if _, err := in.Write(message); err != nil {
			b.Fatal(err)
		}
		if _, err := out.ReadSlice('\n'); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPipelined writes requests without waiting for the answers.
func BenchmarkPipelined(b *testing.B) {
	for _, mode := range []string{"bare", "server", "plain"} {
		b.Run(mode, func(b *testing.B) {
			in, out := startChild(b, mode)
			message := []byte(request("ping", 60))
			n := b.N
			go func() {
				w := bufio.NewWriterSize(in, 32<<10)
				for range n {
					_, _ = w.Write(message)
				}
				_ = w.Flush()
			}()
			for range n {
				if _, err := out.ReadSlice('\n'); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkServe is the server alone, without processes and pipes.
func BenchmarkServe(b *testing.B) {
	line := request("ping", 60)
	const lines = 1000
	input := strings.Repeat(line, lines)
	b.ReportAllocs()
	for b.Loop() {
		s := NewServer(echoTable(), Options{})
		if err := s.Serve(context.Background(), strings.NewReader(input), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/lines, "ns/call")
}

func BenchmarkScan(b *testing.B) {
	for name, line := range map[string]string{"60B": request("ping", 60), "64KiB": request("echo", 64<<10)} {
		b.Run(name, func(b *testing.B) {
			var s scanner
			data := bytes.TrimSpace([]byte(line))
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if !s.scan(data) {
					b.Fatal("not JSON")
				}
			}
		})
	}
}
