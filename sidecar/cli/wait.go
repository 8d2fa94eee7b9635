package cli

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"carapace/schema"
	"carapace/schema/text"
)

func (a *app) wait() *cobra.Command {
	var timeout time.Duration
	c := &cobra.Command{
		Use: "wait [OPERATION]", Short: "Wait for what is in progress, and show how it ended", Args: takes(0, 1),
		Long: `Waits for the end of the operation in progress, or of the one with that id, whoever began it. Where nothing is in progress it shows
how the last one ended. The exit code says how that was, as that of its own command would: 0 if it succeeded. A --timeout that is over
first ends with 1, too: what was waited for is not done, and goes on. With --json the error is then of kind timeout.`,
		Example: "  sidecar launch --detach --yes && sidecar wait --timeout 20m",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(ctx context.Context, s *session) error {
			op, err := s.which(ctx, args)
			if err != nil {
				return err
			}
			if op.Ended() { // what it says was true then
				s.heading("The last " + called(op) + " ended " + text.Time(op.EndedAt) + ":")
			} else {
				s.heading("Waiting for the " + called(op))
			}
			end, err := s.waitFor(ctx, op, timeout)
			switch {
			case err != nil:
				return err
			case s.asJSON:
				s.print(end.Operation)
			}
			return s.ended(end)
		})
	}
	c.Flags().DurationVar(&timeout, "timeout", 0, "wait no longer than this `time` (default: until it has ended)")
	return c
}

// whose is the server of an operation: an installation is of none.
func whose(op schema.Operation) string { return cmp.Or(op.Cluster, "the installation of SkyPilot") }

// called is an operation's kind and whose it is.
func called(op schema.Operation) string {
	if op.Cluster == "" {
		return "installation of SkyPilot"
	}
	return string(op.Kind) + " of " + op.Cluster
}

// which is the operation that a command line names, or else the one in progress, or else the last.
func (s *session) which(ctx context.Context, args []string) (schema.Operation, error) {
	if len(args) == 1 {
		return call(ctx, s, schema.OperationGet, schema.OperationGetParams{ID: args[0]})
	}
	all, err := call(ctx, s, schema.OperationList, schema.OperationListParams{})
	if err != nil {
		return schema.Operation{}, err
	}
	for _, op := range all.Operations {
		if !op.Ended() {
			return op, nil
		}
	}
	if len(all.Operations) == 0 {
		return schema.Operation{}, schema.Fail(schema.KindUnsupported, &text.WaitNothing)
	}
	return all.Operations[0], nil
}

// waitFor shows how an operation gets on until it has ended, and returns its end. Who began it makes no difference. The error is that of ctx,
// or that of a wait that was too short.
func (s *session) waitFor(ctx context.Context, op schema.Operation, timeout time.Duration) (schema.Finished, error) {
	type answer struct {
		op  schema.Operation
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		op, err := call(ctx, s, schema.OperationWait, schema.OperationWaitParams{ID: op.ID, TimeoutSeconds: timeout.Seconds()})
		answered <- answer{op, err}
	}()
	if !s.asJSON && !op.Ended() {
		s.screen.Begin()
	}
	for {
		select {
		case p := <-s.progress:
			if p.Operation == op.ID && !s.asJSON {
				s.screen.Progress(p)
			}
		case got := <-answered:
			s.screen.Rest()
			switch {
			case ctx.Err() != nil:
				s.interrupted(schema.OperationResult{Operation: op, Cluster: schema.Cluster{Name: op.Cluster}})
				return schema.Finished{}, ctx.Err()
			case got.err != nil:
				return schema.Finished{}, got.err
			case !got.op.Ended():
				return schema.Finished{}, schema.Fail(schema.KindTimeout, &text.WaitGoesOn, text.Args{"operation": got.op.Kind, "words": got.op.Message})
			case op.Cluster == "": // an installation is of no server
				return schema.Finished{Operation: got.op}, nil
			}
			now, err := call(ctx, s, schema.ClusterStatus, schema.StatusParams{Name: op.Cluster})
			return schema.Finished{Operation: got.op, Cluster: now}, err
		}
	}
}
