package schema

import (
	"encoding/json"
	"time"
)

// Empty is the params of a method that takes none, and the result of one that
// has nothing to say.
type Empty struct{}

// OpenRPC is the self-description; see https://spec.open-rpc.org.
type OpenRPC = json.RawMessage

// InitializeParams says who the host is.
type InitializeParams struct {
	Client *ClientInfo `json:"client,omitempty"`
	// ProtocolVersion that the host speaks; left out, the sidecar's own.
	ProtocolVersion int `json:"protocolVersion,omitempty"`
}

// ClientInfo names the host program, for the log.
type ClientInfo struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// InitializeResult says who the sidecar is.
type InitializeResult struct {
	Name            string   `json:"name"`
	Version         string   `json:"version"`
	Commit          string   `json:"commit"`
	ProtocolVersion int      `json:"protocolVersion"`
	Methods         []string `json:"methods"`
	Notifications   []string `json:"notifications"`
	Simulated       bool     `json:"simulated"`
}

// DoctorResult is the outcome of all checks.
type DoctorResult struct {
	OK     bool    `json:"ok"` // no check failed
	Checks []Check `json:"checks"`
}

// Check is one thing that a launch needs.
type Check struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Status  CheckStatus `json:"status"`
	Message string      `json:"message"`
	Fix     string      `json:"fix,omitempty"` // what to do, where the status is not ok
}

// SkyPilotCheckResult says what was found of SkyPilot on this machine.
type SkyPilotCheckResult struct {
	Installed bool   `json:"installed"`
	Path      string `json:"path,omitempty"`
	Version   string `json:"version,omitempty"`
	Supported bool   `json:"supported"`
	Minimum   string `json:"minimum"` // the oldest version that works
	// APIServer is SkyPilot's API server, if one answers.
	APIServer *APIServer `json:"apiServer,omitempty"`
	// Install lists ways to install it, best first.
	Install []InstallStep `json:"install"`
}

// APIServer is SkyPilot's API server as it answers.
type APIServer struct {
	URL     string `json:"url"` // without a password
	Healthy bool   `json:"healthy"`
	Version string `json:"version,omitempty"`
	Local   bool   `json:"local"` // on this machine, so that it is ours to start
}

// InstallStep is one command for a person to run.
type InstallStep struct {
	Title   string `json:"title"`
	Command string `json:"command"`
}

// SkyPilotInstallParams says what to install.
type SkyPilotInstallParams struct {
	// Version of SkyPilot; left out, the one that this sidecar was tested with.
	Version string `json:"version,omitempty"`
}

// InstallResult is the accepted installation.
type InstallResult struct {
	Operation Operation `json:"operation"`
}

// ProviderListResult lists the clouds.
type ProviderListResult struct {
	Providers []Provider `json:"providers"`
}

// Provider is one cloud.
type Provider struct {
	ID               string      `json:"id"` // what Spec.Cloud takes
	Name             string      `json:"name"`
	Credentials      Credentials `json:"credentials"`
	SupportsStop     bool        `json:"supportsStop"`
	SupportsSpot     bool        `json:"supportsSpot"`
	SupportsAutostop bool        `json:"supportsAutostop"`
}

// Credentials says whether credentials are in one of the places that SkyPilot
// reads; whether they are valid only the cloud knows.
type Credentials struct {
	Present bool     `json:"present"`
	Source  string   `json:"source,omitempty"`  // where they were found
	Missing []string `json:"missing,omitempty"` // what was looked for and not found
	Hint    string   `json:"hint"`              // how to get them
}

// ProviderCheckParams names the cloud to ask SkyPilot about.
type ProviderCheckParams struct {
	Cloud string `json:"cloud"`
	// Refresh asks the cloud again where an earlier answer is known.
	Refresh bool `json:"refresh,omitempty"`
}

// ProviderCheckResult is a Provider and what SkyPilot says of it.
type ProviderCheckResult struct {
	Provider
	Enabled   bool      `json:"enabled"`
	Reason    string    `json:"reason,omitempty"` // why it is not enabled, in SkyPilot's words
	Fix       string    `json:"fix,omitempty"`
	CheckedAt time.Time `json:"checkedAt"`
}

// SpecParams holds what would be launched.
type SpecParams struct {
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
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	// Suspicious are files that look like secrets, relative to their vault; the first ones only.
	Suspicious []string `json:"suspicious,omitempty"`
}

// EstimateResult lists machines that fit.
type EstimateResult struct {
	Offers []Offer `json:"offers"`
}

// Offer is a machine with its price.
type Offer struct {
	Cloud        string  `json:"cloud"`
	Region       string  `json:"region"`
	InstanceType string  `json:"instanceType"`
	VCPUs        float64 `json:"vcpus"`
	MemoryGB     float64 `json:"memoryGB"`
	HourlyCost   float64 `json:"hourlyCost"` // USD, without disk and traffic
	Chosen       bool    `json:"chosen"`     // what SkyPilot would take
}

// LaunchParams says what to launch.
type LaunchParams struct {
	Spec Spec `json:"spec,omitzero"`
	// DryRun checks all and starts nothing: the answer is an operation that has succeeded.
	DryRun bool `json:"dryRun,omitempty"`
	// CheckCredentials refuses a launch without credentials before anything starts; true where left out.
	CheckCredentials *bool `json:"checkCredentials,omitempty"`
}

// OperationResult is an accepted request: what was begun, and the server with
// its transitional status.
type OperationResult struct {
	Operation Operation `json:"operation"`
	Cluster   Cluster   `json:"cluster"`
}

// NameParams names a server.
type NameParams struct {
	// Name of the server; left out, the one there is.
	Name string `json:"name,omitempty"`
}

// DestroyParams names a server to destroy.
type DestroyParams struct {
	Name string `json:"name,omitempty"`
	// Purge forgets a server that the cloud will not let go of: it may go on costing money.
	Purge bool `json:"purge,omitempty"`
}

// StatusParams names a server to look at.
type StatusParams struct {
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
	Clusters []Cluster `json:"clusters"`
}

// LogsParams names a log.
type LogsParams struct {
	Name   string    `json:"name,omitempty"`
	Source LogSource `json:"source"`
	Tail   int       `json:"tail,omitempty"`   // how many lines at most; left out, 100
	Follow bool      `json:"follow,omitempty"` // send cluster.log notifications until the request is canceled or the log ends
}

// LogsResult is the end of a log.
type LogsResult struct {
	Lines []string `json:"lines"`
}

// ConnectionResult says how to reach a server.
type ConnectionResult struct {
	IP           string   `json:"ip"`
	User         string   `json:"user"`
	SSHHost      string   `json:"sshHost"` // the alias that SkyPilot wrote into the SSH configuration
	SSHCommand   string   `json:"sshCommand"`
	IdentityFile string   `json:"identityFile,omitempty"`
	Ports        []string `json:"ports"` // open to the internet
}

// CostResult is what a server costs.
type CostResult struct {
	HourlyCost float64   `json:"hourlyCost"`
	Total      float64   `json:"total"` // SkyPilot's estimate since the first launch, without disk and traffic
	Since      time.Time `json:"since,omitzero"`
	Currency   string    `json:"currency"` // USD
}

// AutostopParams sets or cancels autostop.
type AutostopParams struct {
	Name        string `json:"name,omitempty"`
	IdleMinutes int    `json:"idleMinutes,omitempty"` // 1 or more, unless Cancel
	Down        bool   `json:"down,omitempty"`        // destroy instead of stopping
	Cancel      bool   `json:"cancel,omitempty"`
}

// OperationGetParams names an operation.
type OperationGetParams struct {
	ID string `json:"id"`
}

// OperationListParams filters the operations.
type OperationListParams struct {
	Cluster string `json:"cluster,omitempty"`
	Limit   int    `json:"limit,omitempty"` // left out, 50
}

// OperationListResult holds operations, newest first.
type OperationListResult struct {
	Operations []Operation `json:"operations"`
}

// PollerParams changes how often the sidecar looks at the cloud.
type PollerParams struct {
	IntervalSeconds float64 `json:"intervalSeconds,omitempty"` // 1 to 30; left out, unchanged
	Paused          *bool   `json:"paused,omitempty"`          // left out, unchanged
}

// PollerResult is the poller's settings in force.
type PollerResult struct {
	IntervalSeconds float64 `json:"intervalSeconds"`
	Paused          bool    `json:"paused"`
	Adaptive        bool    `json:"adaptive"` // no interval was set: the sidecar chooses
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
	Action string `json:"action"` // stop, terminate or start
}

// SimulateResult lists the faults in force.
type SimulateResult struct {
	Faults []string `json:"faults"`
}
