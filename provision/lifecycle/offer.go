package lifecycle

import (
	"math"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Offer is one of SkyPilot's offers.
type Offer struct {
	schema.Offer
	Exact bool // its price is the catalog's; else it is rounded to whole cents
}

// Least returns what an hour costs at least, in USD.
func (o Offer) Least() float64 {
	if o.Exact {
		return o.HourlyCost
	}
	return o.HourlyCost - sky.PriceRounding
}

// most returns what an hour costs at most.
func (o Offer) most() float64 { return 2*o.HourlyCost - o.Least() }

// hoursInLongMonth is the hours of 31 days: nobody pays for more in a month.
const hoursInLongMonth = 31 * 24

// Offers returns SkyPilot's offers for a spec, with defaults, with all that is known of
// their prices and without those that cost more than the spec's limit. What is so near to
// the limit that the rounding decides is kept: a launch looks at the real price. The
// error is that all of them cost more.
func Offers(offers []Offer, spec schema.Spec) ([]schema.Offer, *schema.Error) {
	priced := make([]schema.Offer, 0, len(offers))
	for _, o := range offers {
		if spec.MaxHourlyCost == 0 || o.Least() <= spec.MaxHourlyCost {
			priced = append(priced, priceOf(o, spec))
		}
	}
	if len(offers) > 0 && len(priced) == 0 {
		cheapest := &offers[0]
		for i := range offers {
			if offers[i].HourlyCost < cheapest.HourlyCost {
				cheapest = &offers[i]
			}
		}
		return nil, AboveLimit(cheapest.Offer, spec.MaxHourlyCost)
	}
	return priced, nil
}

// priceOf adds the disk's price and the dearest month to an offer.
func priceOf(o Offer, spec schema.Spec) schema.Offer {
	at, known := cloud.Find(o.Cloud)
	if known && at.OwnMachines() {
		return o.Offer
	}
	o.BasisText = text.New(&text.MoneyBasisOffer)
	if o.Exact {
		o.BasisText = text.New(&text.MoneyBasisExact)
	}
	if disk, known := at.DiskPriceIn(o.Region, spec.DiskTier); known {
		o.DiskMonthlyCost = cents(disk.Monthly(spec.DiskSize))
		o.BasisText = text.New(&text.MoneyBasisOfferDisk, text.Args{"source": disk.Source, "date": disk.AsOf})
		if o.Exact {
			o.BasisText = text.New(&text.MoneyBasisExactDisk, text.Args{"source": disk.Source, "date": disk.AsOf})
		}
	}
	o.Basis = o.BasisText.Message()
	o.WorstMonthlyCost = cents(o.most()*hoursInLongMonth + o.DiskMonthlyCost)
	return o.Offer
}

// cents rounds an amount of money up to whole cents.
func cents(amount float64) float64 { return math.Ceil(math.Round(amount*1e6)/1e4) / 100 }
