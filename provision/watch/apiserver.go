package watch

import (
	"context"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky/host"
)

// APIServer is SkyPilot's API server on this machine, as [host.LocalServer] has it.
type APIServer interface {
	// Kept says why it is left alone; "": all that is known without a `sky` allows its end.
	Kept(ctx context.Context) (why string)
	// End ends the one that Kept has seen, and reports whether it has.
	End(ctx context.Context) bool
}

const (
	// othersTime is how long after a look that has not shown that nobody else has clusters the next is made for this. It takes
	// three seconds of a processor, and who has clusters has them for long.
	othersTime = time.Hour
	// listTime is how long after its requests were read they are read again while it is needed, so that none is forgotten
	// unseen: the API server keeps them for a day.
	listTime = 6 * time.Hour
)

// Why an API server is left alone, beside what [host.LocalServer] says.
const (
	serverNeeded = "needed"          // by an operation or a server
	othersThere  = "others_clusters" // somebody else may have one
)

// serverWatch is what RunAPIServer remembers. It is owned by its goroutine.
type serverWatch struct {
	read   time.Time // when its requests were read last
	others time.Time // until when others' clusters are not asked for again
}

// RunAPIServer ends SkyPilot's API server whenever it is proven that nothing has needed it for some minutes, until the host has
// gone. It blocks until then. It wakes when SkyPilot has written something, and some minutes after that.
func (w *Watcher) RunAPIServer() {
	var s serverWatch
	for due := time.Now().Add(w.opt.Idle); w.waitUntil(due, w.written); {
		switch {
		case due.IsZero() || time.Now().Before(due): // there was news
			due = time.Now().Add(w.opt.Idle)
		case w.endAPIServer(&s):
			due = time.Now().Add(w.opt.Idle)
		default:
			due = time.Time{}
		}
	}
}

// endAPIServer ends the API server if nothing keeps it, and reports whether to try again although nothing is asked of it. What costs least is asked
// first; all but the clusters is asked again while no `sky` of this process runs, and none begins before the server has ended.
func (w *Watcher) endAPIServer(s *serverWatch) (again bool) {
	ctx, cancel := w.opt.Group.UntilClosing()
	defer cancel()
	why := w.whyKept(ctx, s)
	if why == "" && time.Now().After(s.others) && !w.opt.NoOtherClusters(ctx) {
		s.others = time.Now().Add(othersTime)
	}
	switch {
	case why != "":
	case time.Now().Before(s.others):
		why = othersThere
	default:
		why = host.ServerInUse
		w.opt.Alone(func() { why = w.endUnlessUsed(ctx, s) })
	}
	if why == "" {
		w.opt.Log.Info("SkyPilot's API server was ended: nothing needs it")
	} else {
		w.opt.Log.Debug("SkyPilot's API server is kept", "why", why)
	}
	return why == serverNeeded || why == host.ServerInUse
}

func (w *Watcher) endUnlessUsed(ctx context.Context, s *serverWatch) (why string) {
	release, _, _ := w.opt.TryLease() // no sidecar of the state folder looks, not even because of what the server writes as it ends
	if release == nil {
		return host.ServerInUse
	}
	defer release()
	if why = w.whyKept(ctx, s); why == "" && !w.opt.APIServer.End(ctx) {
		why = host.ServerInUse
	}
	signal(w.looked) // what was written until now is no news
	return why
}

// whyKept decides by all that needs no `sky`.
func (w *Watcher) whyKept(ctx context.Context, s *serverWatch) (why string) {
	needed := !w.isPaused() && len(w.Watched()) > 0
	w.opt.Store.Read(func(st *lifecycle.State) { needed = needed || st.NeedsSkyPilot() })
	if needed && time.Since(s.read) < listTime {
		return serverNeeded
	}
	s.read = time.Now()
	why = w.opt.APIServer.Kept(ctx)
	if needed && (why == "" || why == host.ServerInUse) {
		return serverNeeded
	}
	return why
}
