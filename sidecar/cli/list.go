package cli

import (
	"context"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) list() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the servers that there are, whatever their names", Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				result, err := callWaiting(ctx, s, "Asking the cloud", schema.ClusterList, schema.ListParams{Refresh: true})
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(result)
					return nil
				case len(result.Clusters) == 0:
					s.screen.Line("No server is known here.")
				}
				for _, one := range result.Clusters {
					s.screen.Cluster(one)
				}
				return nil
			})
		},
	}
}

func (a *app) cancel() *cobra.Command {
	c := a.change("cancel", "Cancel what is in progress, and remove what a launch has made", "Canceling", nil, func(ctx context.Context, s *session) (schema.OperationResult, error) {
		s.canceled = true
		return call(ctx, s, schema.ClusterCancel, schema.NameParams{})
	})
	c.Long = "Cancels what is in progress on the server, whoever began it, and waits until that has ended. A launch removes what it has made."
	return c
}

func (a *app) forget() *cobra.Command {
	return &cobra.Command{
		Use: "forget", Short: "Take a server off the list that can't be found any more", Args: takes(0, 0),
		Long: `Takes a server off the list that SkyPilot can't find any more, or whose launch never began. Nothing is removed at the cloud: what may
be left there is yours to look for, and that is said.`,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.mayAsk("forget"); err != nil {
					return err
				}
				if !s.asked() {
					known, err := call(ctx, s, schema.ClusterStatus, schema.StatusParams{})
					if err != nil {
						return err
					}
					if isOffered(known, schema.ClusterForget.Name) { // else it is refused
						s.screen.Line(known.Description)
						if err := s.confirm(ctx, "Take "+known.Name+" off the list?"); err != nil {
							return err
						}
					}
				}
				left, err := call(ctx, s, schema.ClusterForget, schema.NameParams{})
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(left)
				default:
					s.screen.Cluster(left)
				}
				return nil
			})
		},
	}
}

// isOffered reports whether a method on the server would be accepted now.
func isOffered(c schema.Cluster, method string) bool {
	for _, a := range c.Actions {
		if a.Method == method {
			return a.Enabled
		}
	}
	return false
}
