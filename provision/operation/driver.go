package operation

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// The causes for which a driver's contexts end.
var (
	errLeaving    = errors.New("the host has gone: SkyPilot goes on, and the next start takes it up")
	errCanceled   = errors.New("somebody asked for the operation to be canceled")
	errSuperseded = errors.New("another operation has taken the server over")
)

// driver carries one operation from its journaled step to its end. It holds the
// cluster's lease throughout. Only the driver changes the operation, except that anybody
// may set its cancel request.
type driver struct {
	shared
	runner      *Runner
	id          string
	cluster     string
	kind        schema.OperationKind
	lease       *journal.Lease
	sky         *sky.Client   // with the credentials that the server was launched with
	done        chan struct{} // closed when it has ended
	resumed     bool          // the operation was begun by another driver, which has died
	secretsGone bool          // and its task file, which had the secrets of a launch, was there no more
	taken       string        // SkyPilot's id of the request whose log that driver has told of; empty: none

	requested bool       // SkyPilot has had a request of this operation; used by run's goroutine only
	replaced  bool       // a look showed another cluster under the name; used by run's goroutine only
	early     *earlyLook // of the stop in progress; used by run's goroutine only
	looked    bool       // the last look succeeded, and no request that changes a machine came after it; at the end, whether that was a good one; used by run's goroutine only

	mu            sync.Mutex              // guards what follows
	resumableCtx  context.Context         // for work that a later process can resume; ends for each of the causes above
	mustCtx       context.Context         // for work that must be finished before this process leaves; ends for all causes but errLeaving
	stopResumable context.CancelCauseFunc // of resumableCtx
	stopMust      context.CancelCauseFunc // of mustCtx, and so of resumableCtx
	detached      bool
	mayStillRun   bool // a submission or request that was given up may still make a machine
	progress      progress
}

// renew replaces both contexts by new ones: at the driver's start, and for the clean-up
// after a cancel.
func (d *driver) renew() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mustCtx, d.stopMust = context.WithCancelCause(d.group.Context())
	d.resumableCtx, d.stopResumable = context.WithCancelCause(d.mustCtx)
	if d.detached {
		d.stopResumable(errLeaving)
	}
}

// detach ends the work that a later process can resume.
func (d *driver) detach() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.detached = true
	d.stopResumable(errLeaving)
}

// onStateChange ends the driver's work when the journaled operation has a cancel request or
// has ended.
func (d *driver) onStateChange(op *lifecycle.Operation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case op.Ended():
		d.stopMust(errSuperseded)
	case !op.CancelRequested.IsZero() && !d.progress.canceling:
		d.progress.canceling = true
		d.stopMust(errCanceled)
	}
}

// contexts returns resumableCtx and mustCtx; see driver.
func (d *driver) contexts() (resumableCtx, mustCtx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.resumableCtx, d.mustCtx
}

// whileResumable returns a context that ends with ctx, and also with the work that a later
// process can resume.
func (d *driver) whileResumable(ctx context.Context) (context.Context, context.CancelFunc) {
	resumableCtx, _ := d.contexts()
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(resumableCtx, cancel)
	return ctx, func() { stop(); cancel() }
}

func (d *driver) run() {
	defer d.retire()
	beating := d.startHeartbeat()
	defer beating()
	if refusal := d.takeLease(); refusal != nil {
		if _, mustCtx := d.contexts(); mustCtx.Err() == nil {
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

// takeLease waits for the lease if the driver was started without it. The current holder
// sees in the journal that its operation has ended, but finishes a submission that it has
// started.
func (d *driver) takeLease() *schema.Error {
	_, mustCtx := d.contexts()
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
		case !supervisor.Sleep(mustCtx, leaseRetry):
			return store.Error(context.Canceled)
		}
	}
	if waited && !d.store.StillOpen(d.id) { // another sidecar held the lease and has ended the operation
		d.mu.Lock()
		d.stopMust(errSuperseded)
		d.mu.Unlock()
		return store.Error(context.Canceled)
	}
	return nil
}

// attempt runs one part of the operation. cause is nil where the part came to its
// outcome, and else why the driver's contexts ended before. A panic counts as an outcome,
// see defect: the operation ends and the cluster stays in the state, because its machine
// may exist.
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

// defect is the outcome of an operation that panicked. Its in-memory state is discarded.
func (d *driver) defect() lifecycle.Outcome {
	failure := schema.Fail(schema.KindInternal, &text.DefectOperation).And(text.New(&text.MoneyMayCost))
	switch {
	case d.operation().Step == "":
		return lifecycle.Unchanged(failure)
	case d.kind == schema.OperationLaunch:
		return lifecycle.LaunchUnknown(failure, false)
	}
	return d.failAsFound(sky.StatusReport{}, supervisor.ErrDefect, failure)
}

func (d *driver) perform() lifecycle.Outcome {
	if !d.operation().CancelRequested.IsZero() {
		return d.undo() // the process that accepted the cancel has died
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
	return lifecycle.Outcome{Err: schema.Fail(schema.KindInternal, &text.DefectNoOperation, text.Args{"operation": d.kind})}
}

// operation returns a copy of the journaled operation.
func (d *driver) operation() lifecycle.Operation { return d.store.Operation(d.id) }

// record returns a copy of the cluster's record, or an empty one.
func (d *driver) record() lifecycle.Cluster { return d.store.Remembered(d.cluster) }

// update journals a change of the operation and of the cluster's record. fn is not called
// where the operation has ended; neither of its arguments is nil.
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

// finish journals the outcome; the store then notifies the host. It returns false, and
// journals nothing, when the operation has a cancel request and the outcome is not that of
// a cancel. If conclude panics, finish ends the operation with defect: an operation that
// can't be ended would be resumed for ever.
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
	d.looked = (d.looked || d.kind == schema.OperationSync) && out.Err == nil && !out.Canceled // a mirror changes no machine
	if d.looked {
		d.onEnd(true) // also before anybody sees the end, and looks
	}
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

// retire removes the driver, its files and its progress, and releases the lease.
func (d *driver) retire() {
	op := d.operation()
	d.runner.remove(d)
	d.store.EndProgress(d.id)
	d.logs.End(d.id)
	if op.ID == "" || op.Ended() {
		_ = os.Remove(d.taskPath(d.id)) // it may hold secrets
		d.discard(d.id)
	}
	if op.Ended() && op.Supersedes != "" {
		d.discard(op.Supersedes) // its driver may have died, and its submission has only ended now
	}
	d.lease.Release()
	close(d.done)
	d.mu.Lock()
	d.stopMust(nil)
	d.mu.Unlock()
	d.onEnd(d.looked && op.Ended())
	if op.Ended() {
		_ = d.store.Update(func(st *lifecycle.State) error { // under the journal's lock: another process may begin an operation
			d.logs.Sweep(st.KeepsLog)
			return store.ErrUnchanged
		})
	}
}
