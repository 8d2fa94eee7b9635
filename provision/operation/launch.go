package operation

import (
	"context"
	"errors"
	"os"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// launch drives a launch from wherever it stands.
func (d *driver) launch() lifecycle.Outcome {
	op := d.operation()
	if op.SkyRequest == "" {
		if refusal := d.ready(); refusal != nil {
			return d.lost(refusal)
		}
	}
	if op.Step == lifecycle.StepDown { // a predecessor was giving the machine back
		return d.giveBack()
	}
	if op.Step == "" { // else what SkyPilot is doing may well be our own predecessor's
		requests, refusal := d.unclaimed()
		if refusal != nil {
			return d.yield(refusal)
		}
		d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) { op.Known = lifecycle.ChangingRequests(requests) })
		if refusal := d.mayCost(); refusal != nil {
			return d.lost(refusal)
		}
	}
	if op.Step == lifecycle.StepAgain {
		return d.carryOut(lifecycle.StepAgain, d.taskPath(d.id))
	}
	return d.carryOut(lifecycle.StepLaunch, d.taskPath(d.id))
}

// carryOut submits the launch task and sees it through to a job whose setup
// succeeded.
func (d *driver) carryOut(step, file string) lifecycle.Outcome {
	id, refusal := d.handOver(step, func(ctx context.Context, output string) (string, error) {
		if err := whole(file); err != nil { // sky would take its name for a command, and launch a machine for it
			return "", schema.NewError(schema.KindInterrupted, "The file that says what to launch is gone or can't be read.",
				"Launch again.").WithDetail(err.Error())
		}
		d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) {
			rec.Incomplete = true
			rec.Witness(lifecycle.EvidenceSubmitting, "", schema.Now())
		})
		return d.sky.SubmitLaunch(ctx, d.cluster, file, d.patient(), output)
	})
	if refusal != nil {
		return d.lost(refusal)
	}
	_ = os.Remove(file) // the secrets in it are no longer needed
	followed, request, failure := d.await(id, d.provisionTime(), d.onLaunchEvent)
	if failure == nil && request.Status != "SUCCEEDED" {
		failure = d.whyEnded(request, followed)
	}
	if failure != nil {
		again, failure := d.remedy(followed, failure)
		if again {
			return d.tryAgain(failure)
		}
		return d.lostAfter(followed, failure)
	}
	return d.settleIn()
}

// whole returns what is wrong with a task file, apart from what stands in it.
func whole(file string) error {
	info, err := os.Stat(file)
	if err == nil && info.Size() == 0 {
		err = errors.New("it is empty")
	}
	return err
}

// patient says whether the launch may wait for the cloud to have a machine.
func (d *driver) patient() bool {
	rec := d.record()
	return rec.Spec != nil && rec.Spec.RetryUntilUp
}

// provisionTime is how long the cloud may take to give the machine. `sky start` has
// no patience to ask for.
func (d *driver) provisionTime() time.Duration {
	if d.patient() && d.operation().Step != lifecycle.StepStart {
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

// settleIn goes from a machine that is up to a server that is ready: SkyPilot
// must say UP, the vaults must be exact, and the job must have got past setup.
func (d *driver) settleIn() lifecycle.Outcome {
	d.say(schema.PhaseSyncing, "Checking that the server is up.")
	found, failure := d.mustBeUp(false)
	if failure != nil {
		return d.lost(failure)
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { d.learn(rec, found) })
	dear, unpriced := d.checkPrice(found)
	if dear {
		return d.giveBack()
	}
	if failure := d.mirror(); failure != nil {
		return lifecycle.Unready(found, failure)
	}
	warning, failure := d.awaitJob()
	if failure != nil && failure.Kind != schema.KindSetupFailed {
		return d.lost(failure) // the machine itself may be gone: look
	}
	if failure != nil {
		return lifecycle.Unready(found, failure)
	}
	if rec := d.record(); d.kind == schema.OperationStart && rec.Spec != nil { // its task was made from what the journal keeps
		return lifecycle.Ready(found, warning, lifecycle.WithoutSecrets(rec.Spec))
	}
	return lifecycle.Ready(found, warning, unpriced)
}
