package operation

import (
	"os"
	"path/filepath"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
	"carapace/schema/text"
)

// undo ends a canceled operation (docs/protocol.md, "cluster.cancel").
func (d *driver) undo() lifecycle.Outcome {
	op := d.operation()
	return lifecycle.VaultsLeft(d.undone(op), op)
}

// undone undoes what the operation did to the server. It first ends what the operation has
// begun at SkyPilot.
func (d *driver) undone(op lifecycle.Operation) lifecycle.Outcome {
	if d.kind == schema.OperationInstall {
		return d.undoInstall()
	}
	if d.kind == schema.OperationSync {
		return lifecycle.Outcome{Canceled: true, Texts: []text.Text{text.New(&text.EndSyncCanceled)}}
	}
	if rec := d.record(); op.Step == "" && !op.Fresh && op.Before != schema.StatusStopped && rec.MayExist() {
		return d.stopAfterCancel(true) // the server was running before, and would go on running
	}
	if op.Step == "" {
		_ = os.Remove(d.taskPath(d.id))
		return lifecycle.CanceledBefore(op.Fresh)
	}
	d.noteUnanswered(bootTime)
	ended := d.endSubmitted(op)
	if op.Kind == schema.OperationLaunch && op.Fresh {
		out := d.remove(false, ended, text.New(&text.EndLaunchCanceled))
		return lifecycle.AsCanceled(out)
	}
	return d.stopAfterCancel(ended)
}

// endSubmitted ends the request that the operation has submitted. An earlier process may
// have begun to undo the operation and failed to end that request, whose id the clean-up's
// own step has replaced in the journal; then all requests that make the server are ended.
// It reports whether nothing that could make or start the server is left at SkyPilot.
func (d *driver) endSubmitted(op lifecycle.Operation) (ended bool) {
	switch op.Step {
	case lifecycle.StepDown:
		return d.ready() == nil && d.endLaunches()
	case lifecycle.StepStop: // SkyPilot carries out a stop after the start has ended
		return true
	}
	return d.endRequest(op)
}

// endRequest cancels the request in progress, so that it can't make or start a machine
// after the clean-up. A canceled launch leaves a record in INIT and possibly instances
// (transcript status-after-cancel), which the clean-up then removes.
func (d *driver) endRequest(op lifecycle.Operation) (ended bool) {
	d.reportProgress(schema.PhaseVerifying, text.New(&text.ProgressCancelingAtSky))
	id, refusal := d.findSubmitted(op, filepath.Join(d.store.OperationDir(d.id), op.Step+".out"))
	if refusal != nil {
		return false
	}
	return id == "" || d.cancelRequest(id)
}

// stopAfterCancel stops a server whose start was canceled. It never destroys one: the
// disk existed before the operation. ended reports that no request at SkyPilot can start
// the server again after the stop.
func (d *driver) stopAfterCancel(ended bool) lifecycle.Outcome {
	out := lifecycle.AsCanceled(d.stop())
	if ended || out.Err != nil {
		return out
	}
	failure := schema.Fail(schema.KindAPIServer, &text.EndStoppedMayStart, text.Args{"operation": d.kind})
	stopped := out.Settle
	out.Err, out.Texts = failure, nil
	out.Settle = func(rec *lifecycle.Cluster, at time.Time) {
		stopped(rec, at)
		rec.Machine = schema.MachineUnknown
		lifecycle.SetStatus(rec, schema.StatusError, failure.Texts(), failure)
	}
	return out
}
