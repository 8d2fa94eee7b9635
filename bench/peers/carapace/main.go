// Command carapace is the sidecar's rpc package with nothing behind it but an
// echo, as the other peers have it.
package main

import (
	"context"
	"os"

	"carapace/rpc"
)

type text struct {
	Text string `json:"text,omitempty"`
}

func main() {
	echo := func(_ context.Context, p text) (text, error) { return p, nil }
	table := rpc.NewTable()
	rpc.Handle(table, "ping", echo)
	rpc.Handle(table, "echo", echo)
	if rpc.NewServer(table, rpc.Options{}).Serve(context.Background(), os.Stdin, os.Stdout) != nil {
		os.Exit(1)
	}
}
