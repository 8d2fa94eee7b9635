package host

import (
	"context"
	"encoding/json"
	"net/url"

	"carapace/provision/sky"
)

// RequestEnd asks SkyPilot's API server on this machine, in milliseconds and without Python,
// how far a request is. It is [sky.EndUnknown] where the server is elsewhere, is of another
// version than the one that this was tried with, or does not answer as that one does (GET
// /api/status of 0.14.1). It blocks for two answers at most, of two seconds each.
func RequestEnd(ctx context.Context, e Endpoint, id string) sky.RequestEnd {
	u, err := url.Parse(e.URL)
	if err != nil || !e.Local || u.Scheme != "http" || id == "" {
		return sky.EndUnknown
	}
	health, err := Probe(ctx, e)
	if err != nil || !health.Healthy() || health.Version != sky.Tested {
		return sky.EndUnknown
	}
	answer, err := get(ctx, u, "/api/status?request_ids="+url.QueryEscape(id))
	if err != nil {
		return sky.EndUnknown
	}
	return parseRequestEnd(answer, id)
}

// parseRequestEnd reads the answer: a list with the one request. It holds more than is read
// here, the request's credentials among it, and is not kept.
func parseRequestEnd(answer, id string) sky.RequestEnd {
	body, ok := bodyOf(answer)
	if !ok {
		return sky.EndUnknown
	}
	var requests []struct {
		ID     string `json:"request_id"`
		Status string `json:"status"`
	}
	if json.Unmarshal([]byte(body), &requests) != nil || len(requests) != 1 || requests[0].ID != id {
		return sky.EndUnknown
	}
	switch requests[0].Status {
	case "SUCCEEDED":
		return sky.EndedWell
	case "FAILED", "CANCELLED":
		return sky.EndedBadly
	case "PENDING", "RUNNING":
		return sky.EndNotYet
	}
	return sky.EndUnknown
}
