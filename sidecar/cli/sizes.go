package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"carapace/schema"
	"carapace/schema/text"
)

func (a *app) regions() *cobra.Command {
	return &cobra.Command{
		Use: "regions CLOUD", Short: "List the regions of a cloud", Args: takes(1, 1), ValidArgs: a.Clouds,
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				result, err := callWaiting(ctx, s, "Asking SkyPilot", schema.ProviderRegions, schema.ProviderRegionsParams{Cloud: args[0]})
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(result)
					return nil
				}
				ids := 0
				for _, r := range result.Regions {
					ids = max(ids, len(r.ID))
				}
				for _, r := range result.Regions {
					s.screen.Line(fmt.Sprintf("%-*s  %s", ids, r.ID, r.Name))
				}
				s.fetched(result.AsOf)
				return nil
			})
		},
	}
}

func (a *app) sizes() *cobra.Command {
	p := schema.ProviderSizesParams{}
	c := &cobra.Command{
		Use: "sizes CLOUD [REGION]", Short: "List the machine types of a cloud and what they cost", Args: takes(1, 2), ValidArgs: a.Clouds,
		Example: "  sidecar sizes aws eu-central-1 --cpus 8+ --memory 32+",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		p.Cloud = args[0]
		if len(args) == 2 {
			p.Region = args[1]
		}
		return a.with(c.Context(), func(ctx context.Context, s *session) error { return s.sizes(ctx, p) })
	}
	c.Flags().StringVar(&p.CPUs, "cpus", "", "`number` of virtual CPUs, 4 or 4+ (default 4+)")
	c.Flags().StringVar(&p.Memory, "memory", "", "`gigabytes` of memory, 16 or 16+ (default 16+)")
	return c
}

func (s *session) sizes(ctx context.Context, p schema.ProviderSizesParams) error {
	result, err := callWaiting(ctx, s, "Asking SkyPilot", schema.ProviderSizes, p)
	switch {
	case err != nil:
		return err
	case s.asJSON:
		s.print(result)
		return nil
	}
	types, places := 0, 0 // how wide the columns are
	for _, one := range result.Sizes {
		types, places = max(types, len(one.InstanceType)), max(places, len(one.Region))
	}
	for _, one := range result.Sizes {
		rate := text.New(&text.MoneyRateSize, text.Args{"price": one.HourlyCost})
		if one.SpotHourlyCost > 0 {
			rate = text.New(&text.MoneyRateSpot, text.Args{"price": one.HourlyCost, "spot": one.SpotHourlyCost})
		}
		s.screen.Line(fmt.Sprintf("%-*s  %-*s  %s: %s", types, one.InstanceType, places, one.Region, one.Name, rate.Message()))
	}
	if result.More {
		s.screen.Line(text.MoneyDearer.Message)
	}
	s.screen.Line(result.Basis + ".")
	s.fetched(result.AsOf)
	return nil
}

// fetched says how old a catalog is.
func (s *session) fetched(at time.Time) {
	s.screen.Line("SkyPilot fetched this " + text.Time(at) + ".")
}
