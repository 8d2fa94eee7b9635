package lifecycle

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"carapace/provision/cloud"
	"carapace/schema"
)

// This file has all texts about money, and derives them from [Spends]; a test holds that no other
// file of the service has one. A machine that may cost money must never be described as one that
// costs nothing.

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
	switch c.Existence() {
	case ExistsNone:
		return schema.MachineNone
	case ExistsSeen:
		return c.Machine
	}
	return schema.MachineUnknown
}

// Costs returns what the cluster costs now.
func (c *Cluster) Costs() schema.Costs {
	costs := schema.Costs{Now: Spends(c.Existence(), c.Machine, c.stoppedCost())}
	if costs.Now == schema.SpendingMachine && c.View.HourlyCost > 0 {
		costs.Hourly, costs.Monthly = c.View.HourlyCost, c.View.HourlyCost*hoursPerMonth
		costs.Basis = "SkyPilot's catalog, when the server was launched; without disk and traffic"
	}
	return costs
}

const hoursPerMonth = 730

func (c *Cluster) stoppedCost() cloud.StoppedCost {
	at, known := cloud.Find(c.View.Cloud)
	if !known {
		return cloud.StoppedUnknown
	}
	return at.CostsWhenStopped(c.IsSpot())
}

// spendingSentence returns what the cluster, shown with a status, costs now and next, "" if nothing of it does.
func (c *Cluster) spendingSentence(status schema.Status, spends schema.Spending) string {
	hourly := ""
	if c.View.HourlyCost > 0 {
		hourly = fmt.Sprintf("about $%.2f an hour", c.View.HourlyCost)
	}
	switch {
	case status == schema.StatusProvisioning:
		return "The machine costs " + cmp.Or(hourly, "money") + " from when it is up."
	case spends == schema.SpendingNothing:
		return ""
	case status == schema.StatusStopping || status == schema.StatusDestroying:
		if hourly == "" || spends == schema.SpendingUnknown {
			return "Until it is done the server may cost money."
		}
		return "Until it is done the machine costs " + hourly + "."
	case c.Existence() == ExistsSeen && c.Machine == schema.MachineStopped:
		return join(stoppedMoney(spends, c.View.Cloud), "While it runs it costs "+cmp.Or(hourly, "money, how much is not known here")+", without disk and traffic.")
	case spends == schema.SpendingUnknown:
		return MayBeThere
	}
	return "The machine runs and costs " + cmp.Or(hourly, "money") + ", without disk and traffic."
}

// OfferSentence returns what the offer that would be chosen costs; "" if none would be.
func OfferSentence(offers []schema.Offer) string {
	for _, o := range offers {
		if !o.Chosen {
			continue
		}
		machine := fmt.Sprintf("It would be a %s on %s %s (%g vCPUs, %g GB)", o.InstanceType, o.Cloud, cmp.Or(o.Zone, o.Region), o.VCPUs, o.MemoryGB)
		if o.HourlyCost == 0 {
			return machine + ", for which SkyPilot knows no price. " + UntilDestroyed
		}
		return fmt.Sprintf("%s: about $%.2f an hour, $%.0f a month, without disk and traffic. %s",
			machine, o.HourlyCost, o.HourlyCost*hoursPerMonth, UntilDestroyed)
	}
	return ""
}

// moneySentence returns what the cluster costs now, "" if the description says it already.
func (c *Cluster) moneySentence() string {
	switch spends := c.Costs().Now; {
	case strings.HasSuffix(c.View.Description, MayCost):
		return "" // a look failed, so the last state may be out of date
	case spends == schema.SpendingNothing && c.Exists.By == KnownByPerson:
		return "" // known only from a person: the description says what may remain
	case c.Existence() == ExistsSeen && c.Machine == schema.MachineStopped:
		return stoppedMoney(spends, c.View.Cloud)
	case spends == schema.SpendingNothing && c.View.Status == schema.StatusError:
		return "No machine is left, and nothing costs money."
	case spends == schema.SpendingNothing && c.Exists.State == "":
		return ""
	case spends == schema.SpendingNothing:
		return "Nothing of it costs money any more."
	case spends == schema.SpendingUnknown:
		return "A machine may be running and costing money."
	case c.View.Status == schema.StatusRunning:
		return ""
	}
	return "The machine runs and costs money."
}

// withMoney adds to a failed operation's hint what goes on costing money, from the existence after
// the operation. ending reports that the operation was to stop or remove the machine.
func withMoney(e *schema.Error, ending bool, rec *Cluster) *schema.Error {
	if e == nil || !rec.MayExist() {
		return e
	}
	clause := ""
	switch {
	case ending:
		clause = "Until then the server may go on costing money."
	case rec.Existence() == ExistsSeen && (e.Kind == schema.KindSetupFailed || e.Kind == schema.KindUnreachable || e.Kind == schema.KindDiskFull):
		clause = "The machine costs money as long as it is there."
	default:
		return e
	}
	c := *e
	c.Hint = join(c.Hint, clause)
	return &c
}

// stoppedMoney returns what goes on costing money while a cluster is stopped. SkyPilot does not say
// that.
func stoppedMoney(spends schema.Spending, id string) string {
	name := id
	if at, known := cloud.Find(id); known {
		name = at.Name
	}
	switch spends {
	case schema.SpendingDisk:
		return "Its disk is kept and goes on costing money until you destroy the server; only the machine itself costs nothing while it is stopped."
	case schema.SpendingMachine:
		return fmt.Sprintf("%s bills a stopped server like a running one: it goes on costing money until you destroy it.", name)
	}
	return "Its disk is kept and goes on costing money until you destroy the server; whether the machine itself does is not known of this cloud."
}

// runningSentence returns that a server runs, where, and its price.
func runningSentence(v schema.Cluster) string {
	sentence := "The server is running"
	if place := placeOf(v); place != "" {
		sentence += " on " + place
	}
	if v.HourlyCost > 0 {
		sentence += fmt.Sprintf(" and costs about $%.2f an hour", v.HourlyCost)
	}
	return sentence + "."
}

// Clauses about money for hints and messages that are made without a look, or about what a look
// can't show. Each says "may" if no machine was seen.
const (
	MayCost        = "It may be costing money."
	MayCome        = "A machine may still come up and cost money."
	MayBeThere     = "A machine may be running and costing money."
	UntilDestroyed = "Until it is destroyed it costs money."
	LookInConsole  = "Look in the cloud's console whether a machine of it is there: that would cost money."
	BillsWhenIdle  = "It would stay up and cost money."
	stoppedAlready = "Its disk goes on costing money; destroy the server to end that."
)

// AboveLimit refuses a machine that costs more than the limit, in USD an hour.
func AboveLimit(offer schema.Offer, limit float64) *schema.Error {
	place := schema.Cluster{Cloud: offer.Cloud, Region: cmp.Or(offer.Region, offer.Zone)}
	return schema.NewError(schema.KindInvalidSpec,
		fmt.Sprintf("%s costs about $%s an hour in %s, more than the limit of $%s.",
			offer.InstanceType, dollars(offer.HourlyCost), placeOf(place), dollars(limit)),
		"Raise the limit, or choose a smaller machine.").WithField("spec.maxHourlyCost")
}

// TooDear is the end of a launch whose machine came up where it costs more than the
// spec allows.
func TooDear(rec Cluster) *schema.Error {
	limit := 0.0
	if rec.Spec != nil {
		limit = rec.Spec.MaxHourlyCost
	}
	return schema.NewError(schema.KindCapacityUnavailable,
		fmt.Sprintf("No machine was to be had for at most $%s an hour: the one that came up on %s costs about $%s.",
			dollars(limit), placeOf(rec.View), dollars(rec.View.HourlyCost)),
		"Try again later, raise the limit, or name a region in which the machine costs less.")
}

// PriceUnknown warns that a limit could not be checked; why may be nil.
func PriceUnknown(spec schema.Spec, why *schema.Error) *schema.Error {
	message := fmt.Sprintf("Whether the machine costs more than the limit of $%s an hour could not be found out.", dollars(spec.MaxHourlyCost))
	warning := schema.NewError(schema.KindInternal, message, "Look at what the server costs in a minute.")
	if why != nil {
		warning.Kind = why.Kind
		warning = warning.WithDetail(why.Message)
	}
	return warning
}

// dollars writes a price with as many decimals as it has, two at least.
func dollars(price float64) string {
	text := strconv.FormatFloat(math.Round(price*1e4)/1e4, 'f', -1, 64)
	if _, decimals, _ := strings.Cut(text, "."); len(decimals) < 2 {
		return strconv.FormatFloat(price, 'f', 2, 64)
	}
	return text
}
