package backend

import (
	"context"
	"os"
	"path/filepath"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/task"
	"carapace/schema"
)

// Estimate asks a client's SkyPilot which machines fit a spec and what they cost. It
// takes some seconds of Python and starts nothing at the cloud. The task stands in a
// temporary file meanwhile, with what decides the price alone. Prices are those of
// [SkyPilot.Priced]. The error is the disk's or SkyPilot's, as of [sky.Client.Estimate].
func (s *SkyPilot) Estimate(ctx context.Context, client *sky.Client, spec schema.Spec) ([]lifecycle.Offer, error) {
	yaml, err := task.Render(task.Input{Spec: task.Priced(spec)})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "carapace-estimate-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, task.FileName)
	if err := os.WriteFile(file, yaml, 0o600); err != nil {
		return nil, err
	}
	offers, err := client.Estimate(ctx, file)
	priced := make([]lifecycle.Offer, len(offers))
	for i, o := range offers {
		priced[i] = s.Priced(o)
	}
	return priced, err
}

// Priced returns an offer with the price of SkyPilot's catalog on this machine, which SkyPilot's
// table rounds to whole cents; where there is no such catalog, as of a remote API server's
// SkyPilot, with the table's. It blocks for reading the catalog.
func (s *SkyPilot) Priced(o schema.Offer) lifecycle.Offer {
	if !s.Local() {
		return lifecycle.Offer{Offer: o}
	}
	rows, _, err := host.Catalog(s.opt.Environment.Home, o.Cloud)
	if err != nil {
		return lifecycle.Offer{Offer: o}
	}
	price := sky.CatalogPrice(rows, o)
	if price == 0 {
		return lifecycle.Offer{Offer: o}
	}
	o.HourlyCost = price
	return lifecycle.Offer{Offer: o, Exact: true}
}
