package rpc

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/sourcegraph/jsonrpc2"
)

const childEnv = "CARAPACE_RPC_CHILD"

type echoParams struct {
	Text string `json:"text,omitempty"`
}

// children are the programs that are compared.
var children = map[string]func(){
	"bare":   bareLoop,
	"server": func() { _ = NewServer(echoTable(), Options{}).Serve(context.Background(), os.Stdin, os.Stdout) },
	"plain":  plainConn,
}

func runChild(mode string) { children[mode]() }

func echoTable() *Table {
	t := NewTable()
	Handle(t, "ping", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil })
	Handle(t, "echo", func(_ context.Context, p echoParams) (echoParams, error) { return p, nil })
	return t
}

// bareLoop is the least that a Go program can do: a line in, a line out.
func bareLoop() {
	in := bufio.NewReaderSize(os.Stdin, 128<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if _, err := os.Stdout.Write(line); err != nil {
			return
		}
	}
}

type stdio struct {
	io.Reader
	io.WriteCloser
}

// plainConn is jsonrpc2 with its own plain stream.
func plainConn() {
	handler := jsonrpc2.HandlerWithError(func(_ context.Context, _ *jsonrpc2.Conn, r *jsonrpc2.Request) (any, error) {
		if r.Method == "echo" {
			return r.Params, nil
		}
		return struct{}{}, nil
	})

	stream := jsonrpc2.NewPlainObjectStream(stdio{os.Stdin, os.Stdout})
	<-jsonrpc2.NewConn(context.Background(), stream, jsonrpc2.AsyncHandler(handler)).DisconnectNotify()
}

// startChild runs the test binary as one of the children.
func startChild(tb testing.TB, mode string) (io.WriteCloser, *bufio.Reader) {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+mode)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait()
	})
	return in, bufio.NewReaderSize(out, 256<<10)
}

func request(method string, size int) string {
	head, tail := `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":{`, `}}`+"\n"
	if method == "ping" {
		return head + tail
	}
	return head + `"text":"` + strings.Repeat("x", size-len(head)-len(tail)-9) + `"` + tail
}
