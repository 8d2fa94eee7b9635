package lifecycle

import (
	"testing"
	"time"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
)

// The table of what evidence does, written out: what is not here leaves the
// existence as it is.
func TestMove(t *testing.T) {
	all := []Evidence{
		EvidenceSubmitting, EvidenceShown, EvidenceNotMade, EvidenceOwed, EvidenceDestroyed, EvidenceCloudGone, EvidenceHistory,
		EvidenceEnded, EvidencePurged, EvidenceNoRecord, EvidenceReplaced, EvidenceForgotten, EvidenceRemembered,
	}
	want := map[Existence]map[Evidence]Existence{
		ExistsNone: {EvidenceSubmitting: ExistsAsked, EvidenceShown: ExistsSeen, EvidenceOwed: ExistsAsked, EvidenceRemembered: ExistsAsked},
		ExistsAsked: {
			EvidenceShown: ExistsSeen, EvidenceNotMade: ExistsNone, EvidenceDestroyed: ExistsNone, EvidenceCloudGone: ExistsNone, EvidenceHistory: ExistsNone,
			EvidenceEnded: ExistsLost, EvidencePurged: ExistsLost, EvidenceNoRecord: ExistsLost, EvidenceReplaced: ExistsLost, EvidenceForgotten: ExistsNone,
		},
		ExistsSeen: {
			EvidenceDestroyed: ExistsNone, EvidenceCloudGone: ExistsNone, EvidenceHistory: ExistsNone,
			EvidenceEnded: ExistsLost, EvidencePurged: ExistsLost, EvidenceNoRecord: ExistsLost, EvidenceReplaced: ExistsLost, EvidenceNotMade: ExistsLost,
		},
		ExistsLost: {EvidenceShown: ExistsSeen, EvidenceCloudGone: ExistsNone, EvidenceHistory: ExistsNone, EvidenceForgotten: ExistsNone},
	}
	for from := range want {
		for _, evidence := range all {
			to, moved := want[from][evidence]
			if !moved {
				to = from
			}
			if got := Move(from, evidence, true); got != to {
				t.Errorf("%s by %s: %s, want %s", from, evidence, got, to)
			}
		}
	}
}

func TestKnownBy(t *testing.T) {
	for evidence, want := range map[Evidence]KnownBy{
		EvidenceSubmitting: KnownByOperation, EvidenceOwed: KnownByOperation, EvidenceDestroyed: KnownByOperation,
		EvidenceNotMade: KnownByCloud, EvidenceCloudGone: KnownByCloud, EvidenceForgotten: KnownByPerson,
		EvidenceShown: KnownByRecord, EvidenceHistory: KnownByRecord, EvidencePurged: KnownByRecord, EvidenceNoRecord: KnownByRecord,
		EvidenceEnded: KnownByRecord, EvidenceReplaced: KnownByRecord, EvidenceRemembered: KnownByRecord,
	} {
		if got := knownBy(evidence); got != want {
			t.Errorf("%s is known by %s, not %s", evidence, got, want)
		}
	}
}

// What is found with the keys of another account, or of one that nobody knows, is no
// end of a machine: SkyPilot looked in the wrong place.
func TestNoEndInAnotherAccount(t *testing.T) {
	for from, want := range map[Existence]Existence{ExistsNone: ExistsNone, ExistsSeen: ExistsLost, ExistsLost: ExistsLost} {
		for _, evidence := range []Evidence{EvidenceDestroyed, EvidenceCloudGone, EvidenceHistory} {
			if got := Move(from, evidence, false); got != want {
				t.Errorf("%s by %s in another account: %s, want %s", from, evidence, got, want)
			}
		}
	}
	for name, tt := range map[string]struct {
		cloud, launched, now string
		want                 Existence
	}{
		"SkyPilot compares the accounts itself": {"aws", "", "", ExistsNone},
		"the same":                              {"lambda", "a", "a", ExistsNone},
		"another":                               {"lambda", "a", "b", ExistsLost},
		"not known at the launch":               {"lambda", "", "a", ExistsLost},
		"not known now":                         {"lambda", "a", "", ExistsLost},
	} {
		rec := &Cluster{View: schema.Cluster{Cloud: tt.cloud}, Account: tt.launched, Exists: Existing{State: ExistsSeen}}
		if rec.Witness(EvidenceCloudGone, tt.now, noon); rec.Existence() != tt.want {
			t.Errorf("%s: %s, want %s", name, rec.Existence(), tt.want)
		}
	}
}

// Beside a machine that may have been made unheard nothing ends.
func TestAnOrphanKeepsItFromEnding(t *testing.T) {
	for evidence, want := range map[Evidence]Existence{EvidenceNotMade: ExistsAsked, EvidenceDestroyed: ExistsLost, EvidenceForgotten: ExistsNone} {
		rec := &Cluster{View: schema.Cluster{Cloud: "aws"}, Exists: Existing{State: ExistsAsked}, Orphan: &Orphan{Region: "us-east-1"}}
		if rec.Witness(evidence, "", noon); rec.Existence() != want {
			t.Errorf("%s: %s, want %s", evidence, rec.Existence(), want)
		}
	}
}

func TestSpends(t *testing.T) {
	for _, tt := range []struct {
		exists  Existence
		machine schema.MachineState
		stopped cloud.StoppedCost
		want    schema.Spending
	}{
		{ExistsNone, schema.MachineRunning, cloud.StoppedDisk, schema.SpendingNothing},
		{ExistsAsked, "", cloud.StoppedDisk, schema.SpendingUnknown},
		{ExistsLost, schema.MachineStopped, cloud.StoppedDisk, schema.SpendingUnknown},
		{ExistsSeen, schema.MachineRunning, cloud.StoppedDisk, schema.SpendingMachine},
		{ExistsSeen, schema.MachineUnusable, cloud.StoppedDisk, schema.SpendingMachine},
		{ExistsSeen, schema.MachineChanging, cloud.StoppedDisk, schema.SpendingMachine},
		{ExistsSeen, schema.MachineUnknown, cloud.StoppedDisk, schema.SpendingUnknown},
		{ExistsSeen, schema.MachineStopped, cloud.StoppedDisk, schema.SpendingDisk},
		{ExistsSeen, schema.MachineStopped, cloud.StoppedMachine, schema.SpendingMachine},
		{ExistsSeen, schema.MachineStopped, cloud.StoppedUnknown, schema.SpendingUnknown},
	} {
		if got := Spends(tt.exists, tt.machine, tt.stopped); got != tt.want {
			t.Errorf("%s, %s, %q: %s, want %s", tt.exists, tt.machine, tt.stopped, got, tt.want)
		}
	}
}

func TestAbsent(t *testing.T) {
	id := Identity{Hash: "h"}
	row := func(event string) []sky.CostRow {
		return []sky.CostRow{{Hash: "other", Status: "TERMINATED", LastEvent: sky.EventTerminated}, {Hash: "h", Status: "TERMINATED", LastEvent: event}}
	}
	for name, tt := range map[string]struct {
		id      Identity
		report  sky.StatusReport
		history []sky.CostRow
		want    Evidence
	}{
		"said in this look":            {id, sky.StatusReport{Gone: map[string]string{"c": "Autodowned cluster: c"}}, nil, EvidenceCloudGone},
		"never seen":                   {Identity{}, sky.StatusReport{}, row(sky.EventTerminated), EvidenceNoRecord},
		"no history":                   {id, sky.StatusReport{}, nil, EvidenceNoRecord},
		"a look showed no instance":    {id, sky.StatusReport{}, row(sky.EventTerminated), EvidenceHistory},
		"downed, or purged":            {id, sky.StatusReport{}, row("Cluster was terminated by user me (request ID: 1)."), EvidenceEnded},
		"an event that proves nothing": {id, sky.StatusReport{}, row("All nodes up; SkyPilot runtime healthy."), EvidenceEnded},
		"another cluster of the name":  {Identity{Hash: "mine"}, sky.StatusReport{}, row(sky.EventTerminated), EvidenceNoRecord},
		"still there":                  {id, sky.StatusReport{}, []sky.CostRow{{Hash: "h", Status: "UP", LastEvent: sky.EventTerminated}}, EvidenceNoRecord},
	} {
		if got := Absent("c", Cluster{Identity: tt.id}, tt.report, tt.history); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestLastRemoval(t *testing.T) {
	at := func(id, name, status string, minute int) sky.Request {
		return sky.Request{ID: id, Name: "sky." + name, Status: status, Cluster: "c", CreatedAt: noon.Add(time.Duration(minute) * time.Minute)}
	}
	other := at("x", "down", "SUCCEEDED", 9)
	other.Cluster = "other"
	launched := sky.CostRow{LaunchedAt: noon}
	for name, tt := range map[string]struct {
		requests []sky.Request // newest first
		past     sky.CostRow
		want     string
		removing bool
	}{
		"none":                          {nil, launched, "", false},
		"of another cluster":            {[]sky.Request{other, at("s", "stop", "SUCCEEDED", 1)}, launched, "", false},
		"one that ended well":           {[]sky.Request{at("3", "down", "FAILED", 3), at("2", "down", "SUCCEEDED", 2), at("1", "down", "SUCCEEDED", -1)}, launched, "2", false},
		"several: nobody can say which": {[]sky.Request{at("2", "down", "SUCCEEDED", 2), at("1", "down", "SUCCEEDED", 1)}, launched, "", false},
		"the one that the event names":  {[]sky.Request{at("2", "down", "SUCCEEDED", 2), at("1", "down", "SUCCEEDED", 1)}, sky.CostRow{LaunchedAt: noon, LastEvent: "Cluster was terminated by user me (request ID: 1)."}, "1", false},
		"of one of the name before":     {[]sky.Request{at("1", "down", "SUCCEEDED", -1)}, launched, "", false},
		"asked for while it came up":    {[]sky.Request{at("1", "down", "SUCCEEDED", -1)}, sky.CostRow{LaunchedAt: noon, LastEvent: "Cluster was terminated by user me (request ID: 1)."}, "1", false},
		"its request is not over yet":   {[]sky.Request{at("2", "down", "RUNNING", 2), at("1", "down", "SUCCEEDED", -1)}, launched, "", true},
		"no history tells of a launch":  {[]sky.Request{at("1", "down", "SUCCEEDED", -1)}, sky.CostRow{}, "1", false},
	} {
		got, found, removing := LastRemoval(tt.requests, "c", tt.past)
		if found && got.ID != tt.want || found != (tt.want != "") || removing != tt.removing {
			t.Errorf("%s: %q, %v, %v", name, got.ID, found, removing)
		}
	}
}

func TestClaimOf(t *testing.T) {
	found := func(hash, user string) sky.Cluster { return sky.Cluster{Name: "c", Hash: hash, UserHash: user} }
	own := Known{User: "me"}
	seen := &Cluster{Identity: Identity{Hash: "h"}, Exists: Existing{State: ExistsSeen}}
	for name, tt := range map[string]struct {
		rec       *Cluster
		found     sky.Cluster
		known     Known
		adoptable bool
		want      claim
	}{
		"the one that is journaled, whoever it says owns it": {seen, found("h", "another"), own, false, claimOurs},
		"one of the durable records, after ~/.sky was lost":  {nil, found("h", "another"), Known{User: "me", Hashes: map[string]bool{"h": true}}, true, claimOurs},
		"a colleague's under our name":                       {nil, found("x", "alice"), own, true, claimForeign},
		"one on an endpoint whose users can't be known":      {nil, found("x", "alice"), Known{}, true, claimForeign},
		"our own submission that nobody saw yet":             {&Cluster{Exists: Existing{State: ExistsAsked}}, found("x", "me"), own, true, claimOurs},
		"a colleague's while ours is asked for":              {&Cluster{Exists: Existing{State: ExistsAsked}}, found("x", "alice"), own, true, claimForeign},
		"this user's own, under the configured name":         {nil, found("x", "me"), own, true, claimAdopted},
		"this user's own, under another name":                {nil, found("x", "me"), own, false, claimForeign},
		"this user's own, under a name that was ours":        {nil, found("x", "me"), Known{User: "me", Names: map[string]bool{"c": true}}, true, claimForeign},
		"made anew under our name":                           {seen, found("x", "me"), own, true, claimForeign},
		"late, of a launch that was given up":                {&Cluster{Exists: Existing{State: ExistsNone}}, found("x", "me"), Known{User: "me", Names: map[string]bool{"c": true}, Unseen: map[string]bool{"c": true}}, true, claimOurs},
	} {
		if got := claimOf(tt.rec, tt.found, tt.known, tt.adoptable); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}
