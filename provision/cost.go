package provision

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Cost is what a server costs, from what is known here, and what it has cost, by SkyPilot's own
// reckoning, which takes seconds to ask for. One that has ended is known here too: for it an
// answer that SkyPilot does not give is no error.
func (s *Service) Cost(ctx context.Context, p schema.NameParams) (schema.CostResult, error) {
	name := s.store.NameOf(p.Name)
	var refusal *schema.Error
	s.store.Read(func(st *lifecycle.State) { refusal = st.AdmitName(name, s.cfg.Name) })
	if refusal != nil {
		return schema.CostResult{}, refusal
	}
	c, rec := s.store.Cluster(name)
	result := schema.CostResult{
		HourlyCost: c.HourlyCost, Since: c.CreatedAt, Currency: "USD", Costs: c.Costs, Description: c.Description, Texts: c.Texts,
		CheckedAt: c.CheckedAt, Stale: c.Stale,
	}
	if result.HourlyCost > 0 && rec != nil && rec.Existence() != lifecycle.ExistsSeen { // of what was never seen the price is that of the last place that was asked
		result.HourlyCost = 0
	}
	if rec == nil || rec.Identity.Hash == "" && !rec.MayExist() { // no launch from here has come to a server
		result.TotalKnown = rec == nil && c.Costs.Now == schema.SpendingNothing
		return summed(result), nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Short)
	defer cancel()
	if !rec.MayExist() {
		if rec.Forgotten() { // what it has cost is known to nobody: it may run
			return result, nil
		}
		result.EndedAt = rec.Exists.Since
		rows, err := s.backend.Client(name).History(ctx)
		if err != nil {
			result.Reason = s.backend.Explain(name, err)
		}
		reckon(&result, rows, rec.Identity.Hash)
		return summed(result), nil
	}
	rows, err := s.backend.Client(name).CostReport(ctx)
	if err != nil {
		return schema.CostResult{}, s.backend.Explain(name, err)
	}
	reckon(&result, rows, rec.Identity.Hash)
	return summed(result), nil
}

// summed adds the sentences of what it has cost.
func summed(c schema.CostResult) schema.CostResult {
	c.SummaryTexts = lifecycle.CostTexts(c)
	c.Summary = text.Join(c.SummaryTexts...)
	return c
}

// reckon adds what SkyPilot's report says of the server of a hash. One of which it says nothing
// has not cost nothing.
func reckon(result *schema.CostResult, rows []sky.CostRow, hash string) {
	for _, row := range rows {
		if row.Hash != hash || hash == "" {
			continue
		}
		result.Total, result.TotalKnown = row.Total, true
		if result.HourlyCost == 0 {
			result.HourlyCost = row.Hourly()
		}
	}
}
