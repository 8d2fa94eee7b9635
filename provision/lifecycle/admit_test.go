package lifecycle

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

func TestRefusalsNameWhatIsInProgress(t *testing.T) {
	began := time.Date(2026, 11, 29, 10, 2, 3, 0, time.Local)
	for kind, want := range map[schema.OperationKind][2]string{
		schema.OperationInstall: {"SkyPilot is being installed, since 10:02:03.", "Wait until that has finished, or cancel it."},
		schema.OperationStop:    {"A stop of n is in progress, since 10:02:03.", "Wait until it has finished."},
		schema.OperationLaunch:  {"A launch of n is in progress, since 10:02:03.", "Wait until it has finished, or cancel it."},
	} {
		e := InProgress("n", &Operation{Operation: schema.Operation{ID: "o", Kind: kind, StartedAt: began}}, Holder{PID: 4711})
		if e.Message != want[0] || e.Hint != want[1] || e.Operation != "o" {
			t.Errorf("%s: %s %s (operation %q)", kind, e.Message, e.Hint, e.Operation)
		}
	}
}

// The status of such a server says that its machine runs: that it does not is no reason.
func TestWhyVaultsCantBeSynced(t *testing.T) {
	for machine, want := range map[schema.MachineState]string{
		schema.MachineUnusable: "n can't be used right now, so its vaults can't be brought up to date.",
		schema.MachineStopped:  "n is not running, so its vaults can't be brought up to date.",
	} {
		rec := &Cluster{Machine: machine, Exists: Existing{State: ExistsSeen}}
		if e := syncable("n", schema.StatusError, rec); e.Message != want {
			t.Errorf("%s: %s", machine, e.Message)
		}
	}
}

// A server whose record was lost may well have been launched by Carapace.
func TestUnknownVaultsAreNotSaidToBeForeign(t *testing.T) {
	e := syncable("n", schema.StatusRunning, &Cluster{})
	if e == nil || e.Kind != schema.KindUnsupported || strings.Contains(e.Message, "not launched by Carapace") {
		t.Errorf("it says %v", e)
	}
}

// Where a launch left no machine nothing is synced, and nobody is told to start what a start then says is not there.
func TestNoSyncWithoutAMachine(t *testing.T) {
	rec := &Cluster{View: schema.Cluster{Status: schema.StatusError}, Exists: Existing{State: ExistsNone}}
	for _, kind := range []schema.OperationKind{schema.OperationSync, schema.OperationStart, schema.OperationStop} {
		if refusal := Admit(kind, "n", rec); refusal == nil || refusal.Code != text.MachineNone.Code {
			t.Errorf("a %s is refused with %+v", kind, refusal)
		}
	}
}

// What is to be done first is said where it is known: a server that is stopped is started.
func TestWhyThereIsNoConnection(t *testing.T) {
	for _, tt := range []struct {
		server schema.Cluster
		hint   string
	}{
		{schema.Cluster{Status: schema.StatusStopped}, "Start it first."},
		{schema.Cluster{Status: schema.StatusProvisioning}, "Look at its status: it says what to do first."},
		{schema.Cluster{Status: schema.StatusError}, "Look at its status: it says what to do first."},
	} {
		if refusal := AdmitConnection(tt.server); refusal == nil || refusal.Hint != tt.hint {
			t.Errorf("%s: %v, want %q", tt.server.Status, refusal, tt.hint)
		}
	}
	for _, c := range []schema.Cluster{{Status: schema.StatusRunning}, {Status: schema.StatusError, IP: "10.0.0.1"}} {
		if refusal := AdmitConnection(c); refusal != nil {
			t.Errorf("%s: %v", c.Status, refusal)
		}
	}
}
