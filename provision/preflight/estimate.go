package preflight

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/provision/task"
	"carapace/schema"
	"carapace/schema/text"
)

// Estimate asks SkyPilot's optimizer for the machines that fit a spec and what
// they cost: those that the spec's maxHourlyCost permits. It takes some seconds and
// starts nothing at the cloud; the vaults do not matter to it.
func (pre *Preflight) Estimate(ctx context.Context, p schema.EstimateParams) (schema.EstimateResult, error) {
	spec := pre.store.Config().Complete(p.Spec, p.Everywhere)
	if spec.Name == "" {
		spec.Name = pre.opt.Name
	}
	spec = spec.WithDefaults()
	if refusals := task.Validate(spec); len(refusals) > 0 {
		return schema.EstimateResult{}, refusals[0]
	}
	if _, refusal := pre.backend.Locate(ctx); refusal != nil {
		return schema.EstimateResult{}, refusal
	}
	ctx, cancel := context.WithTimeout(ctx, pre.opt.Timing.Server+pre.opt.Timing.Short)
	defer cancel()
	asked, err := pre.backend.Estimate(ctx, pre.backend.WithProfile(lifecycle.Profile(&spec)), spec)
	if err != nil {
		return schema.EstimateResult{}, pre.backend.Explain("", err)
	}
	offers, refusal := lifecycle.Offers(asked, spec)
	if refusal != nil {
		return schema.EstimateResult{}, refusal
	}
	for _, offer := range offers {
		if offer.Chosen {
			pre.keepOffer(spec, offer)
		}
	}
	said := lifecycle.OfferTexts(offers)
	return schema.EstimateResult{Offers: offers, Sentence: text.Join(said...), Texts: said}, nil
}

// offerKey is what decides which machine SkyPilot chooses, and what it costs.
type offerKey struct {
	cloud, region, zone, instanceType, cpus, memory, diskTier, profile string
	diskSize                                                           int
	limit                                                              float64
	spot                                                               bool
}

func keyOf(spec schema.Spec) offerKey {
	return offerKey{
		spec.Cloud, spec.Region, spec.Zone, spec.InstanceType, spec.CPUs, spec.Memory, spec.DiskTier, lifecycle.Profile(&spec),
		spec.DiskSize, spec.MaxHourlyCost, spec.UseSpot,
	}
}

// keepOffer remembers what SkyPilot last chose for such a spec, for previews,
// which start nothing and so can't ask.
func (pre *Preflight) keepOffer(spec schema.Spec, offer schema.Offer) {
	pre.mu.Lock()
	defer pre.mu.Unlock()
	if len(pre.offers) >= maxOffers {
		clear(pre.offers)
	}
	pre.offers[keyOf(spec)] = offer
}

// maxOffers bounds what is remembered: a host may ask for the price of anything.
const maxOffers = 64

func (pre *Preflight) lastOffer(spec schema.Spec) *schema.Offer {
	pre.mu.Lock()
	defer pre.mu.Unlock()
	if offer, ok := pre.offers[keyOf(spec)]; ok {
		return &offer
	}
	return nil
}
