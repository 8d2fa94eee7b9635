package cli

import (
	"context"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) status() *cobra.Command {
	var refresh, cached bool
	c := &cobra.Command{
		Use: "status", Short: "Show where the server stands and what it costs", Args: takes(0, 0),
		Long: `Shows where the server stands. Where one is known the cloud is asked, which takes seconds. An operation that was left to SkyPilot is
taken up: if it has ended, so it does here.`,
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		if refresh && cached {
			return usage("--refresh and --cached exclude each other")
		}
		return a.with(c.Context(), func(ctx context.Context, s *session) error {
			cluster, err := s.look(ctx, refresh, cached)
			if err != nil {
				return err
			}
			if s.asJSON {
				s.print(cluster)
			} else {
				s.screen.Cluster(cluster)
				s.pending(ctx, cluster)
			}
			return nil
		})
	}
	c.Flags().BoolVar(&refresh, "refresh", false, "ask the cloud even where no server is known")
	c.Flags().BoolVar(&cached, "cached", false, "show what was known last, and ask nobody")
	return c
}

// look is the server as it is now. The cloud is asked where there may be one.
func (s *session) look(ctx context.Context, refresh, cached bool) (schema.Cluster, error) {
	known, err := call(ctx, s, schema.ClusterStatus, schema.StatusParams{})
	if err != nil || cached || !refresh && known.Status == schema.StatusNoServer && !known.Stale {
		return known, err
	}
	defer s.waiting("Asking the cloud")()
	if known.Operation != nil {
		s.service.Settle(ctx, "")
		if known, err = call(ctx, s, schema.ClusterStatus, schema.StatusParams{}); err != nil || known.Operation != nil {
			return known, err // SkyPilot is at work on it: a look would wait for that
		}
	}
	return call(ctx, s, schema.ClusterStatus, schema.StatusParams{Refresh: true})
}

// waiting shows on a terminal that something takes seconds, until done is called. To
// a pipe the answer is enough.
func (s *session) waiting(what string) (done func()) {
	if s.asJSON {
		return func() {}
	}
	return s.screen.Moving(what)
}

// pending says how the continuous sync of a server's vaults stands, where it is on.
func (s *session) pending(ctx context.Context, c schema.Cluster) {
	if !c.VaultWatch {
		return
	}
	result, err := call(ctx, s, schema.VaultStatus, schema.VaultStatusParams{Name: c.Name})
	if err != nil {
		s.screen.Warning("How the continuous sync of the vaults stands is not known. " + err.Error())
		return
	}
	s.screen.Line("  " + continuous(result.Watch))
}
