package operation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// ready makes SkyPilot usable before anything is submitted: a version that
// works, and its API server up with an environment of ours (design.md 2).
func (d *driver) ready() *schema.Error {
	_, mustCtx := d.contexts()
	d.reportProgress(lifecycle.FirstPhase(d.kind), "Checking SkyPilot.")
	if refusal := d.backend.Supported(mustCtx); refusal != nil {
		return refusal
	}
	if up, refusal := d.backend.APIServerUp(mustCtx); up || refusal != nil {
		return refusal
	}
	d.reportProgress(schema.PhasePreparing, "Starting SkyPilot's API server; the first time takes up to a minute.")
	return d.backend.StartAPIServer(mustCtx)
}

// checkNameFree makes sure that nobody else has, or is making, a cluster of the name
// that a launch is about to use: SkyPilot itself would accept the second launch
// gladly (transcript launch-async-duplicate). It returns the requests that SkyPilot
// had for that name before.
func (d *driver) checkNameFree() ([]sky.Request, *schema.Error) {
	d.reportProgress(schema.PhasePreparing, "Making sure that there is no such server yet.")
	_, mustCtx := d.contexts()
	ctx, cancel := context.WithTimeout(mustCtx, d.timing.Short)
	defer cancel()
	var report sky.StatusReport
	reportErr := supervisor.ErrDefect
	looked := d.group.Beside("a look before a launch", func() { // two seconds of Python each: side by side
		report, reportErr = d.backend.Status(ctx, d.sky, false, d.cluster)
	})
	requests, err := d.sky.Requests(ctx, d.cluster)
	looked()
	if err := errors.Join(err, reportErr); err != nil {
		return nil, d.explainError(err)
	}
	elsewhere := lifecycle.ForeignWorkOn(requests, d.cluster)
	if i := slices.IndexFunc(elsewhere, (*lifecycle.ForeignWork).Makes); i >= 0 {
		w := elsewhere[i]
		return nil, schema.NewError(schema.KindOperationInProgress,
			fmt.Sprintf("%s is being %s with SkyPilot outside of Carapace, since %s.", d.cluster, w.Doing, w.Request.CreatedAt.Local().Format("15:04:05")),
			"Wait until that has finished; Carapace then looks after the server.").WithDetail("SkyPilot request " + w.Request.ID)
	}
	return requests, d.checkRecord(report)
}

// checkRecord refuses a launch whose name a cluster bears at SkyPilot that is not the one
// that it finishes, and one of which SkyPilot has lost track: another machine would
// come up beside it.
func (d *driver) checkRecord(report sky.StatusReport) *schema.Error {
	found, there := report.Find(d.cluster)
	if !there {
		evidence, unknown := d.absence(report)
		if unknown != nil || evidence == "" {
			return unknown
		}
		d.update(func(op *lifecycle.Operation, rec *lifecycle.Cluster) {
			rec.Witness(evidence, d.backend.Account(d.cluster), schema.Now())
			if !rec.MayExist() { // what is made now is another cluster
				rec.Identity, op.Identity, op.Fresh = lifecycle.Identity{}, lifecycle.Identity{}, true
			}
		})
		if rec := d.record(); rec.Existence() == lifecycle.ExistsLost {
			return lifecycle.LostNow(d.cluster, &rec)
		}
		return nil
	}
	var refusal *schema.Error
	d.store.Record(func(st *lifecycle.State) error {
		refusal = st.ClaimForLaunch(d.cluster, found, d.backend.Known(), d.store.Configured(), schema.Now())
		return nil
	})
	return refusal
}

// abandonLaunch ends a launch before its submission: the machine is somebody else's doing,
// so ours has not failed with anything left behind.
func (d *driver) abandonLaunch(refusal *schema.Error) lifecycle.Outcome {
	switch refusal.Kind {
	case schema.KindClusterActive, schema.KindOperationInProgress, schema.KindNotYours:
		d.watchFor(d.cluster)
		return lifecycle.LaunchAbandoned(refusal)
	}
	return d.failLaunch(refusal)
}
