package lifecycle

import (
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

func TestSpendingSentence(t *testing.T) {
	at := func(status schema.Status, machine schema.MachineState, exists Existence, hourly float64) *Cluster {
		c := &Cluster{View: schema.Cluster{Status: status, HourlyCost: hourly, Cloud: "aws"}, Machine: machine}
		c.Exists.State = exists
		return c
	}
	const stopped = "Its disk is kept and goes on costing money until you destroy the server; only the machine itself costs nothing while it is stopped. "
	for name, c := range map[string]struct {
		rec  *Cluster
		want string
	}{
		"nothing":         {at(schema.StatusNoServer, schema.MachineNone, ExistsNone, 0.19), ""},
		"launched":        {at(schema.StatusProvisioning, schema.MachineNone, ExistsNone, 0), "The machine costs money from when it is up."},
		"up already":      {at(schema.StatusProvisioning, schema.MachineRunning, ExistsSeen, 0.19), "The machine runs and costs about $0.19 an hour, without disk and traffic."},
		"with its price":  {at(schema.StatusProvisioning, schema.MachineNone, ExistsNone, 0.19), "The machine costs about $0.19 an hour from when it is up."},
		"running":         {at(schema.StatusRunning, schema.MachineRunning, ExistsSeen, 0.19), "The machine runs and costs about $0.19 an hour, without disk and traffic."},
		"stopping":        {at(schema.StatusStopping, schema.MachineRunning, ExistsSeen, 0.19), "Until it is done the machine costs about $0.19 an hour."},
		"destroying":      {at(schema.StatusDestroying, schema.MachineRunning, ExistsSeen, 0), "Until it is done the server may cost money."},
		"stopped":         {at(schema.StatusStopped, schema.MachineStopped, ExistsSeen, 0.19), stopped + "While it runs it costs about $0.19 an hour, without disk and traffic."},
		"stopped, no one": {at(schema.StatusStopped, schema.MachineStopped, ExistsSeen, 0), stopped + "While it runs it costs money, how much is not known here, without disk and traffic."},
		"nobody knows":    {at(schema.StatusError, schema.MachineUnknown, ExistsLost, 0.19), text.MoneyMayRun.Message},
	} {
		if got := text.Join(c.rec.spendingTexts(c.rec.View.Status, c.rec.Costs().Now)...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestWhatAnOfferCosts(t *testing.T) {
	offer := schema.Offer{Cloud: "aws", Region: "us-east-1", InstanceType: "m6i.xlarge", VCPUs: 4, MemoryGB: 16, HourlyCost: 0.192, Chosen: true}
	const machine = "It would be a m6i.xlarge on aws us-east-1 (4 vCPUs, 16 GB)"
	if got := text.Join(OfferTexts([]schema.Offer{{Cloud: "gcp"}, offer})...); got != machine+": about $0.19 an hour, $140 a month, without disk and traffic. "+text.MoneyUntilDestroyed.Message {
		t.Error(got)
	}
	offer.HourlyCost = 0
	if got := text.Join(OfferTexts([]schema.Offer{offer})...); got != machine+", for which SkyPilot knows no price. "+text.MoneyUntilDestroyed.Message {
		t.Error(got)
	}
	if got := text.Join(OfferTexts([]schema.Offer{{Cloud: "gcp"}})...); got != "" {
		t.Error(got)
	}
}
