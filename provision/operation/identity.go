package operation

import (
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// An operation is carried out only on the cluster that it was accepted for, and only soon
// after it was accepted: another cluster may have the name by now, and a launch that was
// asked for four days ago is not wanted any more.

const (
	// maxLookAge is how old the look may be from which the cluster's identity is known.
	maxLookAge = 5 * time.Second
	// ageLimit is how long after its acceptance an operation may still begin.
	ageLimit = 10 * time.Minute
)

// maySubmit refuses a submission if the operation is too old, or if another process may hold
// the lease as well.
func (d *driver) maySubmit(step string) *schema.Error {
	op := d.operation()
	first := op.Step == "" || op.Step == step && step != lifecycle.StepExec && step != lifecycle.StepAgain
	if first && !d.requested && op.OlderThan(ageLimit, schema.Now(), d.boot()) { // its process died between journaling and submitting
		return lifecycle.TooOld(d.kind, d.record())
	}
	makes := step == lifecycle.StepLaunch || step == lifecycle.StepAgain || step == lifecycle.StepStart
	if err := d.lease.Valid(); err != nil {
		if makes {
			return schema.Fail(schema.KindStateUnwritable, &text.LocksRemoved).WithDetail(err.Error())
		}
		d.log.Warn("the lease does not hold any more", "cluster", d.cluster, "error", err)
	}
	return nil
}

// ofServer reports whether a step is one of a server that is there, and may be another by now.
func ofServer(step string) bool {
	switch step {
	case lifecycle.StepStart, lifecycle.StepStop, lifecycle.StepDown, lifecycle.StepExec:
		return true
	}
	return false
}

// checkSameCluster refuses if the cluster under the name is not the one that the operation
// was accepted for. It uses a look no older than maxLookAge, and makes one if there is none.
func (d *driver) checkSameCluster() *schema.Error {
	op, rec := d.operation(), d.record()
	id := op.Identity
	if id.Hash == "" {
		id = rec.Identity
	}
	if id.Hash != "" && d.store.SawWithin(d.cluster, id.Hash, maxLookAge) {
		return nil
	}
	_, mustCtx := d.contexts() // a host that has gone still wants what it asked for
	report, err := d.lookWithin(mustCtx, false)
	if err != nil {
		return d.explainError(err)
	}
	found, there := report.Find(d.cluster)
	if !there {
		return nil // no other cluster has the name; the operation's outcome handles the missing record
	}
	if refusal := d.mayTouch(found); refusal != nil {
		d.replaced = true
		return refusal
	}
	if rec.Existence() != lifecycle.ExistsSeen && rec.MayExist() {
		d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { d.learn(rec, d.backend.Found(found)) })
	}
	return nil
}

// mayTouch refuses if a cluster that a look has shown is not this operation's.
func (d *driver) mayTouch(found sky.Cluster) *schema.Error {
	return lifecycle.MayTouch(d.kind, d.operation().Identity, d.record(), found, d.backend.Known(), d.store.Configured())
}

// tooOld returns the outcome of an operation that was never submitted and was accepted
// longer than ageLimit ago, by the wall clock or by the clock that counts sleep, or before
// this computer was restarted. Installs and syncs have no age limit.
func (d *driver) tooOld() (lifecycle.Outcome, bool) {
	op := d.operation()
	if op.Step != "" || d.kind == schema.OperationInstall || d.kind == schema.OperationSync {
		return lifecycle.Outcome{}, false
	}
	if !op.OlderThan(ageLimit, schema.Now(), d.boot()) {
		return lifecycle.Outcome{}, false
	}
	failure := lifecycle.TooOld(d.kind, d.record())
	if rec := d.record(); d.kind == schema.OperationLaunch && !rec.MayExist() {
		return lifecycle.LaunchLeftNothing(failure, ""), true
	}
	return lifecycle.NotBegun(failure), true
}
