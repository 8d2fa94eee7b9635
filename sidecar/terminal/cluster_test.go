package terminal

import (
	"bytes"
	"testing"

	"carapace/schema"
)

// What has succeeded and is warned of is no plain success.
func TestAnEndWithAWarning(t *testing.T) {
	warning := schema.Error{Kind: schema.KindRunFailed, Message: "Its run command has failed.", Hint: "Read the run log."}
	for want, warnings := range map[string][]schema.Error{
		"  ✓ The server is running. (2 s)\n":                                                    nil,
		"  ! The server is running. (2 s)\n    Its run command has failed. Read the run log.\n": {warning},
	} {
		var out bytes.Buffer
		New(Options{Out: &out}).Ended(schema.Operation{State: schema.OperationSucceeded, Message: "The server is running.", ElapsedSeconds: 2}, warnings)
		if out.String() != want {
			t.Errorf("%q, want %q", out.String(), want)
		}
	}
}

// While a launch goes on it is said what the machine will cost.
func TestThePriceOfALaunch(t *testing.T) {
	var out bytes.Buffer
	New(Options{Out: &out}).Cluster(schema.Cluster{
		Name: "n", Status: schema.StatusProvisioning, Description: "It is being launched.", Costs: schema.Costs{Now: schema.SpendingUnknown, Sentence: "It costs $1 from when it is up."},
	})
	if want := "n: provisioning\n  It is being launched.\n  It costs $1 from when it is up.\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
