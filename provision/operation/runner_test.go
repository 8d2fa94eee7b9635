package operation

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
)

// removals counts the submissions of `sky down`.
type removals struct {
	sky.Runner
	count atomic.Int64
}

func (r *removals) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	if slices.Contains(call.Args, "down") {
		r.count.Add(1)
	}
	return r.Runner.Submit(ctx, call, output)
}

// An operation is journaled before its driver is there: a driver that resumes it in
// between is its only one, in this process or in another. A second one would go over
// the whole destroy again, while the next launch is refused.
func TestADestroyIsDrivenOnce(t *testing.T) {
	for name, drive := range map[string]func(t *testing.T, first, second *process, op *lifecycle.Operation){
		"resumed before": func(_ *testing.T, first, _ *process, op *lifecycle.Operation) {
			first.Resume()
			first.drive(op, nil)
		},
		"being resumed": func(t *testing.T, first, _ *process, op *lifecycle.Operation) {
			lease, _, err := first.leases.Try(op.Cluster, "destroy")
			if lease == nil {
				t.Fatal(err)
			}
			first.drive(op, nil)
			first.drive(op, lease)
		},
		"resumed and over": func(_ *testing.T, first, _ *process, op *lifecycle.Operation) {
			first.Resume()
			first.wantEnd(op, schema.OperationSucceeded)
			first.drive(op, nil)
		},
		"resumed by another sidecar": func(_ *testing.T, first, second *process, op *lifecycle.Operation) {
			second.store.Reload()
			second.Resume()
			first.drive(op, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				down := &removals{Runner: w.runner}
				w.runner = down
				first := w.launched()
				second := w.start("state")
				op, err := first.record(Request{Kind: schema.OperationDestroy, Cluster: server}, true)
				if err != nil {
					t.Fatal(err)
				}
				drive(t, first, second, op)
				first.wantEnd(op, schema.OperationSucceeded)
				if n := down.count.Load(); n != 1 {
					t.Errorf("sky down was called %d times", n)
				}
				first.wantEnd(first.launch(), schema.OperationSucceeded)
				first.wantStatus(schema.StatusRunning)
			})
		})
	}
}

// Settle changes the server's record inside of a change of the journal, with its
// locks held: a panic there must neither keep them nor leave the operation open.
func TestADefectInAnOutcome(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		p := w.start("state")
		op := p.launch()
		time.Sleep(30 * time.Second)
		p.driverOf(op.ID).finish(lifecycle.Outcome{Settle: func(*lifecycle.Cluster, time.Time) { panic("a defect in an outcome") }})
		p.wantEnd(op, schema.OperationFailed)
		p.wantStatus(schema.StatusError)
		result, err := p.Override(Request{Kind: schema.OperationDestroy, Cluster: server})
		if err != nil {
			t.Fatal(err)
		}
		p.wantEnd(&lifecycle.Operation{Operation: result.Operation}, schema.OperationSucceeded)
		p.wantStatus(schema.StatusNoServer)
	})
}

// A request that is accepted while the process ends has no driver, and its lease is
// free for the next process.
func TestDriversAfterTheEnd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		p := w.start("state")
		p.die()
		op := &lifecycle.Operation{Operation: schema.Operation{ID: "late", Kind: schema.OperationLaunch, Cluster: "late", StartedAt: schema.Now()}}
		lease, _, err := p.leases.Try("late", "launch")
		if err != nil {
			t.Fatal(err)
		}
		p.drive(op, lease)
		again, holder, err := p.leases.Try("late", "launch")
		if err != nil || again == nil {
			t.Errorf("the lease was not given back: %v, %v", holder, err)
		}
		again.Release()
	})
}
