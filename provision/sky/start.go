package sky

import (
	"context"

	"carapace/schema"
)

// startArgs is the argv that starts a stopped server. It syncs no files and
// runs no setup (transcript start-ok).
func startArgs(cluster string) []string {
	return []string{"start", "--async", cluster}
}

// SubmitStart asks for a stopped server to be started and returns the request
// id; see SubmitLaunch for output and Confirm for confirm. The error is ErrAlreadyUp or ErrNoCluster
// where SkyPilot finds nothing to do.
func (c *Client) SubmitStart(ctx context.Context, cluster, output string, confirm Confirm) (requestID string, err error) {
	return c.submitRequest(ctx, schema.OperationStart, cluster, output, Call{Args: startArgs(cluster), Confirm: confirm, Asks: true})
}
