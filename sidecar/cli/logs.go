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
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				if source == ofOperation {
					return s.operationLog(ctx, p)
				}
				return s.logs(ctx, p)
			})
		},
	}
	c.Flags().StringVar(&source, "source", string(schema.LogRun), "which `log`: provision, setup or run; or "+ofOperation+", what was printed during the one in progress, or else the last")
	c.Flags().IntVarP(&p.Tail, "tail", "n", 0, "`number` of lines (default 100)")
	c.Flags().BoolVarP(&p.Follow, "follow", "f", false, "go on with those that come")
	sources := []string{ofOperation}
	for _, l := range schema.LogSources {
		sources = append(sources, string(l))
	}
	_ = c.RegisterFlagCompletionFunc("source", cobra.FixedCompletions(sources, cobra.ShellCompDirectiveNoFileComp))
	return c
}

// ofOperation is the source that is no log of the server's.
const ofOperation = "operation"

// operationLog shows what was printed during the operation in progress, or else the last: its last lines, or with follow all
// that are kept and those that come, until it has ended.
func (s *session) operationLog(ctx context.Context, p schema.LogsParams) error {
	tail := p.WithDefaults().Tail
	if tail < 0 {
		return usage("--tail: %d is no number of lines", tail)
	}
	op, err := s.which(ctx, nil)
	if err != nil {
		return err
	}
	lines, after, told := []schema.LogLine{}, 0, false
	for {
		got, err := call(ctx, s, schema.OperationLog, schema.OperationLogParams{ID: op.ID, After: after})
		if err != nil {
			return err
		}
		if lines = append(lines, got.Lines...); len(lines) > 0 {
			after, told = lines[len(lines)-1].Seq, true
		}
		if got.More {
			continue
		}
		if !p.Follow {
			lines = lines[max(0, len(lines)-tail):]
			if s.asJSON {
				s.print(schema.OperationLogResult{Lines: lines})
				return nil
			}
		}
		for i := range lines {
			s.logLine(&lines[i])
		}
		if !p.Follow || op.Ended() {
			break
		}
		lines = lines[:0]
		if op, err = call(ctx, s, schema.OperationWait, schema.OperationWaitParams{ID: op.ID, TimeoutSeconds: 1}); err != nil {
			return err
		}
	}
	if !told {
		fmt.Fprintln(s.Err, "Nothing was printed during the "+called(op)+".")
	}
	return nil
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
			s.logLine(&line)
		case got := <-answered:
			for len(s.log) > 0 {
				told++
				line := <-s.log
				s.logLine(&line)
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

func (s *session) logLine(l *schema.LogLine) {
	if s.asJSON {
		s.printLine(l)
		return
	}
	s.screen.Raw(l.Line)
}
