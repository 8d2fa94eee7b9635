package operation

import (
	"context"
	"fmt"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/provision/task"
	"carapace/provision/vault"
	"carapace/schema"
	"carapace/schema/text"
)

// start carries out a start. `sky start` brings back only the machine (transcript start-ok),
// so start also syncs the vaults and runs the run command.
func (d *driver) start() lifecycle.Outcome {
	upBefore := false // `sky start` found the cluster UP in SkyPilot's record, which may be out of date
	if step := d.operation().Step; step == "" || step == lifecycle.StepStart {
		if refusal := d.ready(); refusal != nil && step == "" {
			return lifecycle.Unchanged(refusal)
		} else if refusal != nil {
			return d.failAfterLook(refusal)
		}
		d.reportProgress(schema.PhaseProvisioning, text.New(&text.ProgressMachine))
		end, failure := d.submitWithRetry(lifecycle.StepStart, d.sky.SubmitStart)
		if failure != nil {
			return d.failAfterLook(failure)
		}
		upBefore = end.id == ""
	}
	rec := d.record()
	if rec.Incomplete && rec.Spec != nil {
		return d.completeLaunch(rec)
	}
	d.reportProgress(schema.PhaseConnecting, text.New(&text.ProgressUp))
	found, failure := d.mustBeUp(upBefore)
	if failure != nil {
		return d.failAfterLook(failure)
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { d.learn(rec, found) })
	return d.finishStart(found, rec)
}

// finishStart syncs the vaults and runs the run command again.
func (d *driver) finishStart(found lifecycle.Found, rec lifecycle.Cluster) lifecycle.Outcome {
	if failure := d.mirror(); failure != nil {
		return lifecycle.Unready(found, failure)
	}
	if rec.Spec == nil {
		return lifecycle.Ready(found) // adopted: its run command is not known
	}
	d.reportProgress(schema.PhaseStarting, text.New(&text.ProgressRun))
	file, failure := d.taskFor(rec, task.RenderRun)
	if failure != nil {
		return lifecycle.Unready(found, failure)
	}
	log, failure := d.exec(file)
	var warning *schema.Error
	if failure == nil {
		defer log.stop()
		warning, failure = d.awaitJob(log)
	}
	if failure != nil {
		if _, gone := d.mustBeUp(true); gone != nil { // the machine may be gone by now
			return d.failAfterLook(failure)
		}
		warning = lifecycle.RunFailed(failure)
	}
	return lifecycle.Ready(found, warning, lifecycle.WithoutSecrets(rec.Spec))
}

// exec hands the run command to the server, journals the id of its job, and returns that
// job's log. One `sky` does all of it. Where it ends before there is an id, the request is
// looked for and followed as any other: the run command must not run twice.
func (d *driver) exec(file string) (*jobLog, *schema.Error) {
	if op := d.operation(); op.Step == lifecycle.StepExec && op.JobID != 0 {
		return d.followJob(), nil // an earlier process got that far
	}
	var log *jobLog
	_, failure := d.submitAndFollow(lifecycle.StepExec, func(ctx context.Context, _, _ string, confirm sky.Confirm) (string, error) {
		if err := confirm(); err != nil {
			return "", err
		}
		ctx, cancel := d.whileResumable(ctx)
		defer cancel()
		var err error
		log, err = d.execJob(ctx, file)
		return "", err
	})
	if log == nil && failure == nil {
		log = d.followJob()
	}
	return log, failure
}

// execJob runs `sky exec` until it has told the job's id. It goes on as the job's log.
func (d *driver) execJob(ctx context.Context, file string) (*jobLog, error) {
	var read sky.Progress
	var whole sky.FollowResult
	var err error
	id := make(chan struct{})
	known := false
	log := d.readJob(func(ctx context.Context, job func(schema.Stream, string)) error {
		whole, err = d.sky.Exec(ctx, d.cluster, file, func(stream schema.Stream, line string) {
			if known {
				job(stream, line)
				return
			}
			d.relay(schema.LogProvision, stream, line)
			if event, ok := read.Line(line); ok {
				d.onChangeEvent(event)
				if event.JobID != 0 {
					known = true
					close(id)
				}
			}
		})
		return err
	})
	log.asks = true
	select {
	case <-id:
		return log, nil
	case <-log.ended:
	case <-ctx.Done():
	}
	log.stop()
	switch {
	case known: // it has told it, and ended at once
		return log, nil
	case ctx.Err() != nil:
		err = ctx.Err()
	case err == nil:
		err = d.backend.Clean(sky.Explain(d.failureOf(whole)))
	}
	return nil, fmt.Errorf("%w: %w", sky.ErrUnanswered, err)
}

// completeLaunch runs the whole task on a machine whose launch did not finish: the run
// command needs what setup installs.
func (d *driver) completeLaunch(rec lifecycle.Cluster) lifecycle.Outcome {
	file, failure := d.taskFor(rec, task.Render)
	if failure != nil {
		return d.failAfterLook(failure)
	}
	return d.runLaunch(lifecycle.StepLaunch, file)
}

// taskFor writes a task file made from the journaled spec, which has no secrets, and returns
// its path.
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
