package sky

import (
	"context"

	"carapace/schema"
)

// downArgs is the argv that destroys a server. purge removes SkyPilot's record
// even where the cloud refuses: what it forgets may go on costing money.
func downArgs(cluster string, purge bool) []string {
	args := []string{"down", "--async"}
	if purge {
		args = append(args, "--purge")
	}
	return append(args, cluster)
}

// SubmitDown asks for a server to be destroyed and returns the request id; see
// SubmitLaunch for output and Confirm for confirm. The error is ErrNoCluster where SkyPilot has no such
// server.
func (c *Client) SubmitDown(ctx context.Context, cluster string, purge bool, output string, confirm Confirm) (requestID string, err error) {
	return c.submitRequest(ctx, schema.OperationDestroy, cluster, output, Call{Args: downArgs(cluster, purge), Confirm: confirm, Asks: true})
}
