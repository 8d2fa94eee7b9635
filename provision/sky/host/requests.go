package host

import (
	"context"
	"encoding/json"
	"net/url"

	"carapace/provision/sky"
)

// RequestEnded asks SkyPilot's API server on this machine, in milliseconds and without
// Python, whether a request has ended. known is false where the server is elsewhere, is of
// another version than the one that this was tried with, or does not answer as that one does
// (GET /api/status of 0.14.1): then ask `sky`. How the request ended is not told: the server's
// HTTP is not SkyPilot's public interface, so that it only decides when `sky` is asked. It
// blocks for two answers at most, of two seconds each.
func RequestEnded(ctx context.Context, e Endpoint, id string) (ended, known bool) {
	u, err := url.Parse(e.URL)
	if err != nil || !e.Local || u.Scheme != "http" || id == "" {
		return false, false
	}
	health, err := Probe(ctx, e)
	if err != nil || !health.Healthy() || health.Version != sky.Tested {
		return false, false
	}
	answer, err := get(ctx, u, "/api/status?request_ids="+url.QueryEscape(id))
	if err != nil {
		return false, false
	}
	return parseRequestEnded(answer, id)
}

// parseRequestEnded reads the answer: a list with the one request. It holds more than is read
// here, the request's credentials among it, and is not kept.
func parseRequestEnded(answer, id string) (ended, known bool) {
	body, ok := bodyOf(answer)
	if !ok {
		return false, false
	}
	var requests []struct {
		ID     string `json:"request_id"`
		Status string `json:"status"`
	}
	if json.Unmarshal([]byte(body), &requests) != nil || len(requests) != 1 || requests[0].ID != id {
		return false, false
	}
	switch requests[0].Status {
	case "SUCCEEDED", "FAILED", "CANCELLED":
		return true, true
	case "PENDING", "RUNNING":
		return false, true
	}
	return false, false
}
