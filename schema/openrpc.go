package schema

import (
	_ "embed"
	"encoding/json"
)

//go:embed openrpc.json
var openRPCFile []byte

// OpenRPCDocument returns the protocol's description of itself, what
// rpc.discover answers: one line of JSON without a newline. It is the generated
// schema/openrpc.json, embedded; nothing is parsed and nothing copied, so the
// caller must not change the bytes. It doesn't block and is safe for concurrent
// use.
func OpenRPCDocument() json.RawMessage {
	return openRPCFile
}
