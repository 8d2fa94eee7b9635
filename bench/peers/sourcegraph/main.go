// Command sourcegraph is an echo on sourcegraph/jsonrpc2 with the stream that
// comes with it.
package main

import (
	"context"
	"os"

	"github.com/sourcegraph/jsonrpc2"
)

type stdio struct{}

func (stdio) Read(b []byte) (int, error)  { return os.Stdin.Read(b) }
func (stdio) Write(b []byte) (int, error) { return os.Stdout.Write(b) }
func (stdio) Close() error                { return nil }

func main() {
	echo := func(_ context.Context, _ *jsonrpc2.Conn, r *jsonrpc2.Request) (any, error) { return r.Params, nil }
	conn := jsonrpc2.NewConn(context.Background(), jsonrpc2.NewPlainObjectStream(stdio{}),
		jsonrpc2.AsyncHandler(jsonrpc2.HandlerWithError(echo)))
	<-conn.DisconnectNotify()
}
