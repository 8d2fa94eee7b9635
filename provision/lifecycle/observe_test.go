package lifecycle

import (
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// What SkyPilot is at stands for the server's status while it is, whatever the
// record says, and names who did it afterwards.
func TestWorkElsewhereIsNamed(t *testing.T) {
	request := func(name string) []sky.Request {
		return []sky.Request{{ID: "1", Name: name, Cluster: "c", Status: "RUNNING"}}
	}
	idle := &schema.Autostop{IdleMinutes: 10}
	running := schema.Cluster{Name: "c", Status: schema.StatusRunning, Autostop: idle}
	old := sky.Cluster{Name: "c", State: sky.StateUp, Hash: "h", AutostopMinutes: 10}
	last := &Operation{Operation: schema.Operation{Kind: schema.OperationStop}, SkyRequest: "1"}
	for _, tt := range []struct {
		name, request string
		incomplete    bool
		last          *Operation
		want          schema.Status
		says          string
	}{
		{"launch", "sky.launch", false, nil, schema.StatusProvisioning, "being launched with SkyPilot outside"},
		{"stop", "sky.stop", false, nil, schema.StatusStopping, "being stopped with SkyPilot outside"},
		{"down", "sky.down", false, nil, schema.StatusDestroying, "being destroyed with SkyPilot outside"},
		{"a stop of ours that was given up", "sky.stop", false, last, schema.StatusStopping, "still at the stop that was asked for"},
		{"what our own launch has left to do", "sky.launch", true, nil, schema.StatusError, "launch was interrupted"},
		{"a stop of what our launch has left", "sky.stop", true, nil, schema.StatusStopping, "being stopped"},
		{"a job changes nothing", "sky.exec", false, nil, schema.StatusRunning, "running"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := &Cluster{View: running, Identity: Identity{Hash: "h"}, Exists: Existing{State: ExistsSeen}, Incomplete: tt.incomplete}
			observeOutside(rec, old, firstOf(ForeignWorkOn(request(tt.request), "c")), tt.last, "", noon)
			if rec.View.Status != tt.want || !strings.Contains(rec.View.Description, tt.says) {
				t.Errorf("got %s: %s", rec.View.Status, rec.View.Description)
			}
		})
	}
	rec := &Cluster{View: running, Identity: Identity{Hash: "h"}, Exists: Existing{State: ExistsSeen}}
	observeOutside(rec, old, ForeignWorkOn(request("sky.stop"), "c")[0], nil, "", noon)
	now := old
	now.State = sky.StateStopped
	observeOutside(rec, now, nil, nil, "", noon)
	if rec.View.Status != schema.StatusStopped || !strings.Contains(rec.View.Description, "stopped outside") {
		t.Errorf("afterwards: %s: %s", rec.View.Status, rec.View.Description)
	}
	observeOutside(rec, old, ForeignWorkOn(request("sky.down"), "c")[0], nil, "", noon)
	rec.View.Autostop.Down = true
	observeAbsent(rec, "c", Observation{Answer: Answer{Absence: EvidenceHistory}, At: noon}, nil)
	if strings.Contains(rec.View.Description, "idle") {
		t.Errorf("what was destroyed by hand is put on autostop: %s", rec.View.Description)
	}
}

// SkyPilot's own words about the end are missing on clouds that do not show a machine
// that has ended (Lambda, DigitalOcean): its history tells there.
func TestARemovalOutsideIsAWarning(t *testing.T) {
	outside, autodown := schema.CauseOutside, schema.CauseAutostop
	for _, tt := range []struct {
		name  string
		said  string
		spot  bool
		down  bool
		state schema.Status
		cause schema.Cause
	}{
		{"in SkyPilot's words", "terminated on the cloud: c", false, false, schema.StatusRunning, outside},
		{"from its history", "", false, false, schema.StatusRunning, outside},
		{"a spot machine", "", true, false, schema.StatusRunning, schema.CausePreempted},
		{"an autostop that was seen", "Autodowned cluster: c", false, true, schema.StatusDestroying, autodown},
		{"perhaps an autostop", "", false, true, schema.StatusRunning, schema.CauseUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := &Cluster{View: schema.Cluster{Name: "c", Cloud: "lambda", Status: tt.state}, Identity: Identity{Hash: "h"}, Account: "a", Exists: Existing{State: ExistsSeen}, Spot: tt.spot}
			if tt.down {
				rec.View.Autostop = &schema.Autostop{Down: true}
			}
			o := Observation{Answer: Answer{Absence: EvidenceHistory, Account: "a"}, At: noon}
			o.Report.Gone = map[string]string{"c": tt.said}
			if !observeAbsent(rec, "c", o, nil) || rec.View.LastChange == nil || rec.View.LastChange.Cause != tt.cause {
				t.Fatalf("got %+v, want %s", rec.View.LastChange, tt.cause)
			}
			warned := len(rec.View.Warnings) == 1 && rec.View.Warnings[0].Kind == schema.KindTerminatedExternally
			if want := tt.cause == outside || tt.cause == schema.CausePreempted; warned != want {
				t.Errorf("warnings %+v", rec.View.Warnings)
			}
		})
	}
}

func firstOf(list []*ForeignWork) *ForeignWork { return append(list, nil)[0] }

// Of a spot machine SkyPilot names the zone where it names the region of another,
// and the price is that of the same place.
func TestSpotMachineKeepsItsPrice(t *testing.T) {
	for region, kept := range map[string]bool{"us-west-2a": true, "us-west-2": true, "us-east-1": false, "": false} {
		rec := &Cluster{View: schema.Cluster{Name: "c", Cloud: "aws", Region: region, HourlyCost: 0.04}}
		rec.Learn(sky.Cluster{Name: "c", State: sky.StateStopped, Cloud: "aws", Region: "us-west-2"}, "", noon)
		if got := rec.View.HourlyCost > 0; got != kept {
			t.Errorf("launched in %q, the price is kept: %v", region, got)
		}
	}
}

// Where SkyPilot chose the cloud it may have chosen one that takes an autostop and
// never carries it out.
func TestAutostopThatHasNoEffectIsCalledThat(t *testing.T) {
	rec := &Cluster{View: schema.Cluster{Cloud: "lambda", Autostop: &schema.Autostop{IdleMinutes: 30}}}
	if e := autostopNotice(rec); e.Kind != schema.KindUnsupported || !strings.Contains(e.Message, "no effect") || !strings.Contains(e.Message, "cost money") {
		t.Errorf("of a server on Lambda it is said: %+v", e)
	}
	rec.View.Cloud = "aws"
	if e := autostopNotice(rec); e.Kind != schema.KindNotice || !strings.Contains(e.Message, "stops itself after 30 minutes") { // nothing has failed
		t.Errorf("of a server on AWS it is said: %+v", e)
	}
	if said := autostopNotice(rec).Message; strings.Contains(said, "goes on costing") {
		t.Errorf("of a server on AWS, whose machine costs nothing when it is stopped, it is said: %s", said)
	}
	rec.View.Cloud = "do"
	if said := autostopNotice(rec).Message; !strings.Contains(said, "DigitalOcean bills a stopped server like a running one") {
		t.Errorf("of a server on DigitalOcean it is said: %s", said)
	}
	rec.View.Cloud, rec.View.Autostop.Lost = "aws", true
	if e := autostopNotice(rec); e.Kind != schema.KindUnsupported || !strings.Contains(e.Message, "does not end itself any more") { // it goes on costing
		t.Errorf("of a server whose autostop SkyPilot has dropped it is said: %+v", e)
	}
	rec.View.Autostop.Lost, rec.Spot = false, true
	if said := autostopNotice(rec).Message; !strings.Contains(said, "spot machine") {
		t.Errorf("of a spot machine on AWS it is said: %s", said)
	}
}
