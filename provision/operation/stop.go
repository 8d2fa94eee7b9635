package operation

import (
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

func (d *driver) stop() lifecycle.Outcome {
	if refusal := d.ready(); refusal != nil {
		if d.operation().Step == "" {
			return lifecycle.Unchanged(refusal)
		}
		return d.failAfterLook(refusal)
	}
	d.reportProgress(schema.PhaseStopping, text.New(&text.BeginStop))
	defer d.endEarlyLook()
	end, failure := d.submitWithRetry(lifecycle.StepStop, d.sky.SubmitStop)
	if failure != nil && end.id == "" && d.operation().SkyRequest == "" {
		return d.failAfterLook(failure)
	}
	doing := text.New(&text.ProgressStopped)
	d.reportProgress(schema.PhaseVerifying, doing)
	if found, stopped := d.shownStopped(end); stopped && failure == nil {
		return lifecycle.Stopped(d.backend.Found(found))
	}
	report, stopped, err := d.verify(doing, func(r sky.StatusReport) bool {
		found, ok := r.Find(d.cluster)
		looked := r.Failures[d.cluster] == "" || failure == nil // else SkyPilot did not refresh the record
		return ok && looked && found.State == sky.StateStopped && !d.isOtherCluster(found)
	})
	if stopped {
		found, _ := report.Find(d.cluster)
		return lifecycle.Stopped(d.backend.Found(found))
	}
	switch {
	case failure == nil && err != nil:
		why := d.explainError(err)
		failure = schema.Fail(why.Kind, &text.EndStopUnconfirmed, text.Args{"why": why.Texts()}).WithDetail(why.Detail)
	case failure == nil:
		if end.word == wordServer { // its log was not read, see endedSoon
			ctx, _ := d.contexts()
			end.followed = d.follower(end.id, d.onChangeEvent).reread(ctx, end.followed)
		}
		failure = d.whyEnded(end)
	}
	return d.restartRuntime(report, err, failure)
}

// restartRuntime starts a server again whose stop the cloud refused. SkyPilot has then ended
// its runtime on the machine, which still runs, and the record stays in INIT until `sky
// start` (transcripts README, "Older versions").
func (d *driver) restartRuntime(report sky.StatusReport, err error, failure *schema.Error) lifecycle.Outcome {
	found, ok := report.Find(d.cluster)
	if err != nil || !ok || found.State != sky.StateInit || !lifecycle.RefusedByCloud(failure) {
		return d.failAsFound(report, err, failure)
	}
	d.reportProgress(schema.PhaseVerifying, text.New(&text.ProgressRepairing))
	if _, mendFailure := d.submitAndFollow(lifecycle.StepStart, d.sky.SubmitStart); mendFailure != nil {
		return d.failAfterLook(failure)
	}
	report, err = d.look(true)
	return d.failAsFound(report, err, failure)
}
