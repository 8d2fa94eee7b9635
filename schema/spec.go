package schema

import (
	"strconv"
	"strings"
)

// DefaultClusterName is the server's name where nothing else is asked for.
const DefaultClusterName = "carapace-node"

// Spec is what to launch. Every field may be left out.
//
// WithDefaults says what a field is then.
type Spec struct {
	// Name of the server: a letter, then letters, digits, '.', '_' or '-', a letter or digit last.
	Name string `json:"name,omitempty"`
	// Cloud is one of provider.list's ids. Without it Config.Cloud, else SkyPilot chooses among the enabled ones.
	Cloud string `json:"cloud,omitempty"`
	// Region is in the provider's words; it needs cloud. Without it and zone Config.Region, on that cloud.
	Region string `json:"region,omitempty"`
	// Zone is in the provider's words; it needs cloud.
	Zone string `json:"zone,omitempty"`
	// InstanceType is the provider's own name for the machine; with it cpus and memory have no default.
	InstanceType string `json:"instanceType,omitempty"`
	// CPUs is a number of virtual CPUs, "4", or at least so many, "4+".
	CPUs string `json:"cpus,omitempty"`
	// Memory is gigabytes, "16", or at least so many, "16+".
	Memory string `json:"memory,omitempty"`
	// DiskSize is gigabytes.
	DiskSize int `json:"diskSize,omitempty"`
	// DiskTier is how fast the disk is; left out, the provider's usual one.
	DiskTier string `json:"diskTier,omitempty" enum:"low,medium,high,ultra,best"`
	// UseSpot asks for a machine that is cheaper and that the provider may take back at any time.
	UseSpot bool `json:"useSpot,omitempty"`
	// Ports to open to the internet: "443" or "8000-8010".
	Ports []string `json:"ports,omitempty"`
	// Health is how to ask what the server is for whether it is healthy, for Cluster.Service. Left out, nobody asks.
	Health *Health `json:"health,omitempty"`
	// ImageID is the provider's own name for the disk image.
	ImageID string `json:"imageId,omitempty"`
	// Labels are given to the machine at the provider.
	Labels map[string]string `json:"labels,omitempty"`
	// Autostop ends an idle server. Traffic to the Gatekeeper does not count as activity.
	Autostop *Autostop `json:"autostop,omitempty"`
	// Profile names the credentials to use (AWS_PROFILE).
	Profile string `json:"profile,omitempty"`
	// Envs are environment variables for setup and run.
	Envs map[string]string `json:"envs,omitempty"`
	// Secrets are environment variables too, but never written down once the launch was submitted.
	Secrets map[string]string `json:"secrets,omitempty"`
	// Vaults are the local folders to bring onto the server.
	Vaults *Vaults `json:"vaults,omitempty"`
	// Mounts are further local files or folders, by their remote path.
	Mounts map[string]string `json:"mounts,omitempty"`
	// Docker installs Docker Engine and the Compose plugin where they are missing.
	Docker *bool `json:"docker,omitempty"`
	// Setup is a shell script that runs once on the machine, after Docker.
	Setup string `json:"setup,omitempty"`
	// Run is a shell script that starts what the server is for; without it the Gatekeeper, if its compose file is there.
	Run string `json:"run,omitempty"`
	// MaxHourlyCost is the most that an hour of the machine may cost, in USD, without
	// disk and traffic; 0 is Config.MaxHourlyCost, or else no limit. A machine that came up at a higher price is
	// removed again, and the launch fails.
	MaxHourlyCost float64 `json:"maxHourlyCost,omitempty"`
	// RetryUntilUp keeps trying while the cloud has no such machine to give.
	RetryUntilUp bool `json:"retryUntilUp,omitempty"`
}

// Health is a question in plain HTTP, which each status from 200 to 399 answers well. It opens no port.
type Health struct {
	// Port of the server at which its service listens.
	Port int `json:"port"`
	// Path of the page to ask for, such as /healthz, of 256 characters at most; left out, /.
	Path string `json:"path,omitempty"`
}

// ParsePorts reads what Ports has: "443" is the first and the last, "8000-8010" a range; ok says that it is one.
func ParsePorts(value string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(value, "-")
	if !isRange {
		to = from
	}
	first, firstOK := portNumber(from)
	last, lastOK := portNumber(to)
	return first, last, firstOK && lastOK && first <= last
}

func portNumber(value string) (int, bool) {
	if value == "" || len(value) > 5 || value[0] < '0' || value[0] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(value)
	return n, err == nil && n >= 1 && n <= 65535
}

// Opens reports whether Ports has a port.
func (s Spec) Opens(port int) bool {
	for _, value := range s.Ports {
		if first, last, ok := ParsePorts(value); ok && first <= port && port <= last {
			return true
		}
	}
	return false
}

// Vaults are the two local folders whose contents the server mirrors.
type Vaults struct {
	// Public goes to /opt/carapace/data/public. Left out: PUBLIC_VAULT, else Config.PublicVault, else data/public under the project.
	Public string `json:"public,omitempty"`
	// Private goes to /opt/carapace/data/private. Left out: PRIVATE_VAULT, else Config.PrivateVault, else data/private under the project.
	Private string `json:"private,omitempty"`
}

// WithDefaults returns a copy of s in which what was left out is what the
// protocol says it is. Vaults are not filled in: they depend on the process.
func (s Spec) WithDefaults() Spec {
	if s.Name == "" {
		s.Name = DefaultClusterName
	}
	if s.InstanceType == "" {
		if s.CPUs == "" {
			s.CPUs = "4+"
		}
		if s.Memory == "" {
			s.Memory = "16+"
		}
	}
	if s.DiskSize == 0 {
		s.DiskSize = 100
	}
	if s.Docker == nil {
		on := true
		s.Docker = &on
	}
	return s
}
