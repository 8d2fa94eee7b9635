package cli

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// What a person reads of what a server costs, in each state: an amount that is not known is not
// shown as none.
func TestCost(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.Local)
	why := &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: "SkyPilot is not installed."}
	for name, c := range map[string]struct {
		cost schema.CostResult
		want string
	}{
		"none ever": {schema.CostResult{TotalKnown: true, Costs: schema.Costs{Now: schema.SpendingNothing}}, "D.\n"},
		"launching": {schema.CostResult{Costs: schema.Costs{Now: schema.SpendingUnknown}}, "D.\nSkyPilot does not say what it has cost so far.\n"},
		"running": {
			schema.CostResult{TotalKnown: true, Total: 1.234, HourlyCost: 0.2, Since: at, Costs: schema.Costs{Now: schema.SpendingMachine}, Description: "It runs and costs about $0.20 an hour."},
			"It runs and costs about $0.20 an hour.\nIt has cost about $1.23 since 2026-11-24 12:00. That is without disk and traffic, by SkyPilot's reckoning.\n",
		},
		"stopped": {
			schema.CostResult{TotalKnown: true, Total: 0.001, HourlyCost: 0.2, Costs: schema.Costs{Now: schema.SpendingDisk}},
			"D.\nWhile it runs it costs about $0.20 an hour.\nSo far it has cost less than a cent. That is without disk and traffic, by SkyPilot's reckoning.\n",
		},
		"destroyed": {
			schema.CostResult{TotalKnown: true, Total: 2, EndedAt: at, Costs: schema.Costs{Now: schema.SpendingNothing}},
			"D.\nIt cost about $2.00 until it ended, 2026-11-24 12:00. That is without disk and traffic, by SkyPilot's reckoning.\n",
		},
		"destroyed and forgotten": {
			schema.CostResult{EndedAt: at, Costs: schema.Costs{Now: schema.SpendingNothing}},
			"D.\nSkyPilot does not know any more what it has cost. It ended 2026-11-24 12:00.\n",
		},
		"destroyed, without SkyPilot": {
			schema.CostResult{EndedAt: at, Reason: why, Costs: schema.Costs{Now: schema.SpendingNothing}},
			"D.\n  ! What it has cost can't be asked. SkyPilot is not installed.\n",
		},
		"not seen now": {
			schema.CostResult{Stale: true, Costs: schema.Costs{Now: schema.SpendingMachine}},
			"D.\n  ! The last look failed: this is what was known before.\nSkyPilot does not say what it has cost so far.\n",
		},
		"lost": {schema.CostResult{Costs: schema.Costs{Now: schema.SpendingUnknown}, HourlyCost: 0.2}, "D.\nWhile it runs it costs about $0.20 an hour.\nSkyPilot does not say what it has cost so far.\n"},
	} {
		if c.cost.Description == "" {
			c.cost.Description = "D."
		}
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){
			"cluster.cost":   func([]byte) (any, error) { return c.cost, nil },
			"cluster.status": func([]byte) (any, error) { return schema.Cluster{Status: schema.StatusRunning}, nil },
		}}
		if stdout, stderr, code := s.run(t.Context(), false, "cost"); stdout != c.want || stderr != "" || code != 0 {
			t.Errorf("%s: exit %d, %s\n%s\nwant\n%s", name, code, stderr, stdout, strings.TrimSpace(c.want))
		}
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
