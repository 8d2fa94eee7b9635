package provision

import (
	"encoding/json"

	"carapace/schema"
)

// maxList is how many bytes a list's entries may have, roughly: no message is to be
// larger than 16 KiB (see package backend).
const maxList = 12 << 10

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

// brief is an operation as a list shows it: operation.get has the phases, the details, and what can be
// done.
func brief(op schema.Operation) schema.Operation {
	op.Phases = nil
	if op.Error != nil {
		op.Error = op.Error.WithDetail("")
		op.Error.Remedies = nil
	}
	return op
}

// sizeOf is how many bytes an entry of a list takes.
func sizeOf(entry any) int {
	data, err := json.Marshal(entry)
	if err != nil {
		panic(err) // impossible: it came from JSON
	}
	return len(data) + 1
}
