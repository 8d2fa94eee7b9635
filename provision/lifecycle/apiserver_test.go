package lifecycle

import (
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

func TestNeedsSkyPilot(t *testing.T) {
	operation := func(s schema.OperationState) []*Operation {
		return []*Operation{{Operation: schema.Operation{State: schema.OperationFailed}}, {Operation: schema.Operation{State: s}}}
	}

	cluster := func(s schema.Status) map[string]*Cluster {
		return map[string]*Cluster{"a": {View: schema.Cluster{Status: s}}}
	}
	for name, c := range map[string]struct {
		state State
		want  bool
	}{
		"nothing":               {State{}, false},
		"operations that ended": {State{Operations: operation(schema.OperationSucceeded)}, false},
		"an operation goes on":  {State{Operations: operation(schema.OperationRunning)}, true},
		"a server runs":         {State{Clusters: cluster(schema.StatusRunning)}, true},
		"a server is stopped":   {State{Clusters: cluster(schema.StatusStopped)}, false},
		"no server is left":     {State{Clusters: cluster(schema.StatusNoServer)}, false},
	} {
		if got := c.state.NeedsSkyPilot(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestHasAll(t *testing.T) {
	st := State{Clusters: map[string]*Cluster{"ours": {Identity: Identity{Hash: "h"}}, "expected": {}}}
	ours := sky.Cluster{Name: "ours", Hash: "h"}
	for name, c := range map[string]struct {
		found []sky.Cluster
		want  bool
	}{
		"none":                            {nil, true},
		"ours":                            {[]sky.Cluster{ours}, true},
		"another's beside":                {[]sky.Cluster{ours, {Name: "theirs", Hash: "x"}}, false},
		"another of our name":             {[]sky.Cluster{{Name: "ours", Hash: "x"}}, false},
		"one without an identity":         {[]sky.Cluster{{Name: "ours"}}, false},
		"one whose identity is not known": {[]sky.Cluster{{Name: "expected"}}, false},
		"a controller of managed jobs":    {[]sky.Cluster{ours, {Name: "sky-jobs-controller-fcd1e5cf", Hash: "y"}}, false},
	} {
		if got := st.HasAll(c.found); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
