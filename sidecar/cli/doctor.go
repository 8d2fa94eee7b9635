package cli

import (
	"context"

	"github.com/spf13/cobra"

	"carapace/schema"
)

func (a *app) doctor() *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Check all that a launch needs on this computer", Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.with(c.Context(), func(ctx context.Context, s *session) error {
				result, err := s.examine(ctx)
				switch {
				case err != nil:
					return err
				case s.asJSON:
					s.print(result)
				}
				if !result.OK {
					return errShown
				}
				return nil
			})
		},
	}
}

// examine runs the checks, and shows a person each: on a terminal as it ends, for
// whoever waits there, elsewhere in their order.
func (s *session) examine(ctx context.Context) (result schema.DoctorResult, err error) {
	done := s.waiting("Checking")
	defer func() { done() }()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		result, err = call(ctx, s, schema.Doctor, schema.Empty{})
	}()
	shown := map[string]bool{}
	show := func(c schema.Check) {
		if !shown[c.ID] && !s.asJSON {
			shown[c.ID] = true
			s.screen.Check(c)
		}
	}
	ended := s.checks
	if !isTerminal(s.Out) {
		ended = nil
	}
	for {
		select {
		case c := <-ended:
			show(c)
			continue
		case <-answered:
		}
		done()
		done = func() {}
		for len(ended) > 0 {
			show(<-ended)
		}
		for _, c := range result.Checks {
			show(c)
		}
		return result, err
	}
}
