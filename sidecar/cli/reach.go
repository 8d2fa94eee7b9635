package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"carapace/schema"
	"carapace/schema/text"
)

// connection is how to reach the server. Where it is simulated there is nothing to
// reach, and that is the error.
func (a *app) connection(ctx context.Context) (result schema.ConnectionResult, err error) {
	err = a.with(ctx, func(ctx context.Context, s *session) error {
		result, err = call(ctx, s, schema.ClusterConnection, schema.NameParams{})
		return err
	})
	return result, err
}

func (a *app) ssh() *cobra.Command {
	return &cobra.Command{
		Use: "ssh [-- COMMAND...]", Short: "Log in to the server, or run a command on it",
		Example: "  sidecar ssh\n  sidecar ssh -- df -h",
		RunE: func(c *cobra.Command, args []string) error {
			to, err := a.connection(c.Context())
			switch {
			case err != nil:
				return err
			case a.asJSON:
				a.print(to)
				return nil
			case a.Simulated():
				return schema.Fail(schema.KindUnsupported, &text.ShellSimulated)
			}
			return a.Exec(append(to.Terminal.Argv, args...))
		},
	}
}

func (a *app) open() *cobra.Command {
	return &cobra.Command{
		Use: "open", Short: "Open the Gatekeeper in the browser, or print its address where there is none", Args: takes(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			to, err := a.connection(c.Context())
			switch {
			case err != nil:
				return err
			case len(to.Ports) == 0:
				return schema.Fail(schema.KindUnsupported, &text.BrowserNoPort, text.Args{"command": a.command("ssh") + " -- -L 8080:localhost:PORT"})
			}
			if len(to.Endpoints) == 0 {
				return schema.Fail(schema.KindUnsupported, &text.BrowserNotYet)
			}
			url := address(to.Endpoints[0])
			if a.asJSON {
				a.print(map[string]string{"url": url})
				return nil
			}
			a.screen.Raw(url)
			if isTerminal(a.Out) && !a.Simulated() {
				return a.Browse(url)
			}
			return nil
		},
	}
}

// address is that of a port for a browser: with TLS where the server's own port is the one of it.
func address(e schema.Endpoint) string {
	switch at := e.Address; {
	case strings.Contains(at, "://"):
		return at
	case e.Port == "443":
		return "https://" + strings.TrimSuffix(at, ":443")
	case e.Port == "80":
		return "http://" + strings.TrimSuffix(at, ":80")
	default:
		return "http://" + at
	}
}
