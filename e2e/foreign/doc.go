// Package foreign drives the built sidecar with github.com/creachadair/jrpc2, a
// JSON-RPC client that knows nothing of it: a misreading of the specification
// that client and server of one author share would show here. It is a module of
// its own, so that the client stays out of the sidecar's go.mod.
//
// The tests take the binary from the environment variable CARAPACE_SIDECAR and
// are skipped without it:
//
//	go build -o /tmp/sidecar ./sidecar
//	cd e2e/foreign && CARAPACE_SIDECAR=/tmp/sidecar go test ./...
package foreign
