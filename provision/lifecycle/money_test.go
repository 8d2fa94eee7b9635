package lifecycle

import (
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

func TestSpendingSentence(t *testing.T) {
	at := func(status schema.Status, machine schema.MachineState, exists Existence, hourly float64) *Cluster {
		c := &Cluster{View: schema.Cluster{Status: status, HourlyCost: hourly, Cloud: "aws"}, Machine: machine}
		c.Exists.State = exists
		return c
	}
	own := at(schema.StatusRunning, schema.MachineRunning, ExistsSeen, 0)
	own.View.Cloud = "slurm"
	const stopped = "While it is stopped only its disk costs money, until you destroy the server. "
	for name, c := range map[string]struct {
		rec  *Cluster
		want string
	}{
		"nothing":         {at(schema.StatusNoServer, schema.MachineNone, ExistsNone, 0.19), ""},
		"launched":        {at(schema.StatusProvisioning, schema.MachineNone, ExistsNone, 0), "The machine costs money from when it is up."},
		"up already":      {at(schema.StatusProvisioning, schema.MachineRunning, ExistsSeen, 0.19), "The machine runs and costs about $0.19 an hour, without disk and traffic."},
		"with its price":  {at(schema.StatusProvisioning, schema.MachineNone, ExistsNone, 0.19), "The machine costs about $0.19 an hour from when it is up."},
		"running":         {at(schema.StatusRunning, schema.MachineRunning, ExistsSeen, 0.19), "The machine runs and costs about $0.19 an hour, without disk and traffic."},
		"its user's own":  {own, "The machine is your own: SkyPilot knows no price of it."},
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
	const machine = "It would be m6i.xlarge on AWS us-east-1 (4 vCPUs, 16 GB)"
	if got := text.Join(OfferTexts([]schema.Offer{{Cloud: "gcp"}, offer})...); got != machine+": about $0.192 an hour, $140 a month, without disk and traffic. "+text.MoneyUntilDestroyed.Message {
		t.Error(got)
	}
	offer.HourlyCost = 0
	if got := text.Join(OfferTexts([]schema.Offer{offer})...); got != machine+", for which SkyPilot knows no price. "+text.MoneyUntilDestroyed.Message {
		t.Error(got)
	}
	offer.Cloud, offer.Region = "ssh", "rack" // whose name in a sentence is words of one language
	if got := text.Join(OfferTexts([]schema.Offer{offer})...); got != "It would be m6i.xlarge on ssh rack (4 vCPUs, 16 GB), for which SkyPilot knows no price. "+text.MoneyMachineOwn.Message {
		t.Error(got)
	}
	if got := text.Join(OfferTexts([]schema.Offer{{Cloud: "gcp"}})...); got != "" {
		t.Error(got)
	}
}

// The hourly price is that of a machine that was seen, and SkyPilot is asked only for what it may know.
func TestCostOf(t *testing.T) {
	since := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	at := func(exists Existence, hash string) *Cluster {
		c := &Cluster{Machine: schema.MachineRunning}
		c.Exists, c.Identity.Hash = Existing{State: exists, Since: since}, hash
		return c
	}
	forgotten := at(ExistsNone, "h")
	forgotten.Exists.By = KnownByPerson
	for name, c := range map[string]struct {
		rec               *Cluster
		hourly            float64
		known, spent, end bool
	}{
		"none ever":            {nil, 0, true, false, false},
		"never came to a hash": {at(ExistsNone, ""), 0, false, false, false},
		"asked":                {at(ExistsAsked, ""), 0, false, true, false},
		"seen":                 {at(ExistsSeen, "h"), 0.19, false, true, false},
		"lost":                 {at(ExistsLost, "h"), 0, false, true, false},
		"ended":                {at(ExistsNone, "h"), 0, false, true, true},
		"taken off the list":   {forgotten, 0, false, false, false},
	} {
		shown := schema.Cluster{HourlyCost: 0.19, Costs: schema.Costs{Now: schema.SpendingUnknown}}
		if c.rec == nil {
			shown.Costs.Now = schema.SpendingNothing
		}
		got := CostOf(shown, c.rec)
		if got.HourlyCost != c.hourly || got.TotalKnown != c.known || got.EndedAt.Equal(since) != c.end || HasSpent(c.rec) != c.spent {
			t.Errorf("%s: %+v, spent: %t", name, got, HasSpent(c.rec))
		}
	}
	shown := schema.Cluster{Costs: schema.Costs{Now: schema.SpendingUnknown}}
	if got := CostOf(shown, nil); got.TotalKnown {
		t.Errorf("where a server may be missing its cost is known: %+v", got)
	}
	rec := at(ExistsNone, "h")
	got := CostOf(schema.Cluster{}, rec)
	AddReport(&got, []sky.CostRow{{Hash: "", Total: 7}, {Hash: "other", Total: 8}, {Hash: "h", Total: 0.30000000000000004}}, rec)
	if got.Total != 0.3 || !got.TotalKnown {
		t.Errorf("reported: %+v", got)
	}
}

// An amount has no digits that are only a computer's.
func TestAmountsAreWritten(t *testing.T) {
	rec := &Cluster{View: schema.Cluster{HourlyCost: 0.009}, Machine: schema.MachineRunning}
	rec.Exists.State, rec.Identity.Hash = ExistsSeen, "h"
	if costs := rec.Costs(); costs.Monthly != 6.57 {
		t.Errorf("a month of $0.009 an hour is %v", costs.Monthly)
	}
	got := schema.CostResult{}
	AddReport(&got, []sky.CostRow{{Hash: "h", Total: 0.07 * 3, Duration: 3 * time.Hour}}, rec)
	if got.Total != 0.21 || got.HourlyCost != 0.07 {
		t.Errorf("three hours of $0.07: %+v", got)
	}
}

// What a server costs and has cost, in each state: an amount that is not known is not told as none, and a
// price is said once. A description that an older version stored has words alone, with or without one.
func TestCostTexts(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.Local)
	const hourly, reckoning = "While it runs it costs about $0.20 an hour, without disk and traffic.", "That is without disk and traffic, by SkyPilot's reckoning."
	says := []text.Text{text.New(&text.MoneyRunning, text.Args{"hourly": 0.2})}
	for name, c := range map[string]struct {
		cost schema.CostResult
		want string
	}{
		"none ever": {schema.CostResult{TotalKnown: true, Costs: schema.Costs{Now: schema.SpendingNothing}}, ""},
		"launching": {schema.CostResult{Costs: schema.Costs{Now: schema.SpendingUnknown}}, "SkyPilot does not say what it has cost so far."},
		"running": {
			schema.CostResult{TotalKnown: true, Total: 1.234, HourlyCost: 0.2, Since: at, Costs: schema.Costs{Now: schema.SpendingMachine}, Texts: says},
			"It has cost about $1.23 since 24 November 2026, 12:00. " + reckoning,
		},
		"running, by an older version": {
			schema.CostResult{HourlyCost: 0.2, Costs: schema.Costs{Now: schema.SpendingMachine}, Texts: []text.Text{text.Words("It costs about $0.20 an hour.")}},
			hourly + " SkyPilot does not say what it has cost so far.",
		},
		"stopped": {
			schema.CostResult{TotalKnown: true, Total: 0.001, HourlyCost: 0.2, Costs: schema.Costs{Now: schema.SpendingDisk}, Texts: []text.Text{text.New(&text.MoneyStoppedDisk)}},
			hourly + " So far it has cost less than a cent. " + reckoning,
		},
		"destroyed": {
			schema.CostResult{TotalKnown: true, Total: 2, HourlyCost: 0.2, EndedAt: at, Costs: schema.Costs{Now: schema.SpendingNothing}},
			"It cost about $2.00 until it ended, 24 November 2026, 12:00. " + reckoning,
		},
		"destroyed and forgotten": {
			schema.CostResult{EndedAt: at, Costs: schema.Costs{Now: schema.SpendingNothing}},
			"SkyPilot does not know any more what it has cost. It ended 24 November 2026, 12:00.",
		},
		"destroyed, without SkyPilot": {
			schema.CostResult{EndedAt: at, Reason: schema.Saying(schema.KindInternal, text.Words("It is not installed.")), Costs: schema.Costs{Now: schema.SpendingNothing}},
			"What it has cost can't be asked. It is not installed.",
		},
		"lost": {schema.CostResult{Costs: schema.Costs{Now: schema.SpendingUnknown}, HourlyCost: 0.2}, hourly + " SkyPilot does not say what it has cost so far."},
	} {
		if got := text.Join(CostTexts(c.cost, nil)...); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	forgotten := &Cluster{}
	forgotten.Witness(EvidenceSubmitting, "", at)
	forgotten.Witness(EvidenceForgotten, "", at)
	if got := text.Join(CostTexts(CostOf(schema.Cluster{Costs: forgotten.Costs()}, forgotten), forgotten)...); got != "What it has cost is not asked any more: it was taken off the list." {
		t.Errorf("forgotten: %q", got)
	}
}
