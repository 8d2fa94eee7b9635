package sky

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"carapace/provision/redact"
	"carapace/schema"
	"carapace/schema/text"
)

// The argv of `sky api …`. Without -a finished requests are left out, and the
// cluster of a request is only there with -v (recording api-status-cluster); the
// default limit of ten could hide the one that is looked for.
func apiStartArgs() []string              { return []string{"api", "start"} }
func apiStopArgs() []string               { return []string{"api", "stop"} }
func apiLogsArgs(request string) []string { return []string{"api", "logs", request} }

func apiStatusArgs(cluster string, requests ...string) []string {
	args := []string{"api", "status", "-a", "-v", "-l", "none", "-o", "json"}
	if cluster != "" {
		args = append(args, "-c", cluster)
	}
	return append(args, requests...)
}

// StartAPIServer brings SkyPilot's local API server up and does nothing if it is.
// The server keeps the environment, and so the PATH, of the `sky` that started
// it. It takes up to a minute: give ctx a deadline of 90 s. With a remote server
// there is nothing to start, and `sky` says so: call it for a local one only.
// Why the server ended again stands in a file that `sky` only points to
// (recording api-start-port-taken): log returns what is in it.
func (c *Client) StartAPIServer(ctx context.Context, log func() string) error {
	res, err := c.run(ctx, Call{Args: apiStartArgs()})
	if err == nil && res.Code != 0 {
		return fail(Failure{ServerLog: redact.Tail(Clean(log()), detailLimit)}, res)
	}
	return err
}

// StopAPIServer ends SkyPilot's local API server, with every request that it is at
// work on: look at Requests first. One that is not there is none to end.
func (c *Client) StopAPIServer(ctx context.Context) error {
	res, err := c.run(ctx, Call{Args: apiStopArgs()})
	if err == nil && res.Code != 0 {
		return fail(Failure{}, res)
	}
	return err
}

// FollowResult is how a log ended. It says nothing of what is true of the
// server: look again.
type FollowResult struct {
	Code           int // of the command: 0 where the request succeeded
	Stdout, Stderr string
}

// Follow streams the log of a request from its beginning, line by line, until
// the request ends or ctx is done; it can be called again. line is called from
// one goroutine at a time and must not block for long; it may be nil. A request
// that failed gives Code 1 and its own error on Stderr, which the synchronous
// commands swallow (recording api-logs-stop-refused). A request that the server
// does not know is ErrRequestGone.
func (c *Client) Follow(ctx context.Context, requestID string, line func(schema.Stream, string)) (FollowResult, error) {
	return c.requestLog(ctx, Follow, requestID, line)
}

// Reread is Follow for a request that has ended, and takes no longer than other
// questions.
func (c *Client) Reread(ctx context.Context, requestID string, line func(schema.Stream, string)) (FollowResult, error) {
	return c.requestLog(ctx, Question, requestID, line)
}

func (c *Client) requestLog(ctx context.Context, purpose Purpose, requestID string, line func(schema.Stream, string)) (FollowResult, error) {
	if !isRequestID(requestID) {
		return FollowResult{}, ErrRequestGone
	}
	res, err := c.run(ctx, Call{Purpose: purpose, Args: apiLogsArgs(requestID), Line: line})
	if err == nil && res.Code != 0 && requestUnknown(res.Stderr) {
		err = ErrRequestGone
	}
	return followed(res), err
}

func followed(res Result) FollowResult {
	return FollowResult(res)
}

// requestUnknown: recording api-logs-unknown, and docs/skypilot.md, "Requests" for the second.
func requestUnknown(stderr string) bool {
	stderr = Clean(stderr)
	return strings.Contains(stderr, "Failed to stream logs:") && strings.Contains(stderr, "not found")
}

// MayLeak says whether a launch left machines that it could not end while it tried
// other places: "StopFailoverError: … This can cause resource leakage"
// (docs/skypilot.md, "Launch"). SkyPilot has no record of those.
func MayLeak(output string) bool {
	return strings.Contains(output, "StopFailoverError") || strings.Contains(output, "can cause resource leakage")
}

// MayRemain says whether a removal's log says that the cloud did not remove all:
// SkyPilot then forgets the cluster only where --purge was given (recorded with 0.14.1).
func MayRemain(output string) bool {
	return strings.Contains(output, "Make sure resources are manually deleted") || strings.Contains(output, "non-zero exit code from stopping/terminating")
}

// Request looks a request up. One that the server does not know is
// ErrRequestGone.
func (c *Client) Request(ctx context.Context, id string) (Request, error) {
	if !isRequestID(id) {
		return Request{}, ErrRequestGone
	}
	requests, err := c.requests(ctx, apiStatusArgs("", id))
	if err != nil {
		return Request{}, err
	}
	for _, r := range requests {
		if r.ID == id {
			return r, nil
		}
	}
	return Request{}, ErrRequestGone
}

// Requests lists the requests that concern a cluster, newest first, finished
// ones too as long as the server keeps them.
func (c *Client) Requests(ctx context.Context, cluster string) ([]Request, error) {
	if err := checkCluster(cluster); err != nil {
		return nil, err
	}
	return c.requests(ctx, apiStatusArgs(cluster))
}

// AllRequests lists the requests of every cluster, and those of none.
func (c *Client) AllRequests(ctx context.Context) ([]Request, error) {
	return c.requests(ctx, apiStatusArgs(""))
}

func (c *Client) requests(ctx context.Context, args []string) ([]Request, error) {
	var found []requestRow
	if _, err := c.ask(ctx, args, rows(&found), Failure{}); err != nil {
		return nil, err
	}
	requests, ok := requestsOf(found)
	if !ok {
		return nil, schema.Fail(schema.KindAPIServer, &text.SkyPilotBadRequest)
	}
	return requests, nil
}

// requestRow is a request as `sky api status -o json` prints it. request_body,
// return_value and error are not even decoded: they hold environment variables and
// secrets.
type requestRow struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	ID        words  `json:"request_id"`
	Name      words  `json:"name"`
	Status    words  `json:"status"`
	Cluster   words  `json:"cluster_name"`
	CreatedAt number `json:"created_at"`
	UserID    words  `json:"user_id"`
}

// requestsOf is false where a request has no id, name or status: it could be the one
// that is looked for, making a machine.
func requestsOf(found []requestRow) ([]Request, bool) {
	requests := make([]Request, 0, len(found))
	for _, r := range found {
		if r.ID == "" || r.Name == "" || r.Status == "" {
			return nil, false
		}
		requests = append(requests, Request{
			ID: string(r.ID), Name: string(r.Name), Status: string(r.Status),
			Cluster: string(r.Cluster), CreatedAt: epoch(r.CreatedAt), UserID: string(r.UserID),
		})
	}
	return requests, true
}

// Purges reports whether a request to remove a cluster was made with --purge, which
// forgets the record whatever the cloud says. Of the request's body nothing else is
// decoded: it holds environment variables and secrets. SkyPilot keeps requests for a
// day, and no longer than its API server runs (recorded with 0.14.1): one that it
// does not know is ErrRequestGone.
func (c *Client) Purges(ctx context.Context, id string) (bool, error) {
	if !isRequestID(id) {
		return false, ErrRequestGone
	}
	var found []struct {
		ID   words `json:"request_id"`
		Body words `json:"request_body"`
	}
	if _, err := c.ask(ctx, apiStatusArgs("", id), rows(&found), Failure{}); err != nil {
		return false, err
	}
	for _, row := range found {
		var body struct {
			Purge *bool `json:"purge"`
		}
		if string(row.ID) == id && json.Unmarshal([]byte(row.Body), &body) == nil && body.Purge != nil {
			return *body.Purge, nil
		}
	}
	return false, ErrRequestGone
}

// epoch is a time that SkyPilot prints as seconds since 1970; 0 and null are the
// zero time.
func epoch(seconds number) time.Time {
	if seconds <= 0 || seconds > 1e11 {
		return time.Time{}
	}
	return time.UnixMilli(int64(seconds * 1000)).UTC()
}
