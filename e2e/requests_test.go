//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"carapace/e2e/lab"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
)

// TestRequestEnd holds what is read from SkyPilot's API server itself to what `sky` says
// of the same requests: those of the stories before, and SkyPilot's own, which never end.
func TestRequestEnd(t *testing.T) {
	for _, command := range []string{"status", "queue nosuch"} { // one that succeeds, one that fails
		_, _ = lab.Run(append([]string{"sh", "sky"}, strings.Fields(command)...)...)
	}
	out, err := lab.Run("sh", "sky", "api", "status", "-a", "-v", "-l", "none", "-o", "json")
	if err != nil {
		t.Fatal(err)
	}
	var requests []struct {
		ID     string `json:"request_id"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal([]byte(out), &requests); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	at := host.Endpoint{URL: "http://" + lab.APIServer, Local: true}
	ends := map[string]sky.RequestEnd{
		"SUCCEEDED": sky.EndedWell, "FAILED": sky.EndedBadly, "CANCELLED": sky.EndedBadly,
		"PENDING": sky.EndNotYet, "WAITING": sky.EndNotYet, "RUNNING": sky.EndNotYet,
	}
	seen := map[string]int{}
	for _, r := range requests {
		end := host.RequestEnd(context.Background(), at, r.ID)
		agrees := end == ends[r.Status]
		if ends[r.Status] == sky.EndNotYet { // what went on when `sky` was asked may have ended since
			agrees = end != sky.EndUnknown
		}
		if !agrees {
			t.Errorf("%s is %s, and the server says %d", r.ID, r.Status, end)
		}
		seen[r.Status]++
	}
	t.Logf("compared: %v", seen)
	if seen["SUCCEEDED"] == 0 || seen["FAILED"] == 0 || seen["PENDING"]+seen["RUNNING"] == 0 {
		t.Errorf("not every kind of end was compared: %v", seen)
	}
	if host.RequestEnd(context.Background(), at, "00000000-0000-4000-8000-000000000000") != sky.EndUnknown {
		t.Error("a request that nobody made is known")
	}
}
