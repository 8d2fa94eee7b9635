package schema

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/json"
	"io"
)

// packed is the generated schema/openrpc.json, compressed (RFC 1951): as it is it would be a hundredth of the program.
//
//go:embed openrpc.json.deflate
var packed []byte

// OpenRPCDocument returns the protocol's description of itself, what
// rpc.discover answers: one line of JSON without a newline, schema/openrpc.json.
// It is unpacked with each call, which takes a millisecond; whoever serves
// without being asked for it pays nothing. It doesn't block and is safe for
// concurrent use.
func OpenRPCDocument() json.RawMessage {
	document, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		panic("schema: openrpc.json.deflate is damaged: " + err.Error()) // a test unpacks it
	}
	return document
}
