package cli

import (
	"context"
	"encoding/json"
	"io"

	"github.com/spf13/cobra"

	"carapace/rpc"
	"carapace/schema"
)

func (a *app) call() *cobra.Command {
	wait := false
	c := &cobra.Command{
		Use: "call METHOD [JSON]", Short: "Call a method of the protocol and print its answer", Args: takes(1, 2),
		Long: `Calls a method of the protocol with params in JSON ('-' reads them from stdin), and prints the answer as JSON. 'sidecar schema'
describes the methods. Nothing is asked first, whatever the method does.`,
		Example: "  sidecar call cluster.preview '{\"spec\":{\"cloud\":\"aws\"}}'\n  sidecar call cluster.sync --wait",
	}
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.methods(), cobra.ShellCompDirectiveNoFileComp
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		params, err := a.params(args)
		if err != nil {
			return err
		}
		a.asJSON = true
		return a.with(c.Context(), func(ctx context.Context, s *session) error {
			result, err := s.ask(ctx, args[0], params)
			if err != nil {
				return err
			}
			accepted, began := began(result)
			if !wait || !began {
				s.print(result)
				return nil
			}
			s.canceled = args[0] == schema.ClusterCancel.Name
			return s.seeThrough(ctx, accepted)
		})
	}
	c.Flags().BoolVar(&wait, "wait", false, "wait for the operation that the method begins or cancels, and print its end")
	return c
}

// began is the operation that a result tells of.
func began(result any) (schema.OperationResult, bool) {
	switch r := result.(type) {
	case schema.OperationResult:
		return r, true
	case schema.InstallResult:
		return schema.OperationResult{Operation: r.Operation}, true
	}
	return schema.OperationResult{}, false
}

// params are those of a call, checked as far as the command line goes.
func (a *app) params(args []string) ([]byte, error) {
	if !known(args[0], a.methods()) {
		if meant := rpc.Nearest(args[0], a.methods()); meant != "" {
			return nil, usage("there is no method %s; did you mean %s?", args[0], meant)
		}
		return nil, usage("there is no method %s; '%s' describes those that there are", args[0], a.command("schema"))
	}
	params := []byte("{}")
	if len(args) == 2 {
		params = []byte(args[1])
		if args[1] == "-" {
			var err error
			if params, err = io.ReadAll(a.In); err != nil {
				return nil, err
			}
		}
	}
	if object := map[string]json.RawMessage{}; json.Unmarshal(params, &object) != nil || object == nil {
		return nil, usage("the params are no JSON object: %.60s", params)
	}
	return params, nil
}

func known(name string, names []string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

func (a *app) methods() (names []string) {
	for _, m := range schema.Methods {
		if !m.SimulateOnly || a.Simulated() {
			names = append(names, m.Name)
		}
	}
	return names
}

func (a *app) schema() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the protocol's OpenRPC document", Args: takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			a.screen.Raw(string(schema.OpenRPCDocument()))
			return nil
		},
	}
}

func (a *app) demo() *cobra.Command {
	var asked Demo
	c := &cobra.Command{
		Use: "demo", Short: "Play a server's whole life, simulated, in twenty seconds", Args: takes(0, 0),
		Long: `Plays a server's whole life for a person to watch. It is simulated and costs nothing; with --real it uses SkyPilot and your cloud
account, asks before it spends money, and changes no server but its own.`,
		Example: "  sidecar demo\n  sidecar demo --real --cloud gcp --region us-central1",
		RunE: func(c *cobra.Command, _ []string) error {
			asked.Yes = a.yes
			if code := a.Demo(c.Context(), a.screen, asked); code != exitOK {
				return shownError(code)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asked.Real, "real", false, "use the real SkyPilot and the real cloud, at your expense")
	c.Flags().StringVar(&asked.Cloud, "cloud", "", "`id` of the cloud (default: with --real what SkyPilot chooses, else aws)")
	c.Flags().StringVar(&asked.Region, "region", "", "region, in the provider's words")
	_ = c.RegisterFlagCompletionFunc("cloud", cobra.FixedCompletions(a.Clouds, cobra.ShellCompDirectiveNoFileComp))
	return c
}
