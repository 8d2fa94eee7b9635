package provision

import (
	"fmt"

	"carapace/provision/cloud"
	"carapace/provision/journal"
	"carapace/schema"
)

// autostopRefusal refuses what SkyPilot would skip, or worse accept and not do:
// on several clouds it takes an autostop that then never stops anything, and the
// machine goes on costing money (contract.md 4, "Trap").
func (s *Service) autostopRefusal(name string, p schema.AutostopParams) *schema.Error {
	c, rec := s.recorded(name)
	switch {
	case rec == nil || !rec.Machine:
		return notFound(name)
	case c.Operation != nil:
		return schema.NewError(schema.KindOperationInProgress, fmt.Sprintf("A %s of %s is in progress.", c.Operation.Kind, name),
			"Wait until it has finished, then set autostop.")
	case c.Status != schema.StatusRunning:
		return schema.NewError(schema.KindUnsupported, fmt.Sprintf("Autostop can't be set while %s is %s.", name, words(c.Status)),
			"Start the server first.")
	case !p.Cancel && p.IdleMinutes < 1:
		return schema.NewError(schema.KindInvalidParams, "idleMinutes must be 1 or more.", "Say after how many idle minutes, or set cancel.").WithField("idleMinutes")
	case p.Cancel && (p.IdleMinutes != 0 || p.Down):
		return schema.NewError(schema.KindInvalidParams, "cancel does not go with idleMinutes or down.", "Leave those out to cancel autostop.").WithField("cancel")
	case p.Cancel:
		return nil
	}
	return canAutostop(rec, p.Down)
}

func canAutostop(rec *journal.Cluster, down bool) *schema.Error {
	c, known := cloud.Find(rec.View.Cloud)
	spot := rec.IsSpot()
	if !known || c.CanAutostop(spot, down) {
		return nil
	}
	hint, machine, what := "Stop or destroy the server yourself when it is not needed.", "server", "stop"
	if spot && c.CanStop(false) {
		machine = "spot machine"
	}
	if down {
		what = "destroy"
	}
	if !down && c.CanAutostop(spot, true) {
		hint = "Set down: true, which destroys the server when it is idle; or destroy it yourself."
	}
	return schema.NewError(schema.KindUnsupported, fmt.Sprintf("A %s on %s can't %s itself: it would stay up and cost money.", machine, c.Name, what), hint).WithProvider(c.ID)
}

// autostopNotice says what a server with autostop does when it is idle. Where
// nobody named a cloud SkyPilot may have chosen one that takes an autostop and
// does nothing.
func autostopNotice(rec *journal.Cluster) *schema.Error {
	a := rec.View.Autostop
	if refusal := canAutostop(rec, a.Down); refusal != nil {
		return schema.NewError(schema.KindUnsupported,
			"Autostop is set, but has no effect. "+refusal.Message, refusal.Hint).WithProvider(refusal.Provider)
	}
	what := "stops"
	if a.Down {
		what = "destroys"
	}
	return schema.NewError(schema.KindUnsupported,
		fmt.Sprintf("The server %s itself after %d minutes without a job or an SSH session. Traffic to the Gatekeeper does not count.", what, a.IdleMinutes),
		"Cancel autostop if the Gatekeeper has to stay reachable.")
}
