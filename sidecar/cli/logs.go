package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) logs() *cobra.Command {
	p := schema.LogsParams{}
	source := ""
	c := &cobra.Command{
		Use: "logs", Short: "Show one of the server's logs", Args: takes(0, 0),
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

// subscription is that of the log which a command follows.
const subscription = "logs"

func (s *session) logs(ctx context.Context, p schema.LogsParams) error {
	p.Subscription = subscription
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
			case told == 0 && len(got.result.Lines) == 0:
				fmt.Fprintln(s.Err, "There is nothing in the "+string(p.Source)+" log.")
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
