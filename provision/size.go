package provision

import (
	"encoding/json"

	"carapace/schema"
)

// maxList is how many bytes a list's entries may have, roughly: no message is to be
// larger than 16 KiB (see package backend).
const maxList = 12 << 10

// maxOperations is maxList for operations, whose size is known to the byte, so that it needs no
// room for what an estimate leaves out.
const maxOperations = 14 << 10

// lastLines are the last lines of a log that fit into one answer.
func lastLines(lines []string) []string {
	size := 0
	for i := len(lines) - 1; i >= 0; i-- {
		if size += len(lines[i]) + len(lines[i])/8 + 3; size > maxList { // quotes, comma, escapes
			return lines[i+1:]
		}
	}
	return lines
}

// brief is an operation as a list shows it: operation.get has the details, and what can be done.
func brief(op schema.Operation) schema.Operation {
	if op.Error != nil {
		op.Error = op.Error.WithDetail("")
		op.Error.Remedies = nil
	}
	return op
}

// sizeOfOperation is how many bytes an operation takes in a list.
func sizeOfOperation(op schema.Operation) int { return sizeInJSON(op) }

// sizeInJSON is how many bytes one of the protocol's values takes in a list.
func sizeInJSON(v any) int {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // impossible: it came from JSON
	}
	return len(data) + 1
}
