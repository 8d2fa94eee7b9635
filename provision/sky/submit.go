package sky

import (
	"context"
	"fmt"
	"strings"

	"carapace/schema"
)

// Confirm is asked while a `sky` that changes a server starts, which takes two seconds of
// Python: what has to be known before runs beside that. Its error refuses. For a start, a stop and
// a removal `sky` is run without --yes, and asks before it asks its API server for anything that
// changes something (client/cli/command.py: start, _down_or_stop_clusters). Before a launch it would
// have its API server choose a machine first; so it is told what to do only then.
type Confirm func() error

func (c *Client) submitRequest(ctx context.Context, kind schema.OperationKind, cluster, output string, call Call) (string, error) {
	if err := checkCluster(cluster); err != nil {
		return "", err
	}
	res, err := c.submit(ctx, output, call)
	if err != nil {
		return "", err
	}
	if id, ok := ParseSubmission(res.Stdout); ok {
		return id, nil
	}
	return "", unsubmitted(Failure{Operation: kind, Cluster: cluster}, res)
}

// unsubmitted says why there is no request. SkyPilot exits with 0 where it found
// nothing to do (transcripts start-when-up, start-unknown).
func unsubmitted(f Failure, res Result) error {
	out := Clean(res.Stdout)
	switch {
	case strings.Contains(out, "already has status UP"):
		return ErrAlreadyUp
	case strings.Contains(out, "Cluster(s) not found"), strings.Contains(out, "is already terminated. Skipped."):
		return ErrNoCluster
	case res.Code <= 0:
		return fmt.Errorf("%w: %w", ErrUnanswered, fail(f, res))
	}
	return fail(f, res)
}

// question is the end of what `sky` asks without --yes.
const question = "[Y/n]: "

// ParseSubmission finds the request id in what an --async command printed, on
// one stream or both, also in the output file of an earlier process that did not
// live to read it. ok is false if the submission failed or has not got there
// yet. Every kind prints "Submitted sky.NAME request: ID" (transcript
// launch-async-d, recordings exec-async, start-async, stop-async, down-async).
// Pure.
func ParseSubmission(output string) (requestID string, ok bool) {
	for line := range strings.Lines(Clean(output)) {
		if _, next, asked := strings.Cut(line, question); asked {
			line = next // an answer through a pipe is not echoed, and ends no line
		}
		rest, found := strings.CutPrefix(strings.TrimSpace(line), "Submitted sky.")
		if !found {
			continue
		}
		// A line cut short by a kill has no newline: its id may be a part only.
		_, id, found := strings.Cut(rest, " request: ")
		if found && isRequestID(id) && strings.HasSuffix(line, "\n") {
			return id, true
		}
	}
	return "", false
}

// isRequestID: a UUID today; what is checked is that it can stand in an argv and
// is no flag.
func isRequestID(id string) bool {
	if len(id) < 8 || len(id) > 64 || id[0] == '-' {
		return false
	}
	for i := range len(id) {
		if c := id[i]; !isLetter(c) && !isDigit(c) && c != '-' {
			return false
		}
	}
	return true
}
