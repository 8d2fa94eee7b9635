package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
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
	s       *Service
	id      string
	cluster string
	kind    schema.OperationKind
	started time.Time
	lease   *journal.Lease
	sky     *sky.Client   // with the credentials that the server was launched with
	done    chan struct{} // closed when it has ended

	mu       sync.Mutex              // guards what follows
	ctx      context.Context         // for what may be left to a successor: ends for each of the reasons above
	own      context.Context         // for what must be done before leaving: ends for all but errLeaving
	stopCtx  context.CancelCauseFunc // of ctx
	stopOwn  context.CancelCauseFunc // of own, and so of ctx
	left     bool
	adrift   bool // a submission or request was given up that may still make a machine
	progress progress
}

// outcome is how an operation ended.
type outcome struct {
	err      *schema.Error // nil: it succeeded
	canceled bool
	message  string // for a person; empty: the error's
	// settle puts what was re-read into the server's record; nil: it stays as it was.
	settle func(*journal.Cluster)
	// forget removes the server's record: SkyPilot was seen to have none.
	forget bool
}

// drive starts the driver of an operation. Its lease is held, or nil: then the
// driver waits for whoever holds it to let go. With the service closed already
// the driver leaves at once. An operation has one driver: between its journaling
// and this, the watcher may have taken it up already.
func (s *Service) drive(op *journal.Operation, lease *journal.Lease) {
	d := &driver{
		s: s, id: op.ID, cluster: op.Cluster, kind: op.Kind, started: op.StartedAt,
		lease: lease, sky: s.client(op.Cluster), done: make(chan struct{}),
	}
	d.progress.set(op.Phase, op.Message)
	d.progress.canceling = !op.CancelRequested.IsZero() // then perform begins with undoing
	d.renew()
	if !s.enlist(d) {
		lease.Release()
		return
	}
	if !s.spawn("an operation", d.run) {
		d.retire() // the service has ended: the next start takes it up
	}
}

// enlist makes d its operation's driver; false: it has one, or needs none.
func (s *Service) enlist(d *driver) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.state.Operation(d.id); s.drivers[d.id] != nil || op == nil || op.Ended() {
		return false
	}
	s.drivers[d.id] = d
	if s.isClosing() {
		d.leave()
	}
	return true
}

// renew gives the driver contexts that have not ended: at its start, and again
// for the clean-up after a cancel.
func (d *driver) renew() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.own, d.stopOwn = context.WithCancelCause(d.s.life)
	d.ctx, d.stopCtx = context.WithCancelCause(d.own)
	if d.left {
		d.stopCtx(errLeaving)
	}
}

// leave ends what a successor can go on with.
func (d *driver) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = true
	d.stopCtx(errLeaving)
}

// heed ends the driver's work when the journal says that it was canceled or that
// its operation is over.
func (d *driver) heed(op *journal.Operation) {
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
			d.finish(outcome{err: refusal})
		}
		return
	}
	out, cause := d.attempt(d.perform)
	if errors.Is(cause, errCanceled) || cause == nil && !d.finish(out) {
		d.renew()
		out, cause = d.attempt(d.undo)
		out.canceled = true
		if cause == nil {
			d.finish(out)
		}
	}
	if cause != nil {
		d.s.log.Info("leaving an operation", "operation", d.id, "why", cause)
	}
}

// takeLease waits for the lease where the driver was started without. Whoever has
// it heeds the journal, but may have a submission under way, which it sees through.
func (d *driver) takeLease() *schema.Error {
	_, own := d.contexts()
	deadline := time.Now().Add(d.s.cfg.Timing.Submit + d.s.cfg.Timing.Wait)
	waited := d.lease == nil
	for d.lease == nil {
		lease, holder, err := d.s.leases.Try(d.cluster, string(d.kind))
		switch {
		case err != nil:
			return StateError(err)
		case lease != nil:
			d.lease = lease
		case time.Now().After(deadline):
			return inProgress(d.cluster, nil, holder)
		case !wait(own, leaseRetry):
			return StateError(context.Canceled)
		}
	}
	if waited && !d.s.stillOpen(d.id) { // another sidecar had it, and has brought the operation to its end
		d.mu.Lock()
		d.stopOwn(errSuperseded)
		d.mu.Unlock()
		return StateError(context.Canceled)
	}
	return nil
}

// attempt runs one part of the operation and tells its outcome from having been
// cut short. A panic is an outcome: the machine must not be forgotten over it.
func (d *driver) attempt(part func() outcome) (out outcome, cause error) {
	if !d.s.guarded("an operation's work", func() { out = part() }) {
		return d.defect(), nil
	}
	ctx, _ := d.contexts()
	if ctx.Err() != nil && out.err != nil {
		return out, context.Cause(ctx)
	}
	return out, nil
}

// defect is the end of an operation that panicked. Nothing of what it knew is
// believed.
func (d *driver) defect() outcome {
	failure := schema.NewError(schema.KindInternal,
		"Carapace met a defect of its own. What was begun at the cloud may go on, and cost money.",
		"Look at the server's status in a minute; destroy it if you don't need it.")
	switch {
	case d.operation().Step == "":
		return d.unchanged(failure)
	case d.kind == schema.OperationLaunch:
		return d.unknown(failure)
	}
	return d.truthOf(sky.StatusReport{}, errNotLooked, failure)
}

func (d *driver) perform() outcome {
	if !d.operation().CancelRequested.IsZero() {
		return d.undo() // the one who was asked to cancel it has died
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
	return outcome{err: schema.NewError(schema.KindInternal, fmt.Sprintf("There is no operation called %q.", d.kind), "Update Carapace.")}
}

// operation returns the operation as the journal has it.
func (d *driver) operation() journal.Operation {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	if op := d.s.state.Operation(d.id); op != nil {
		return *op
	}
	return journal.Operation{}
}

// record returns the server's record, or an empty one.
func (d *driver) record() journal.Cluster {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	if rec := d.s.state.Clusters[d.cluster]; rec != nil {
		return *rec
	}
	return journal.Cluster{View: noServer(d.cluster)}
}

// update journals a change of the operation and of the server's record, which is
// never nil.
func (d *driver) update(fn func(op *journal.Operation, rec *journal.Cluster)) {
	d.s.note(func(st *journal.State) error {
		op := st.Operation(d.id)
		if op == nil || op.Ended() {
			return errUnchanged
		}
		fn(op, ensure(st, d.cluster))
		return nil
	})
}

func ensure(st *journal.State, name string) *journal.Cluster {
	rec := st.Clusters[name]
	if rec == nil {
		rec = &journal.Cluster{View: noServer(name)}
		st.Clusters[name] = rec
	}
	return rec
}

// finish journals the outcome; adopt tells the host. It returns false, and
// journals nothing, when a cancel was accepted that the outcome does not heed. An
// operation that can't be ended for a defect would be taken up again for ever.
func (d *driver) finish(out outcome) (done bool) {
	if !d.s.guarded("an operation's end", func() { done = d.conclude(out) }) {
		failed := d.defect()
		failed.canceled = out.canceled
		return d.conclude(failed)
	}
	return done
}

func (d *driver) conclude(out outcome) (done bool) {
	at := now()
	phase, _ := d.progress.now()
	done = true
	d.s.note(func(st *journal.State) error {
		op := st.Operation(d.id)
		if op == nil || op.Ended() {
			return errUnchanged
		}
		if !op.CancelRequested.IsZero() && !out.canceled {
			done = false
			return errUnchanged
		}
		op.State, op.Phase, op.EndedAt, op.Error = stateOf(out), phase, at, out.err
		op.ElapsedSeconds, op.Known = seconds(at.Sub(op.StartedAt)), nil
		op.Message = out.message
		if op.Message == "" && out.err != nil {
			op.Message = out.err.Message
		}
		if d.cluster == "" {
			return nil
		}
		rec := ensure(st, d.cluster)
		rec.Source = schema.SourceOperation
		if out.settle != nil {
			out.settle(rec)
		}
		if out.forget {
			st.Clusters[d.cluster] = &journal.Cluster{View: gone(d.cluster, out.message), Source: schema.SourceOperation}
		}
		return nil
	})
	return done
}

func gone(name, description string) schema.Cluster {
	c := noServer(name)
	c.Description = description
	return c
}

func stateOf(out outcome) schema.OperationState {
	switch {
	case out.canceled:
		return schema.OperationCanceled
	case out.err != nil:
		return schema.OperationFailed
	}
	return schema.OperationSucceeded
}

// retire gives everything back.
func (d *driver) retire() {
	d.s.mu.Lock()
	op := d.s.state.Operation(d.id)
	delete(d.s.drivers, d.id)
	d.s.mu.Unlock()
	if op == nil || op.Ended() {
		_ = os.Remove(d.s.taskPath(d.id)) // it may hold secrets
		d.s.discard(d.id)
	}
	if op != nil && op.Ended() && op.Supersedes != "" {
		d.s.discard(op.Supersedes) // its own driver may be dead, and its submission was waited for only now
	}
	d.lease.Release()
	close(d.done)
	d.mu.Lock()
	d.stopOwn(nil)
	d.mu.Unlock()
	d.s.lookSoon()
}
