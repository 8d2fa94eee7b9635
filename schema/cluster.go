package schema

import (
	"time"

	"carapace/schema/text"
)

// Cluster is one server as it is known now.
type Cluster struct {
	// Name tells it from other servers; unique on this machine.
	Name string `json:"name"`
	// Status is where it stands.
	Status Status `json:"status"`
	// Description is one human sentence that is always there.
	Description string `json:"description"`
	// Texts are what the description says, for a program: its sentences, one after the other.
	Texts []text.Text `json:"texts,omitempty"`

	Cloud        string `json:"cloud,omitempty"`        // as in Spec.Cloud: aws, gcp, …
	Region       string `json:"region,omitempty"`       // in the provider's words
	Zone         string `json:"zone,omitempty"`         // in the provider's words
	InstanceType string `json:"instanceType,omitempty"` // in the provider's words
	IP           string `json:"ip,omitempty"`           // the public address; it changes when the server is stopped and started
	// Resources is the machine's size for a person: "4 vCPUs, 16 GB memory, 100 GB disk".
	Resources string `json:"resources,omitempty"`
	// ResourcesText is what resources says, for a program.
	ResourcesText text.Text `json:"resourcesText,omitzero"`
	// HourlyCost is SkyPilot's estimate in USD while the server runs, without disk and traffic.
	HourlyCost float64 `json:"hourlyCost,omitempty"`
	// Autostop is the idle time after which the server ends itself, if one is set.
	Autostop *Autostop `json:"autostop,omitempty"`

	// Machine is what exists at the cloud, as far as it was seen; status is where the server stands.
	Machine MachineState `json:"machine"`
	// Costs says what goes on costing money now.
	Costs Costs `json:"costs"`
	// Reachability says whether the cluster can be looked at; where it can't, the other fields are what was known last.
	Reachability Reachability `json:"reachability"`
	// LastChange says whose doing the last change of status was; missing until there was one.
	LastChange *Change `json:"lastChange,omitempty"`
	// Owner says whether the server belongs to this user of SkyPilot.
	Owner Owner `json:"owner"`
	// Actions are the methods that can be called with this server's name, with those that would be refused now; never null.
	Actions []Action `json:"actions"`

	CreatedAt  time.Time `json:"createdAt,omitzero"`  // when the first launch was accepted
	LaunchedAt time.Time `json:"launchedAt,omitzero"` // SkyPilot's time of the last launch or start
	CheckedAt  time.Time `json:"checkedAt,omitzero"`  // when it was last seen that the status holds; missing until the first look
	// CheckedBy says how that was seen; missing until the first look.
	CheckedBy CheckedBy `json:"checkedBy,omitempty"`

	// Service says how what the server is for is, such as the Gatekeeper; missing where the server does not run, or was launched without Spec.Health.
	Service *Service `json:"service,omitempty"`
	// Operation is what is in progress.
	Operation *Operation `json:"operation,omitempty"`
	// Error is set when the status is "error".
	Error *Error `json:"error,omitempty"`
	// VaultWatch is true where the vaults are synced continuously; vault.status tells how that stands.
	VaultWatch bool `json:"vaultWatch,omitempty"`
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
	Texts          []text.Text    `json:"texts,omitempty"`   // what the message says, for a program; missing where the error says it, and where it has words alone
	StartedAt      time.Time      `json:"startedAt"`         // when it was accepted
	EndedAt        time.Time      `json:"endedAt,omitzero"`  // when it ended; missing while it goes on
	ElapsedSeconds float64        `json:"elapsedSeconds"`    // since it was accepted, until now or its end
	Error          *Error         `json:"error,omitempty"`   // why it failed or was canceled
	// ExpectedSeconds is an estimate of the whole; without elapsedSeconds it is the time left. Missing once the operation has ended.
	ExpectedSeconds float64 `json:"expectedSeconds,omitempty"`
	// Basis says what ExpectedSeconds is estimated from; missing with it.
	Basis Basis `json:"basis,omitempty"`
	// RequestID is the caller's own id of the request that began it; missing if the request had none.
	RequestID string `json:"requestId,omitempty"`
	// Canceling is true from an accepted cluster.cancel until the operation has ended.
	Canceling bool `json:"canceling,omitempty"`
	// Cancelable is true while cluster.cancel would be accepted for it; never once it has ended.
	Cancelable bool `json:"cancelable,omitempty"`
	// Phases are the steps that it has entered, in that order, the one that it is in last; operation.list leaves them out.
	Phases []PhaseTime `json:"phases,omitempty"`
	// Vaults are what mirroring each vault has changed on the server, or would change in a dry run or a refused one; missing until that is known.
	Vaults []VaultChange `json:"vaults,omitempty"`
}

// VaultChange is what the mirror of one vault changes on the server. Files and
// symbolic links are counted, folders are not.
type VaultChange struct {
	Vault    VaultName  `json:"vault"`    // which one
	Compared Comparison `json:"compared"` // how files here and there were compared
	Added    int        `json:"added"`    // that the server did not have
	Changed  int        `json:"changed"`  // in contents, permissions or time
	Deleted  int        `json:"deleted"`  // that are not here any more
	// NeedsConsent says that so much would be deleted that a mirror is refused without allowDeletions.
	NeedsConsent bool `json:"needsConsent,omitempty"`
	// AddedBytes is the size of the added files here.
	AddedBytes int64 `json:"addedBytes,omitempty"`
	// ChangedBytes is the size of the changed files here. How large a deleted file is rsync does not tell.
	ChangedBytes int64 `json:"changedBytes,omitempty"`
	// FirstAdded are the first ones, relative to the vault, a name of over 100 bytes cut: 10 at most in an operation, in vault.status 200, or as many as fit into the message.
	FirstAdded []string `json:"firstAdded,omitempty"`
	// FirstChanged are the first ones, likewise.
	FirstChanged []string `json:"firstChanged,omitempty"`
	// FirstDeleted are the first ones, likewise.
	FirstDeleted []string `json:"firstDeleted,omitempty"`
}

// PhaseTime is one step of an operation, with the time that it took by this
// machine's clock.
type PhaseTime struct {
	Phase     Phase     `json:"phase"`             // which step
	StartedAt time.Time `json:"startedAt"`         // when the operation entered it
	Seconds   float64   `json:"seconds,omitempty"` // how long it took; missing while it goes on
}

// Ended reports whether the operation's state is final.
func (o Operation) Ended() bool { return o.State != OperationRunning }

// Autostop is when a server ends itself.
type Autostop struct {
	// IdleMinutes is counted since the last job or SSH session.
	IdleMinutes int `json:"idleMinutes"`
	// Down destroys the server where false stops it.
	Down bool `json:"down,omitempty"`
	// Lost is true where SkyPilot dropped the autostop that was set: the server does not end itself. It means nothing in a spec.
	Lost bool `json:"lost,omitempty"`
}

// Costs says what of a server goes on costing money, and how much, in US dollars.
//
// The zero value says nothing: Now has to be set. The amounts are zero, and left
// out, where they are not known.
type Costs struct {
	// Now is what goes on costing.
	Now Spending `json:"now"`
	// Hourly is the price of one hour while what costs now stays the same, without traffic; missing if it is not known.
	Hourly float64 `json:"hourly,omitempty"`
	// Monthly is the price of a month while what costs now stays the same, without traffic; missing if it is not known.
	Monthly float64 `json:"monthly,omitempty"`
	// Basis says in a few words where the price is from and when it was found; missing where there is no price.
	Basis string `json:"basis,omitempty"`
	// BasisText is what the basis says, for a program.
	BasisText text.Text `json:"basisText,omitzero"`
	// Sentence says for a person what costs now, and what will when what is in progress has ended; missing where nothing does.
	Sentence string `json:"sentence,omitempty"`
	// Texts are what the sentence says, for a program.
	Texts []text.Text `json:"texts,omitempty"`
}

// Service says how what a server is for is, by a question over HTTP. Nothing else is concluded from it: a server that runs costs
// money whatever its service answers.
type Service struct {
	// State is how it is.
	State ServiceState `json:"state"`
	// Since is when the first of the answers was that came to the same since; missing until the first.
	Since time.Time `json:"since,omitzero"`
	// URL is where its pages are for this machine: at the server's address where its port is open, else at the tunnel to it; missing where it can't be asked.
	URL string `json:"url,omitempty"`
	// CheckedAt is when it was last seen that the state holds; missing until the first answer.
	CheckedAt time.Time `json:"checkedAt,omitzero"`
	// Reason says for a person why it is not healthy, or not known; missing where there is nothing to say.
	Reason string `json:"reason,omitempty"`
	// ReasonText is what the reason says, for a program.
	ReasonText text.Text `json:"reasonText,omitzero"`
}

// Reachability says whether the cluster can be looked at: what the last look,
// SkyPilot's own or the sidecar's, came to.
//
// The zero value is a cluster that was not looked at yet.
type Reachability struct {
	// OK is true when the last look succeeded.
	OK bool `json:"ok"`
	// Since is when the first of the looks was that came to the same since; missing until the first look.
	Since time.Time `json:"since,omitzero"`
	// Error says why the last look failed; missing while ok is true.
	Error *Error `json:"error,omitempty"`
}

// Change is the last change of a server's status: whose doing it was, and when.
type Change struct {
	// Cause says whose doing it was, as far as SkyPilot or the cloud tells.
	Cause Cause `json:"cause"`
	// At is when it happened, where that is told; otherwise when it was seen.
	At time.Time `json:"at"`
	// Operation is the id of the operation that made it; missing if none did.
	Operation string `json:"operation,omitempty"`
}

// Owner says whose server it is, by SkyPilot's record of its user. Another user's
// server of our name is shown and never touched.
//
// The zero value is another user's server: Mine has to be set.
type Owner struct {
	// Mine is true for a server of this user, and where there is none.
	Mine bool `json:"mine"`
	// User is the owner's name in SkyPilot, where it is known.
	User string `json:"user,omitempty"`
}

// Action is a method of the protocol that takes a server's name, and whether it
// would be accepted now. It is computed from what is known: the cloud may refuse
// it all the same.
type Action struct {
	// Method is its name, such as cluster.stop.
	Method string `json:"method"`
	// Enabled is true when the method would be accepted now.
	Enabled bool `json:"enabled"`
	// WhyNot is the refusal that the method would answer with; missing while enabled is true.
	WhyNot *Error `json:"whyNot,omitempty"`
}
