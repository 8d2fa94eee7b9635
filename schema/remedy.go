package schema

import (
	"encoding/json"

	"carapace/schema/text"
)

// Remedy is something that a person can do about an error: a button. Just one of
// method, url and command is there.
//
// The zero value is no remedy.
type Remedy struct {
	// ID says what it does, for a program; no two of one error have the same.
	ID string `json:"id"`
	// Code says which text of docs/messages.md the label is.
	Code text.Code `json:"code"`
	// Args are the arguments of the label, by name.
	Args text.Args `json:"args,omitempty"`
	// Label is what stands on the button.
	Label string `json:"label"`
	// Confirm is true where it spends money or deletes something, as the label says: a person is asked first.
	Confirm bool `json:"confirm,omitempty"`
	// Method is one of the protocol to call with params. As far as is known it would be accepted now.
	Method string `json:"method,omitempty"`
	// Params are those of the method.
	Params json.RawMessage `json:"params,omitempty"`
	// URL is the address of a page of the provider's, or of one that says how to go on.
	URL string `json:"url,omitempty"`
	// Command is for a person to run in a terminal of this computer.
	Command string `json:"command,omitempty"`
}
