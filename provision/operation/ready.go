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
	_, own := d.contexts()
	d.say(lifecycle.FirstPhase(d.kind), "Checking SkyPilot.")
	if refusal := d.backend.Supported(own); refusal != nil {
		return refusal
	}
	if up, refusal := d.backend.APIServerUp(own); up || refusal != nil {
		return refusal
	}
	d.say(schema.PhasePreparing, "Starting SkyPilot's API server; the first time takes up to a minute.")
	return d.backend.StartServer(own)
}

// unclaimed makes sure that nobody else has, or is making, a cluster of the name
// that a launch is about to use: SkyPilot itself would accept the second launch
// gladly (transcript launch-async-duplicate). It returns the requests that SkyPilot
// had for that name before.
func (d *driver) unclaimed() ([]sky.Request, *schema.Error) {
	d.say(schema.PhasePreparing, "Making sure that there is no such server yet.")
	_, own := d.contexts()
	ctx, cancel := context.WithTimeout(own, d.timing.Short)
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
	found, there := report.Find(d.cluster)
	rec := d.record()
	unnamed := rec.Machine && rec.Incomplete && rec.Hash == "" // ours, whose hash nobody lived to see
	switch {
	case !there:
		return requests, d.confirmTerminated(report) // else another machine would come up beside the one that SkyPilot has lost track of
	case found.Hash == rec.Hash || unnamed:
		return requests, nil
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) {
		*rec = lifecycle.Cluster{View: lifecycle.NoServer(d.cluster)}
		lifecycle.Observe(rec, found)
	})
	return nil, schema.NewError(schema.KindClusterActive,
		fmt.Sprintf("SkyPilot has a server called %s already, which was not launched here.", d.cluster),
		"Carapace looks after it from now on. Use it, or destroy it before you launch another.")
}

// yield ends a launch before its submission: the machine is somebody else's
// doing, so ours has not failed with anything left behind.
func (d *driver) yield(refusal *schema.Error) lifecycle.Outcome {
	if refusal.Kind == schema.KindClusterActive || refusal.Kind == schema.KindOperationInProgress {
		d.expect(d.cluster)
		return lifecycle.Outcome{Err: refusal, Settle: func(rec *lifecycle.Cluster) {
			if rec.Hash == "" && !rec.Machine { // what the launch had put there is not what the machine will have been launched with
				*rec = lifecycle.ClearRecord(lifecycle.Removed(d.cluster, refusal.Message), rec)
			}
		}}
	}
	return d.lost(refusal)
}
