package skysim

import (
	"testing"
	"time"
)

func TestEventOrder(t *testing.T) {
	at := time.Unix(1e9, 0)
	for _, test := range []struct {
		name   string
		events []string
		apart  time.Duration
		want   string
	}{
		{"of one moment the first by name", []string{eventProvisioned, eventMounts, eventSetup}, 0, eventProvisioned},
		{"a later one", []string{eventProvisioned, eventMounts, eventSetup}, time.Second, eventSetup},
		{"of one moment, the other way round", []string{eventSetup, eventHealthy}, 0, eventHealthy},
	} {
		var c cluster
		for i, reason := range test.events {
			c.event(at.Add(time.Duration(i)*test.apart), reason)
		}
		if c.LastEvent != test.want {
			t.Errorf("%s: %q", test.name, c.LastEvent)
		}
	}
}

// TestInitKind: a look at a cluster that is INIT already leaves its last event.
func TestInitKind(t *testing.T) {
	launching := cluster{Status: clusterInit, LastEvent: "Instances launched on aws in us-east-1"}
	launching.unhealthy(noRuntime, time.Unix(1e9, 0))
	if got := launching.initKind(); got != "launching" {
		t.Errorf("a launch that was given up is %q", got)
	}
	up := cluster{Status: clusterUp, LastEvent: eventHealthy}
	if got := up.initKind(); got != "" {
		t.Errorf("a cluster that is up is %q", got)
	}
	up.unhealthy(noRuntime, time.Unix(1e9, 0))
	if got := up.initKind(); got != "unhealthy" {
		t.Errorf("a cluster that does not answer is %q", got)
	}
}
