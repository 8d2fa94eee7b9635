package skysim

import (
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
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

func TestMaxHourlyCost(t *testing.T) {
	everywhere := &world{}
	for _, test := range []struct {
		name  string
		task  task
		tried []string
		want  string // the cheapest offer, as cloud/region/type
		price float64
	}{
		{"no limit", task{Cloud: "aws", CPUs: "4+"}, nil, "aws/us-east-1/m6i.xlarge", 0.192},
		{"a limit that is met", task{Cloud: "aws", CPUs: "4+", MaxCost: "0.192"}, nil, "aws/us-east-1/m6i.xlarge", 0.192},
		{"a limit that is not", task{Cloud: "aws", CPUs: "4+", MaxCost: "0.19"}, nil, "", 0},
		{"nothing anywhere", task{CPUs: "8+", Memory: "32+", Cloud: "gcp", MaxCost: "0.3"}, nil, "", 0},
		{"another cloud is cheaper", task{CPUs: "8", Memory: "16", MaxCost: "0.15"}, nil, "do/nyc1/s-8vcpu-16gb", 0.143},
		{"the spot price counts", task{Cloud: "aws", CPUs: "4+", Spot: true, MaxCost: "0.08"}, nil, "aws/us-east-1/m6i.xlarge", 0.077},
		{"a region of its own is held to it", task{Cloud: "aws", Region: "us-east-2", CPUs: "4+", MaxCost: "0.192"}, nil, "", 0},
		// SkyPilot's own holes
		{"the next region may cost more", task{Cloud: "aws", CPUs: "4+", MaxCost: "0.192"}, []string{"aws/us-east-1"}, "aws/us-east-2/m6i.xlarge", 0.2016},
		{"an instance type is not held to it", task{Cloud: "aws", Type: "m6i.large", MaxCost: "0.01"}, nil, "aws/us-east-1/m6i.large", 0.096},
		{"one's own machines have no price", task{Cloud: "kubernetes", CPUs: "4+", MaxCost: "0.01"}, nil, "kubernetes/kind-carapace/4CPU--16GB", 0},
	} {
		got, price := "", 0.0
		if offers := everywhere.optimize(&test.task, test.tried); len(offers) > 0 {
			got, price = offers[0].Cloud+"/"+offers[0].Region+"/"+offers[0].Type, offers[0].Price
		}
		if got != test.want || price-test.price > 1e-9 || test.price-price > 1e-9 {
			t.Errorf("%s: %s at %v, want %s at %v", test.name, got, price, test.want, test.price)
		}
	}
}

func TestReadMaxHourlyCost(t *testing.T) {
	for value, want := range map[string]string{
		"0.05": "0.05", "0.10": "0.1", "5": "5", "5.0": "5.0", "null": "", "0": "minimum of 0", "-1.5": "minimum of 0", "lots": "not of type 'number'",
	} {
		var top yaml.Node
		source := "resources:\n  max_hourly_cost: " + value + "\n"
		if err := yaml.Unmarshal([]byte(source), &top); err != nil {
			t.Fatal(err)
		}
		parsed, err := parseTask(top.Content[0], source)
		switch {
		case err == nil && parsed.MaxCost != want:
			t.Errorf("%s became %q", value, parsed.MaxCost)
		case err != nil && !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v", value, err)
		}
	}
}

// TestMaxHourlyCostInTheDryrun: the cap is in the table and in the refusal, also
// where no cloud is named.
func TestMaxHourlyCostInTheDryrun(t *testing.T) {
	inLab(t, func(l *lab) {
		l.ok("api start")
		l.write("cheap.yaml", "resources:\n  cpus: 2+\n  memory: 4+\n  max_hourly_cost: 0.05\nrun: echo\n")
		if a := l.ok("launch -y --dryrun -c x cheap.yaml"); !strings.Contains(a.stdout, "t3.medium") || strings.Contains(a.stdout, "m6i") {
			t.Errorf("%s", a.stdout)
		}
		l.write("cheap.yaml", "resources:\n  cpus: 2+\n  max_hourly_cost: 0.01\nrun: echo\n")
		a := l.sky("launch -y --dryrun -c x cheap.yaml")
		if a.code != 1 || !strings.Contains(a.stdout, "No resource satisfying <Cloud>(cpus=2+, max_cost=$0.01/hr) on AWS.") ||
			!strings.Contains(a.stderr, "satisfying the request: 1x <Cloud>(cpus=2+, max_cost=$0.01/hr).") {
			t.Errorf("exit %d\n%s\n%s", a.code, a.stdout, a.stderr)
		}
	})
}
