package lifecycle

import (
	"cmp"
	"math"
	"slices"

	"carapace/provision/cloud"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// This file decides what is said of money, from [Spends]; the words are in schema/text/money.go. A
// machine that may cost money must never be described as one that costs nothing.

// Spends returns what goes on costing money. It depends only on whether the machine exists, on its
// state if it is seen, and on what the cloud bills for a stopped machine.
func Spends(exists Existence, machine schema.MachineState, stopped cloud.StoppedCost) schema.Spending {
	switch {
	case exists == ExistsNone:
		return schema.SpendingNothing
	case exists != ExistsSeen:
		return schema.SpendingUnknown
	case machine == schema.MachineUnknown:
		return schema.SpendingUnknown
	case machine != schema.MachineStopped:
		return schema.SpendingMachine
	}
	switch stopped {
	case cloud.StoppedDisk:
		return schema.SpendingDisk
	case cloud.StoppedMachine:
		return schema.SpendingMachine
	}
	return schema.SpendingUnknown
}

// MachineState returns the machine's state as it was last seen, unknown if it was not seen.
func (c *Cluster) MachineState() schema.MachineState {
	switch {
	case c.Existence() == ExistsSeen:
		return c.Machine
	case c.Existence() == ExistsNone && !c.Forgotten():
		return schema.MachineNone
	}
	return schema.MachineUnknown
}

// Costs returns what the cluster costs now.
func (c *Cluster) Costs() schema.Costs {
	costs := schema.Costs{Now: Spends(c.Existence(), c.Machine, c.stoppedCost())}
	if c.Forgotten() {
		costs.Now = schema.SpendingUnknown
	}
	if costs.Now == schema.SpendingMachine && c.View.HourlyCost > 0 {
		costs.Hourly, costs.Monthly = c.View.HourlyCost, money(c.View.HourlyCost*hoursPerMonth)
		costs.BasisText = text.New(&text.MoneyBasis)
		costs.Basis = costs.BasisText.Message()
	}
	return costs
}

const hoursPerMonth = 730

// money is an amount without the digits that are only a computer's: 7.3, and not 7.300000000000001.
func money(amount float64) float64 { return math.Round(amount*1e6) / 1e6 }

func (c *Cluster) stoppedCost() cloud.StoppedCost {
	at, known := cloud.Find(c.View.Cloud)
	if !known {
		return cloud.StoppedUnknown
	}
	return at.CostsWhenStopped(c.IsSpot())
}

// isOwn reports whether a cloud's machines are the user's own, for which SkyPilot knows no price.
func isOwn(id string) bool {
	at, _ := cloud.Find(id)
	return at.OwnMachines()
}

// spendingTexts returns what the cluster, shown with a status, costs now and next; nothing if nothing of it does.
func (c *Cluster) spendingTexts(status schema.Status, spends schema.Spending) []text.Text {
	hourly := c.View.HourlyCost
	priced := func(known, unknown text.Text) text.Text {
		switch {
		case hourly > 0:
			return known
		case isOwn(c.View.Cloud):
			return text.New(&text.MoneyMachineOwn)
		}
		return unknown
	}
	switch {
	case status == schema.StatusProvisioning && c.Existence() == ExistsSeen:
		return []text.Text{priced(text.New(&text.MoneyMachinePriced, text.Args{"hourly": hourly}), text.New(&text.MoneyMachineUnpriced))}
	case status == schema.StatusProvisioning:
		return []text.Text{priced(text.New(&text.MoneyFromWhenUp, text.Args{"hourly": hourly}), text.New(&text.MoneyFromWhenUpUnpriced))}
	case spends == schema.SpendingNothing:
		return nil
	case status == schema.StatusStopping || status == schema.StatusDestroying:
		if spends == schema.SpendingUnknown {
			return []text.Text{text.New(&text.MoneyUntilDoneMay)}
		}
		return []text.Text{priced(text.New(&text.MoneyUntilDone, text.Args{"hourly": hourly}), text.New(&text.MoneyUntilDoneMay))}
	case c.Existence() == ExistsSeen && c.Machine == schema.MachineStopped:
		return []text.Text{
			stoppedMoney(spends, c.View.Cloud),
			priced(text.New(&text.MoneyWhileRunning, text.Args{"hourly": hourly}), text.New(&text.MoneyWhileRunningUnpriced)),
		}
	case spends == schema.SpendingUnknown:
		return []text.Text{text.New(&text.MoneyMayRun)}
	}
	return []text.Text{priced(text.New(&text.MoneyMachinePriced, text.Args{"hourly": hourly}), text.New(&text.MoneyMachineUnpriced))}
}

// CostOf returns the answer to what a cluster costs, without what it has cost. The hourly
// price is that of a machine that was seen: in the record of one that never was, it is the price at the
// last place that was asked.
func CostOf(shown schema.Cluster, rec *Cluster) schema.CostResult {
	c := schema.CostResult{
		Since: shown.CreatedAt, Currency: "USD", Costs: shown.Costs, Description: shown.Description, Texts: shown.Texts,
		CheckedAt: shown.CheckedAt, Stale: shown.Stale,
	}
	switch {
	case rec == nil:
		c.TotalKnown = c.Costs.Now == schema.SpendingNothing
	case rec.Existence() == ExistsSeen:
		c.HourlyCost = shown.HourlyCost
	case HasSpent(rec) && !rec.MayExist():
		c.EndedAt = rec.Exists.Since
	}
	return c
}

// HasSpent reports whether SkyPilot may know what a cluster has cost; rec may be nil. No launch may have come
// to a machine, and of one that was taken off the list nobody knows: it may run.
func HasSpent(rec *Cluster) bool {
	return rec != nil && (rec.MayExist() || rec.Identity.Hash != "" && !rec.Forgotten())
}

// AddReport adds what SkyPilot's report says of a cluster. One of which it says nothing has not cost
// nothing.
func AddReport(c *schema.CostResult, rows []sky.CostRow, rec *Cluster) {
	for _, row := range rows {
		if row.Hash != rec.Identity.Hash || row.Hash == "" {
			continue
		}
		c.Total, c.TotalKnown = money(row.Total), true
		if c.HourlyCost == 0 {
			c.HourlyCost = money(row.Hourly())
		}
	}
}

// CostTexts returns what is said of a server's cost beside its description: what an hour costs where the
// description does not say it, and what the server has cost. rec may be nil.
func CostTexts(c schema.CostResult, rec *Cluster) (said []text.Text) {
	if c.HourlyCost > 0 && c.EndedAt.IsZero() && !slices.ContainsFunc(c.Texts, saysHourly) {
		said = append(said, text.New(&text.MoneyWhileRunning, text.Args{"hourly": c.HourlyCost}))
	}
	switch {
	case rec != nil && rec.Forgotten():
		said = append(said, text.New(&text.MoneyTotalForgotten))
	case !c.EndedAt.IsZero() && c.TotalKnown:
		said = append(said, text.New(&text.MoneyTotalEnded, text.Args{"total": c.Total, "ended": c.EndedAt}))
	case !c.EndedAt.IsZero() && c.Reason != nil:
		said = append(append(said, text.New(&text.MoneyTotalUnasked)), c.Reason.Texts()...)
	case !c.EndedAt.IsZero():
		said = append(said, text.New(&text.MoneyTotalGone, text.Args{"ended": c.EndedAt}))
	case c.TotalKnown && c.Total == 0 && c.Costs.Now == schema.SpendingNothing:
	case c.TotalKnown && c.Since.IsZero():
		said = append(said, text.New(&text.MoneyTotal, text.Args{"total": c.Total}))
	case c.TotalKnown:
		said = append(said, text.New(&text.MoneyTotalSince, text.Args{"total": c.Total, "launched": c.Since}))
	case c.Costs.Now != schema.SpendingNothing:
		said = append(said, text.New(&text.MoneyTotalUnknown))
	}
	return said
}

// saysHourly reports whether a text says what an hour costs. Words that an older version stored have no
// arguments: what they say is said again then.
func saysHourly(t text.Text) bool {
	_, says := t.Args["hourly"]
	return says
}

// OfferTexts returns what the offer that would be chosen costs; nothing if none would be.
func OfferTexts(offers []schema.Offer) []text.Text {
	for _, o := range offers {
		if !o.Chosen {
			continue
		}
		place := cloud.Where(o.Cloud, cmp.Or(o.Zone, o.Region))
		if o.HourlyCost == 0 {
			costs := text.New(&text.MoneyUntilDestroyed)
			if isOwn(o.Cloud) {
				costs = text.New(&text.MoneyMachineOwn)
			}
			return []text.Text{
				text.New(&text.MoneyOfferUnpriced, text.Args{"size": o.InstanceType, "place": place, "cpus": o.VCPUs, "memory": o.MemoryGB}),
				costs,
			}
		}
		return []text.Text{
			text.New(&text.MoneyOffer, text.Args{
				"size": o.InstanceType, "place": place, "cpus": o.VCPUs, "memory": o.MemoryGB, "hourly": o.HourlyCost, "monthly": money(o.HourlyCost * hoursPerMonth),
			}),
			text.New(&text.MoneyUntilDestroyed),
		}
	}
	return nil
}

// money returns what the cluster costs now, nothing if the description says it already.
func (c *Cluster) money() []text.Text {
	story := c.story()
	switch spends := c.Costs().Now; {
	case len(story) > 0 && story[len(story)-1].Code == text.MoneyMayCost.Code:
		return nil // a look failed, so the last state may be out of date
	case c.Forgotten():
		return nil // the description says what may remain
	case c.Existence() == ExistsSeen && c.Machine == schema.MachineStopped:
		return []text.Text{stoppedMoney(spends, c.View.Cloud)}
	case spends == schema.SpendingNothing && c.View.Status == schema.StatusError:
		return []text.Text{text.New(&text.MoneyNoMachineLeft)}
	case spends == schema.SpendingNothing && c.Exists.State == "":
		return nil
	case spends == schema.SpendingNothing:
		return []text.Text{text.New(&text.MoneyNothing)}
	case spends == schema.SpendingUnknown:
		return []text.Text{text.New(&text.MoneyMayRun)}
	case c.View.Status == schema.StatusRunning:
		return nil
	case c.View.HourlyCost == 0 && isOwn(c.View.Cloud):
		return []text.Text{text.New(&text.MoneyMachineOwn)}
	}
	return []text.Text{text.New(&text.MoneyMachine)}
}

// withMoney adds to a failed operation's hint what goes on costing money, from the existence after
// the operation. ending reports that the operation was to stop or remove the machine.
func withMoney(e *schema.Error, ending bool, rec *Cluster) *schema.Error {
	if e == nil || !rec.MayExist() {
		return e
	}
	switch {
	case ending:
		return e.AndHint(text.New(&text.MoneyUntilThen))
	case rec.Existence() == ExistsSeen && rec.Machine != schema.MachineStopped && (e.Kind == schema.KindSetupFailed || e.Kind == schema.KindUnreachable || e.Kind == schema.KindDiskFull):
		return e.AndHint(text.New(&text.MoneyWhileThere))
	}
	return e
}

// stoppedMoney returns what goes on costing money while a cluster is stopped. SkyPilot does not say
// that.
func stoppedMoney(spends schema.Spending, id string) text.Text {
	name := id
	if at, known := cloud.Find(id); known {
		name = at.Name
	}
	switch spends {
	case schema.SpendingDisk:
		return text.New(&text.MoneyStoppedDisk)
	case schema.SpendingMachine:
		return text.New(&text.MoneyStoppedMachine, text.Args{"cloud": name})
	}
	return text.New(&text.MoneyStoppedUnknown)
}

// runningStory returns that a server runs, where, and its price.
func runningStory(v schema.Cluster) []text.Text {
	place := cloud.Where(v.Cloud, v.Region)
	switch {
	case v.HourlyCost > 0 && place != "":
		return []text.Text{text.New(&text.MoneyRunningOn, text.Args{"place": place, "hourly": v.HourlyCost})}
	case v.HourlyCost > 0:
		return []text.Text{text.New(&text.MoneyRunning, text.Args{"hourly": v.HourlyCost})}
	case place != "":
		return []text.Text{text.New(&text.ServerRunningOn, text.Args{"place": place})}
	}
	return []text.Text{text.New(&text.ServerRunning)}
}

// AboveLimit refuses a machine that costs more than the limit, in USD an hour.
func AboveLimit(offer schema.Offer, limit float64) *schema.Error {
	return schema.Fail(schema.KindInvalidSpec, &text.PriceAboveLimit, text.Args{
		"size": offer.InstanceType, "price": offer.HourlyCost, "limit": limit, "place": cloud.Where(offer.Cloud, cmp.Or(offer.Region, offer.Zone)),
	}).WithField("spec.maxHourlyCost")
}

// TooDear is the end of a launch whose machine came up where it costs more than the
// spec allows.
func TooDear(rec Cluster) *schema.Error {
	limit := 0.0
	if rec.Spec != nil {
		limit = rec.Spec.MaxHourlyCost
	}
	return schema.Fail(schema.KindCapacityUnavailable, &text.PriceTooDear,
		text.Args{"limit": limit, "place": cloud.Where(rec.View.Cloud, rec.View.Region), "price": rec.View.HourlyCost})
}

// PriceUnknown warns that a limit could not be checked; why may be nil.
func PriceUnknown(spec schema.Spec, why *schema.Error) *schema.Error {
	warning := schema.Fail(schema.KindInternal, &text.PriceUnknown, text.Args{"limit": spec.MaxHourlyCost})
	if why != nil {
		warning.Kind = why.Kind
		warning = warning.WithDetail(why.Message)
	}
	return warning
}
