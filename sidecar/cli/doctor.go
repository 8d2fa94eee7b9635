package cli

import (
	"context"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check all that a launch needs on this computer", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				done := s.waiting("Checking")
				result, err := call(ctx, s, schema.Doctor, schema.Empty{})
				done()
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(result)
				default:
					for _, check := range result.Checks {
						s.screen.Check(check)
					}
				}
				if !result.OK {
					return errShown
				}
				return nil
			})
		},
	}
}
