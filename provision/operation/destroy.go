package operation

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

func (d *driver) destroy() lifecycle.Outcome {
	op := d.operation()
	launching := op.Supersedes != "" || d.record().Incomplete // SkyPilot may still carry out a launch that was given up
	if op.Step == "" || launching {
		if refusal := d.ready(); refusal != nil {
			if rec := d.record(); op.Step == "" && !rec.MayExist() {
				return lifecycle.Unchanged(refusal)
			}
			return d.failAfterLook(refusal)
		}
	}
	if launching && op.Step == "" { // before requests for a cluster of that name are canceled
		if refusal := d.checkSameCluster(); refusal != nil {
			return d.failAfterLook(refusal)
		}
	}
	// An earlier process of this operation may have ended them already, but its result is
	// not journaled, so they are ended again.
	ended := !launching || d.endLaunches()
	return d.remove(op.Purge, ended, text.New(&text.EndDestroyed))
}

// endLaunches cancels SkyPilot's requests that make the server: `sky down` does nothing
// to a cluster that has no record yet, and the machine would come up after it. A
// submission outlives the process that started it, so endLaunches waits for those first.
// It reports whether all requests have ended.
func (d *driver) endLaunches() (ended bool) {
	d.reportProgress(schema.PhaseDestroying, text.New(&text.ProgressEnding))
	_, mustCtx := d.contexts()
	ctx, cancel := context.WithTimeout(mustCtx, d.timing.Submit)
	defer cancel()
	for _, output := range d.submissions(d.cluster) {
		running := host.SubmissionRuns(output)
		for running && supervisor.Sleep(ctx, d.timing.JobInterval) {
			running = host.SubmissionRuns(output)
		}
	}
	requests, err := d.listRequests()
	ended = err == nil
	for _, r := range requests {
		if r.Cluster == d.cluster && !r.Ended() && r.Name != lifecycle.RequestName(lifecycle.StepDown) {
			ended = d.cancelRequest(r.ID) && ended
		}
	}
	return ended
}

// remove destroys the server and checks whether anything is left, because `sky down`
// exits 0 when the cloud refused (transcript down-refused). ended reports that no request
// at SkyPilot can make the machine again after the removal.
func (d *driver) remove(purge, ended bool, done ...text.Text) lifecycle.Outcome {
	d.reportProgress(schema.PhaseDestroying, text.New(&text.ProgressRemoving))
	before := d.record()
	end, failure := d.submitWithRetry(lifecycle.StepDown, func(ctx context.Context, cluster, output string, confirm sky.Confirm) (string, error) {
		return d.sky.SubmitDown(ctx, cluster, purge, output, confirm)
	})
	report, absent, err := d.verify(text.New(&text.ProgressRemoved), func(r sky.StatusReport) bool {
		_, there := r.Find(d.cluster)
		return !there && r.Failures[d.cluster] == "" // SkyPilot may have a record that it can't show
	})
	switch {
	case absent && !ended:
		return lifecycle.MayRemain()
	case absent:
		if before.Incomplete || d.operation().Supersedes != "" || d.kind == schema.OperationLaunch {
			d.watchFor(d.cluster) // the canceled launch may still make a machine, which is to be shown
		}
		return d.removalOutcome(report, failure, purge && !cleanPurge(failure, end.followed), done...)
	case failure == nil && err != nil:
		why := d.explainError(err)
		failure = schema.Fail(why.Kind, &text.EndRemovalUnconfirmed, text.Args{"why": why.Texts()}).WithDetail(why.Detail)
	case failure == nil:
		failure = schema.Fail(schema.KindInternal, &text.EndStillKnown).AndHint(text.New(&text.MoneyUntilDestroyed))
	}
	return d.failAsFound(report, err, failure)
}

// cleanPurge reports whether the log of a purge was read to its end and names no machine
// that the cloud failed to remove.
func cleanPurge(failure *schema.Error, followed sky.FollowResult) bool {
	return failure == nil && followed.Code == 0 && followed.Stdout != "" && !sky.MayRemain(followed.Stdout)
}
