package operation

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// SkyPilot's max_hourly_cost chooses the size of a machine and holds for nothing
// else: with an instance_type it is not looked at (recording launch-cheap1), and
// once a size was chosen every region may be tried, dearer ones too
// (catalog/common.py: get_instance_type_for_cpus_mem_impl). So the spec's
// maxHourlyCost is held to here: before a launch is submitted where the spec names
// the size, and again when the machine is up, by SkyPilot's own price of it.

// checkPriceLimit refuses a launch, before anything is submitted, whose spec names a size
// that costs more than the spec's limit. It asks SkyPilot's optimizer, which takes
// some seconds of Python; without a limit or a size it asks nothing.
func (d *driver) checkPriceLimit() *schema.Error {
	spec := d.record().Spec
	if spec == nil || spec.MaxHourlyCost == 0 || spec.InstanceType == "" {
		return nil
	}
	d.reportProgress(schema.PhaseSelecting, text.New(&text.ProgressPrice))
	_, mustCtx := d.contexts()
	ctx, cancel := context.WithTimeout(mustCtx, d.timing.Short)
	defer cancel()
	offers, err := d.backend.Estimate(ctx, d.sky, *spec)
	if err != nil {
		return d.explainError(err)
	}
	for _, offer := range offers {
		if offer.Chosen && offer.Least() > spec.MaxHourlyCost {
			return lifecycle.AboveLimit(offer.Offer, spec.MaxHourlyCost)
		}
	}
	return nil
}

// comparePrice compares what the machine that came up costs with the spec's limit, by
// SkyPilot's report, which takes some seconds of Python; without a limit it asks
// nothing. tooDear reports that it costs more; a warning says that it could not be found
// out. What the machine costs is journaled.
func (d *driver) comparePrice(found lifecycle.Found) (tooDear bool, warning *schema.Error) {
	spec := d.record().Spec
	if spec == nil || spec.MaxHourlyCost == 0 || d.kind != schema.OperationLaunch {
		return false, nil
	}
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Short)
	defer cancel()
	rows, err := d.sky.CostReport(ctx)
	if err != nil {
		return false, lifecycle.PriceUnknown(*spec, d.explainError(err))
	}
	hourly := 0.0
	for _, row := range rows {
		if row.Hash == found.Hash {
			hourly = row.Hourly()
		}
	}
	if hourly == 0 {
		return false, lifecycle.PriceUnknown(*spec, nil)
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { rec.View.HourlyCost = hourly })
	return hourly > spec.MaxHourlyCost*priceTolerance, nil
}

// priceTolerance is what a price may be above the limit for having been divided and
// multiplied again.
const priceTolerance = 1.001

// removeTooDear ends a launch whose machine costs more than the spec allows. What the
// launch itself made is removed, which is verified; what stood there before is kept.
func (d *driver) removeTooDear() lifecycle.Outcome {
	failure := lifecycle.TooDear(d.record())
	if !d.operation().Fresh {
		found, refusal := d.mustBeUp(false)
		if refusal != nil {
			return d.failLaunch(refusal)
		}
		return lifecycle.Unready(found, failure)
	}
	out := d.remove(false, true, failure.Texts()...)
	if out.Err == nil {
		out.Err, out.Texts = failure, nil
	} else {
		why := *out.Err
		out.Err = why.WithDetail(failure.Message)
	}
	return out
}
