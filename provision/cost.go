package provision

import (
	"context"

	"carapace/provision/lifecycle"
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
	shown, rec := s.store.Cluster(name)
	result := lifecycle.CostOf(shown, rec)
	if lifecycle.HasSpent(rec) {
		ctx, cancel := context.WithTimeout(ctx, s.cfg.Timing.Short)
		defer cancel()
		report := s.backend.Client(name).CostReport
		if !rec.MayExist() {
			report = s.backend.Client(name).History
		}
		rows, err := report(ctx)
		switch {
		case err == nil:
			lifecycle.AddReport(&result, rows, rec)
		case rec.MayExist():
			return schema.CostResult{}, s.backend.Explain(name, err)
		default:
			result.Reason = s.backend.Explain(name, err)
		}
	}
	result.SummaryTexts = lifecycle.CostTexts(result, rec)
	result.Summary = text.Join(result.SummaryTexts...)
	return result, nil
}
