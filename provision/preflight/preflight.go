// Package preflight is what can be known before a launch: whether the spec could
// begin, from which vaults and with which credentials, what it would cost, and what
// is missing on this machine. It changes nothing.
package preflight

import (
	"sync"
	"time"

	"carapace/provision/backend"
	"carapace/provision/cloud"
	"carapace/provision/cloud/credentials"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// Timing is the deadlines of what asks SkyPilot.
type Timing struct {
	Short   time.Duration // of one short `sky` call
	Server  time.Duration // of starting SkyPilot's API server
	Refresh time.Duration // of asking a cloud
}

// Options is what a Preflight needs. All fields but Finder and Simulated have to be
// set.
type Options struct {
	Group       *supervisor.Group
	Store       *store.Store
	SkyPilot    *backend.SkyPilot
	ProjectDir  string // where data/public and data/private are looked for
	Name        string // the cluster's name where a request gives none
	Environment credentials.Environment
	// Credentials says whether there are credentials for a cloud; its error is a refusal.
	Credentials func(c cloud.Cloud, profile string) (schema.Credentials, *schema.Error)
	// Finder finds sky, for who asks how and what beside it; nil: nobody looks.
	Finder *host.Finder
	// ServerMemory is what SkyPilot's API server takes of this machine's memory, in bytes; nil: it is not known.
	ServerMemory func() (bytes int64, known bool)

	Simulated bool
	Reserved  []string // folders that are apart from the vaults
	Timing    Timing
}

// Preflight answers from this machine, and from SkyPilot where a method says so. Its
// methods are safe for concurrent use.
type Preflight struct {
	opt     Options
	store   *store.Store
	backend *backend.SkyPilot

	mu      sync.Mutex // guards what follows; never held across a call
	offers  map[offerKey]schema.Offer
	checked map[checkKey]schema.ProviderCheckResult
}

// New returns a Preflight that knows of no offers yet.
func New(opt Options) *Preflight {
	return &Preflight{
		opt: opt, store: opt.Store, backend: opt.SkyPilot,
		offers: map[offerKey]schema.Offer{}, checked: map[checkKey]schema.ProviderCheckResult{},
	}
}
