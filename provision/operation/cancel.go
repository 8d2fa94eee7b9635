package operation

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// undo is the end of a canceled operation (protocol.md, cluster.cancel). What it
// had begun at SkyPilot is ended first.
func (d *driver) undo() lifecycle.Outcome {
	op := d.operation()
	if d.kind == schema.OperationSync {
		return lifecycle.Outcome{Canceled: true, Message: "The vaults are no longer being brought up to date; some files may be older than here."}
	}
	if rec := d.record(); op.Step == "" && !op.Fresh && op.Before != schema.StatusStopped && rec.MayExist() {
		return d.stopAfterCancel(true) // what it found ran, and would go on doing so
	}
	if op.Step == "" {
		_ = os.Remove(d.taskPath(d.id))
		return lifecycle.CanceledBefore(op.Fresh)
	}
	d.noteUnanswered(bootTime)
	ended := d.endSubmitted(op)
	if op.Kind == schema.OperationLaunch && op.Fresh {
		out := d.remove(false, ended, lifecycle.StoryLaunchCanceled)
		return lifecycle.AsCanceled(out)
	}
	return d.stopAfterCancel(ended)
}

// endSubmitted ends what the operation had begun. A predecessor that was undoing it
// may have tried that in vain, and the request that it was about is no longer in
// the journal: then all that makes the server is ended.
func (d *driver) endSubmitted(op lifecycle.Operation) (ended bool) {
	switch op.Step {
	case lifecycle.StepDown:
		return d.ready() == nil && d.endLaunches()
	case lifecycle.StepStop: // SkyPilot stops a server when its start has ended
		return true
	}
	return d.endRequest(op)
}

// endRequest cancels the request in progress, so that nothing goes on behind the
// clean-up's back. It leaves INIT and maybe instances (transcript
// status-after-cancel), which the clean-up is there for.
func (d *driver) endRequest(op lifecycle.Operation) (ended bool) {
	d.reportProgress(schema.PhaseVerifying, "Canceling what SkyPilot is doing.")
	id, refusal := d.findSubmitted(op, filepath.Join(d.store.OperationDir(d.id), op.Step+".out"))
	if refusal != nil {
		return false
	}
	return id == "" || d.cancelRequest(id)
}

// stopAfterCancel stops a server whose start was canceled: its disk was there
// before, and is never the price of that. ended says that nothing at SkyPilot can
// start it again after that.
func (d *driver) stopAfterCancel(ended bool) lifecycle.Outcome {
	out := lifecycle.AsCanceled(d.stop())
	if ended || out.Err != nil {
		return out
	}
	failure := schema.NewError(schema.KindAPIServer,
		fmt.Sprintf("The server is stopped, but SkyPilot did not confirm that it has given up the %s: it may still start.", d.kind),
		"Look at its status in a few minutes, and stop it again if it runs.")
	stopped := out.Settle
	out.Err, out.Message = failure, ""
	out.Settle = func(rec *lifecycle.Cluster, at time.Time) {
		stopped(rec, at)
		rec.Machine = schema.MachineUnknown
		lifecycle.SetStatus(rec, schema.StatusError, failure.Message, failure)
	}
	return out
}
