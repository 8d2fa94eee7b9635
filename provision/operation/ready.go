package operation

import (
	"context"
	"errors"
	"slices"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// ready makes SkyPilot usable before a submission: it checks the version, and starts the
// API server if it is down. `sky` starts a server that is down with
// whatever environment that call has, and the server keeps it.
func (d *driver) ready() *schema.Error {
	_, mustCtx := d.contexts()
	d.reportProgress(lifecycle.FirstPhase(d.kind), text.New(&text.ProgressSkyPilot))
	if refusal := d.backend.Supported(mustCtx); refusal != nil {
		return refusal
	}
	if up, refusal := d.backend.APIServerUp(mustCtx); up || refusal != nil {
		return refusal
	}
	d.reportProgress(schema.PhasePreparing, text.New(&text.ProgressAPIServer))
	return d.backend.StartAPIServer(mustCtx)
}

// checkNameFree refuses a launch if SkyPilot has, or is making, another cluster of its name:
// SkyPilot itself accepts a second launch (transcript launch-async-duplicate). It returns
// SkyPilot's requests for that name.
func (d *driver) checkNameFree() ([]sky.Request, *schema.Error) {
	d.reportProgress(schema.PhasePreparing, text.New(&text.ProgressNameFree))
	_, mustCtx := d.contexts()
	ctx, cancel := context.WithTimeout(mustCtx, d.timing.Short)
	defer cancel()
	var report sky.StatusReport
	reportErr := supervisor.ErrDefect
	looked := d.group.Beside("a look before a launch", func() { // both calls take two seconds of Python, so they run at the same time
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
		return nil, w.Busy(d.cluster).WithDetail("request " + w.Request.ID)
	}
	return requests, d.checkRecord(report)
}

// checkRecord refuses a launch if SkyPilot's record of that name is not of the cluster that
// the launch finishes, or if that cluster exists and SkyPilot has lost its record: a second
// machine would come up beside it.
func (d *driver) checkRecord(report sky.StatusReport) *schema.Error {
	found, there := report.Find(d.cluster)
	if !there {
		evidence, unknown := d.absence(report)
		if unknown != nil || evidence == "" {
			return unknown
		}
		return d.witness(evidence)
	}
	var refusal *schema.Error
	d.store.Record(func(st *lifecycle.State) error {
		refusal = st.ClaimForLaunch(d.cluster, found, d.backend.Known(), d.store.Configured(), schema.Now())
		return nil
	})
	return refusal
}

// witness journals what it means that the cluster which a launch was to finish is missing. Where it has ended, the
// launch makes a new one, and its durable record is made anew before the state says so: a process that is killed
// in between finds the same again.
func (d *driver) witness(evidence lifecycle.Evidence) (refusal *schema.Error) {
	d.store.Record(func(st *lifecycle.State) error {
		op, rec := st.Operation(d.id), st.Ensure(d.cluster)
		if op == nil || op.Ended() {
			return store.ErrUnchanged
		}
		rec.Witness(evidence, d.backend.Account(d.cluster), schema.Now())
		switch {
		case rec.Existence() == lifecycle.ExistsLost:
			refusal = lifecycle.LostNow(d.cluster, rec)
		case !rec.MayExist():
			if refusal = d.store.RecordLaunch(d.cluster, d.id, st.Generation, true); refusal != nil {
				return store.ErrUnchanged
			}
			rec.Identity, op.Identity, op.Fresh = lifecycle.Identity{}, lifecycle.Identity{}, true
		}
		return nil
	})
	return refusal
}

// abandonLaunch ends a launch before its submission. Where the name belongs to somebody
// else's cluster or request, this launch has left nothing, so no failed launch is shown.
func (d *driver) abandonLaunch(refusal *schema.Error) lifecycle.Outcome {
	switch refusal.Kind {
	case schema.KindClusterActive, schema.KindOperationInProgress, schema.KindNotYours:
		d.watchFor(d.cluster)
		return lifecycle.LaunchAbandoned(refusal)
	}
	return d.failLaunch(refusal)
}
