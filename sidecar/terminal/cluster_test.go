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
		"  ! The server is running. (2 s)\n    Look.\n":                                         {{Message: "The server is running.", Hint: "Look."}},
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

// Why a look failed is said, and nothing twice.
func TestAServerThatCantBeLookedAt(t *testing.T) {
	var out bytes.Buffer
	New(Options{Out: &out}).Cluster(schema.Cluster{
		Name: "n", Status: schema.StatusNoServer, Description: "It is gone.", Stale: true, Error: &schema.Error{Message: "It is gone.", Hint: "Launch a new one."},
		Warnings:     []schema.Error{{Message: "It is gone.", Hint: "Launch a new one."}, {Message: "Look out.", Hint: "Launch a new one."}},
		Reachability: schema.Reachability{Error: &schema.Error{Message: "The network is down."}},
	})
	if want := "n: no server\n  It is gone.\n  Launch a new one.\n  ! Look out.\n  ! The last look failed: this is what was known before. The network is down.\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// A warning whose words the description begins with is not said again.
func TestAWarningThatTheDescriptionHas(t *testing.T) {
	var out bytes.Buffer
	New(Options{Out: &out}).Cluster(schema.Cluster{
		Name: "n", Status: schema.StatusNoServer, Description: "It is gone. Nothing of it costs.", Warnings: []schema.Error{{Message: "It is gone.", Hint: "Launch a new one."}},
	})
	if want := "n: no server\n  It is gone. Nothing of it costs.\n  ! Launch a new one.\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// An installation says how far it is, not how long it takes; a second is not counted down.
func TestTheBarOfAPercentage(t *testing.T) {
	half := 50
	l := &live{bar: true}
	l.heed(schema.Progress{Percent: &half, ExpectedSeconds: 0.4, Message: "Downloading."})
	if line, want := l.line(l.began, 0), "  ⠋ ████████░░░░░░░░ 0 s  Downloading."; line != want {
		t.Errorf("%q, want %q", line, want)
	}
}

// How to get credentials is said of each cloud that has none, or what is wrong with them.
func TestCloudsWithoutCredentials(t *testing.T) {
	for want, c := range map[string]schema.Credentials{
		"  - aws            Amazon\n    Run aws configure.\n":   {Hint: "Run aws configure."},
		"  - aws            Amazon\n    They are old. Renew.\n": {Hint: "Run aws configure.", Problem: &schema.CredentialsProblem{Message: "They are old.", Hint: "Renew."}},
	} {
		var out bytes.Buffer
		New(Options{Out: &out}).Provider(schema.Provider{ID: "aws", Name: "Amazon", Credentials: c})
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
