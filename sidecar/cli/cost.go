package cli

import (
	"context"

	"github.com/spf13/cobra"

	"carapace/schema"
	"carapace/schema/text"
)

func (a *app) cost() *cobra.Command {
	return &cobra.Command{
		Use: "cost", Short: "Show what the server costs and has cost, also when it has ended", Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				if _, err := s.look(ctx, false, false); err != nil { // what it costs is what it is, and that may have changed
					return err
				}
				cost, err := callWaiting(ctx, s, "Asking SkyPilot", schema.ClusterCost, schema.NameParams{})
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(cost)
				default:
					s.cost(cost)
				}
				return nil
			})
		},
	}
}

// cost shows what a server costs now, and then what it has cost.
func (s *session) cost(c schema.CostResult) {
	s.screen.Line(c.Description)
	if c.Stale {
		s.screen.Stale(c.CheckedAt, nil)
	}
	switch {
	case c.Summary == "":
	case c.Reason != nil:
		s.screen.Warning(c.Summary)
	default:
		s.screen.Line(c.Summary)
	}
	if s.Simulated() { // by the clock of whoever reads it the total is too high
		s.screen.Line(text.MoneySimulatedClock.Message)
	}
}
