package provision

import (
	"context"
	"slices"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// Every outcome of an operation is made here, each from a look at SkyPilot: an
// exit code is never believed (design.md 1).

// inService is a server that is ready: SkyPilot said UP, the vaults are exact,
// setup succeeded.
func (d *driver) inService(found sky.Cluster, warnings ...*schema.Error) outcome {
	message := "The server is running."
	warnings = slices.DeleteFunc(warnings, func(w *schema.Error) bool { return w == nil })
	if len(warnings) > 0 {
		message = warnings[0].Message
	}
	return outcome{message: message, settle: func(rec *journal.Cluster) {
		rec.Incomplete = false
		d.s.learn(rec, found)
		set(rec, schema.StatusRunning, runningSentence(rec.View), nil)
		rec.View.Warnings = nil
		for _, w := range warnings {
			rec.View.Warnings = append(rec.View.Warnings, *w)
		}
	}}
}

// unready is a machine that is up, and costs money, but is no server yet.
func (d *driver) unready(found sky.Cluster, failure *schema.Error) outcome {
	return outcome{err: failure, settle: func(rec *journal.Cluster) {
		d.s.learn(rec, found)
		rec.Incomplete = true // UP alone must not make it a running server again
		set(rec, schema.StatusError, sentence(failure.Message)+" The machine runs and costs money.", failure)
	}}
}

// lost is a launch that brought no server. What it left is looked up.
func (d *driver) lost(failure *schema.Error) outcome { return d.lostAfter(sky.FollowResult{}, failure) }

// lostAfter is lost with what the launch printed.
func (d *driver) lostAfter(followed sky.FollowResult, failure *schema.Error) outcome {
	ctx, _ := d.contexts()
	if ctx.Err() != nil {
		return outcome{err: failure} // cut short: a successor, or undo, goes on
	}
	if d.operation().Step == "" && !d.record().Machine {
		return d.failedWithout(failure, "Nothing was begun at the cloud.")
	}
	if sky.MayLeak(followed.Stdout + "\n" + followed.Stderr) {
		return unheard(d.unknown(failure))
	}
	if d.isAdrift() {
		return d.unknown(failure)
	}
	d.say(schema.PhaseVerifying, "The launch failed; looking whether a machine is left.")
	report, err := d.look(true)
	found, exists := report.Find(d.cluster)
	switch {
	case err != nil || report.Failures[d.cluster] != "":
		return d.unknown(failure)
	case !exists:
		if doubt := d.vouched(report); doubt != nil {
			return d.unvouched(doubt)
		}
		return d.failedWithout(failure, "No machine is left, and nothing costs money.")
	case found.State == sky.StateStopped:
		return outcome{err: failure, settle: func(rec *journal.Cluster) {
			d.s.learn(rec, found)
			set(rec, schema.StatusStopped, stoppedSentence(), nil)
		}}
	}
	return d.unready(found, failure)
}

// unknown is a failed launch of which a machine may be left.
func (d *driver) unknown(failure *schema.Error) outcome {
	return outcome{err: failure, settle: func(rec *journal.Cluster) {
		rec.Machine, rec.Incomplete = true, true
		set(rec, schema.StatusError, sentence(failure.Message)+" Whether a machine is left could not be found out: one may be running and costing money.", failure)
	}}
}

// failedWithout is a failed launch of which nothing remains, and why that is known,
// unless this launch or one before it was not heard to its end.
func (d *driver) failedWithout(failure *schema.Error, known string) outcome {
	return outcome{err: failure, settle: func(rec *journal.Cluster) {
		if rec.Unheard {
			known = "SkyPilot knows of no machine, but the cloud may have made one without being heard, and it would cost money: " +
				"look in the cloud's console, or launch again in the same region, which takes it over."
		}
		created, spec := rec.View.CreatedAt, rec.Spec
		*rec = bare(schema.Cluster{Name: d.cluster, CreatedAt: created}, rec)
		rec.Spec, rec.Incomplete = spec, true
		set(rec, schema.StatusError, sentence(failure.Message)+" "+known, failure)
	}}
}

// unheard is an outcome after which a machine may be left that SkyPilot does not
// know of.
func unheard(out outcome) outcome {
	settle := out.settle
	out.settle = func(rec *journal.Cluster) {
		settle(rec)
		rec.Unheard = true
	}
	return out
}

// truth is the outcome of a start, stop or destroy that did not do what was
// asked: the status becomes whatever a look at the cloud shows.
func (d *driver) truth(failure *schema.Error) outcome {
	ctx, _ := d.contexts()
	if ctx.Err() != nil {
		return outcome{err: failure}
	}
	d.say(schema.PhaseVerifying, "That did not work; looking what the server is doing now.")
	report, err := d.look(true)
	return d.truthOf(report, err, failure)
}

func (d *driver) truthOf(report sky.StatusReport, err error, failure *schema.Error) outcome {
	found, exists := report.Find(d.cluster)
	switch {
	case err != nil || report.Failures[d.cluster] != "":
		return outcome{err: failure, settle: func(rec *journal.Cluster) {
			set(rec, schema.StatusError, sentence(failure.Message)+" What the server is doing now could not be found out; it may be costing money.", failure)
		}}
	case !exists:
		return d.vanished(report, failure)
	case d.kind == schema.OperationStart && found.State == sky.StateStopped && d.isAdrift():
		return outcome{err: failure, settle: func(rec *journal.Cluster) {
			d.s.learn(rec, found)
			set(rec, schema.StatusError, sentence(failure.Message)+" SkyPilot may still start the server: it would cost money.", failure)
		}}
	case d.kind == schema.OperationStart && found.State == sky.StateUp:
		return d.unready(found, failure) // its vaults may be old, and its run command was not run
	}
	return outcome{err: failure, settle: func(rec *journal.Cluster) { d.s.settleFound(rec, found) }}
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
