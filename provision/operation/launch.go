package operation

import (
	"context"
	"errors"
	"os"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/schema"
	"carapace/schema/text"
)

// launch carries out a launch from its journaled step.
func (d *driver) launch() lifecycle.Outcome {
	op := d.operation()
	if op.SkyRequest == "" {
		if refusal := d.ready(); refusal != nil {
			return d.failLaunch(refusal)
		}
	}
	if op.Step == lifecycle.StepDown { // an earlier process was removing the machine again
		return d.removeTooDear()
	}
	if op.Step == "" {
		if refusal := d.checkVersion(); refusal != nil {
			return d.failLaunch(refusal)
		}
	}
	if op.Step == lifecycle.StepAgain {
		return d.runLaunch(lifecycle.StepAgain, d.taskPath(d.id))
	}
	return d.runLaunch(lifecycle.StepLaunch, d.taskPath(d.id))
}

// checkVersion refuses a launch whose spec asks for something that the installed
// SkyPilot does not know. ready has just asked for the version where it had to be asked for.
func (d *driver) checkVersion() *schema.Error {
	rec := d.record()
	if rec.Spec == nil {
		return nil
	}
	_, mustCtx := d.contexts()
	path, refusal := d.backend.Locate(mustCtx)
	if refusal != nil {
		return refusal
	}
	version, err := d.backend.InstalledVersion(mustCtx, path)
	if err != nil {
		return d.explainError(err)
	}
	return task.TooOld(*rec.Spec, version)
}

// runLaunch submits the launch task and follows it until its job's setup has succeeded.
func (d *driver) runLaunch(step, file string) lifecycle.Outcome {
	var taken *schema.Error // why the name is not free
	id, refusal := d.submit(step, func(ctx context.Context, output string, confirm sky.Confirm) (string, error) {
		return d.sky.SubmitLaunch(ctx, d.cluster, file, d.retriesUntilUp(), output, func() error {
			if d.operation().Step == "" { // else SkyPilot's requests may be those of an earlier process of this operation
				var requests []sky.Request
				if requests, taken = d.checkNameFree(); taken != nil {
					return taken
				}
				d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) { op.Known = lifecycle.ChangingRequests(requests) })
				if refusal := d.checkPriceLimit(); refusal != nil {
					return refusal
				}
			}
			if err := confirm(); err != nil {
				return err
			}
			if err := checkTaskFile(file); err != nil { // sky would take the name of a missing file for a command, and launch a machine for it
				return schema.Fail(schema.KindInterrupted, &text.LaunchTaskGone).WithDetail(err.Error())
			}
			d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) {
				rec.Incomplete = true
				rec.Witness(lifecycle.EvidenceSubmitting, "", schema.Now())
			})
			return nil
		})
	})
	switch {
	case taken != nil:
		return d.abandonLaunch(taken)
	case refusal != nil:
		return d.failLaunch(refusal)
	}
	_ = os.Remove(file) // the secrets in it are no longer needed
	end, failure := d.await(id, d.provisionTime(), d.onLaunchEvent)
	if failure == nil && !end.well() {
		failure = d.whyLaunchEnded(end)
	}
	if failure != nil {
		again, failure := d.repairCredentials(end.followed, failure)
		if again {
			return d.relaunch(failure)
		}
		return d.failLaunchAfter(end.followed, failure)
	}
	return d.finishLaunch()
}

// whyLaunchEnded is whyEnded for a launch. Of some clouds the output holds no reason, and
// only SkyPilot's log of the provisioning does: DigitalOcean's own words stand nowhere
// else. It is asked for where it is needed: it takes a `sky` of its own.
func (d *driver) whyLaunchEnded(end ending) *schema.Error {
	failed := d.failureOf(end.followed)
	if end.canceled() || !sky.LacksReason(failed) {
		return d.whyEnded(end)
	}
	failed.ProvisionLog = d.provisionLog()
	return d.backend.Clean(sky.Explain(failed))
}

// provisionLog is SkyPilot's log of how the machine was made, "" where it has none.
func (d *driver) provisionLog() string {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Short)
	defer cancel()
	result, err := d.sky.ProvisionLogs(ctx, d.cluster, nil)
	if err != nil || result.Code != 0 {
		return ""
	}
	return result.Stdout
}

// checkTaskFile returns an error if a task file is missing or empty.
func checkTaskFile(file string) error {
	info, err := os.Stat(file)
	if err == nil && info.Size() == 0 {
		err = errors.New("it is empty")
	}
	return err
}

// retriesUntilUp reports whether the launch may wait until the cloud has a machine.
func (d *driver) retriesUntilUp() bool {
	rec := d.record()
	return rec.Spec != nil && rec.Spec.RetryUntilUp
}

// provisionTime is how long the cloud may take to provide the machine. `sky start` has no
// option to retry until one is available.
func (d *driver) provisionTime() time.Duration {
	if d.retriesUntilUp() && d.operation().Step != lifecycle.StepStart {
		return d.timing.Patience
	}
	return d.timing.Provision
}

func (d *driver) cloud() string {
	rec := d.record()
	if rec.View.Cloud != "" {
		return rec.View.Cloud
	}
	if op := d.operation(); op.Spec != nil {
		return op.Spec.Cloud
	}
	return ""
}

// finishLaunch makes a ready server of a machine that is up: SkyPilot must report UP, the
// vaults must be synced, and the job must be past its setup. The job's log, which needs no more
// than the job's id, is followed beside all of that: a `sky` takes seconds to begin.
func (d *driver) finishLaunch() lifecycle.Outcome {
	d.reportProgress(schema.PhaseConnecting, text.New(&text.ProgressUp))
	log := d.followJob()
	defer log.stop()
	found, failure := d.mustBeUp(false)
	if failure != nil {
		log.stop()
		return d.failLaunch(failure)
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { d.learn(rec, found) })
	tooDear, unpriced := d.comparePrice(found)
	if tooDear {
		log.stop()
		return d.removeTooDear()
	}
	if failure := d.mirror(); failure != nil {
		return lifecycle.Unready(found, failure)
	}
	warning, failure := d.awaitJob(log)
	if failure != nil && failure.Kind != schema.KindSetupFailed {
		return d.failLaunch(failure) // the machine may be gone: failLaunch looks
	}
	if failure != nil {
		return lifecycle.Unready(found, failure)
	}
	if rec := d.record(); d.kind == schema.OperationStart && rec.Spec != nil { // its task was rendered from the journaled spec, which has no secrets
		return lifecycle.Ready(found, warning, lifecycle.WithoutSecrets(rec.Spec))
	}
	return lifecycle.Ready(found, warning, unpriced)
}
