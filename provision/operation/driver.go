package operation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// Why a driver's work is cut short.
var (
	errLeaving    = errors.New("the host has gone: SkyPilot goes on, and the next start takes it up")
	errCanceled   = errors.New("somebody asked for the operation to be canceled")
	errSuperseded = errors.New("another operation has taken the server over")
)

// driver takes one operation from where the journal says it is to its end. It
// holds the server's lease all the while, and is the only one to change the
// operation, apart from a request to cancel it.
type driver struct {
	shared
	runner  *Runner
	id      string
	cluster string
	kind    schema.OperationKind
	started time.Time
	lease   *journal.Lease
	sky     *sky.Client   // with the credentials that the server was launched with
	done    chan struct{} // closed when it has ended
	resumed bool          // the operation was begun by another driver, which has died

	taken    bool // SkyPilot had a request of this operation; of the goroutine of run alone
	replaced bool // another cluster was seen to bear the name; of the goroutine of run alone

	mu          sync.Mutex              // guards what follows
	ctx         context.Context         // for what may be left to a successor: ends for each of the reasons above
	own         context.Context         // for what must be done before leaving: ends for all but errLeaving
	stopCtx     context.CancelCauseFunc // of ctx
	stopOwn     context.CancelCauseFunc // of own, and so of ctx
	left        bool
	mayStillRun bool // a submission or request was given up that may still make a machine
	progress    progress
}

// renew gives the driver contexts that have not ended: at its start, and again
// for the clean-up after a cancel.
func (d *driver) renew() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.own, d.stopOwn = context.WithCancelCause(d.group.Context())
	d.ctx, d.stopCtx = context.WithCancelCause(d.own)
	if d.left {
		d.stopCtx(errLeaving)
	}
}

// detach ends what a successor can go on with.
func (d *driver) detach() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = true
	d.stopCtx(errLeaving)
}

// onStateChange ends the driver's work when the journal says that it was canceled or that
// its operation is over.
func (d *driver) onStateChange(op *lifecycle.Operation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case op.Ended():
		d.stopOwn(errSuperseded)
	case !op.CancelRequested.IsZero() && !d.progress.canceling:
		d.progress.canceling = true
		d.stopOwn(errCanceled)
	}
}

// contexts returns ctx and own; see driver.
func (d *driver) contexts() (ctx, own context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx, d.own
}

func (d *driver) run() {
	defer d.retire()
	beating := d.beat()
	defer beating()
	if refusal := d.takeLease(); refusal != nil {
		if _, own := d.contexts(); own.Err() == nil {
			d.finish(lifecycle.Outcome{Err: refusal})
		}
		return
	}
	out, cause := d.attempt(d.perform)
	if errors.Is(cause, errCanceled) || cause == nil && !d.finish(out) {
		d.renew()
		out, cause = d.attempt(d.undo)
		out.Canceled = true
		if cause == nil {
			d.finish(out)
		}
	}
	if cause != nil {
		d.log.Info("leaving an operation", "operation", d.id, "why", cause)
	}
}

// takeLease waits for the lease where the driver was started without. Whoever has
// it heeds the journal, but may have a submission under way, which it sees through.
func (d *driver) takeLease() *schema.Error {
	_, own := d.contexts()
	deadline := time.Now().Add(d.timing.Submit + d.timing.Wait)
	waited := d.lease == nil
	for d.lease == nil {
		lease, holder, err := d.leases.Try(d.cluster, string(d.kind))
		switch {
		case err != nil:
			return store.Error(err)
		case lease != nil:
			d.lease = lease
		case time.Now().After(deadline):
			return lifecycle.InProgress(d.cluster, nil, holder)
		case !supervisor.Sleep(own, leaseRetry):
			return store.Error(context.Canceled)
		}
	}
	if waited && !d.store.StillOpen(d.id) { // another sidecar had it, and has brought the operation to its end
		d.mu.Lock()
		d.stopOwn(errSuperseded)
		d.mu.Unlock()
		return store.Error(context.Canceled)
	}
	return nil
}

// attempt runs one part of the operation and tells its outcome from having been
// cut short. A panic is an outcome: the machine must not be lifecycle.Forgotten over it.
func (d *driver) attempt(part func() lifecycle.Outcome) (out lifecycle.Outcome, cause error) {
	if !d.group.Guard("an operation's work", func() { out = part() }) {
		return d.defect(), nil
	}
	ctx, _ := d.contexts()
	if ctx.Err() != nil && out.Err != nil {
		return out, context.Cause(ctx)
	}
	return out, nil
}

// defect is the end of an operation that panicked. Nothing of what it knew is
// believed.
func (d *driver) defect() lifecycle.Outcome {
	failure := schema.NewError(schema.KindInternal,
		"Carapace met a defect of its own. What was begun at the cloud may go on. "+lifecycle.MayCost,
		"Look at the server's status in a minute; destroy it if you don't need it.")
	switch {
	case d.operation().Step == "":
		return lifecycle.Unchanged(failure)
	case d.kind == schema.OperationLaunch:
		return lifecycle.LaunchUnknown(failure, false)
	}
	return d.truthOf(sky.StatusReport{}, supervisor.ErrDefect, failure)
}

func (d *driver) perform() lifecycle.Outcome {
	if !d.operation().CancelRequested.IsZero() {
		return d.undo() // the one who was asked to cancel it has died
	}
	if out, old := d.tooOld(); old {
		return out
	}
	switch d.kind {
	case schema.OperationLaunch:
		return d.launch()
	case schema.OperationStart:
		return d.start()
	case schema.OperationStop:
		return d.stop()
	case schema.OperationDestroy:
		return d.destroy()
	case schema.OperationSync:
		return d.sync()
	case schema.OperationInstall:
		return d.install()
	}
	return lifecycle.Outcome{Err: schema.NewError(schema.KindInternal, fmt.Sprintf("There is no operation called %q.", d.kind), "Update Carapace.")}
}

// operation returns the operation as the journal has it.
func (d *driver) operation() lifecycle.Operation { return d.store.Operation(d.id) }

// record returns the cluster's record, or an empty one.
func (d *driver) record() lifecycle.Cluster { return d.store.Remembered(d.cluster) }

// update journals a change of the operation and of the server's record, which is
// never nil.
func (d *driver) update(fn func(op *lifecycle.Operation, rec *lifecycle.Cluster)) {
	d.store.Record(func(st *lifecycle.State) error {
		op := st.Operation(d.id)
		if op == nil || op.Ended() {
			return store.ErrUnchanged
		}
		fn(op, st.Ensure(d.cluster))
		return nil
	})
}

// finish journals the outcome; adopt tells the host. It returns false, and
// journals nothing, when a cancel was accepted that the outcome does not heed. An
// operation that can't be ended for a defect would be taken up again for ever.
func (d *driver) finish(out lifecycle.Outcome) (done bool) {
	if !d.group.Guard("an operation's end", func() { done = d.conclude(out) }) {
		failed := d.defect()
		failed.Canceled = out.Canceled
		return d.conclude(failed)
	}
	return done
}

func (d *driver) conclude(out lifecycle.Outcome) (done bool) {
	at := schema.Now()
	phase, _ := d.progress.now()
	done = true
	d.store.Record(func(st *lifecycle.State) error {
		var changed bool
		if done, changed = st.Conclude(d.id, out, phase, at); !changed {
			return store.ErrUnchanged
		}
		return nil
	})
	return done
}

// retire gives everything back.
func (d *driver) retire() {
	op := d.operation()
	d.runner.remove(d)
	d.store.EndProgress(d.id)
	if op.ID == "" || op.Ended() {
		_ = os.Remove(d.taskPath(d.id)) // it may hold secrets
		d.discard(d.id)
	}
	if op.Ended() && op.Supersedes != "" {
		d.discard(op.Supersedes) // its own driver may be dead, and its submission was waited for only now
	}
	d.lease.Release()
	close(d.done)
	d.mu.Lock()
	d.stopOwn(nil)
	d.mu.Unlock()
	d.lookSoon()
}
