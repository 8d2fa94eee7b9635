package schema

import (
	"time"

	"carapace/schema/text"
)

// Event is one thing that happened to a server. Events are kept in the state
// folder, so they also tell what happened while no host was there to be notified.
//
// A field is zero, and left out, where the event says nothing of it.
type Event struct {
	// Cursor is the event's place among all events: what events.since takes.
	Cursor string `json:"cursor"`
	// At is when it happened, or was seen, by this machine's clock.
	At time.Time `json:"at"`
	// Cluster is the server's name; empty for an installation.
	Cluster string `json:"cluster"`
	// Type is what sort of thing happened.
	Type EventType `json:"type"`
	// Status is the server's after the event.
	Status Status `json:"status,omitempty"`
	// Previous is the server's status before the event.
	Previous Status `json:"previous,omitempty"`
	// Machine is the server's Cluster.Machine after the event.
	Machine MachineState `json:"machine,omitempty"`
	// Costs is what goes on costing after the event.
	Costs Spending `json:"costs,omitempty"`
	// Cause says whose doing it was.
	Cause Cause `json:"cause,omitempty"`
	// Source is that of the notification cluster.statusChanged.
	Source ChangeSource `json:"source,omitempty"`
	// Operation is the operation that ended, for the type operation; without the detail of its error, which operation.get has.
	Operation *Operation `json:"operation,omitempty"`
	// Text says it in one sentence for a person.
	Text string `json:"text,omitempty"`
	// Texts are what the text says, for a program.
	Texts []text.Text `json:"texts,omitempty"`
}

// EventListParams filters the events.
type EventListParams struct {
	Cluster string `json:"cluster,omitempty"` // the name of the server that they happened to; left out, all
	Limit   int    `json:"limit,omitempty"`   // how many at most
}

// EventListResult holds events, newest first, as many as fit into 16 KiB.
type EventListResult struct {
	Events []Event `json:"events"` // none: []
	// Cursor is the place of the newest event of all: what events.since is asked with first.
	Cursor string `json:"cursor"`
}

// EventsSinceParams says after which event to read on.
type EventsSinceParams struct {
	// Cursor is that of an event, or of an earlier answer.
	Cursor string `json:"cursor"`
}

// EventsSinceResult holds the events after a cursor, as many as fit into 16 KiB.
type EventsSinceResult struct {
	Events []Event `json:"events"` // oldest first; none: []
	// Cursor is what to ask with next time.
	Cursor string `json:"cursor"`
	// TooOld is true where the events after the cursor are not kept any more, or the cursor is not known: read everything again.
	TooOld bool `json:"tooOld,omitempty"`
	// More is true where further events come after these: ask again with the answer's cursor.
	More bool `json:"more,omitempty"`
}
