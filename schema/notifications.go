package schema

// StatusChanged tells that a server's state changed.
type StatusChanged struct {
	// Seq counts the status changes that this process sent, from 1.
	Seq     uint64  `json:"seq"`
	Cluster Cluster `json:"cluster"`
	// Previous is what the last notification of this server said.
	Previous PreviousStatus `json:"previous"`
	// Changed names the fields of Cluster that differ from then; none after a start: [].
	Changed []string     `json:"changed"`
	Source  ChangeSource `json:"source"`
}

// PreviousStatus is what was said before.
type PreviousStatus struct {
	Status      Status `json:"status"`
	Description string `json:"description"`
}

// Progress tells how an operation gets on.
type Progress struct {
	Operation  string `json:"operation"` // its id
	Cluster    string `json:"cluster"`   // the server's name
	Phase      Phase  `json:"phase"`
	PhaseIndex int    `json:"phaseIndex"` // from 0
	PhaseCount int    `json:"phaseCount"`
	// Percent is 0 to 100 and never falls: an estimate from what past operations took.
	Percent        *int    `json:"percent,omitempty"`
	Message        string  `json:"message"`
	ElapsedSeconds float64 `json:"elapsedSeconds"`
	// ExpectedSeconds is what operations of this kind took on this machine before: an estimate of the whole.
	ExpectedSeconds float64 `json:"expectedSeconds,omitempty"`
	// Heartbeat is true where nothing new happened: the message says what is waited for, and for how long.
	Heartbeat bool `json:"heartbeat,omitempty"`
	// Dropped counts progress notifications that were left out since the last because the host did not read.
	Dropped int `json:"dropped,omitempty"`
}

// LogLine is a line of a server's log.
type LogLine struct {
	Operation string    `json:"operation,omitempty"` // the id of the operation that the line belongs to
	Cluster   string    `json:"cluster"`
	Source    LogSource `json:"source"`
	Line      string    `json:"line"`
	Stream    Stream    `json:"stream"`
	// Dropped counts lines that were left out just before this one because the host did not read.
	Dropped int `json:"dropped,omitempty"`
}

// Finished tells that an operation has ended.
type Finished struct {
	Operation Operation `json:"operation"`
	Cluster   Cluster   `json:"cluster"`
}
