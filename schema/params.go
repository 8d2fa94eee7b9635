package schema

import (
	"encoding/json"
	"time"

	"carapace/schema/text"
)

// Empty is the params of a method that takes none, and the result of one that
// has nothing to say.
type Empty struct{}

// OpenRPC is the self-description; see https://spec.open-rpc.org.
type OpenRPC = json.RawMessage

// InitializeParams says who the host is.
type InitializeParams struct {
	// Client is the host program.
	Client *ClientInfo `json:"client,omitempty"`
	// ProtocolVersion that the host speaks; left out, the sidecar's own.
	ProtocolVersion int `json:"protocolVersion,omitempty"`
	// Locale is the language, as in BCP 47, of all that this connection is told from then on; left out, and where there is none of it, English.
	Locale string `json:"locale,omitempty"`
}

// ClientInfo names the host program, for the log.
type ClientInfo struct {
	Name    string `json:"name"`              // the program's name
	Version string `json:"version,omitempty"` // the program's version
}

// InitializeResult says who the sidecar is.
type InitializeResult struct {
	Name            string   `json:"name"`            // of the program
	Version         string   `json:"version"`         // of the program
	Commit          string   `json:"commit"`          // that it was built from; empty if that is not known
	ProtocolVersion int      `json:"protocolVersion"` // that it speaks
	Methods         []string `json:"methods"`         // that it answers to
	Notifications   []string `json:"notifications"`   // that it may send
	Simulated       bool     `json:"simulated"`       // started with --simulate: nothing is real, nothing costs
	Locale          string   `json:"locale"`          // the language that this connection is told things in: de for de-AT
	Locales         []string `json:"locales"`         // the languages that there are, English first
}

// DoctorResult is the outcome of all checks.
type DoctorResult struct {
	OK     bool    `json:"ok"`     // no check failed: a launch with the defaults would be accepted, were there no server yet
	Checks []Check `json:"checks"` // in the order in which things are needed
}

// Check is one thing that a launch needs.
type Check struct {
	ID      string      `json:"id"`              // for a program; does not change. The title's code is "check." and it
	Title   string      `json:"title"`           // what is checked, for a person
	Status  CheckStatus `json:"status"`          // the outcome
	Message string      `json:"message"`         // what was found
	Texts   []text.Text `json:"texts"`           // what the message says, for a program
	Fix     string      `json:"fix,omitempty"`   // what to do; always there where the status is not ok
	Fixes   []text.Text `json:"fixes,omitempty"` // what the fix says, for a program: their hints, or the message of one that has no hint
}

// SkyPilotCheckResult says what was found of SkyPilot on this machine.
type SkyPilotCheckResult struct {
	Installed bool   `json:"installed"`        // a sky command was found
	Path      string `json:"path,omitempty"`   // of the sky command
	Source    string `json:"source,omitempty"` // how it was found: PATH, uv, CARAPACE_SKY, ...
	// SourceText is what the source says, for a program.
	SourceText text.Text `json:"sourceText,omitzero"`
	Version    string    `json:"version,omitempty"` // of SkyPilot; missing if the command did not tell
	Supported  bool      `json:"supported"`         // found and not too old
	Minimum    string    `json:"minimum"`           // the oldest version that works
	// Problem is why SkyPilot can't be used as it is here, where it can't.
	Problem *Error `json:"problem,omitempty"`
	// Limits are what does not work with this version of SkyPilot, though it is supported, or works less well than with the
	// one that this sidecar was made for; missing where that is the one, or none can be used.
	Limits []string `json:"limits,omitempty"`
	// LimitTexts are what Limits say, for a program.
	LimitTexts []text.Text `json:"limitTexts,omitempty"`
	// APIServer is SkyPilot's API server, if one answers.
	APIServer *APIServer `json:"apiServer,omitempty"`
	// Install lists ways to install it, best first.
	Install []InstallStep `json:"install"`
}

// APIServer is SkyPilot's API server as it answers.
type APIServer struct {
	URL     string `json:"url"`               // without a password
	Healthy bool   `json:"healthy"`           // it says so of itself
	Version string `json:"version,omitempty"` // of SkyPilot there
	Local   bool   `json:"local"`             // on this machine, so that it is ours to start
	// MemoryMB is what it takes of this machine's memory with all its workers, in megabytes;
	// missing where that is not known, as of one that is elsewhere.
	MemoryMB int `json:"memoryMB,omitempty"`
	// Message says that for a person, where it is known.
	Message string `json:"message,omitempty"`
	// MessageText is what the message says, for a program.
	MessageText text.Text `json:"messageText,omitzero"`
}

// InstallStep is one command for a person to run.
type InstallStep struct {
	Title     string    `json:"title"`     // what the command does
	TitleText text.Text `json:"titleText"` // what the title says, for a program
	Command   string    `json:"command"`   // for a shell
}

// SkyPilotInstallParams says what to install.
type SkyPilotInstallParams struct {
	// Version of SkyPilot; left out, the one that this sidecar was tested with.
	Version string `json:"version,omitempty"`
	// Clouds are those, as in Spec.Cloud, whose packages to install, besides those that an
	// earlier installation has; left out, those with credentials on this machine, or else aws.
	Clouds []string `json:"clouds,omitempty"`
}

// InstallResult is the accepted installation.
type InstallResult struct {
	Operation Operation `json:"operation"` // of kind install
}

// ProviderListResult lists the clouds.
type ProviderListResult struct {
	// Providers are all clouds that a spec can name.
	Providers []Provider `json:"providers"`
}

// Provider is one cloud.
type Provider struct {
	ID               string      `json:"id"`               // what Spec.Cloud takes
	Name             string      `json:"name"`             // for a person
	Credentials      Credentials `json:"credentials"`      // what of them is on this machine
	SupportsStop     bool        `json:"supportsStop"`     // a server can be stopped and started again
	SupportsSpot     bool        `json:"supportsSpot"`     // Spec.UseSpot works
	SupportsAutostop bool        `json:"supportsAutostop"` // Spec.Autostop works
	// Extra is the part of SkyPilot that the cloud needs: skypilot[EXTRA] in the words of pip and uv.
	Extra string `json:"extra"`
	// ExtraInstalled says whether the SkyPilot that was found here has that part. Missing: it can't be told.
	ExtraInstalled *bool `json:"extraInstalled,omitempty"`
}

// Credentials says whether credentials are in one of the places that SkyPilot
// reads; whether they are valid only the cloud knows.
type Credentials struct {
	Present bool     `json:"present"`           // some were found, and nothing is wrong with them
	Source  string   `json:"source,omitempty"`  // where they were found, or what is wrong stands
	Missing []string `json:"missing,omitempty"` // what was looked for and not found
	// Sources are what the source says, for a program, with commas between them.
	Sources []text.Text `json:"sources,omitempty"`
	// Absent are what missing says, for a program.
	Absent []text.Text `json:"absent,omitempty"`
	// Problem is what is wrong with what was found; present is false then.
	Problem *CredentialsProblem `json:"problem,omitempty"`
	// Profiles are the names of the accounts that the cloud's files hold, for Spec.Profile: aws only.
	Profiles []string `json:"profiles,omitempty"`
	Hint     string   `json:"hint"` // how to get them
	// HintText is what the hint says, for a program.
	HintText text.Text `json:"hintText"`
}

// CredentialsProblem is what is wrong with credentials that are there. No secret is in it.
type CredentialsProblem struct {
	Kind    ProblemKind `json:"kind"`    // which of the things that can be wrong
	Message string      `json:"message"` // what is wrong, and where
	Hint    string      `json:"hint"`    // how to mend it
	Texts   []text.Text `json:"texts"`   // what the message says, for a program
	Hints   []text.Text `json:"hints"`   // what the hint says, for a program
}

// ProviderCheckParams names the cloud to ask SkyPilot about.
type ProviderCheckParams struct {
	// Cloud is a Provider.ID.
	Cloud string `json:"cloud"`
	// Profile is the spec's: whether its credentials are good, not the usual ones.
	Profile string `json:"profile,omitempty"`
	// Refresh asks the cloud again where an earlier answer is known.
	Refresh bool `json:"refresh,omitempty"`
}

// ProviderCheckResult is a Provider and what SkyPilot says of it.
type ProviderCheckResult struct {
	Provider
	Enabled   bool        `json:"enabled"`          // SkyPilot can launch there
	Reason    string      `json:"reason,omitempty"` // why it is not enabled, in SkyPilot's words
	Texts     []text.Text `json:"texts,omitempty"`  // what the reason says, for a program
	Fix       string      `json:"fix,omitempty"`    // what to do then
	Fixes     []text.Text `json:"fixes,omitempty"`  // what the fix says, for a program: their hints, or the message of one that has no hint
	CheckedAt time.Time   `json:"checkedAt"`        // when SkyPilot said so
}

// SpecParams holds what would be launched.
type SpecParams struct {
	// Spec is what a launch would be given.
	Spec Spec `json:"spec"`
}

// PreviewResult is what a launch would do.
type PreviewResult struct {
	YAML string `json:"yaml"` // the SkyPilot task, secrets replaced
	// Command is the argv that would be run.
	Command []string `json:"command"`
	// Problems are the reasons for which a launch would be refused now; none: [].
	Problems []Error `json:"problems"`
	// Upload is what the vaults hold.
	Upload *Upload `json:"upload,omitempty"`
	// Estimate is the last known offer for this spec, if there is one.
	Estimate *Offer `json:"estimate,omitempty"`
}

// Upload is what the vaults would bring onto the server.
type Upload struct {
	// Files is how many there are, in both vaults.
	Files int `json:"files"`
	// Bytes is their size together.
	Bytes int64 `json:"bytes"`
	// Suspicious are files that look like secrets, relative to their vault; the first ones only. Each vault's own list says why.
	Suspicious []string `json:"suspicious,omitempty"`
	// Complete is true where all of both vaults was looked through; otherwise there is more than was counted, and a problem says why it ended.
	Complete bool `json:"complete"`
	// Vaults is each vault by itself.
	Vaults []VaultUpload `json:"vaults,omitempty"`
}

// VaultUpload is what one vault would bring onto the server. Paths are relative to it; one
// of over 100 bytes is cut.
type VaultUpload struct {
	Vault VaultName `json:"vault"` // which one
	Local string    `json:"local"` // its folder on this machine
	Files int       `json:"files"` // without symbolic links, which are brought as they are
	Links int       `json:"links"` // symbolic links
	Bytes int64     `json:"bytes"` // of the files together
	// Largest are the five largest files, the largest first.
	Largest []UploadFile `json:"largest,omitempty"`
	// Secrets is how many files look like secrets.
	Secrets int `json:"secrets"`
	// FirstSecrets are the first ten of them.
	FirstSecrets []SecretFile `json:"firstSecrets,omitempty"`
	// LeftOut is how many entries are not brought: sockets. All else is, also what .gitignore names.
	LeftOut int `json:"leftOut"`
	// FirstLeftOut are the first five of them.
	FirstLeftOut []string `json:"firstLeftOut,omitempty"`
}

// UploadFile is a file with its size.
type UploadFile struct {
	Path  string `json:"path"`  // relative to its vault
	Bytes int64  `json:"bytes"` // its size
}

// SecretFile is a file that looks like a secret by its name. What is in it was not read.
type SecretFile struct {
	Path string `json:"path"` // relative to its vault
	Why  string `json:"why"`  // what files of that name usually hold
	// Code says which text of docs/messages.md why is.
	Code text.Code `json:"code"`
}

// EstimateParams says what to find machines for.
type EstimateParams struct {
	// Spec is what to launch; left out, all of its defaults.
	Spec Spec `json:"spec,omitzero"`
	// Everywhere asks all enabled clouds where the spec names none, whatever Config.Cloud is.
	Everywhere bool `json:"everywhere,omitempty"`
}

// EstimateResult lists machines that fit.
type EstimateResult struct {
	Offers   []Offer     `json:"offers"`          // cheapest first
	Sentence string      `json:"sentence"`        // says for a person what would be chosen, and what that costs
	Texts    []text.Text `json:"texts,omitempty"` // what the sentence says, for a program
}

// Offer is a machine with its price. Its cloud, region, zone, instanceType and useSpot
// are those of a Spec that launches it, each left out where it is empty.
type Offer struct {
	Cloud        string  `json:"cloud"`             // a Provider.ID
	Region       string  `json:"region"`            // in the provider's words; "" where SkyPilot has named the zone alone, or none in full
	Zone         string  `json:"zone,omitempty"`    // whose price it is, in the provider's words; left out where it is the whole region's
	InstanceType string  `json:"instanceType"`      // in the provider's words; "" where there are none
	UseSpot      bool    `json:"useSpot,omitempty"` // a spot machine, whose price changes
	VCPUs        float64 `json:"vcpus"`             // virtual CPUs
	MemoryGB     float64 `json:"memoryGB"`          // gigabytes
	Currency     string  `json:"currency"`          // of each price here, as in ISO 4217: USD
	HourlyCost   float64 `json:"hourlyCost"`        // of the machine for an hour, without disk and traffic; in whole cents where basis says so
	// DiskMonthlyCost is what the disk costs in a month. Left out: it is not known here.
	DiskMonthlyCost float64 `json:"diskMonthlyCost,omitempty"`
	// WorstMonthlyCost is the most that a month of 31 days can cost at this price, with the disk where its price is
	// known, without traffic. Left out where the machines are the user's own.
	WorstMonthlyCost float64 `json:"worstMonthlyCost,omitempty"`
	// Basis is where the prices are from.
	Basis string `json:"basis,omitempty"`
	// BasisText is what the basis says, for a program.
	BasisText text.Text `json:"basisText,omitzero"`
	// Chosen is true for what SkyPilot would take.
	Chosen bool `json:"chosen"`
}

// LaunchParams says what to launch.
type LaunchParams struct {
	// Spec is what to launch; left out, all of its defaults.
	Spec Spec `json:"spec,omitzero"`
	// Again launches what was launched last under spec.name, or as the one server there is. Of the spec only name and retryUntilUp may be
	// given. A launch that had secrets can't be made again: they are not kept.
	Again bool `json:"again,omitempty"`
	// AnyRegion goes with again: it lets SkyPilot choose among all regions of the cloud, where the last launch named one.
	AnyRegion bool `json:"anyRegion,omitempty"`
	// DryRun checks all and starts nothing: the answer is an operation that has succeeded.
	DryRun bool `json:"dryRun,omitempty"`
	// CheckCredentials refuses a launch without credentials before anything starts.
	CheckCredentials *bool `json:"checkCredentials,omitempty"`
	// AllowDeletions lets the vaults' mirror delete on the server however much is not here any more.
	AllowDeletions bool `json:"allowDeletions,omitempty"`
	// RequestID is the caller's own id of the request, at most 100 bytes: the same id is the same operation, also after a restart. Left out: none.
	RequestID string `json:"requestId,omitempty"`
}

// OperationResult is an accepted request: what was begun, and the server with
// its transitional status.
type OperationResult struct {
	Operation Operation `json:"operation"` // what was begun; for cluster.cancel, what is being canceled
	Cluster   Cluster   `json:"cluster"`   // the server with its transitional status
}

// NameParams names a server.
type NameParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
}

// StartParams names a server to start.
type StartParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// AllowDeletions lets the vaults' mirror delete on the server however much is not here any more.
	AllowDeletions bool `json:"allowDeletions,omitempty"`
	// RequestID is the caller's own id of the request, at most 100 bytes: the same id is the same operation, also after a restart. Left out: none.
	RequestID string `json:"requestId,omitempty"`
}

// SyncParams names a server whose vaults are to be mirrored.
type SyncParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// AllowDeletions lets the mirror delete on the server however much is not here any more.
	AllowDeletions bool `json:"allowDeletions,omitempty"`
	// DryRun changes nothing: the operation's vaults tell what would be added, changed and deleted.
	DryRun bool `json:"dryRun,omitempty"`
	// RequestID is the caller's own id of the request, at most 100 bytes: the same id is the same operation, also after a restart. Left out: none.
	RequestID string `json:"requestId,omitempty"`
}

// VaultStatusParams names a server whose vaults are to be compared.
type VaultStatusParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// Refresh asks the server, which takes seconds; without it the answer is from what is known here.
	Refresh bool `json:"refresh,omitempty"`
	// Contents compares the contents of every file and not its size and time; it reads all of both sides. It needs refresh.
	Contents bool `json:"contents,omitempty"`
}

// VaultStatusResult is how the server's vaults stand to those here.
type VaultStatusResult struct {
	Vaults []VaultState `json:"vaults"` // the public one first; a server without vaults: []
	// Watch is the continuous sync.
	Watch ContinuousSync `json:"watch"`
}

// VaultWatchParams says whether a server's vaults are synced continuously.
type VaultWatchParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// On begins it; false ends it. It is remembered for the server.
	On bool `json:"on"`
}

// ContinuousSync is how the continuous sync of a server's vaults stands.
type ContinuousSync struct {
	On    bool           `json:"on"`    // it is wanted for this server
	State VaultWatchWork `json:"state"` // what it does
	// PendingSince is when the first of the changes came that are not on the server yet, or may not be; missing if there are none.
	PendingSince time.Time `json:"pendingSince,omitzero"`
	// Waiting are the vaults of those changes. All that changed in another is on the server.
	Waiting []VaultName `json:"waiting,omitempty"`
	// Reason is why it is paused or refused. Its field names the vault where it is that of one.
	Reason *Error `json:"reason,omitempty"`
	// Polling is true where the vaults are looked through again and again, because the system tells of no changes there.
	Polling bool `json:"polling,omitempty"`
}

// VaultState is how one vault on the server stands to the one here. Only a look at the
// server finds them the same: without one an unchanged vault is unknown, for what is on the
// server may have been changed there.
type VaultState struct {
	Vault VaultName `json:"vault"` // which one
	Local string    `json:"local"` // its folder on this machine
	// State says whether they are the same.
	State VaultSync `json:"state"`
	// AsOf is when the server was looked at for this answer; missing if it was not.
	AsOf time.Time `json:"asOf,omitzero"`
	// Files is how many files and symbolic links are here.
	Files int `json:"files"`
	// Bytes is the size of the files here.
	Bytes int64 `json:"bytes"`
	// ChangedHere is true where a name, size, time or permission here is another than when they were the same last.
	ChangedHere bool `json:"changedHere,omitempty"`
	// LastSame is when they were the same last; missing if they never were, or that was not noted.
	LastSame time.Time `json:"lastSame,omitzero"`
	// LastCompared is how that was found.
	LastCompared Comparison `json:"lastCompared,omitempty"`
	// Changes is what a mirror would do, and how the look compared; missing without a look.
	Changes *VaultChange `json:"changes,omitempty"`
	// Reason is why the state is unknown where refresh asked for it.
	Reason *Error `json:"reason,omitempty"`
}

// ChangeParams names a server to stop.
type ChangeParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// RequestID is the caller's own id of the request, at most 100 bytes: the same id is the same operation, also after a restart. Left out: none.
	RequestID string `json:"requestId,omitempty"`
}

// DestroyParams names a server to destroy.
type DestroyParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// Purge forgets a server that the cloud will not let go of: it may go on costing money.
	Purge bool `json:"purge,omitempty"`
	// RequestID is the caller's own id of the request, at most 100 bytes: the same id is the same operation, also after a restart. Left out: none.
	RequestID string `json:"requestId,omitempty"`
}

// StatusParams names a server to look at.
type StatusParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
	// Refresh asks the cloud and takes seconds; without it the answer is from memory.
	Refresh bool `json:"refresh,omitempty"`
}

// ListParams asks for all servers.
type ListParams struct {
	// Refresh asks the cloud and takes seconds.
	Refresh bool `json:"refresh,omitempty"`
}

// ListResult holds every server that is ours.
type ListResult struct {
	Clusters []Cluster `json:"clusters"` // none: []
}

// LogsParams names a log.
type LogsParams struct {
	Name   string    `json:"name,omitempty"`   // of the server; left out, the one there is
	Source LogSource `json:"source"`           // which of its logs
	Tail   int       `json:"tail,omitempty"`   // how many lines at most
	Follow bool      `json:"follow,omitempty"` // send cluster.log notifications until the request is canceled or the log ends
	// Subscription is the caller's own id of what is followed, at most 100 bytes: each of its lines has it. Left out: none.
	Subscription string `json:"subscription,omitempty"`
}

// LogsResult is the end of a log, as much of it as fits into 16 KiB.
type LogsResult struct {
	Lines []string `json:"lines"` // oldest first, without escape codes, secrets removed
}

// ConnectionResult says how to reach a server.
type ConnectionResult struct {
	IP           string   `json:"ip"`                     // the public address
	User         string   `json:"user"`                   // to log in as
	SSHPort      int      `json:"sshPort"`                // of the SSH server at the address; 22 on most clouds
	SSHHost      string   `json:"sshHost"`                // the alias that SkyPilot wrote into the SSH configuration
	SSHCommand   string   `json:"sshCommand"`             // for a shell
	Terminal     Terminal `json:"terminal"`               // the same for a program, without a shell
	IdentityFile string   `json:"identityFile,omitempty"` // the private key's path
	Ports        []string `json:"ports"`                  // of the server that are open to the internet, as the spec has them; none: []
	// Endpoints are where those ports are reached, the first 100: some clouds map them to others. Left out: none is open, or
	// the cloud could not say where.
	Endpoints []Endpoint `json:"endpoints,omitempty"`
}

// Terminal is how a person logs in to a server in a terminal. Each is a program and its arguments,
// to be started as they are: no shell, no quoting. The server's SSH host key is compared with the one that is kept.
type Terminal struct {
	// Argv is what a terminal runs: one that is there already, or a pseudo-terminal of the host's.
	Argv []string `json:"argv"`
	// Window is what opens a new window of a terminal program of this machine that runs it. Left out: none was found.
	// What it is made of was not tried with any terminal program.
	Window []string `json:"window,omitempty"`
}

// Endpoint is where a port of a server is reached from the internet.
type Endpoint struct {
	Port    string `json:"port"`    // on the server
	Address string `json:"address"` // HOST:PORT, or a URL where the cloud has one
}

// CostResult is what a server costs and has cost, also one that has ended.
type CostResult struct {
	HourlyCost float64   `json:"hourlyCost"`     // while it runs, without disk and traffic; 0 if it is not known
	Total      float64   `json:"total"`          // SkyPilot's estimate since the first launch, without disk and traffic
	TotalKnown bool      `json:"totalKnown"`     // false: SkyPilot does not say, and total means nothing
	Since      time.Time `json:"since,omitzero"` // when the first launch was; missing if it is not known
	Currency   string    `json:"currency"`       // USD
	// Costs is what it costs now: Cluster.costs.
	Costs Costs `json:"costs"`
	// CheckedAt is when the server was looked at last: Cluster.checkedAt.
	CheckedAt time.Time `json:"checkedAt,omitzero"`
	// Stale is true where the last look failed: then what is said is what was known before.
	Stale bool `json:"stale,omitempty"`
	// EndedAt is when its end was verified; missing while it may exist, and if there was none.
	EndedAt time.Time `json:"endedAt,omitzero"`
	// Description is the server's: where it stands, and what of it costs money.
	Description string `json:"description"`
	// Texts are what the description says, for a program.
	Texts []text.Text `json:"texts,omitempty"`
	// Summary is what it has cost, and before it what an hour costs where the description does not say it; empty where nothing was ever paid for.
	Summary string `json:"summary"`
	// SummaryTexts are what the summary says, for a program.
	SummaryTexts []text.Text `json:"summaryTexts,omitempty"`
	// Reason says why SkyPilot could not be asked about a server that has ended.
	Reason *Error `json:"reason,omitempty"`
}

// AutostopParams sets or cancels autostop.
type AutostopParams struct {
	Name        string `json:"name,omitempty"`        // of the server; left out, the one there is
	IdleMinutes int    `json:"idleMinutes,omitempty"` // 1 or more; needed unless cancel is true
	Down        bool   `json:"down,omitempty"`        // destroy instead of stopping
	Cancel      bool   `json:"cancel,omitempty"`      // take the autostop away
}

// OperationGetParams names an operation.
type OperationGetParams struct {
	ID string `json:"id"` // as in Operation.ID
}

// OperationLogParams names an operation whose log is asked for.
type OperationLogParams struct {
	ID string `json:"id"` // as in Operation.ID
	// After is the number of the last line that the caller has; left out or 0, none.
	After int `json:"after,omitempty"`
}

// OperationLogResult is what is kept of an operation's log.
type OperationLogResult struct {
	Lines []LogLine `json:"lines"` // oldest first, as in cluster.log; dropped of the first counts those that are kept no longer. None: []
	// More is true where further lines come after these: ask again with the last one's number.
	More bool `json:"more,omitempty"`
}

// OperationWaitParams names an operation whose end is waited for.
type OperationWaitParams struct {
	ID string `json:"id"` // as in Operation.ID
	// TimeoutSeconds is how long to wait at most, a day at most; left out or 0, until it has ended.
	TimeoutSeconds float64 `json:"timeoutSeconds,omitempty"`
}

// OperationListParams filters the operations.
type OperationListParams struct {
	Cluster string `json:"cluster,omitempty"` // the name of the server that they were done to; left out, all
	Limit   int    `json:"limit,omitempty"`   // how many at most
}

// OperationListResult holds operations, newest first, as many as fit into 16 KiB,
// without the raw details of their errors; operation.get has those.
type OperationListResult struct {
	Operations []Operation `json:"operations"` // none: []
}

// PollerParams changes how often the sidecar looks at the cloud.
type PollerParams struct {
	IntervalSeconds float64 `json:"intervalSeconds,omitempty"` // 1 to 30; left out, unchanged
	Paused          *bool   `json:"paused,omitempty"`          // left out, unchanged
}

// PollerResult is the poller's settings in force.
type PollerResult struct {
	IntervalSeconds float64 `json:"intervalSeconds"` // the time between two looks, now
	Paused          bool    `json:"paused"`          // it does not look by itself
	Adaptive        bool    `json:"adaptive"`        // no interval was set: the sidecar chooses
}

// InjectParams is a fault for the simulated cloud.
type InjectParams struct {
	// Fault is one of the names that the refusal of an unknown one lists.
	Fault string `json:"fault"`
	// At is where it strikes, for a fault that can strike in several places: a region, or a phase.
	At string `json:"at,omitempty"`
}

// OutsideParams is a change made behind SkyPilot's back.
type OutsideParams struct {
	Action string `json:"action" enum:"stop,terminate,start,preempt"` // what is done to it
}

// SimulateResult lists the faults in force.
type SimulateResult struct {
	Faults []string `json:"faults"` // none: []
}
