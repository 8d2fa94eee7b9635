package sky

import (
	"context"

	"carapace/schema"
)

// stopArgs is the argv that stops a server.
func stopArgs(cluster string) []string {
	return []string{"stop", "--async", cluster}
}

// SubmitStop asks for a server to be stopped and returns the request id; see
// SubmitLaunch for output and Confirm for confirm. The error is ErrNoCluster where SkyPilot has no such
// server. That `sky` prints "...done." says nothing: it does so before the cloud
// was asked (recording stop-refused-async).
func (c *Client) SubmitStop(ctx context.Context, cluster, output string, confirm Confirm) (requestID string, err error) {
	return c.submitRequest(ctx, schema.OperationStop, cluster, output, Call{Args: stopArgs(cluster), Confirm: confirm, Asks: true})
}
