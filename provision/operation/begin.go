package operation

import (
	"context"
	"os"
	"time"

	"github.com/google/uuid"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// Request describes an operation to begin.
type Request struct {
	Kind    schema.OperationKind
	Cluster string   // "" for an install
	Version string   // of an install
	Clouds  []string // of an install
	// RequestID is the caller's own id of the request; empty: the caller gave none.
	RequestID string
	// Admit refuses the request from the state alone; nil: lifecycle.Admit is enough.
	Admit func(*lifecycle.State) *schema.Error
	// Task is the content of a launch's task file, which must be on the disk before the
	// operation is journaled; nil: no task file.
	Task []byte
	// Fill adds to the operation and the cluster's record before they are journaled; nil:
	// nothing to add.
	Fill func(*lifecycle.State, *lifecycle.Operation)
}

// Begin journals an operation, starts its driver and returns at once. Of concurrent
// callers in any number of processes exactly one succeeds: Begin takes the lease first
// and then checks the state again under the journal's lock. The error is a *schema.Error.
func (r *Runner) Begin(ctx context.Context, req Request) (schema.OperationResult, error) {
	if r.group.IsClosing() {
		return schema.OperationResult{}, store.Error(context.Canceled)
	}
	if req.Kind == schema.OperationLaunch {
		if err := r.leases.Probe(); err != nil {
			return schema.OperationResult{}, schema.Fail(schema.KindStateUnwritable, &text.LocksDoNotHold).WithDetail(err.Error())
		}
	}
	if req.Kind == schema.OperationLaunch { // one state folder must not launch beside another
		launching, err := r.acquire(ctx, anyLaunch, req)
		if err != nil {
			return schema.OperationResult{}, err
		}
		defer launching.Release()
	}
	lease, err := r.acquire(ctx, req.Cluster, req)
	if err != nil {
		return schema.OperationResult{}, err
	}
	handed := false
	defer func() { // also when the host's notifier panics: a lease that stays held keeps others from resuming
		if !handed {
			lease.Release()
		}
	}()
	op, err := r.record(req, false)
	if err != nil {
		return schema.OperationResult{}, err
	}
	handed = true
	r.drive(op, lease)
	return r.store.Result(op), nil
}

// Override is [Runner.Begin] for an operation that must not be refused because another
// is in progress. The operation in progress ends canceled in the same change of the
// journal; its driver, in this process or another, releases the lease when it sees that,
// and the new driver waits for the lease.
func (r *Runner) Override(req Request) (schema.OperationResult, error) {
	if r.group.IsClosing() {
		return schema.OperationResult{}, store.Error(context.Canceled)
	}
	op, err := r.record(req, true)
	if err != nil {
		return schema.OperationResult{}, err
	}
	r.drive(op, nil)
	return r.store.Result(op), nil
}

const (
	leaseWait  = time.Second
	leaseRetry = 10 * time.Millisecond
)

// anyLaunch is the key of the lease of whoever begins a launch, whatever its server is called: no server can be called so.
const anyLaunch = "any launch"

// acquire takes the lease of key, that of the cluster or anyLaunch. A lease that is held although the journal has no
// operation in progress is either about to be released (its holder has just ended an
// operation, which takes milliseconds) or belongs to a sidecar with another state folder.
// So acquire tries again for leaseWait before it refuses; and for as long once more where it
// is not known who holds it, because a holder writes that just after it has taken the lease.
func (r *Runner) acquire(ctx context.Context, key string, req Request) (*journal.Lease, error) {
	deadline := time.Now().Add(leaseWait)
	for {
		lease, holder, err := r.leases.Try(key, string(req.Kind))
		if err != nil {
			return nil, store.Error(err)
		}
		if lease != nil {
			return lease, nil
		}
		late := time.Since(deadline)
		if op := r.store.Running(req.Cluster); op != nil || late > 0 && holder.PID != 0 || late > leaseWait {
			if op == nil && req.Kind != schema.OperationInstall { // which is of no server
				r.watchFor(req.Cluster)
			}
			if op == nil && key == anyLaunch {
				return nil, lifecycle.LaunchingElsewhere(holder)
			}
			return nil, lifecycle.InProgress(req.Cluster, op, holder)
		}
		if !supervisor.Sleep(ctx, leaseRetry) {
			return nil, store.Error(ctx.Err())
		}
	}
}

// record journals the request as a running operation. With supersede it ends the
// operation in progress instead of refusing.
func (r *Runner) record(req Request, supersede bool) (*lifecycle.Operation, error) {
	id, at := uuid.NewString(), schema.Now()
	first := lifecycle.FirstText(req.Kind)
	r.store.SetProgress(id, lifecycle.FirstPhase(req.Kind), []text.Text{first}) // from its first word on it is no operation of another process
	var op *lifecycle.Operation
	recorded := false
	err := r.store.Update(func(st *lifecycle.State) error {
		busy := st.Running(req.Cluster)
		if busy != nil && (!supersede || busy.Kind == req.Kind) {
			return lifecycle.InProgress(req.Cluster, busy, lifecycle.Holder{})
		}
		if refusal := req.admit(st); refusal != nil {
			return refusal
		}
		if refusal := st.AdmitBeside(req.Kind); refusal != nil {
			return refusal
		}
		op = &lifecycle.Operation{
			Operation: schema.Operation{
				ID: id, Kind: req.Kind, Cluster: req.Cluster, State: schema.OperationRunning,
				Phase: lifecycle.FirstPhase(req.Kind), StartedAt: at,
			},
			Before: st.Status(req.Cluster), Version: req.Version, Clouds: req.Clouds, Accepted: r.boot(),
		}
		if rec := st.Clusters[req.Cluster]; rec != nil && rec.MayExist() {
			op.Identity = rec.Identity
		}
		op.RequestID = req.RequestID
		op.Enter(op.Phase, at, first)
		if busy != nil {
			endSuperseded(busy, op)
		}
		if req.Fill != nil {
			req.Fill(st, op)
		}
		st.Operations = append(st.Operations, op)
		if req.Task != nil {
			if err := r.writeTask(id, req.Task); err != nil { // under the journal's lock: Sweep removes files of unknown operations
				return err
			}
		}
		if req.Kind == schema.OperationLaunch {
			if refusal := r.store.RecordLaunch(req.Cluster, id, st.Generation, op.Fresh); refusal != nil {
				return refusal
			}
			recorded = true
		}
		return nil
	})
	if err != nil {
		r.store.EndProgress(id)
		_ = os.RemoveAll(r.store.OperationDir(id))
		if recorded && op.Fresh { // else a server may exist, or nothing was recorded
			r.store.UnrecordLaunch(req.Cluster, id)
		}
		return nil, store.Error(err)
	}
	return op, nil
}

func (req Request) admit(st *lifecycle.State) *schema.Error {
	if req.Admit != nil {
		return req.Admit(st)
	}
	return lifecycle.Admit(req.Kind, req.Cluster, st.Clusters[req.Cluster])
}

// endSuperseded ends the operation in progress because another replaces it.
func endSuperseded(busy, to *lifecycle.Operation) {
	busy.State, busy.EndedAt = schema.OperationCanceled, to.StartedAt
	busy.FailWith(schema.Fail(schema.KindCanceled, &text.EndGaveWay, text.Args{"operation": busy.Kind, "successor": to.Kind}))
	to.Supersedes = busy.ID
}
