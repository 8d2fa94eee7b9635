package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"carapace/schema"
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
				return schema.NewError(schema.KindUnsupported, "The server is simulated: there is nothing to log in to.", "On a real one this runs: "+to.SSHCommand)
			}
			return a.Exec(to.SSHCommand, args)
		},
	}
}

func (a *app) open() *cobra.Command {
	return &cobra.Command{
		Use: "open", Short: "Open the Gatekeeper in the browser, or print its address where there is none", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			to, err := a.connection(c.Context())
			switch {
			case err != nil:
				return err
			case len(to.Ports) == 0:
				return schema.NewError(schema.KindUnsupported, "No port of the server is open to the internet, so it has no address for a browser.",
					"Launch it with --port, or reach one of its ports through SSH: "+to.SSHCommand+" -L 8080:localhost:PORT")
			}
			url := address(to.IP, to.Ports[0])
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

// address is that of a port, of the first of a range: with TLS where that is usual.
func address(ip, ports string) string {
	var port int
	_, _ = fmt.Sscanf(ports, "%d", &port) // "8000-8010" too; SkyPilot has taken it as a port
	switch port {
	case 443:
		return "https://" + ip
	case 80:
		return "http://" + ip
	}
	return fmt.Sprintf("http://%s:%d", ip, port)
}
