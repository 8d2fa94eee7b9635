package preflight

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"sort"
	"strings"
	"time"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/task"
	"carapace/schema"
	"carapace/schema/text"
)

// Regions lists a cloud's regions from SkyPilot's catalog on this machine. Where that has
// none of the cloud yet, SkyPilot is asked for an estimate, with which it fetches it: seconds.
func (pre *Preflight) Regions(ctx context.Context, p schema.ProviderRegionsParams) (schema.ProviderRegionsResult, error) {
	c, rows, asOf, refusal := pre.catalog(ctx, p.Cloud)
	if refusal != nil {
		return schema.ProviderRegionsResult{}, refusal
	}
	sizes := map[string]int{}
	for _, row := range rows {
		sizes[row.Region]++
	}
	result := schema.ProviderRegionsResult{Regions: []schema.Region{}, AsOf: asOf}
	for id, n := range sizes {
		result.Regions = append(result.Regions, schema.Region{ID: id, Name: c.RegionName(id), Sizes: n})
	}
	sort.Slice(result.Regions, func(i, k int) bool { return result.Regions[i].ID < result.Regions[k].ID })
	return result, nil
}

// Sizes lists all of a cloud's machine types that fit, with their prices, as [Preflight.Regions].
func (pre *Preflight) Sizes(ctx context.Context, p schema.ProviderSizesParams) (schema.ProviderSizesResult, error) {
	p = p.WithDefaults()
	cpus, ok := task.ParseAmount(p.CPUs)
	if !ok {
		return schema.ProviderSizesResult{}, schema.Fail(schema.KindInvalidParams, &text.CatalogWish, text.Args{"field": "cpus"}).WithField("cpus")
	}
	memory, ok := task.ParseAmount(p.Memory)
	if !ok {
		return schema.ProviderSizesResult{}, schema.Fail(schema.KindInvalidParams, &text.CatalogWish, text.Args{"field": "memory"}).WithField("memory")
	}
	c, rows, asOf, refusal := pre.catalog(ctx, p.Cloud)
	if refusal != nil {
		return schema.ProviderSizesResult{}, refusal
	}
	if p.Region != "" && !slices.ContainsFunc(rows, func(row sky.CatalogRow) bool { return row.Region == p.Region }) {
		return schema.ProviderSizesResult{}, schema.Fail(schema.KindInvalidParams, &text.CatalogNoRegion, text.Args{"given": p.Region, "cloud": c.Called()}).WithField("region")
	}
	fit := rows[:0]
	for i := range rows {
		if row := &rows[i]; (p.Region == "" || row.Region == p.Region) && cpus.Fits(row.VCPUs) && memory.Fits(row.MemoryGB) && row.Price != 0 {
			fit = append(fit, *row)
		}
	}
	basis := text.New(&text.MoneyBasisCatalog)
	return schema.ProviderSizesResult{Sizes: sizesOf(fit), Currency: "USD", Basis: basis.Message(), BasisText: basis, AsOf: asOf}, nil
}

// sizesOf are the machine types of a catalog, each once, where it is cheapest; the cheapest first.
func sizesOf(rows []sky.CatalogRow) []schema.Size {
	sort.Slice(rows, func(i, k int) bool { // slices.SortFunc makes code of its own for values of this size
		a, b := &rows[i], &rows[k]
		return cmp.Or(cmp.Compare(a.Price, b.Price), strings.Compare(a.InstanceType, b.InstanceType), strings.Compare(a.Region, b.Region)) < 0
	})
	sizes, seen := []schema.Size{}, map[string]bool{}
	for _, row := range rows {
		if seen[row.InstanceType] {
			continue
		}
		seen[row.InstanceType] = true
		sizes = append(sizes, schema.Size{
			InstanceType: row.InstanceType, Region: row.Region, Name: text.Resources(row.VCPUs, row.MemoryGB, 0).Message(), VCPUs: row.VCPUs, MemoryGB: row.MemoryGB,
			Accelerator: row.Accelerator, Arch: row.Arch, HourlyCost: row.Price, SpotHourlyCost: row.SpotPrice,
		})
	}
	return sizes
}

// catalog is SkyPilot's catalog of a cloud, and when SkyPilot fetched it.
func (pre *Preflight) catalog(ctx context.Context, id string) (cloud.Cloud, []sky.CatalogRow, time.Time, *schema.Error) {
	c, known := cloud.Find(id)
	switch {
	case !known:
		return c, nil, time.Time{}, schema.Fail(schema.KindInvalidParams, &text.ParamsUnknownCloud, text.Args{"given": id}).WithField("cloud")
	case c.OwnMachines():
		return c, nil, time.Time{}, schema.Fail(schema.KindUnsupported, &text.CatalogOwn, text.Args{"cloud": c.Called()}).WithField("cloud")
	case !pre.backend.Local():
		return c, nil, time.Time{}, schema.Fail(schema.KindUnsupported, &text.CatalogElsewhere)
	}
	rows, asOf, err := host.Catalog(pre.opt.Environment.Home, c.ID)
	if errors.Is(err, os.ErrNotExist) {
		_, refused := pre.Estimate(ctx, schema.EstimateParams{Spec: schema.Spec{Cloud: c.ID}})
		rows, asOf, err = host.Catalog(pre.opt.Environment.Home, c.ID)
		if err != nil && refused != nil {
			return c, nil, asOf, pre.backend.Explain("", refused)
		}
	}
	if err != nil {
		return c, nil, asOf, schema.Fail(schema.KindUnsupported, &text.CatalogMissing, text.Args{"cloud": c.Called()}).WithProvider(c.ID).WithDetail(err.Error())
	}
	return c, rows, asOf.UTC().Truncate(time.Millisecond), nil
}
