package lifecycle

import (
	"cmp"
	"math"
	"slices"

	"carapace/provision/cloud"
	"carapace/schema"
	"carapace/schema/text"
)

// PriceRounding is what a price in SkyPilot's table of offers may differ from the real
// one: the table has whole cents (transcript launch-dryrun shows 0.192 as 0.19).
const PriceRounding = 0.005

// hoursInLongMonth is the hours of 31 days: nobody pays for more in a month.
const hoursInLongMonth = 31 * 24

// Offers returns SkyPilot's offers for a spec, with defaults, with all that is known of
// their prices and without those that cost more than the spec's limit. What is so near to
// the limit that the rounding decides is kept: a launch looks at the real price. The
// error is that all of them cost more.
func Offers(offers []schema.Offer, spec schema.Spec) ([]schema.Offer, *schema.Error) {
	priced := make([]schema.Offer, 0, len(offers))
	for _, o := range offers {
		if spec.MaxHourlyCost == 0 || o.HourlyCost-PriceRounding <= spec.MaxHourlyCost {
			priced = append(priced, priceOf(o, spec))
		}
	}
	if len(offers) > 0 && len(priced) == 0 {
		cheapest := slices.MinFunc(offers, func(a, b schema.Offer) int { return cmp.Compare(a.HourlyCost, b.HourlyCost) })
		return nil, AboveLimit(cheapest, spec.MaxHourlyCost)
	}
	return priced, nil
}

// priceOf adds the disk's price and the dearest month to an offer.
func priceOf(o schema.Offer, spec schema.Spec) schema.Offer {
	at, known := cloud.Find(o.Cloud)
	if known && at.OwnMachines() {
		return o
	}
	o.BasisText = text.New(&text.MoneyBasisOffer)
	if disk, known := at.DiskPriceIn(o.Region, spec.DiskTier); known {
		o.DiskMonthlyCost = cents(disk.Monthly(spec.DiskSize))
		o.BasisText = text.New(&text.MoneyBasisOfferDisk, text.Args{"source": disk.Source, "date": disk.AsOf})
	}
	o.Basis = o.BasisText.Message()
	o.WorstMonthlyCost = cents((o.HourlyCost+PriceRounding)*hoursInLongMonth + o.DiskMonthlyCost)
	return o
}

// cents rounds an amount of money up to whole cents.
func cents(amount float64) float64 { return math.Ceil(math.Round(amount*1e6)/1e4) / 100 }
