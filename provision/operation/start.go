package operation

import (
	"context"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/provision/task"
	"carapace/provision/vault"
	"carapace/schema"
)

// start drives a start. `sky start` brings back the machine and nothing else
// (transcript start-ok): the vaults and the run command are ours to do.
func (d *driver) start() lifecycle.Outcome {
	upBefore := false // SkyPilot found nothing to start: so says its record, which may be old
	if step := d.operation().Step; step == "" || step == lifecycle.StepStart {
		if refusal := d.ready(); refusal != nil && step == "" {
			return lifecycle.Unchanged(refusal)
		} else if refusal != nil {
			return d.failAfterLook(refusal)
		}
		d.reportProgress(schema.PhaseProvisioning, "Starting the machine.")
		_, request, failure := d.submitWithRetry(lifecycle.StepStart, d.sky.SubmitStart)
		if failure != nil {
			return d.failAfterLook(failure)
		}
		upBefore = request.ID == ""
	}
	rec := d.record()
	if rec.Incomplete && rec.Spec != nil {
		return d.completeLaunch(rec)
	}
	d.reportProgress(schema.PhaseSyncing, "Checking that the server is up.")
	found, failure := d.mustBeUp(upBefore)
	if failure != nil {
		return d.failAfterLook(failure)
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { d.learn(rec, found) })
	return d.finishStart(found, rec)
}

// finishStart makes the vaults exact and runs the run command again.
func (d *driver) finishStart(found lifecycle.Found, rec lifecycle.Cluster) lifecycle.Outcome {
	if failure := d.mirror(); failure != nil {
		return lifecycle.Unready(found, failure)
	}
	if rec.Spec == nil {
		return lifecycle.Ready(found) // adopted: how it is run is not ours to know
	}
	d.reportProgress(schema.PhaseStarting, "Running the server's run command.")
	file, failure := d.taskFor(rec, task.RenderRun)
	if failure != nil {
		return lifecycle.Unready(found, failure)
	}
	_, _, failure = d.submitAndFollow(lifecycle.StepExec, func(ctx context.Context, cluster, output string) (string, error) {
		return d.sky.SubmitExec(ctx, cluster, file, output)
	})
	var warning *schema.Error
	if failure == nil {
		warning, failure = d.awaitJob()
	}
	if failure != nil {
		if _, gone := d.mustBeUp(true); gone != nil { // the machine may have ended meanwhile
			return d.failAfterLook(failure)
		}
		warning = lifecycle.RunFailed(failure)
	}
	return lifecycle.Ready(found, warning, lifecycle.WithoutSecrets(rec.Spec))
}

// completeLaunch runs the whole task on a machine whose launch never finished:
// its run command alone would start what setup has not installed.
func (d *driver) completeLaunch(rec lifecycle.Cluster) lifecycle.Outcome {
	file, failure := d.taskFor(rec, task.Render)
	if failure != nil {
		return d.failAfterLook(failure)
	}
	return d.runLaunch(lifecycle.StepLaunch, file)
}

// taskFor writes a task made from what the journal kept of the spec. Secrets are
// not kept: a task made later goes without them.
func (d *driver) taskFor(rec lifecycle.Cluster, render func(task.Input) ([]byte, error)) (string, *schema.Error) {
	spec := *rec.Spec
	spec.Secrets = nil
	sources, failure := vault.SourcesIn(d.store.Dir(), d.cluster, rec.Vaults)
	if failure != nil {
		return "", failure
	}
	yaml, err := render(task.Input{Spec: spec, Public: sources.Public, Private: sources.Private, Mounts: spec.Mounts})
	if err == nil {
		err = d.writeTask(d.id, yaml)
	}
	if err != nil {
		return "", store.Error(err)
	}
	return d.taskPath(d.id), nil
}
