// Package schema is the sidecar's protocol, version 1, as Go types: every
// method's params and result, every notification, every status and every kind
// of error. Of the project it imports the registry of texts, package text, alone. What other languages need of it
// (an OpenRPC document, JSON Schema, a TypeScript client, docs/protocol.md) is
// generated from it by `go generate ./schema`.
//
// Rules that hold for every type here:
//   - A JSON name is camelCase. A field with omitempty or omitzero is optional
//     in both directions; all others are always there.
//   - A time is RFC 3339 in UTC; the zero time is left out.
//   - Money is US dollars; memory and disk are gigabytes; a duration's unit
//     stands in its name.
//   - Of a doc comment, the first paragraph is for the reader of the protocol and
//     goes into everything generated; what follows it is about Go alone.
//   - An enum tag lists the only values that a plain string may have. A method
//     WithDefaults says what a field is that was left out.
//   - Values are plain data: copying one is safe, and nothing here is meant to
//     be changed by two goroutines at once.
package schema

// ProtocolVersion is the version of the protocol that these types are. Adding a
// field or a method leaves it as it is; renaming or removing one raises it.
const ProtocolVersion = 1

// MaxMessageBytes is how long a message to the sidecar may be, in UTF-8 and without
// its newline. A longer one is refused.
const MaxMessageBytes = 1 << 20

//go:generate go generate ./text
//go:generate go run ./gen
