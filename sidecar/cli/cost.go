package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) cost() *cobra.Command {
	return &cobra.Command{
		Use: "cost", Short: "Show what the server costs and has cost, also when it has ended", Args: cobra.NoArgs,
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
		s.screen.Stale(c.CheckedAt)
	}
	if c.HourlyCost > 0 && c.EndedAt.IsZero() && !strings.Contains(c.Description, "$") {
		s.screen.Line(fmt.Sprintf("While it runs it costs about $%.2f an hour.", c.HourlyCost))
	}
	switch {
	case !c.EndedAt.IsZero() && c.TotalKnown:
		s.screen.Line(fmt.Sprintf("It cost %s until it ended, %s. %s", dollars(c.Total), minute(c.EndedAt), reckoning))
	case !c.EndedAt.IsZero() && c.Reason != nil:
		s.screen.Warning("What it has cost can't be asked. " + c.Reason.Message)
	case !c.EndedAt.IsZero():
		s.screen.Line("SkyPilot does not know any more what it has cost. It ended " + minute(c.EndedAt) + ".")
	case c.TotalKnown && c.Total == 0 && c.Costs.Now == schema.SpendingNothing:
	case c.TotalKnown && c.Since.IsZero():
		s.screen.Line(fmt.Sprintf("So far it has cost %s. %s", dollars(c.Total), reckoning))
	case c.TotalKnown:
		s.screen.Line(fmt.Sprintf("It has cost %s since %s. %s", dollars(c.Total), minute(c.Since), reckoning))
	case c.Costs.Now != schema.SpendingNothing:
		s.screen.Line("SkyPilot does not say what it has cost so far.")
	}
}

const reckoning = "That is without disk and traffic, by SkyPilot's reckoning."

// dollars is an amount that was reckoned; one of less than a cent is not shown as none.
func dollars(amount float64) string {
	if amount > 0 && amount < 0.01 {
		return "less than a cent"
	}
	return fmt.Sprintf("about $%.2f", amount)
}

// minute is a time by the clock of whoever reads it.
func minute(at time.Time) string { return at.Local().Format("2006-01-02 15:04") }
