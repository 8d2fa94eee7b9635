package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) clouds() *cobra.Command {
	return &cobra.Command{
		Use: "clouds [CLOUD]", Short: "List the clouds, or ask SkyPilot whether one can be used", Args: takes(0, 1), ValidArgs: a.Clouds,
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				if len(args) == 1 {
					return s.checkCloud(ctx, args[0])
				}
				result, err := callWaiting(ctx, s, "Looking for credentials", schema.ProviderList, schema.Empty{})
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(result)
					return nil
				}
				for _, p := range result.Providers {
					s.screen.Provider(p)
				}
				s.screen.Line("There are credentials here for those with a ✓.")
				s.screen.Line("Whether credentials are valid, '" + s.command("clouds", "CLOUD") + "' asks.")
				return nil
			})
		},
	}
}

func (s *session) checkCloud(ctx context.Context, cloud string) error {
	asking := ""
	if slices.Contains(s.Clouds, strings.ToLower(cloud)) { // another one is refused at once
		asking = "Asking SkyPilot about " + cloud + ", which takes a minute or two the first time"
	}
	if asking != "" && !s.asJSON && !isTerminal(s.Out) {
		fmt.Fprintln(s.Err, asking+" …")
	}
	result, err := callWaiting(ctx, s, asking, schema.ProviderCheck, schema.ProviderCheckParams{Cloud: cloud, Refresh: true})
	switch {
	case err != nil:
		return err
	case s.asJSON:
		s.print(result)
	case result.Enabled:
		s.screen.Check(schema.Check{Status: schema.CheckOK, Title: result.Name, Message: "SkyPilot can launch there."})
	default:
		s.screen.Check(schema.Check{Status: schema.CheckFail, Title: result.Name, Message: result.Reason, Fix: result.Fix})
	}
	if !result.Enabled {
		return errShown
	}
	return nil
}
