package schema

import (
	"time"

	"carapace/schema/text"
)

// StatusChanged tells that a server's state changed.
type StatusChanged struct {
	// Seq counts the status changes that this process sent, from 1.
	Seq uint64 `json:"seq"`
	// Cluster is the whole state now.
	Cluster Cluster `json:"cluster"`
	// Previous is what the last notification of this server said.
	Previous PreviousStatus `json:"previous"`
	// Changed names the fields of Cluster that differ from then; none after a start: [].
	Changed []string `json:"changed"`
	// Source says whose doing the change was.
	Source ChangeSource `json:"source"`
}

// PreviousStatus is what was said before.
type PreviousStatus struct {
	Status      Status      `json:"status"`          // as it was
	Description string      `json:"description"`     // as it was
	Texts       []text.Text `json:"texts,omitempty"` // what the description said, for a program
}

// Progress tells how an operation gets on.
type Progress struct {
	Operation  string `json:"operation"`  // its id
	Cluster    string `json:"cluster"`    // the server's name
	Phase      Phase  `json:"phase"`      // the step that it is in
	PhaseIndex int    `json:"phaseIndex"` // which step of the operation's own that is, from 0
	PhaseCount int    `json:"phaseCount"` // how many steps this operation has
	// Percent is 0 to 100 and never falls: an estimate, or of an installation how far it is. Only an installation that does not know it yet has none.
	Percent *int `json:"percent,omitempty"`
	// Message says what is being done, for a person.
	Message string `json:"message"`
	// Texts are what the message says, for a program: its sentences, one after the other.
	Texts []text.Text `json:"texts,omitempty"`
	// ElapsedSeconds is the time since the operation was accepted.
	ElapsedSeconds float64 `json:"elapsedSeconds"`
	// ExpectedSeconds is an estimate of the whole, from the first operation on; without elapsedSeconds it is the time left. A step that is slow moves it away.
	ExpectedSeconds float64 `json:"expectedSeconds"`
	// Basis says what ExpectedSeconds is estimated from.
	Basis Basis `json:"basis"`
	// Transfer is how far the mirror of a vault has got; missing while none is under way.
	Transfer *Transfer `json:"transfer,omitempty"`
	// Heartbeat is true where nothing new happened: the message says what is waited for, and for how long.
	Heartbeat bool `json:"heartbeat,omitempty"`
	// Dropped counts progress notifications that were left out since the last because the host did not read.
	Dropped int `json:"dropped,omitempty"`
}

// Transfer is how far the mirror of one vault has got. What is the same on the server
// already is not counted, nor is what is deleted there.
type Transfer struct {
	Vault      VaultName `json:"vault"`      // which one
	FilesDone  int       `json:"filesDone"`  // files that have arrived
	FilesTotal int       `json:"filesTotal"` // files to bring there
	BytesDone  int64     `json:"bytesDone"`  // of their size, what has arrived
	BytesTotal int64     `json:"bytesTotal"` // their size
	// BytesPerSecond is how fast it is now, in bytes of the files' size; missing until that is known.
	BytesPerSecond float64 `json:"bytesPerSecond,omitempty"`
	// SecondsLeft is how long the rest takes at that rate; missing until that is known.
	SecondsLeft float64 `json:"secondsLeft,omitempty"`
}

// VaultWatchChanged tells how the continuous sync of a server's vaults stands now.
type VaultWatchChanged struct {
	Cluster string         `json:"cluster"` // the server's name
	Watch   ContinuousSync `json:"watch"`   // how it stands
}

// Checked tells that a check of doctor has ended.
type Checked struct {
	Check Check `json:"check"` // what it found, as the answer has it
}

// LogLine is a line of a server's log.
type LogLine struct {
	Operation string    `json:"operation,omitempty"` // the id of the operation that the line belongs to
	Cluster   string    `json:"cluster"`             // the server's name
	Source    LogSource `json:"source"`              // which log it is a line of
	Line      string    `json:"line"`                // without its newline and escape codes, secrets removed
	Stream    Stream    `json:"stream"`              // where it was printed
	// Seq is the line's number among those of its operation, from 1; it stays the same when another sidecar goes on with the operation and reads
	// SkyPilot's log again. Missing where there is no operation, and where the line could not be kept.
	Seq int `json:"seq,omitempty"`
	// At is when the line of an operation came; missing with the number.
	At time.Time `json:"at,omitzero"`
	// Subscription is that of the cluster.logs which follows this log; missing where it gave none, and for the lines of an operation.
	Subscription string `json:"subscription,omitempty"`
	// Dropped counts lines that were left out just before this one because the host did not read, or because they are kept no longer.
	Dropped int `json:"dropped,omitempty"`
}

// Finished tells that an operation has ended.
type Finished struct {
	Operation Operation `json:"operation"` // as it ended
	Cluster   Cluster   `json:"cluster"`   // the server's whole state after it; for install, a nameless one of status no_server
}
