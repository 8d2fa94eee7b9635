package host

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"carapace/provision/sky"
)

// RequestEnd asks SkyPilot's API server on this machine, in milliseconds and without Python,
// how far a request is. It is [sky.EndUnknown] where the server is elsewhere, is of another
// version than the one that this was tried with, or does not answer as that one does (GET
// /api/status of 0.14.1). It blocks for two answers at most, of two seconds each.
func RequestEnd(ctx context.Context, e Endpoint, id string) sky.RequestEnd {
	if id == "" {
		return sky.EndUnknown
	}
	body, ok := askTested(ctx, e, "/api/status?request_ids="+url.QueryEscape(id), probeLimit)
	if !ok {
		return sky.EndUnknown
	}
	return parseRequestEnd(body, id)
}

// askTested asks an API server on this machine, if it is of the version that this was tried with, for a path, and returns
// the body of its answer. It blocks for probeLimit and limit at most.
func askTested(ctx context.Context, e Endpoint, path string, limit time.Duration) (body string, ok bool) {
	u, err := url.Parse(e.URL)
	if err != nil || !e.Local {
		return "", false
	}
	health, err := Probe(ctx, e)
	if err != nil || !health.Healthy() || health.Version != sky.Tested {
		return "", false
	}
	answer, err := get(ctx, u, path, limit)
	if err != nil {
		return "", false
	}
	return bodyOf(answer)
}

// requestRow is a request as an API server lists it. The list holds more than is read here, the credentials of
// requests among it, and is not kept.
type requestRow struct {
	ID      string          `json:"request_id"`
	Status  string          `json:"status"`
	User    string          `json:"user_id"`
	Body    json.RawMessage `json:"request_body"` // a text: JSON without spaces, its quotation marks escaped
	Created float64         `json:"created_at"`   // seconds
}

func (r requestRow) end() sky.RequestEnd {
	switch r.Status {
	case "SUCCEEDED":
		return sky.EndedWell
	case "FAILED", "CANCELLED":
		return sky.EndedBadly
	case "PENDING", "RUNNING":
		return sky.EndNotYet
	}
	return sky.EndUnknown
}

// parseRequestEnd reads a list with the one request.
func parseRequestEnd(body, id string) sky.RequestEnd {
	var requests []requestRow
	if json.Unmarshal([]byte(body), &requests) != nil || len(requests) != 1 || requests[0].ID != id {
		return sky.EndUnknown
	}
	return requests[0].end()
}
