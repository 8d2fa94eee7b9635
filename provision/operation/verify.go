package operation

import (
	"context"

	"carapace/provision/backend"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// recordMissing is the outcome of an operation that found no record of its cluster. failure
// is why the operation did not succeed.
func (d *driver) recordMissing(report sky.StatusReport, failure *schema.Error) lifecycle.Outcome {
	if d.kind == schema.OperationDestroy {
		return d.removalOutcome(report, failure, false, text.New(&text.EndDestroyed))
	}
	if d.record().Identity.Hash == "" {
		return lifecycle.NotShownYet()
	}
	evidence, unknown := d.absence(report)
	if unknown != nil {
		return lifecycle.NotFoundOut(unknown)
	}
	return lifecycle.Gone(d.kind, evidence, d.backend.Account(d.cluster), failure)
}

// absence finds out why SkyPilot shows no record of a cluster that a look has shown.
func (d *driver) absence(report sky.StatusReport) (lifecycle.Evidence, *schema.Error) {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.backend.AbsenceTime())
	defer cancel()
	return d.backend.Absence(ctx, d.cluster, report)
}

// notMade finds out why SkyPilot shows no record of a cluster that no look has shown.
func (d *driver) notMade() (lifecycle.Evidence, *schema.Error) {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.backend.AbsenceTime())
	defer cancel()
	return d.backend.NotMade(ctx, d.cluster)
}

// removalOutcome is the outcome of a removal after which there is no record. How the
// removal's request ended is not always known (the API server was restarted meanwhile, or
// somebody else removed the cluster first); SkyPilot's history is then the evidence. purged
// reports that SkyPilot was told to forget the cluster, whatever the cloud says.
func (d *driver) removalOutcome(report sky.StatusReport, failure *schema.Error, purged bool, story ...text.Text) lifecycle.Outcome {
	rec := d.record()
	evidence := lifecycle.EvidenceDestroyed
	switch {
	case purged:
		evidence, story = lifecycle.EvidencePurged, []text.Text{text.New(&text.EndForgotten)}
	case failure == nil:
	case !rec.MayExist():
		story = []text.Text{text.New(&text.EndNeverThere)}
	case rec.Identity.Hash == "":
		found, unknown := d.notMade() // all requests that could make it have ended, and a look shows nothing
		if unknown != nil {
			return lifecycle.NotFoundOut(unknown)
		}
		evidence = found
		if d.kind == schema.OperationDestroy {
			story = []text.Text{text.New(&text.EndNeverThere), text.New(&text.EndNeverSeen)}
		}
	default:
		found, unknown := d.absence(report)
		if unknown != nil {
			return lifecycle.NotFoundOut(unknown)
		}
		if evidence = found; found == lifecycle.EvidenceEnded && !d.operation().Purge && d.requested {
			evidence = lifecycle.EvidenceDestroyed // SkyPilot has had our own removal, which was no purge, and its history row has ended
		}
	}
	return lifecycle.Destroyed(rec, evidence, d.backend.Account(d.cluster), story, schema.Now())
}

// failLaunch is the outcome of a launch that failed. It looks what the launch has left.
func (d *driver) failLaunch(failure *schema.Error) lifecycle.Outcome {
	return d.failLaunchAfter(sky.FollowResult{}, failure)
}

// failLaunchAfter is failLaunch for a launch whose output is followed.
func (d *driver) failLaunchAfter(followed sky.FollowResult, failure *schema.Error) lifecycle.Outcome {
	ctx, _ := d.contexts()
	if ctx.Err() != nil {
		return lifecycle.Outcome{Err: failure} // the driver is ending: undo or a later process goes on
	}
	if rec := d.record(); d.operation().Step == "" && !rec.MayExist() {
		return lifecycle.LaunchLeftNothing(failure, "")
	}
	if sky.MayLeak(followed.Stdout + "\n" + followed.Stderr) {
		return lifecycle.MayBeOrphaned(lifecycle.LaunchUnknown(failure, false))
	}
	if d.submissionMayStillRun() {
		return lifecycle.LaunchUnknown(failure, true)
	}
	d.reportProgress(schema.PhaseVerifying, text.New(&text.ProgressLaunchFailed))
	report, err := d.look(true)
	found, exists := report.Find(d.cluster)
	switch {
	case err != nil || report.Failures[d.cluster] != "":
		return lifecycle.LaunchUnknown(failure, false)
	case exists && d.isOtherCluster(found):
		return d.otherCluster(found)
	case exists && d.mayTouch(found) != nil:
		return lifecycle.NameTaken(failure, found, d.backend.Known())
	case !exists && d.record().Identity.Hash == "":
		evidence, unknown := d.notMade()
		if unknown != nil {
			return lifecycle.LaunchUnknown(failure, false)
		}
		if rec := d.record(); evidence == lifecycle.EvidenceOwed || rec.NeverShown() {
			return lifecycle.LaunchNeverShown(failure, evidence)
		}
		return lifecycle.LaunchLeftNothing(failure, evidence)
	case !exists:
		evidence, unknown := d.absence(report)
		if unknown != nil {
			return lifecycle.NotFoundOut(unknown)
		}
		return lifecycle.LaunchLeftNothing(failure, evidence)
	case found.State == sky.StateStopped:
		return lifecycle.StoppedInstead(d.backend.Found(found), failure)
	}
	return lifecycle.Unready(d.backend.Found(found), failure)
}

// isOtherCluster reports whether a record belongs to another cluster than the one that the
// operation was accepted for.
func (d *driver) isOtherCluster(found sky.Cluster) bool {
	id := d.operation().Identity
	return id.Hash != "" && found.Hash != "" && found.Hash != id.Hash
}

// otherCluster is the outcome of an operation whose name another cluster has by now. The
// next look shows that one.
func (d *driver) otherCluster(found sky.Cluster) lifecycle.Outcome {
	d.log.Warn("another cluster bears the name", "cluster", d.cluster, "cluster_hash", found.Hash)
	return lifecycle.Outcome{Err: lifecycle.Interrupted(d.kind, d.cluster)}
}

// failAfterLook is the outcome of a start, stop or destroy that failed. The status becomes
// what a look at the cloud shows.
func (d *driver) failAfterLook(failure *schema.Error) lifecycle.Outcome {
	ctx, _ := d.contexts()
	if ctx.Err() != nil {
		return lifecycle.Outcome{Err: failure}
	}
	d.reportProgress(schema.PhaseVerifying, text.New(&text.ProgressFailed))
	report, err := d.look(true)
	return d.failAsFound(report, err, failure)
}

// failAsFound is failAfterLook for a look that was made already, with its error.
func (d *driver) failAsFound(report sky.StatusReport, err error, failure *schema.Error) lifecycle.Outcome {
	found, exists := report.Find(d.cluster)
	switch {
	case err != nil || report.Failures[d.cluster] != "":
		return lifecycle.NotFoundOut(failure)
	case exists && d.isOtherCluster(found):
		return d.otherCluster(found)
	case exists && d.mayTouch(found) != nil:
		return lifecycle.Occupied(d.mayTouch(found), found, d.backend.Known())
	case !exists:
		return d.recordMissing(report, failure)
	case d.kind == schema.OperationStart && found.State == sky.StateStopped && d.submissionMayStillRun():
		return lifecycle.MayStart(d.backend.Found(found), failure)
	case d.kind == schema.OperationStart && found.State == sky.StateUp:
		return lifecycle.Unready(d.backend.Found(found), failure) // its vaults may be out of date, and its run command was not run
	}
	return lifecycle.AsFound(d.backend.Found(found), failure)
}

// verify looks at the cloud, three times at most, until as holds. SkyPilot's record can lag
// behind its request. The error is that of the last look, or the driver's cause of ending.
func (d *driver) verify(doing text.Text, as func(sky.StatusReport) bool) (sky.StatusReport, bool, error) {
	d.reportProgress(schema.PhaseVerifying, doing)
	ctx, _ := d.contexts()
	var report sky.StatusReport
	var err error
	for range 3 {
		report, err = d.look(true)
		if err == nil && as(report) {
			return report, true, nil
		}
		if d.pause(ctx) != nil {
			return report, false, context.Cause(ctx)
		}
	}
	return report, false, err
}

// mustBeUp refuses unless SkyPilot's record shows this operation's cluster as UP; a request
// that succeeded does not prove that. refresh asks the cloud as well.
func (d *driver) mustBeUp(refresh bool) (lifecycle.Found, *schema.Error) {
	ctx, _ := d.contexts()
	report, err := d.look(refresh)
	for try := 0; err != nil && try < 3 && d.pause(ctx) == nil; try++ {
		report, err = d.look(refresh) // one failed look must not fail minutes of work
	}
	if err != nil {
		return lifecycle.Found{}, d.explainError(err)
	}
	shown, ok := report.Find(d.cluster)
	found := d.backend.Found(shown)
	switch {
	case !ok && report.Failures[d.cluster] != "":
		return found, backend.NotValidated() // SkyPilot may have a record that it can't show
	case !ok:
		return found, schema.Fail(schema.KindTerminatedExternally, &text.SetupRemovedOutside)
	case d.isOtherCluster(shown):
		return found, lifecycle.Interrupted(d.kind, d.cluster)
	case d.record().Identity.Hash == "" && d.mayTouch(shown) != nil: // the launch has made a new cluster, whose hash is not journaled yet
		return found, d.mayTouch(shown)
	case found.State != sky.StateUp:
		return found, d.backend.Clean(sky.Explain(sky.Failure{
			Operation: d.kind, Cluster: d.cluster, Cloud: found.Cloud, InitReason: found.InitReason, LastEvent: found.LastEvent,
		}))
	}
	return found, nil
}

// look asks SkyPilot for the driver's cluster, with refresh the cloud as well. Its deadline is
// Timing.Short or, with refresh, Timing.Refresh. It ends when the host has gone.
func (d *driver) look(refresh bool) (sky.StatusReport, error) {
	outer, _ := d.contexts()
	return d.lookWithin(outer, refresh)
}

// lookWithin is look for as long as a context lasts.
func (d *driver) lookWithin(outer context.Context, refresh bool) (sky.StatusReport, error) {
	timeout := d.timing.Short
	if refresh {
		timeout = d.timing.Refresh
	}
	ctx, cancel := context.WithTimeout(outer, timeout)
	defer cancel()
	begun := schema.Now()
	report, err := d.backend.Status(ctx, d.sky, refresh, d.cluster)
	d.looked = err == nil && report.Failures[d.cluster] == ""
	if d.looked {
		found, _ := report.Find(d.cluster)
		d.store.LookSucceeded(d.cluster, begun, found.Hash)
	}
	return report, err
}

// learn puts into the cluster's record what a look has shown.
func (d *driver) learn(rec *lifecycle.Cluster, found lifecycle.Found) {
	rec.Learn(found.Cluster, found.Endpoint, schema.Now())
	if rec.Account == "" {
		rec.Account = d.backend.AccountOf(rec.View.Cloud, lifecycle.Profile(rec.Spec))
	}
}
