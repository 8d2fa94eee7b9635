package watch

import "time"

// Pace is how often a service is asked how it is.
type Pace struct {
	Starting time.Duration // until it is healthy, and after an answer that was not good
	Settled  time.Duration // after that
}

// RunServices asks the services of the servers that run how they are, each when that is due, until the host has gone. It is apart
// from Run, so that no look waits for a service that is slow. It blocks until then.
func (w *Watcher) RunServices() {
	for w.waitUntil(w.askServices(), w.services) {
	}
}

// askServices asks the services that are due, one after the other, and returns when the next is; zero: none is to be asked.
func (w *Watcher) askServices() (next time.Time) {
	if w.isPaused() {
		return time.Time{}
	}
	ctx, cancel := w.opt.Group.UntilClosing()
	defer cancel()
	for _, name := range w.opt.Store.Unattended() {
		if due := w.opt.CheckService(ctx, name); next.IsZero() || !due.IsZero() && due.Before(next) {
			next = due
		}
	}
	return next
}

// waitUntil waits until something is due, if it is, or there is news; false: the host has gone.
func (w *Watcher) waitUntil(due time.Time, news <-chan struct{}) bool {
	var turn <-chan time.Time
	if !due.IsZero() {
		timer := time.NewTimer(time.Until(due))
		defer timer.Stop()
		turn = timer.C
	}
	select {
	case <-w.opt.Group.Closing():
		return false
	case <-w.opt.Group.Context().Done():
		return false
	case <-news:
	case <-turn:
	}
	return true
}

// ServicesChanged tells the Watcher that a service may be asked now that was not before, or not any more. It does not block.
func (w *Watcher) ServicesChanged() { signal(w.services) }
