// Command bare is the least that can answer JSON-RPC lines in Go: no checks, no
// concurrency, nothing but encoding/json and a buffer. It is what the others are
// measured against.
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

func main() {
	in := bufio.NewReaderSize(os.Stdin, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var request struct {
			ID     json.RawMessage `json:"id"`
			Params json.RawMessage `json:"params"`
		}
		if json.Unmarshal(line, &request) != nil {
			return
		}
		answer, err := json.Marshal(struct {
			JSONRPC string          `json:"jsonrpc"`
			ID      json.RawMessage `json:"id"`
			Result  json.RawMessage `json:"result"`
		}{"2.0", request.ID, request.Params})
		if err != nil {
			return
		}
		if _, err := os.Stdout.Write(append(answer, '\n')); err != nil {
			return
		}
	}
}
