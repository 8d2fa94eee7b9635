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
	return s.Priced(offers...), err
}

// Priced returns offers with the prices of SkyPilot's catalogs on this machine, which SkyPilot's
// table rounds to whole cents; where there is no such catalog, as of a remote API server's
// SkyPilot, with the table's. It blocks for reading the catalog of each cloud once, some tenths of a
// second for AWS's.
func (s *SkyPilot) Priced(offers ...schema.Offer) []lifecycle.Offer {
	priced := make([]lifecycle.Offer, len(offers))
	catalogs := map[string][]sky.CatalogRow{}
	for i, o := range offers {
		priced[i].Offer = o
		if !s.Local() {
			continue
		}
		rows, read := catalogs[o.Cloud]
		if !read {
			rows, _, _ = host.Catalog(s.opt.Environment.Home, o.Cloud) // one that can't be read has no prices
			catalogs[o.Cloud] = rows
		}
		if price := sky.CatalogPrice(rows, o); price != 0 {
			priced[i].HourlyCost, priced[i].Exact = price, true
		}
	}
	return priced
}
