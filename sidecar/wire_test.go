package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky/host"
	"carapace/schema"
)

// What listens at the port of SkyPilot's API server decides whether anything is
// asked of `sky`, which would need half a minute to refuse.
func TestAPIServerUp(t *testing.T) {
	health := func(version string) string {
		return `{"status":"healthy","api_version":"22","version":"` + version + `","commit":"4e2cfdc"}` // as 0.10.5 answers
	}
	for name, c := range map[string]struct {
		answer string
		up     bool
		kind   schema.Kind
		says   string
		remote bool
	}{
		"this one":               {health("0.14.1"), true, "", "", false},
		"the oldest it takes":    {health("0.11.0"), true, "", "", false},
		"too old":                {health("0.10.5"), false, schema.KindSkyPilotUnsupported, "0.10.5", false},
		"somebody else's":        {"hello", false, schema.KindAPIServer, "Another program", false},
		"no version":             {health("?"), true, "", "", false},
		"wants a login":          {`{"status":"needs_auth","api_version":"62"}`, true, "", "", true},
		"behind somebody else's": {"<html>Sign in</html>", true, "", "", true}, // whose cookie `sky` has
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.answer)) }))
			defer server.Close()
			up, refusal := apiServerUp(context.Background(), host.Endpoint{URL: server.URL, Local: !c.remote})
			if up != c.up || (refusal == nil) != (c.kind == "") {
				t.Fatalf("up %v, %v", up, refusal)
			}
			if refusal != nil && (refusal.Kind != c.kind || !strings.Contains(refusal.Message, c.says) || refusal.Hint == "") {
				t.Errorf("%s: %s (%s)", refusal.Kind, refusal.Message, refusal.Hint)
			}
		})
	}
}

func TestIdleTime(t *testing.T) {
	const usual = 5 * time.Minute
	for minutes, want := range map[string]time.Duration{
		"": usual, "5": usual, "0.2": 12 * time.Second, "60": time.Hour,
		"0": 0, "-1": 0, "never": 0, "5m": 0, "NaN": 0, "Inf": 0, "1e300": 0,
	} {
		if got := idleTime(minutes, usual); got != want {
			t.Errorf("%q: %s, want %s", minutes, got, want)
		}
	}
}
