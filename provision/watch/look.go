package watch

import (
	"context"
	"errors"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// Look asks the cloud about clusters and puts the answers into the state. Only one Look runs at a
// time. A cluster is skipped if another Look at it began while this one waited. It blocks until
// the answers are in the state, or ctx is done.
func (w *Watcher) Look(ctx context.Context, names []string) {
	asked := w.looksBegun(names)
	select {
	case w.looking <- struct{}{}:
		defer func() { <-w.looking }()
	case <-ctx.Done():
		return
	}
	for i, name := range names {
		answered := w.looksBegun(names)[i] != asked[i]
		if ctx.Err() == nil && !answered {
			if !w.opt.Group.Guard("a look", func() { w.lookAt(ctx, name) }) {
				w.failed(name, schema.Now(), schema.Fail(schema.KindInternal, &text.LookFailed, text.Args{"words": supervisor.ErrDefect.Error()}))
			}
		}
	}
	w.opt.Store.ShareLooks()
}

// looksBegun returns how many looks this process has begun at each cluster. Look compares these
// counts, not times, because the clock may be set back.
func (w *Watcher) looksBegun(names []string) []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts := make([]int, len(names))
	for i, name := range names {
		counts[i] = w.begun[name]
	}
	return counts
}

func (w *Watcher) lookAt(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, w.opt.Longest)
	defer cancel()
	w.mu.Lock()
	w.begun[name]++
	w.mu.Unlock()
	epoch, begun := w.opt.Store.Epoch(name), schema.Now()
	answer, failure := w.opt.Look(ctx, name)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
	case failure != nil && (!epoch.Over || w.opt.Store.Epoch(name) != epoch):
		// An operation of ours was at work meanwhile: SkyPilot's lock of the cluster
		// was in its hands, and it looks for itself. As of what a look finds then.
		w.opt.Log.Debug("a look gave way to an operation", "cluster", name, "error", failure.Message)
	case failure != nil:
		w.failed(name, begun, failure)
	default:
		w.succeeded(ctx, name, begun, epoch, answer)
	}
}

// succeeded puts the answer of a look, which began in an epoch, into the state.
func (w *Watcher) succeeded(ctx context.Context, name string, begun time.Time, epoch lifecycle.Epoch, answer lifecycle.Answer) {
	w.opt.Store.Record(func(st *lifecycle.State) error {
		changed := st.Apply(name, lifecycle.Observation{
			Answer: answer, Begun: epoch, At: schema.Now(), Late: w.opt.Late, Configured: w.opt.Name,
		})
		if st.Forgot && name == w.opt.Name {
			st.Forgot, changed = false, true // SkyPilot's answer replaces the damaged state
		}
		if !changed {
			return store.ErrUnchanged
		}
		return nil
	})
	found, _ := answer.Report.Find(name)
	w.opt.Store.LookSucceeded(name, begun, found.Hash)
	w.opt.AfterLook(ctx, name)
}

// failed puts a failed look into the state.
func (w *Watcher) failed(name string, begun time.Time, failure *schema.Error) {
	l := w.opt.Store.LookFailed(name, begun, failure)
	w.opt.Log.Warn("the cloud could not be looked at", "cluster", name, "failures", l.Failures, "error", failure.Message)
	w.opt.Store.Record(func(st *lifecycle.State) error {
		if !st.ApplyFailedLook(name, l, failure, time.Now()) {
			return store.ErrUnchanged
		}
		return nil
	})
}
