// Package operation carries out operations from their acceptance to their end, also when
// the process that accepted one dies.
//
// [Runner.Begin] journals a request and starts a driver, which carries the operation from
// its journaled step to its end. Each kind of operation has a file (launch.go, start.go,
// stop.go, destroy.go, sync.go, install.go); cancel.go undoes one. A driver holds the
// cluster's lease. When its process dies the lease becomes free, and [Runner.Resume] in
// another process starts a new driver, which finds out from the journal, the submission's
// output or SkyPilot's list of requests how far the operation had got.
//
// Lock order: the store's locks, then Runner.mu, then driver.mu, then progress.mu.
// None of them is held while the store is called.
package operation

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"carapace/provision/backend"
	"carapace/provision/install"
	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/mirror"
	"carapace/provision/oplog"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// Timing holds the waits and deadlines of operations. All have to be set.
type Timing struct {
	Heartbeat   time.Duration // between notifications of a silent operation (docs/protocol.md: at least every 10 s)
	JobInterval time.Duration // between two looks at a job's state
	Retry       time.Duration // before a look that failed is tried again
	Quiet       time.Duration // a request's log without a line, before SkyPilot is asked whether the request has ended
	Wait        time.Duration // for a lease whose holder's operation was ended

	Short     time.Duration // deadline of one short `sky` call
	APIServer time.Duration // deadline of starting SkyPilot's API server
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
	Mirrors  *mirror.Mirrors
	Logs     *oplog.Logs
	Timing   Timing
	Boot     func() lifecycle.Boot // this computer's boot and the time since it, sleep included
	WatchFor func(cluster string)  // makes the watcher look for a cluster that may still come up; does not block
	OnEnd    func(looked bool)     // tells the watcher that an operation has ended, and whether with a look that still holds; does not block
	Machine  install.Machine       // this computer as an installation sees it
}

// shared holds what the Runner and its drivers share.
type shared struct {
	store    *store.Store
	group    *supervisor.Group
	log      *slog.Logger
	backend  *backend.SkyPilot
	leases   *journal.Leases
	mirrors  *mirror.Mirrors
	logs     *oplog.Logs
	timing   Timing
	watchFor func(cluster string)
	onEnd    func(looked bool)
	boot     func() lifecycle.Boot
	machine  install.Machine
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
			mirrors: opt.Mirrors, logs: opt.Logs,
			timing: opt.Timing, watchFor: opt.WatchFor, onEnd: opt.OnEnd, boot: opt.Boot, machine: opt.Machine,
		},
		drivers: map[string]*driver{},
	}
}

// OnStateChange ends the work of drivers whose operation has a cancel request or has ended.
// The store calls it with each new state, under the store's lock; it does not block.
func (r *Runner) OnStateChange(st *lifecycle.State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, d := range r.drivers {
		if op := st.Operation(id); op != nil {
			d.onStateChange(op)
		}
	}
}

// Detach ends the work that a later process can resume, because the host has gone. It does
// not block.
func (r *Runner) Detach() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.drivers {
		d.detach()
	}
}

// Idle blocks until this process drives no operation, or ctx is done. The error is ctx's.
func (r *Runner) Idle(ctx context.Context) error {
	for {
		d := r.anyDriver()
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

func (r *Runner) anyDriver() *driver {
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

// drive starts the driver of an operation. lease is the cluster's lease; if it is nil the
// driver waits until its holder releases it. After the service was closed the driver leaves
// at once. drive does nothing but release the lease if the operation has a driver: another
// goroutine may have resumed the operation after it was journaled.
func (r *Runner) drive(op *lifecycle.Operation, lease *journal.Lease) {
	r.begin(r.driver(op, lease))
}

// driver makes the driver of an operation.
func (r *Runner) driver(op *lifecycle.Operation, lease *journal.Lease) *driver {
	d := &driver{
		shared: r.shared, runner: r, id: op.ID, cluster: op.Cluster, kind: op.Kind,
		lease: lease, sky: r.backend.Client(op.Cluster), done: make(chan struct{}), taken: op.SkyRequest,
	}
	d.progress.set(op.Phase, op.Said())
	if op.Percent != nil { // of an earlier process: it never falls, although the work begins anew
		d.progress.percent = *op.Percent
	}
	d.progress.canceling = !op.CancelRequested.IsZero() // perform then begins with undo
	d.renew()
	return d
}

// begin starts a driver, unless its operation has one or needs none.
func (r *Runner) begin(d *driver) {
	if !r.addDriver(d) {
		d.lease.Release()
		return
	}
	phase, said := d.progress.now()
	d.store.SetProgress(d.id, phase, said)
	d.logs.Begin(d.id, d.knowsSecrets())
	if !r.group.Go("an operation", d.run) {
		d.retire() // the service has ended: the next process resumes the operation
	}
}

// addDriver enters d in the table of drivers. It returns false if the operation has a driver
// or has ended. It enters d before it reads the operation, because OnStateChange reaches only
// the drivers in the table.
func (r *Runner) addDriver(d *driver) bool {
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
		d.store.EndProgress(d.id)
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

// Resume starts a driver for each unfinished operation whose lease is free. A free lease
// proves that no process drives the operation. Resume blocks for small reads and writes.
func (r *Runner) Resume() {
	for _, op := range r.drivenElsewhere() {
		r.resume(op)
	}
}

// DrivenElsewhere reports whether there is an unfinished operation that this process does not
// drive: when its driver dies nobody says so. It does not block.
func (r *Runner) DrivenElsewhere() bool { return len(r.drivenElsewhere()) > 0 }

func (r *Runner) drivenElsewhere() (orphans []*lifecycle.Operation) {
	r.store.Read(func(st *lifecycle.State) {
		for _, op := range st.Operations {
			if !op.Ended() {
				kept := *op
				orphans = append(orphans, &kept)
			}
		}
	})
	return slices.DeleteFunc(orphans, func(op *lifecycle.Operation) bool { return r.driverOf(op.ID) != nil })
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
	known := r.keepSecretsOf(op.ID)
	r.log.Info("resuming an operation", "operation", op.ID, "kind", op.Kind, "cluster", op.Cluster)
	d := r.driver(op, lease)
	d.resumed, d.secretsGone = true, !known
	r.begin(d)
}

// Cancel journals a cancel request for the operation in progress on a cluster. The process
// that drives it sees the request in the state and undoes the operation. The error is a
// *schema.Error. It blocks for a small write.
func (r *Runner) Cancel(cluster string) (schema.OperationResult, error) {
	var op *lifecycle.Operation
	err := r.store.Update(func(st *lifecycle.State) error {
		op = st.Running(cluster)
		if refusal := lifecycle.AdmitCancel(cluster, op); refusal != nil {
			return refusal
		}
		if op.CancelRequested.IsZero() {
			op.CancelRequested = schema.Now()
			op.Say(text.New(&text.ProgressCanceling))
		}
		return nil
	})
	if err != nil {
		return schema.OperationResult{}, store.Error(err)
	}
	return r.store.Result(op), nil
}
