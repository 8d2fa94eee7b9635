package schema

import "time"

// Cluster is one server as it is known now.
type Cluster struct {
	// Name tells it from other servers; unique on this machine.
	Name string `json:"name"`
	// Status is where it stands.
	Status Status `json:"status"`
	// Description is one human sentence that is always there.
	Description string `json:"description"`

	Cloud        string `json:"cloud,omitempty"`        // as in Spec.Cloud: aws, gcp, …
	Region       string `json:"region,omitempty"`       // in the provider's words
	Zone         string `json:"zone,omitempty"`         // in the provider's words
	InstanceType string `json:"instanceType,omitempty"` // in the provider's words
	IP           string `json:"ip,omitempty"`           // the public address; it changes when the server is stopped and started
	// Resources is the machine's size for a person: "4 vCPUs, 16 GB memory, 100 GB disk".
	Resources string `json:"resources,omitempty"`
	// HourlyCost is SkyPilot's estimate in USD while the server runs, without disk and traffic.
	HourlyCost float64 `json:"hourlyCost,omitempty"`
	// Autostop is the idle time after which the server ends itself, if one is set.
	Autostop *Autostop `json:"autostop,omitempty"`

	CreatedAt  time.Time `json:"createdAt,omitzero"`  // when the first launch was accepted
	LaunchedAt time.Time `json:"launchedAt,omitzero"` // SkyPilot's time of the last launch or start
	CheckedAt  time.Time `json:"checkedAt,omitzero"`  // the last successful look at SkyPilot; missing until the first

	// Operation is what is in progress.
	Operation *Operation `json:"operation,omitempty"`
	// Error is set when the status is "error".
	Error *Error `json:"error,omitempty"`
	// Warnings are things to know about a server that works all the same.
	Warnings []Error `json:"warnings,omitempty"`
	// Stale is true when the last look at the cloud failed: the status is the
	// last one known.
	Stale bool `json:"stale,omitempty"`
	// Simulated is true for a server of the built-in simulated cloud: it does
	// not exist and costs nothing.
	Simulated bool `json:"simulated,omitempty"`
}

// Operation is one thing being done, or done, to a server. Its id stays the
// same when another sidecar process takes it over.
type Operation struct {
	ID             string         `json:"id"`                // a UUID
	Kind           OperationKind  `json:"kind"`              // what is done
	Cluster        string         `json:"cluster"`           // the server's name; empty for install
	State          OperationState `json:"state"`             // whether it goes on, or how it ended
	Phase          Phase          `json:"phase"`             // the step that it is in, or ended in
	Percent        *int           `json:"percent,omitempty"` // 0 to 100, an estimate
	Message        string         `json:"message"`           // what is being done, or how it ended, for a person
	StartedAt      time.Time      `json:"startedAt"`         // when it was accepted
	EndedAt        time.Time      `json:"endedAt,omitzero"`  // when it ended; missing while it goes on
	ElapsedSeconds float64        `json:"elapsedSeconds"`    // since it was accepted, until now or its end
	Error          *Error         `json:"error,omitempty"`   // why it failed or was canceled
}

// Ended reports whether the operation's state is final.
func (o Operation) Ended() bool { return o.State != OperationRunning }

// Autostop is when a server ends itself.
type Autostop struct {
	// IdleMinutes is counted since the last job or SSH session.
	IdleMinutes int `json:"idleMinutes"`
	// Down destroys the server where false stops it.
	Down bool `json:"down,omitempty"`
}
