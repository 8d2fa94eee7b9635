package sky

import (
	"context"
	"strings"
)

func apiCancelArgs(request string) []string { return []string{"api", "cancel", "-y", request} }

// CancelRequest ends a request. What it made at the cloud until then stays and
// costs money (transcript status-after-cancel): follow with SubmitDown where
// that is wanted. A request that has ended already, or is unknown, is no error.
func (c *Client) CancelRequest(ctx context.Context, id string) error {
	if !isRequestID(id) {
		return ErrRequestGone
	}
	res, err := c.run(ctx, Call{Args: apiCancelArgs(id)})
	if err != nil {
		return err
	}
	out := Clean(res.Stdout)
	if strings.Contains(out, "Cancelled 1 request") || strings.Contains(out, "No requests need to be cancelled") {
		return nil
	}
	return fail(Failure{}, res)
}
