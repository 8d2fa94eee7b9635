package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"carapace/schema"
	"carapace/sidecar/terminal"
)

func (a *app) watch() *cobra.Command {
	return &cobra.Command{
		Use: "watch", Short: "Show each change of the server, until Ctrl-C", Args: takes(0, 0),
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
		s.screen.Line("Each change is shown here as it comes, until Ctrl-C.")
	} else {
		s.printLine(notification{schema.ClusterStatusChanged.Name, schema.StatusChanged{
			Cluster: known, Previous: schema.PreviousStatus{Status: known.Status, Description: known.Description}, Changed: []string{}, Source: schema.SourcePoll,
		}})
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
				s.screen.Line(time.Now().Format("15:04:05") + "  " + s.screen.Bold(terminal.Words(change.Cluster.Status)) + ": " + said)
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
