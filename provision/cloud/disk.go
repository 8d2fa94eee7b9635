package cloud

import "slices"

// DiskPrice is what a cloud takes for a disk as SkyPilot makes it. The zero value is no
// price.
type DiskPrice struct {
	// Tiers are the disk tiers that cost this, as in schema.Spec.DiskTier.
	Tiers []string
	// Regions are those whose price it is; others may have another.
	Regions []string
	// GBMonth is the price of a gigabyte and month, in USD.
	GBMonth float64
	// Month is what is added in a month whatever the size, in USD: for performance that
	// SkyPilot asks for beyond what is included.
	Month float64
	// Source is the address of the provider's page, AsOf the month of what was read of it,
	// which the table says where that was not the page itself.
	Source, AsOf string
}

// defaultTier is what SkyPilot makes where no tier is asked for (clouds/cloud.py).
const defaultTier = "medium"

// DiskPriceIn returns the price of a disk of a tier, "" for SkyPilot's default, in a
// region. known is false where the table has none.
func (c Cloud) DiskPriceIn(region, tier string) (price DiskPrice, known bool) {
	if tier == "" {
		tier = defaultTier
	}
	i := slices.IndexFunc(c.Disks, func(p DiskPrice) bool {
		return slices.Contains(p.Regions, region) && slices.Contains(p.Tiers, tier)
	})
	if i < 0 {
		return DiskPrice{}, false
	}
	return c.Disks[i], true
}

// Monthly is what a disk of so many gigabytes costs in a month, in USD.
func (p DiskPrice) Monthly(gigabytes int) float64 {
	return p.GBMonth*float64(gigabytes) + p.Month
}
