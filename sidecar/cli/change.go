package cli

import (
	"context"

	"github.com/spf13/cobra"

	"carapace/schema"
)

// begin is a method that begins an operation on the server.
type begin func(context.Context, *session) (schema.OperationResult, error)

// question asks a person before an operation begins on a server, as it was known last. Of none it asks nothing. The error is a no.
type question func(context.Context, *session, schema.Cluster) error

// change is a command that begins an operation and waits for its end.
func (a *app) change(use, short, doing string, ask question, begin begin) *cobra.Command {
	detach := false
	c := &cobra.Command{Use: use, Short: short, Args: takes(0, 0)}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(ctx context.Context, s *session) error {
			if ask != nil {
				if err := s.mayAsk(use); err != nil {
					return err
				}
				if !s.asked() {
					known, err := call(ctx, s, schema.ClusterStatus, schema.StatusParams{})
					if err != nil {
						return err
					}
					if err := ask(ctx, s, known); err != nil {
						return err
					}
				}
			}
			accepted, err := begin(ctx, s)
			same, joined := s.join(ctx, err, schema.OperationKind(use))
			switch {
			case joined && detach && !same.Ended():
				return s.detached(schema.OperationResult{Operation: same, Cluster: schema.Cluster{Name: same.Cluster}})
			case joined:
				s.heading(doing + " " + same.Cluster)
				return s.shown(s.waitFor(ctx, same, 0))
			case err != nil:
				return err
			case detach:
				return s.detached(accepted)
			}
			s.heading(doing + " " + whose(accepted.Operation))
			return s.seeThrough(ctx, accepted)
		})
	}
	c.Flags().BoolVar(&detach, "detach", false, "do not wait: end when SkyPilot has the request")
	return c
}

func (a *app) stop() *cobra.Command {
	return a.change("stop", "Stop the server and keep its disk", "Stopping", nil, func(ctx context.Context, s *session) (schema.OperationResult, error) {
		return call(ctx, s, schema.ClusterStop, schema.ChangeParams{})
	})
}

func (a *app) start() *cobra.Command {
	ask := func(ctx context.Context, s *session, c schema.Cluster) error {
		if c.Status == schema.StatusNoServer {
			return nil // it is refused
		}
		s.screen.Line(c.Costs.Sentence)
		return s.confirm(ctx, "Start it?")
	}
	var p schema.StartParams
	c := a.change("start", "Start the stopped server again", "Starting", ask, func(ctx context.Context, s *session) (schema.OperationResult, error) {
		return call(ctx, s, schema.ClusterStart, p)
	})
	allowDeletions(c, &p.AllowDeletions)
	return c
}

// allowDeletions adds the flag by which a person says that what is gone here may go on
// the server, too.
func allowDeletions(c *cobra.Command, allow *bool) {
	c.Flags().BoolVar(allow, "allow-deletions", false, "delete on the server all that is not in the vaults any more, however much it is")
}

func (a *app) destroy() *cobra.Command {
	purge := false
	ask := func(ctx context.Context, s *session, c schema.Cluster) error {
		if c.Status == schema.StatusNoServer { // this state folder knows of none, but SkyPilot may, and would destroy it
			var err error
			c, err = callWaiting(ctx, s, "Asking the cloud", schema.ClusterStatus, schema.StatusParams{Refresh: true})
			switch {
			case err != nil:
				return err
			case c.Status == schema.StatusNoServer && c.Reachability.OK:
				return nil
			case c.Status == schema.StatusNoServer && c.Reachability.Error != nil:
				return c.Reachability.Error
			}
		}
		s.screen.Line(c.Description)
		s.screen.Line("Destroying it removes the machine, its disk and all that is only on it, for good. The vault folders on this computer stay.")
		if purge {
			s.screen.Warning("With --purge it is forgotten even if the cloud does not let go of it: what is left there you have to find and remove yourself.")
		}
		return s.confirm(ctx, "Destroy "+c.Name+"?")
	}
	c := a.change("destroy", "Destroy the server and all that is on it", "Destroying", ask, func(ctx context.Context, s *session) (schema.OperationResult, error) {
		return call(ctx, s, schema.ClusterDestroy, schema.DestroyParams{Purge: purge})
	})
	c.Flags().BoolVar(&purge, "purge", false, "forget a server that the cloud will not let go of")
	return c
}

func (a *app) sync() *cobra.Command {
	var p schema.SyncParams
	c := a.change("sync", "Make the vaults on the server exact mirrors of the local ones, deletions too", "Syncing", nil,
		func(ctx context.Context, s *session) (schema.OperationResult, error) {
			return call(ctx, s, schema.ClusterSync, p)
		})
	allowDeletions(c, &p.AllowDeletions)
	c.Flags().BoolVar(&p.DryRun, "dry-run", false, "change nothing: say what would be added, changed and deleted")
	return c
}

func (a *app) install() *cobra.Command {
	var p schema.SkyPilotInstallParams
	c := &cobra.Command{
		Use: "install", Short: "Install SkyPilot in a folder of its own, without administrator's rights", Args: takes(0, 0),
		Long: `Installs SkyPilot in a folder of its own, without administrator's rights, with what it needs for the clouds that there are credentials
for, else for aws. About 0.1 GB is downloaded, and 0.5 GB of disk is taken.`,
		Example: "  sidecar install\n  sidecar install --cloud aws,gcp",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				result, err := call(ctx, s, schema.SkyPilotInstall, p)
				if err != nil {
					return err
				}
				s.heading("Installing SkyPilot")
				return s.seeThrough(ctx, schema.OperationResult{Operation: result.Operation})
			})
		},
	}
	c.Flags().StringSliceVar(&p.Clouds, "cloud", nil, "`ids` of the clouds that it has to work with")
	_ = c.RegisterFlagCompletionFunc("cloud", cobra.FixedCompletions(a.Clouds, cobra.ShellCompDirectiveNoFileComp))
	c.Flags().StringVar(&p.Version, "version", "", "`version` of SkyPilot (default: the one that this program was tested with)")
	return c
}
