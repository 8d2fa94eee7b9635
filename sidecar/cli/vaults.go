package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"carapace/schema"
	"carapace/schema/text"
)

func (a *app) vaults() *cobra.Command {
	p, cached := schema.VaultStatusParams{}, false
	c := &cobra.Command{
		Use: "vaults", Short: "Show whether the vaults on the server are the same as here", Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			if cached && p.Contents {
				return usage("--cached and --contents exclude each other")
			}
			p.Refresh = !cached
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				result, err := callWaiting(ctx, s, "Comparing", schema.VaultStatus, p)
				if err == nil && len(result.Vaults) == 0 {
					err = s.hasServer(ctx)
				}
				switch {
				case err != nil:
					return err
				case a.asJSON:
					a.print(result)
					return nil
				case len(result.Vaults) == 0:
					s.screen.Line("The server has no vaults.")
					return nil
				}
				for _, v := range result.Vaults {
					s.vault(v)
				}
				s.screen.Line("  " + continuous(result.Watch))
				return nil
			})
		},
	}
	c.AddCommand(a.watchVaults())
	c.Flags().BoolVar(&p.Contents, "contents", false, "compare the contents of every file, not its size and time")
	c.Flags().BoolVar(&cached, "cached", false, "do not ask the server: say what is known here")
	return c
}

// hasServer refuses what is about a server where there is none. The error is a *schema.Error.
func (s *session) hasServer(ctx context.Context) error {
	known, err := call(ctx, s, schema.ClusterStatus, schema.StatusParams{})
	if err == nil && known.Status == schema.StatusNoServer {
		err = schema.Fail(schema.KindClusterNotFound, &text.RequestNoServer, text.Args{"name": known.Name})
	}
	return err
}

func (a *app) watchVaults() *cobra.Command {
	const on, off = "on", "off"
	return &cobra.Command{
		Use: "watch on|off", Short: "Begin or end the continuous sync: what changes here is on the server within seconds",
		Long: `Begins or ends the continuous sync of the vaults. It is remembered for the server, and goes on while the app runs, or 'sidecar watch':
what changes in the vaults here is on the server within seconds, deletions too.`,
		Args: takes(1, 1), ValidArgs: []string{on, off},
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] != on && args[0] != off {
				return usage("it is %q or %q, not %q", on, off, args[0])
			}
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				result, err := call(ctx, s, schema.VaultWatching, schema.VaultWatchParams{On: args[0] == on})
				switch {
				case err != nil:
					return err
				case a.asJSON:
					a.print(result)
					return nil
				case !result.On:
					s.screen.Line("From now on the vaults on the server are the same as here only after a sync.")
					return nil
				}
				s.screen.Line("From now on what changes in the vaults here is on the server within seconds, while the app runs, or this:")
				s.screen.Raw("  " + s.command("watch"))
				return nil
			})
		},
	}
}

// continuous says how the continuous sync stands: what is not on the server yet, and why.
func continuous(w schema.ContinuousSync) string {
	since := "."
	if !w.PendingSince.IsZero() {
		where := ""
		if len(w.Waiting) == 1 {
			where = " in the " + string(w.Waiting[0]) + " vault"
		}
		since = ": what has changed" + where + " since " + text.Time(w.PendingSince) + " may not be on the server."
	}
	why := ""
	if w.Reason != nil {
		why = " " + strings.TrimSpace(w.Reason.Message+" "+w.Reason.Hint)
	}
	said := map[schema.VaultWatchWork]string{
		schema.WatchIdle:      "on, and all that changed here is on the server.",
		schema.WatchPending:   "on, and not done yet" + since,
		schema.WatchSyncing:   "on, and at work" + since,
		schema.WatchPaused:    "on, and paused" + since + why,
		schema.WatchRefused:   "on, and held up" + since + why,
		schema.WatchElsewhere: "on. Another program of Carapace on this computer does it.",
	}[w.State]
	switch {
	case !w.On:
		return "Continuous sync: off."
	case w.Polling:
		said += " The folders are looked through again and again, because the system does not tell of changes there."
	}
	return "Continuous sync: " + said
}

func (s *session) vault(v schema.VaultState) {
	s.screen.Line(fmt.Sprintf("  %s: %s", v.Vault, vaultWords(v)))
	s.screen.Line(fmt.Sprintf("    here: %s, %s, %s", v.Local, counted(v.Files, "file"), counted(v.Bytes, "byte")))
	if !v.LastSame.IsZero() {
		s.screen.Line("    the same last: " + text.Time(v.LastSame))
	}
	if v.Changes == nil {
		return
	}
	for _, list := range []struct {
		sign  string
		paths []string
		count int
	}{{"+", v.Changes.FirstAdded, v.Changes.Added}, {"~", v.Changes.FirstChanged, v.Changes.Changed}, {"-", v.Changes.FirstDeleted, v.Changes.Deleted}} {
		for _, path := range list.paths {
			s.screen.Line("    " + list.sign + " " + path)
		}
		if more := list.count - len(list.paths); more > 0 {
			s.screen.Line(fmt.Sprintf("    %s %d more", list.sign, more))
		}
	}
}

// counted is a number of things: "1 file", "2 files".
func counted[N int | int64](n N, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func vaultWords(v schema.VaultState) string {
	switch {
	case v.Reason != nil:
		return "unknown. " + strings.TrimSpace(v.Reason.Message+" "+v.Reason.Hint)
	case v.State == schema.VaultDiffers && v.Changes == nil:
		return "differs: something has changed here since they were the same."
	case v.State == schema.VaultDiffers:
		said := fmt.Sprintf("differs, by %s: a sync would add %s, change %d and delete %d on the server.",
			compared(v.Changes.Compared), counted(v.Changes.Added, "file"), v.Changes.Changed, v.Changes.Deleted)
		if v.Changes.NeedsConsent {
			said += " " + text.EndVaultsNeedConsent.Message + " That is --allow-deletions."
		}
		return said
	case v.State == schema.VaultInSync:
		return "the same as here, by " + compared(v.Changes.Compared) + "."
	case v.LastSame.IsZero():
		return "unknown: the server was not asked."
	}
	return "unknown: nothing has changed here since they were the same, and the server was not asked."
}

func compared(how schema.Comparison) string {
	if how == schema.CompareContents {
		return "the contents of every file"
	}
	return "the size and time of every file"
}
