package operation

import (
	"context"
	"errors"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/supervisor"
)

// Inherited reports whether the operation in progress on a cluster, if there is one,
// was begun by another process.
func (r *Runner) Inherited(cluster string) bool {
	op := r.store.Running(cluster)
	if op == nil {
		return false
	}
	d := r.driverOf(op.ID)
	return d == nil || d.resumed
}

// Settle takes up the operation that a dead process has left on a cluster, asks
// SkyPilot once how it stands, and blocks until its end is known here, too, where it
// has ended. It returns at once where there is no such operation, or SkyPilot is
// still at work on it; ctx bounds it.
func (r *Runner) Settle(ctx context.Context, cluster string) {
	r.Resume()
	op := r.store.Running(cluster)
	if op == nil {
		return
	}
	d := r.awaitDriver(ctx, op)
	if d == nil || !d.resumed {
		return
	}
	if op.SkyRequest != "" {
		request, err := d.sky.Request(ctx, op.SkyRequest)
		if err != nil && !errors.Is(err, sky.ErrRequestGone) || err == nil && !request.Ended() {
			return
		}
	}
	select {
	case <-d.done:
	case <-ctx.Done():
	}
}

// awaitDriver is the driver of an operation; nil: another process has it. The
// goroutine that resumes operations may have its lease and be about to start one.
func (r *Runner) awaitDriver(ctx context.Context, op *lifecycle.Operation) *driver {
	deadline := time.Now().Add(leaseWait)
	for {
		d := r.driverOf(op.ID)
		if d != nil || time.Now().After(deadline) || !r.store.StillOpen(op.ID) || !supervisor.Sleep(ctx, leaseRetry) {
			return d
		}
	}
}
