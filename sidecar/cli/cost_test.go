package cli

import (
	"strings"
	"testing"

	"carapace/schema"
)

// A person reads the answer's own sentences; that SkyPilot could not be asked is a warning.
func TestCost(t *testing.T) {
	for want, cost := range map[string]schema.CostResult{
		"D.\n":           {Description: "D.", TotalKnown: true, HourlyCost: 0.2},
		"D.\nSummary.\n": {Description: "D.", Summary: "Summary."},
		"D.\n  ! The last look failed: this is what was known before.\nSummary.\n": {Description: "D.", Summary: "Summary.", Stale: true},
		"D.\n  ! What it has cost can't be asked. Why.\n":                          {Description: "D.", Summary: "What it has cost can't be asked. Why.", Reason: &schema.Error{}},
	} {
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){
			"cluster.cost":   func([]byte) (any, error) { return cost, nil },
			"cluster.status": func([]byte) (any, error) { return schema.Cluster{Status: schema.StatusRunning}, nil },
		}}
		if stdout, stderr, code := s.run(t.Context(), false, "cost"); stdout != want || stderr != "" || code != 0 {
			t.Errorf("exit %d, %s\n%s\nwant\n%s", code, stderr, stdout, want)
		}
	}
}

// The simulated clock runs faster than that of whoever reads the total.
func TestASimulatedCost(t *testing.T) {
	s := &stub{t: t, answers: map[string]func([]byte) (any, error){
		"cluster.cost":   func([]byte) (any, error) { return schema.CostResult{Description: "D."}, nil },
		"cluster.status": func([]byte) (any, error) { return schema.Cluster{}, nil },
	}}
	if stdout, _, _ := s.run(t.Context(), true, "cost"); stdout != "D.\nIt is simulated and costs nothing: a simulated hour passes in five minutes.\n" {
		t.Errorf("%s", stdout)
	}
}

// What a server costs is what it is: it is looked at first.
func TestCostLooksFirst(t *testing.T) {
	var asked []string
	s := &stub{t: t, answers: map[string]func([]byte) (any, error){
		"cluster.cost": func([]byte) (any, error) {
			asked = append(asked, "cost")
			return schema.CostResult{}, nil
		},
		"cluster.status": func(params []byte) (any, error) {
			asked = append(asked, "status "+string(params))
			return schema.Cluster{Status: schema.StatusRunning}, nil
		},
	}}
	s.run(t.Context(), false, "cost")
	if want := `status {} status {"refresh":true} cost`; strings.Join(asked, " ") != want {
		t.Errorf("asked %q, want %s", asked, want)
	}
}
