package operation

import (
	"context"
	"fmt"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
)

// SkyPilot takes a server's record away when the cloud has let go of the machine;
// but a SkyPilot that was reinstalled, or an API server other than before, has
// none either, and the machine goes on costing money.

// vanished is the outcome of an operation that found no record of its server.
// failure is why it did not do what was asked.
func (d *driver) vanished(report sky.StatusReport, failure *schema.Error) lifecycle.Outcome {
	if d.kind == schema.OperationDestroy {
		return d.removed(report, failure, lifecycle.Destroyed)
	}
	if d.record().Hash == "" {
		return lifecycle.Unseen()
	}
	if doubt := d.confirmTerminated(report); doubt != nil {
		return lifecycle.Unconfirmed(doubt)
	}
	return lifecycle.Outcome{Err: failure, Settle: func(rec *lifecycle.Cluster) {
		sentence := fmt.Sprintf("The server is gone: it was removed outside of Carapace before the %s was done.", d.kind)
		if rec.View.Autostop != nil && rec.View.Autostop.Down {
			sentence = lifecycle.AutodownSentence
		}
		*rec = lifecycle.ClearRecord(lifecycle.Removed(d.cluster, sentence), rec)
	}}
}

func (d *driver) confirmTerminated(report sky.StatusReport) *schema.Error {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Short)
	defer cancel()
	return d.backend.ConfirmTerminated(ctx, d.cluster, report)
}

// removed is the outcome of a destroy after which there is no record. What the
// destroy's own request came to is not always known (the API server was restarted
// in its middle, or somebody else was quicker): then SkyPilot has to vouch for it.
func (d *driver) removed(report sky.StatusReport, failure *schema.Error, done string) lifecycle.Outcome {
	if failure != nil {
		if doubt := d.confirmTerminated(report); doubt != nil {
			return lifecycle.Unconfirmed(doubt)
		}
	}
	rec := d.record()
	switch {
	case rec.Unheard:
		done = lifecycle.NeverHeard
	case failure == nil:
	case d.kind == schema.OperationDestroy && rec.Machine && rec.Hash == "":
		done = lifecycle.NeverSeen
	case d.kind == schema.OperationDestroy && !rec.Machine && failure.Kind == schema.KindClusterNotFound:
		done = lifecycle.NeverThere
	case lifecycle.RefusedByCloud(failure):
		return lifecycle.Outcome{Err: failure, Settle: func(rec *lifecycle.Cluster) {
			*rec = lifecycle.Cluster{View: lifecycle.Removed(d.cluster, "SkyPilot has no record of the server any more, although its removal failed. Look in the cloud's console whether anything of it remains there: that would go on costing money.")}
		}}
	}
	return lifecycle.Outcome{Message: done, Forget: true}
}

// lost is a launch that brought no server. What it left is looked up.
func (d *driver) lost(failure *schema.Error) lifecycle.Outcome {
	return d.lostAfter(sky.FollowResult{}, failure)
}

// lostAfter is lost with what the launch printed.
func (d *driver) lostAfter(followed sky.FollowResult, failure *schema.Error) lifecycle.Outcome {
	ctx, _ := d.contexts()
	if ctx.Err() != nil {
		return lifecycle.Outcome{Err: failure} // cut short: a successor, or undo, goes on
	}
	if d.operation().Step == "" && !d.record().Machine {
		return lifecycle.LaunchLeftNothing(d.cluster, failure, "Nothing was begun at the cloud.")
	}
	if sky.MayLeak(followed.Stdout + "\n" + followed.Stderr) {
		return lifecycle.MayBeOrphaned(lifecycle.LaunchUnknown(failure))
	}
	if d.submissionMayStillRun() {
		return lifecycle.LaunchUnknown(failure)
	}
	d.say(schema.PhaseVerifying, "The launch failed; looking whether a machine is left.")
	report, err := d.look(true)
	found, exists := report.Find(d.cluster)
	switch {
	case err != nil || report.Failures[d.cluster] != "":
		return lifecycle.LaunchUnknown(failure)
	case !exists:
		if doubt := d.confirmTerminated(report); doubt != nil {
			return lifecycle.Unconfirmed(doubt)
		}
		return lifecycle.LaunchLeftNothing(d.cluster, failure, "No machine is left, and nothing costs money.")
	case found.State == sky.StateStopped:
		return lifecycle.Outcome{Err: failure, Settle: func(rec *lifecycle.Cluster) {
			rec.Learn(found)
			lifecycle.SetStatus(rec, schema.StatusStopped, lifecycle.StoppedSentence(), nil)
		}}
	}
	return lifecycle.Unready(found, failure)
}

// truth is the outcome of a start, stop or destroy that did not do what was
// asked: the status becomes whatever a look at the cloud shows.
func (d *driver) truth(failure *schema.Error) lifecycle.Outcome {
	ctx, _ := d.contexts()
	if ctx.Err() != nil {
		return lifecycle.Outcome{Err: failure}
	}
	d.say(schema.PhaseVerifying, "That did not work; looking what the server is doing now.")
	report, err := d.look(true)
	return d.truthOf(report, err, failure)
}

func (d *driver) truthOf(report sky.StatusReport, err error, failure *schema.Error) lifecycle.Outcome {
	found, exists := report.Find(d.cluster)
	switch {
	case err != nil || report.Failures[d.cluster] != "":
		return lifecycle.Outcome{Err: failure, Settle: func(rec *lifecycle.Cluster) {
			lifecycle.SetStatus(rec, schema.StatusError, lifecycle.Sentence(failure.Message)+" What the server is doing now could not be found out; it may be costing money.", failure)
		}}
	case !exists:
		return d.vanished(report, failure)
	case d.kind == schema.OperationStart && found.State == sky.StateStopped && d.submissionMayStillRun():
		return lifecycle.Outcome{Err: failure, Settle: func(rec *lifecycle.Cluster) {
			rec.Learn(found)
			lifecycle.SetStatus(rec, schema.StatusError, lifecycle.Sentence(failure.Message)+" SkyPilot may still start the server: it would cost money.", failure)
		}}
	case d.kind == schema.OperationStart && found.State == sky.StateUp:
		return lifecycle.Unready(found, failure) // its vaults may be old, and its run command was not run
	}
	return lifecycle.Outcome{Err: failure, Settle: func(rec *lifecycle.Cluster) { lifecycle.Observe(rec, found) }}
}

// verify looks at the cloud until it says what an operation was to bring about,
// or the look itself fails. SkyPilot's record can lag a moment behind.
func (d *driver) verify(message string, as func(sky.StatusReport) bool) (sky.StatusReport, bool, error) {
	d.say(schema.PhaseVerifying, message)
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

// mustBeUp looks at SkyPilot's record, which alone says whether there is a server;
// refresh asks the cloud, where SkyPilot has not just done so itself.
func (d *driver) mustBeUp(refresh bool) (sky.Cluster, *schema.Error) {
	ctx, _ := d.contexts()
	report, err := d.look(refresh)
	for try := 0; err != nil && try < 3 && d.pause(ctx) == nil; try++ {
		report, err = d.look(refresh) // minutes of work are not lost over one look
	}
	if err != nil {
		return sky.Cluster{}, d.explainError(err)
	}
	found, ok := report.Find(d.cluster)
	switch {
	case !ok:
		return found, schema.NewError(schema.KindTerminatedExternally,
			"The server is gone: it was removed while it was being set up.", "Launch it again.")
	case found.State != sky.StateUp:
		return found, d.backend.Clean(sky.Explain(sky.Failure{
			Operation: d.kind, Cluster: d.cluster, Cloud: found.Cloud, InitReason: found.InitReason, LastEvent: found.LastEvent,
		}))
	}
	return found, nil
}

// look asks SkyPilot for the driver's cluster. The caller's deadline is the
// operation's; this one call has its own.
func (d *driver) look(refresh bool) (sky.StatusReport, error) {
	outer, _ := d.contexts()
	timeout := d.timing.Short
	if refresh {
		timeout = d.timing.Refresh
	}
	ctx, cancel := context.WithTimeout(outer, timeout)
	defer cancel()
	begun := schema.Now()
	report, err := d.backend.Status(ctx, d.sky, refresh, d.cluster)
	if err == nil && report.Failures[d.cluster] == "" {
		d.store.Looked(d.cluster, begun)
	}
	return report, err
}
