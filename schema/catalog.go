package schema

import (
	"time"

	"carapace/schema/text"
)

// ProviderRegionsParams names a cloud.
type ProviderRegionsParams struct {
	// Cloud is a Provider.ID.
	Cloud string `json:"cloud"`
}

// ProviderRegionsResult holds a cloud's regions.
type ProviderRegionsResult struct {
	Regions []Region `json:"regions"` // by their ids
	// AsOf is when SkyPilot fetched the catalog that they are from.
	AsOf time.Time `json:"asOf"`
}

// Region is one place of a cloud.
type Region struct {
	ID   string `json:"id"`   // what Spec.Region takes
	Name string `json:"name"` // for a person: Frankfurt, Germany; the id where none is known
	// Sizes is how many machine types it has.
	Sizes int `json:"sizes"`
}

// ProviderSizesParams names a cloud, and which of its machine types are wanted.
type ProviderSizesParams struct {
	// Cloud is a Provider.ID.
	Cloud string `json:"cloud"`
	// Region is a Region.ID; left out, each machine type is told of where it is cheapest.
	Region string `json:"region,omitempty"`
	CPUs   string `json:"cpus,omitempty"`   // virtual CPUs as in a spec, such as 4 or 4+
	Memory string `json:"memory,omitempty"` // gigabytes as in a spec, such as 16 or 16+
}

// ProviderSizesResult holds machine types, as many as fit into 16 KiB. Each with its region
// and the cloud is a Spec that launches it.
type ProviderSizesResult struct {
	Sizes    []Size `json:"sizes"`          // the cheapest first; none: []
	More     bool   `json:"more,omitempty"` // there are dearer ones: ask for one region, or for cpus and memory
	Currency string `json:"currency"`       // of each price here, as in ISO 4217: USD
	Basis    string `json:"basis"`          // where the prices are from
	// BasisText is what the basis says, for a program.
	BasisText text.Text `json:"basisText"`
	// AsOf is when SkyPilot fetched the catalog that they are from.
	AsOf time.Time `json:"asOf"`
}

// Size is a machine type in a region. A number is zero, and left out, where the catalog does not tell it.
type Size struct {
	InstanceType string  `json:"instanceType"`          // what Spec.InstanceType takes
	Region       string  `json:"region"`                // what Spec.Region takes
	Name         string  `json:"name"`                  // its size for a person: 4 vCPUs, 16 GB memory
	VCPUs        float64 `json:"vcpus,omitempty"`       // virtual CPUs
	MemoryGB     float64 `json:"memoryGB,omitempty"`    // gigabytes
	Accelerator  string  `json:"accelerator,omitempty"` // what it has of GPUs: A10:1
	Arch         string  `json:"arch,omitempty"`        // of its processor, where the catalog tells it: x86_64, arm64
	HourlyCost   float64 `json:"hourlyCost"`            // of the machine for an hour, without disk and traffic
	// SpotHourlyCost is that of a spot machine, in the zone where it is cheapest; it changes.
	SpotHourlyCost float64 `json:"spotHourlyCost,omitempty"`
}
