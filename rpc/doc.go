// Package rpc serves JSON-RPC 2.0 over a pair of byte streams, one JSON text a
// line, as a program does on its standard input and output. It knows nothing of
// what the methods are about.
//
// A Table maps names to typed Go functions; a Server reads requests, runs each
// in a goroutine of its own and writes the answers:
//
//	t := rpc.NewTable()
//	rpc.Handle(t, "ping", func(ctx context.Context, _ struct{}) (struct{}, error) { return struct{}{}, nil })
//	err := rpc.NewServer(t, rpc.Options{}).Serve(ctx, os.Stdin, os.Stdout)
//
// # How it is built
//
// The dispatcher is the Conn of github.com/sourcegraph/jsonrpc2 with an
// ObjectStream of our own (stream.go). Conn decodes a message three times, knows
// ids as unsigned numbers or strings only, ends the connection at the first
// malformed line or batch, takes a null id for a notification and forgets the
// answers in flight at end of input. So the stream reads and checks the lines
// itself, answers what is no request, and hands Conn a small synthesized message
// for each call, which names the method. Params, ids and results stay with the
// stream and never pass through Conn; an answer does as a placeholder under a
// surrogate id. At end of input the stream holds Conn back until everything is
// answered.
//
//	in -> line.go -> scan.go -> stream.go -> Conn -> table.go, decode.go -> handler
//	out <- outbox.go <- batch.go <- stream.go <- Conn <- result
//
// # What is accepted
//
// The grammar is that of RFC 8259, to the letter. Text that is not JSON is
// answered with -32700, JSON that is no request with -32600; both at once, with
// the request's id where it has a legal one, and before anything that was sent
// later. Choices where the RFC or JSON-RPC leave one:
//
//   - Bytes that are not UTF-8 (or are UTF-16, or hold a raw NUL) are not JSON: -32700.
//   - An escaped half of a surrogate pair is in the grammar. In an id it comes back
//     as it came; in a string of params it is refused (-32602), as it would reach the
//     handler changed; a method so named does not exist.
//   - The same name twice in an object, at any depth, escaped or not: -32600.
//   - More than 1000 levels of nesting: -32600 if it is JSON, -32700 if it is not.
//   - A byte order mark is skipped at the very start of the input only.
//   - Members other than the specification's are ignored in the request object.
//   - params are an object; an array is -32602 unless the method's type takes one;
//     anything else, null too, is -32600.
//   - A batch of more than 34,000 elements can't hold only requests and fit into
//     1 MiB; it is answered with a single -32600.
//
// A host that reads slowly slows down the reading of its requests; one that does
// not read at all never stalls a handler or Notify, and is given up when
// Options.MaxUnreadAnswers is passed.
package rpc
