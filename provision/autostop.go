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
	hint := "Stop or destroy the server yourself when it is not needed."
	if !down && c.CanAutostop(spot, true) {
		hint = "Set down: true, which destroys the server when it is idle; or destroy it yourself."
	}
	return schema.NewError(schema.KindUnsupported, c.Name+" can't do that by itself: the machine would stay up and cost money.", hint).WithProvider(c.ID)
}
