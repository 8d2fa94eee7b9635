package provision

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/schema"
)

// Start begins to resume a stopped server, or to bring back one in an error.
func (s *Service) Start(ctx context.Context, p schema.NameParams) (schema.OperationResult, error) {
	name := s.nameOf(p.Name)
	return s.accept(ctx, request{kind: schema.OperationStart, name: name, admit: func(st *journal.State) *schema.Error {
		return machineless(st.Clusters[name], "start")
	}})
}

// machineless refuses what needs a machine where a launch failed without one.
func machineless(rec *journal.Cluster, what string) *schema.Error {
	switch {
	case rec == nil || rec.View.Status != schema.StatusError || rec.Machine:
		return nil
	case rec.Unheard:
		return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("SkyPilot knows of no machine to %s, although the launch may have made one.", what),
			"Look in the cloud's console, for it would cost money; or launch again in the same region, which takes it over.")
	}
	return schema.NewError(schema.KindClusterNotFound, fmt.Sprintf("There is no machine to %s: its launch failed and left none.", what), "Launch it again.")
}

// start drives a start. `sky start` brings back the machine and nothing else
// (transcript start-ok): the vaults and the run command are ours to do.
func (d *driver) start() outcome {
	upBefore := false // SkyPilot found nothing to start: so says its record, which may be old
	if step := d.operation().Step; step == "" || step == stepStart {
		if refusal := d.ready(); refusal != nil && step == "" {
			return d.unchanged(refusal)
		} else if refusal != nil {
			return d.truth(refusal)
		}
		d.say(schema.PhaseProvisioning, "Starting the machine.")
		_, request, failure := d.insist(stepStart, d.sky.SubmitStart)
		if failure != nil {
			return d.truth(failure)
		}
		upBefore = request.ID == ""
	}
	rec := d.record()
	if rec.Incomplete && rec.Spec != nil {
		return d.completeLaunch(rec)
	}
	d.say(schema.PhaseSyncing, "Checking that the server is up.")
	found, failure := d.mustBeUp(upBefore)
	if failure != nil {
		return d.truth(failure)
	}
	d.update(func(_ *journal.Operation, rec *journal.Cluster) { d.s.learn(rec, found) })
	return d.resume(found, rec)
}

// resume makes the vaults exact and runs the run command again.
func (d *driver) resume(found sky.Cluster, rec journal.Cluster) outcome {
	if failure := d.mirror(); failure != nil {
		return d.unready(found, failure)
	}
	if rec.Spec == nil {
		return d.inService(found) // adopted: how it is run is not ours to know
	}
	d.say(schema.PhaseStarting, "Running the server's run command.")
	file, failure := d.taskFor(rec, task.RenderRun)
	if failure != nil {
		return d.unready(found, failure)
	}
	_, _, failure = d.bring(stepExec, func(ctx context.Context, cluster, output string) (string, error) {
		return d.sky.SubmitExec(ctx, cluster, file, output)
	})
	var warning *schema.Error
	if failure == nil {
		warning, failure = d.awaitJob()
	}
	if failure != nil {
		if _, gone := d.mustBeUp(true); gone != nil { // the machine may have ended meanwhile
			return d.truth(failure)
		}
		warning = runFailed(failure)
	}
	return d.inService(found, warning, withoutSecretsWarning(rec.Spec))
}

// runFailed is a run command that could not be run, or not be watched, on a server
// that is up.
func runFailed(failure *schema.Error) *schema.Error {
	return schema.NewError(schema.KindRunFailed, "The server runs, but its run command may not: "+sentence(failure.Message),
		"Read the run log, mend the cause, then stop and start the server to run it again.").WithDetail(failure.Detail)
}

// withoutSecretsWarning says that a server's scripts went without what it was
// launched with: secrets are kept nowhere (design.md 5).
func withoutSecretsWarning(spec *schema.Spec) *schema.Error {
	if len(spec.Secrets) == 0 {
		return nil
	}
	return schema.NewError(schema.KindRunFailed,
		"The server's scripts were run without the spec's secrets, because Carapace does not keep them.",
		"If they need them, have setup store what it needs on the server, or destroy the server and launch it again.")
}

// completeLaunch runs the whole task on a machine whose launch never finished:
// its run command alone would start what setup has not installed.
func (d *driver) completeLaunch(rec journal.Cluster) outcome {
	file, failure := d.taskFor(rec, task.Render)
	if failure != nil {
		return d.truth(failure)
	}
	return d.carryOut(stepLaunch, file)
}

// taskFor writes a task made from what the journal kept of the spec. Secrets are
// not kept: a task made later goes without them.
func (d *driver) taskFor(rec journal.Cluster, render func(task.Input) ([]byte, error)) (string, *schema.Error) {
	spec := *rec.Spec
	spec.Secrets = nil
	sources, failure := d.s.sources(d.cluster, rec.Vaults)
	if failure != nil {
		return "", failure
	}
	yaml, err := render(task.Input{Spec: spec, Public: sources.Public, Private: sources.Private, Mounts: spec.Mounts})
	if err == nil {
		err = d.s.writeTask(d.id, yaml)
	}
	if err != nil {
		return "", StateError(err)
	}
	return d.s.taskPath(d.id), nil
}

// undo is the end of a canceled operation (protocol.md, cluster.cancel). What it
// had begun at SkyPilot is ended first.
func (d *driver) undo() outcome {
	op := d.operation()
	if d.kind == schema.OperationSync {
		return outcome{canceled: true, message: "The vaults are no longer being brought up to date; some files may be older than here."}
	}
	if op.Step == "" && !op.Fresh && op.Before != schema.StatusStopped && d.record().Machine {
		return d.stopAfterCancel(true) // what it found ran, and would go on costing money
	}
	if op.Step == "" {
		_ = os.Remove(d.s.taskPath(d.id))
		return outcome{canceled: true, message: "It was canceled before anything was begun at the cloud.", settle: func(rec *journal.Cluster) {
			switch {
			case !op.Fresh || rec.Machine: // one of somebody else's was found
			case rec.Unheard:
				neverShown(rec)
			default:
				*rec = journal.Cluster{View: gone(d.cluster, "The launch was canceled before it began. Nothing costs money.")}
			}
		}}
	}
	d.cutShort(owedTooLong)
	ended := d.endBegun(op)
	if op.Kind == schema.OperationLaunch && op.Fresh {
		out := d.remove(false, ended, "The launch was canceled, and all that it had made is removed. Nothing of it costs money.")
		return asCanceled(out)
	}
	return d.stopAfterCancel(ended)
}

// endBegun ends what the operation had begun. A predecessor that was undoing it
// may have tried that in vain, and the request that it was about is no longer in
// the journal: then all that makes the server is ended.
func (d *driver) endBegun(op journal.Operation) (ended bool) {
	switch op.Step {
	case stepDown:
		return d.ready() == nil && d.endLaunches()
	case stepStop: // SkyPilot stops a server when its start has ended
		return true
	}
	return d.endRequest(op)
}

// endRequest cancels the request in progress, so that nothing goes on behind the
// clean-up's back. It leaves INIT and maybe instances (transcript
// status-after-cancel), which the clean-up is there for.
func (d *driver) endRequest(op journal.Operation) (ended bool) {
	d.say(schema.PhaseVerifying, "Canceling what SkyPilot is doing.")
	id, refusal := d.earlier(op, filepath.Join(d.s.operationDir(d.id), op.Step+".out"))
	if refusal != nil {
		return false
	}
	return id == "" || d.cancelRequest(id)
}

// stopAfterCancel stops a server whose start was canceled: its disk was there
// before, and is never the price of that. ended says that nothing at SkyPilot can
// start it again after that.
func (d *driver) stopAfterCancel(ended bool) outcome {
	out := asCanceled(d.stop())
	if ended || out.err != nil {
		return out
	}
	failure := schema.NewError(schema.KindAPIServer,
		fmt.Sprintf("The server is stopped, but SkyPilot did not confirm that it has given up the %s: the server may still start and cost money.", d.kind),
		"Look at its status in a few minutes, and stop it again if it runs.")
	stopped := out.settle
	out.err, out.message = failure, ""
	out.settle = func(rec *journal.Cluster) {
		stopped(rec)
		set(rec, schema.StatusError, failure.Message, failure)
	}
	return out
}

func asCanceled(out outcome) outcome {
	out.canceled = true
	return out
}
