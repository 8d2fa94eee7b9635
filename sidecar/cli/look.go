package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) status() *cobra.Command {
	var refresh, cached bool
	c := &cobra.Command{
		Use: "status", Short: "Show where the server stands and what it costs", Args: cobra.NoArgs,
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

func (a *app) logs() *cobra.Command {
	p := schema.LogsParams{}
	source := ""
	c := &cobra.Command{
		Use: "logs", Short: "Show one of the server's logs", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p.Source = schema.LogSource(source)
			return a.with(c.Context(), func(ctx context.Context, s *session) error { return s.logs(ctx, p) })
		},
	}
	c.Flags().StringVar(&source, "source", string(schema.LogRun), "which `log`: provision, setup or run")
	c.Flags().IntVarP(&p.Tail, "tail", "n", 0, "`number` of lines (default 100)")
	c.Flags().BoolVarP(&p.Follow, "follow", "f", false, "go on with those that come")
	sources := make([]string, len(schema.LogSources))
	for i, l := range schema.LogSources {
		sources[i] = string(l)
	}
	_ = c.RegisterFlagCompletionFunc("source", cobra.FixedCompletions(sources, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (s *session) logs(ctx context.Context, p schema.LogsParams) error {
	type answer struct {
		result schema.LogsResult
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		result, err := call(ctx, s, schema.ClusterLogs, p)
		answered <- answer{result, err}
	}()
	told := 0
	for {
		select {
		case line := <-s.log:
			told++
			s.logLine(line)
		case got := <-answered:
			for len(s.log) > 0 {
				told++
				s.logLine(<-s.log)
			}
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case got.err != nil:
				return got.err
			case s.asJSON && !p.Follow:
				s.print(got.result)
			case told == 0:
				for _, line := range got.result.Lines {
					s.screen.Raw(line)
				}
			}
			return nil
		}
	}
}

func (s *session) logLine(l schema.LogLine) {
	if s.asJSON {
		s.printLine(l)
		return
	}
	s.screen.Raw(l.Line)
}

func (a *app) cost() *cobra.Command {
	return &cobra.Command{
		Use: "cost", Short: "Show what the server costs, and has cost", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				done := s.waiting("Asking SkyPilot")
				cost, err := call(ctx, s, schema.ClusterCost, schema.NameParams{})
				done()
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(cost)
					return nil
				}
				s.screen.Line(fmt.Sprintf("About $%.2f so far, without disk and traffic, by SkyPilot's reckoning.", cost.Total))
				if cost.HourlyCost > 0 {
					s.screen.Line(fmt.Sprintf("About $%.2f an hour while it runs.", cost.HourlyCost))
				}
				if !cost.Since.IsZero() {
					s.screen.Line("Launched " + cost.Since.Local().Format("2006-01-02 15:04") + ".")
				}
				return nil
			})
		},
	}
}

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

func (a *app) clouds() *cobra.Command {
	return &cobra.Command{
		Use: "clouds [CLOUD]", Short: "List the clouds, or ask SkyPilot whether one can be used", Args: cobra.MaximumNArgs(1), ValidArgs: a.Clouds,
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				if len(args) == 1 {
					return s.checkCloud(ctx, args[0])
				}
				result, err := call(ctx, s, schema.ProviderList, schema.Empty{})
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
				s.screen.Line("Whether credentials are valid, '" + s.command("clouds", "CLOUD") + "' asks.")
				return nil
			})
		},
	}
}

func (s *session) checkCloud(ctx context.Context, cloud string) error {
	asking := "Asking SkyPilot about " + cloud + ", which takes up to a minute the first time"
	if !s.asJSON && !isTerminal(s.Out) {
		fmt.Fprintln(s.Err, asking+" …")
	}
	done := s.waiting(asking)
	result, err := call(ctx, s, schema.ProviderCheck, schema.ProviderCheckParams{Cloud: cloud, Refresh: true})
	done()
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

func (a *app) watch() *cobra.Command {
	return &cobra.Command{
		Use: "watch", Short: "Show each change of the server, until Ctrl-C", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error { return s.watch(ctx) })
		},
	}
}

// watch shows what is told until ctx is done.
func (s *session) watch(ctx context.Context) error {
	known, err := call(ctx, s, schema.ClusterStatus, schema.StatusParams{})
	if err != nil {
		return err
	}
	if !s.asJSON {
		s.screen.Cluster(known)
	} else {
		s.printLine(known)
	}
	said := known.Description
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p := <-s.progress:
			if !s.asJSON {
				s.screen.Progress(p)
			} else {
				s.printLine(notification{schema.ClusterProgress.Name, p})
			}
		case change := <-s.changed:
			switch {
			case s.asJSON:
				s.printLine(notification{schema.ClusterStatusChanged.Name, change})
			case change.Cluster.Description != said:
				said = change.Cluster.Description
				s.screen.Line(time.Now().Format("15:04:05") + "  " + s.screen.Bold(string(change.Cluster.Status)) + ": " + said)
			}
		case end := <-s.finished:
			if !s.asJSON {
				s.screen.Ended(end.Operation, end.Cluster.Warnings)
			} else {
				s.printLine(notification{schema.OperationFinished.Name, end})
			}
		}
	}
}

// notification is one of the protocol's, for a program.
type notification struct {
	Method string `json:"method"`
	Params any    `json:"params"`
}
