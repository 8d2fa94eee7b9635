// Package operation drives what was asked for, from its acceptance to its end, over
// the death of this process.
//
// [Runner.Begin] journals a request and starts a driver, which takes the operation
// from where the journal says it is to its end; each operation reads down the file
// that bears its name (launch.go, start.go, stop.go, destroy.go, sync.go,
// install.go; cancel.go undoes one). A driver holds the cluster's lease. When its
// process dies, the lease is free, and [Runner.Resume] of another process starts a
// new driver, which finds in the journal, in the submission's output or in
// SkyPilot's list of requests how far the operation had got.
//
// Lock order: the store's locks, then Runner.mu, then driver.mu, then progress.mu.
// None of them is held while the store is called.
package operation

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"carapace/provision/backend"
	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// Timing is every wait of an operation.
type Timing struct {
	Heartbeat   time.Duration // a silent operation says so this often (protocol.md: at least every 10 s)
	JobInterval time.Duration // between two looks at a job's state
	Retry       time.Duration // before a look that failed is tried again
	Quiet       time.Duration // a request's log without a line, before SkyPilot is asked whether the request has ended
	Wait        time.Duration // for a lease that its holder was asked to give up

	Short     time.Duration // deadline of one short `sky` call
	Server    time.Duration // deadline of starting SkyPilot's API server
	Refresh   time.Duration // deadline of a look at the cloud
	Submit    time.Duration // deadline of handing a request to SkyPilot
	Provision time.Duration // deadline of a launch or start, up to its last file
	Patience  time.Duration // deadline of a launch that may wait for the cloud to have a machine
	Setup     time.Duration // deadline of the setup script
	Change    time.Duration // deadline of a stop or destroy
	Sync      time.Duration // deadline of mirroring the vaults
}

// Options is what a Runner needs. All fields have to be set.
type Options struct {
	Store    *store.Store
	Group    *supervisor.Group
	Log      *slog.Logger
	SkyPilot *backend.SkyPilot
	Leases   *journal.Leases
	Timing   Timing
	Boot     func() lifecycle.Boot // this machine's boot and the clock that counts from it, sleep included
	Expect   func(cluster string)  // makes the watcher look for a cluster that may still come up
	LookSoon func()                // makes the watcher look now
}

// shared is what all drivers have in common.
type shared struct {
	store    *store.Store
	group    *supervisor.Group
	log      *slog.Logger
	backend  *backend.SkyPilot
	leases   *journal.Leases
	timing   Timing
	expect   func(cluster string)
	lookSoon func()
	boot     func() lifecycle.Boot
}

// Runner starts the drivers of operations and knows those of this process. Its
// methods are safe for concurrent use.
type Runner struct {
	shared

	mu      sync.Mutex         // guards what follows; the store is not called under it
	drivers map[string]*driver // by operation
}

// New returns a Runner without drivers.
func New(opt Options) *Runner {
	return &Runner{
		shared: shared{
			store: opt.Store, group: opt.Group, log: opt.Log, backend: opt.SkyPilot, leases: opt.Leases,
			timing: opt.Timing, expect: opt.Expect, lookSoon: opt.LookSoon, boot: opt.Boot,
		},
		drivers: map[string]*driver{},
	}
}

// OnStateChange ends the drivers whose operation was canceled or has ended. The
// store calls it with each new state, under its lock; it does not block.
func (r *Runner) OnStateChange(st *lifecycle.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, d := range r.drivers {
		if op := st.Operation(id); op != nil {
			d.onStateChange(op)
		}
	}
}

// Detach ends what a successor can go on with: the host has gone. It does not block.
func (r *Runner) Detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.drivers {
		d.detach()
	}
}

// Idle blocks until no operation is being driven by this process, or ctx is done.
func (r *Runner) Idle(ctx context.Context) error {
	for {
		d := r.any()
		if d == nil {
			return nil
		}
		select {
		case <-d.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *Runner) any() *driver {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.drivers {
		return d
	}
	return nil
}

func (r *Runner) driverOf(id string) *driver {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drivers[id]
}

// drive starts the driver of an operation. Its lease is held, or nil: then the
// driver waits for its holder to let go. With the service closed already the driver
// leaves at once. An operation has one driver: between its journaling and this,
// another goroutine may have resumed it already.
func (r *Runner) drive(op *lifecycle.Operation, lease *journal.Lease) {
	r.begin(r.driver(op, lease))
}

// driver makes the driver of an operation.
func (r *Runner) driver(op *lifecycle.Operation, lease *journal.Lease) *driver {
	d := &driver{
		shared: r.shared, runner: r, id: op.ID, cluster: op.Cluster, kind: op.Kind, started: op.StartedAt,
		lease: lease, sky: r.backend.Client(op.Cluster), done: make(chan struct{}),
	}
	d.progress.set(op.Phase, op.Message)
	d.progress.canceling = !op.CancelRequested.IsZero() // then perform begins with undoing
	d.renew()
	return d
}

// begin starts a driver, unless its operation has one or needs none.
func (r *Runner) begin(d *driver) {
	if !r.enlist(d) {
		d.lease.Release()
		return
	}
	phase, message := d.progress.now()
	d.store.SetProgress(d.id, phase, message)
	if !r.group.Go("an operation", d.run) {
		d.retire() // the service has ended: the next start resumes it
	}
}

// enlist makes d its operation's driver; false: it has one, or needs none. It is
// inserted first and its operation looked at then, because a change in between is
// told to the drivers that are in the table.
func (r *Runner) enlist(d *driver) bool {
	r.mu.Lock()
	taken := r.drivers[d.id] != nil
	if !taken {
		r.drivers[d.id] = d
	}
	r.mu.Unlock()
	if taken {
		return false
	}
	if op := d.store.Operation(d.id); op.ID == "" || op.Ended() {
		r.remove(d)
		return false
	}
	if r.group.IsClosing() {
		d.detach()
	}
	return true
}

func (r *Runner) remove(d *driver) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.drivers, d.id)
}

// Resume starts a driver for each unfinished operation whose lease is free: its own
// process has died, or has left it to SkyPilot. The lease is the proof. It blocks
// for small reads and writes.
func (r *Runner) Resume() {
	var orphans []*lifecycle.Operation
	r.store.Read(func(st *lifecycle.State) {
		for _, op := range st.Operations {
			if !op.Ended() {
				kept := *op
				orphans = append(orphans, &kept)
			}
		}
	})
	for _, op := range orphans {
		if r.driverOf(op.ID) == nil {
			r.resume(op)
		}
	}
}

func (r *Runner) resume(op *lifecycle.Operation) {
	lease, _, err := r.leases.Try(op.Cluster, string(op.Kind))
	if err != nil || lease == nil {
		return
	}
	if !r.store.StillOpen(op.ID) {
		lease.Release()
		return
	}
	r.keepSecretsOf(op.ID)
	r.setOwner(op.ID)
	r.log.Info("resuming an operation", "operation", op.ID, "kind", op.Kind, "cluster", op.Cluster)
	d := r.driver(op, lease)
	d.resumed = true
	r.begin(d)
}

// setOwner notes that this process drives the operation now, for those it refuses.
func (r *Runner) setOwner(id string) {
	r.store.Record(func(st *lifecycle.State) error {
		op := st.Operation(id)
		if op == nil {
			return store.ErrUnchanged
		}
		op.Driver = os.Getpid()
		return nil
	})
}

// Cancel asks for the operation in progress on a cluster to be canceled. Whichever
// process drives it sees that in the state and undoes what there is to undo.
func (r *Runner) Cancel(cluster string) (schema.OperationResult, error) {
	var op *lifecycle.Operation
	err := r.store.Update(func(st *lifecycle.State) error {
		op = st.Running(cluster)
		if refusal := lifecycle.AdmitCancel(cluster, op); refusal != nil {
			return refusal
		}
		if op.CancelRequested.IsZero() {
			op.CancelRequested = schema.Now()
			op.Message = "Canceling."
		}
		return nil
	})
	if err != nil {
		return schema.OperationResult{}, store.Error(err)
	}
	return r.store.Result(op), nil
}
