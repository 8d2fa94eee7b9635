package sky

import (
	"context"

	"carapace/schema"
)

// stopArgs is the argv that stops a server.
func stopArgs(cluster string) []string {
	return []string{"stop", "-y", "--async", cluster}
}

// SubmitStop asks for a server to be stopped and returns the request id; see
// SubmitLaunch for output. The error is ErrNoCluster where SkyPilot has no such
// server. That `sky` prints "...done." says nothing: it does so before the cloud
// was asked (recording stop-refused-async).
func (c *Client) SubmitStop(ctx context.Context, cluster, output string) (requestID string, err error) {
	return c.submitNamed(ctx, schema.OperationStop, cluster, output, stopArgs(cluster))
}
