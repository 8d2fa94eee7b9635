package lab

import (
	"maps"
	"slices"
	"testing"

	"carapace/e2e/scenario"
)

// TestFaultsOfEveryCloud: every cloud of the suite has its own words for each reason,
// and names for the calls that the suite lets it refuse. Where servers are jobs there is no API and no bill:
// the lab's account has the wrong key, what is ended is gone, and a limit is one on what a job may ask for.
func TestFaultsOfEveryCloud(t *testing.T) {
	all, err := wordings()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(scenario.Clouds()) {
		t.Errorf("there are faults of %v", slices.Sorted(maps.Keys(all)))
	}
	for _, c := range scenario.Clouds() {
		words := all[c.ID]
		reasons := []string{"capacity", "permission"}
		if !c.OwnJobs {
			reasons = append(reasons, "quota", "authentication", "billing", "rate_limit", "vanished")
		}
		for _, reason := range reasons {
			if r := words.Refusals[reason]; r.Code == "" || r.Message == "" || r.Source == "" {
				t.Errorf("%s: %s is %+v", c.ID, reason, r)
			}
		}
		for f, strike := range (World{On: c}).strikes() {
			if words.Calls[strike.call] == "" {
				t.Errorf("%s has no name for the call %s of fault %d", c.ID, strike.call, f)
			}
			if (World{On: c}).Words(f) == "" {
				t.Errorf("%s has no words for fault %d", c.ID, f)
			}
		}
		if _, stops := words.Calls["stop"]; stops != c.Stop {
			t.Errorf("%s: stop is a call: %v, and it can stop: %v", c.ID, stops, c.Stop)
		}
	}
}
