package lifecycle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// ForeignWork is what SkyPilot does to a cluster without an operation here: what
// somebody asked for in a terminal, or what an operation of ours began and gave up.
type ForeignWork struct {
	Kind    schema.OperationKind // that of the operation which would do it
	Request sky.Request
	Doing   string // inside a sentence
	status  schema.Status
}

var foreignWorks = map[string]ForeignWork{
	StepLaunch: {Kind: schema.OperationLaunch, status: schema.StatusProvisioning, Doing: "launched"},
	StepStart:  {Kind: schema.OperationStart, status: schema.StatusProvisioning, Doing: "started"},
	StepStop:   {Kind: schema.OperationStop, status: schema.StatusStopping, Doing: "stopped"},
	StepDown:   {Kind: schema.OperationDestroy, status: schema.StatusDestroying, Doing: "destroyed"},
}

// ForeignWorkOn lists SkyPilot's unfinished requests that change a cluster, in the
// order in which it carries them out. The requests come newest first.
func ForeignWorkOn(requests []sky.Request, name string) (list []*ForeignWork) {
	for _, r := range slices.Backward(requests) {
		w, changes := foreignWorks[strings.TrimPrefix(r.Name, "sky.")]
		if changes && r.Cluster == name && !r.Ended() {
			w.Request = r
			list = append(list, &w)
		}
	}
	return list
}

// Makes reports whether there is a machine when the work is done.
func (w *ForeignWork) Makes() bool { return w.status == schema.StatusProvisioning }

// Unclear reports whether a cluster's record can't be taken at face value, so that
// SkyPilot's requests have to be read as well. A record that a refresh left as it
// was may be that of a cluster on which somebody works, who holds SkyPilot's lock.
// A half-made record loses its init_kind in a refresh (measured with 0.14.1:
// "launching" before it, null after), so that a cluster coming up looks like one
// that does not answer. Skip it if the cluster is already known to be unreachable.
func Unclear(name string, report sky.StatusReport, rec *Cluster, shown schema.Cluster) bool {
	if report.Failures[name] != "" {
		return report.Failures[name] == sky.NotRefreshed
	}
	found, there := report.Find(name)
	if !there || found.State != sky.StateInit || found.InitKind != "" {
		return false
	}
	return rec == nil || !rec.Incomplete && (shown.Error == nil || shown.Error.Kind != schema.KindUnreachable)
}

// show puts the work into a server's record; last is the server's last operation,
// or nil. A launch of our own that was not finished keeps telling why.
func (w *ForeignWork) show(rec *Cluster, last *Operation) {
	if w == nil || rec.Incomplete && w.Makes() {
		return
	}
	sentence := fmt.Sprintf("The server is being %s with SkyPilot outside of Carapace.", w.Doing)
	if last != nil && last.SkyRequest == w.Request.ID {
		sentence = fmt.Sprintf("SkyPilot is still at the %s that was asked for at %s.", last.Kind, last.StartedAt.Local().Format("15:04"))
	}
	SetStatus(rec, w.status, sentence, nil)
	rec.Foreign = w.Kind
}

// ChangingRequests returns the ids of those requests that could be taken for a step
// of an operation, which requests that only read could not. It is never nil.
func ChangingRequests(requests []sky.Request) []string {
	ids := []string{}
	for _, r := range requests {
		if slices.ContainsFunc([]string{StepLaunch, StepStart, StepStop, StepDown, StepExec}, func(step string) bool { return r.Name == RequestName(step) }) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// NewestRequest returns the last request of a step that may be the operation's, or
// "". Where the requests from before it are known, the time since does not count: a
// clock may be set back, and that of a remote API server be wrong.
func NewestRequest(requests []sky.Request, step string, known []string, since time.Time) string {
	requests = slices.DeleteFunc(slices.Clone(requests), func(r sky.Request) bool {
		before := slices.Contains(known, r.ID) || known == nil && r.CreatedAt.Before(since)
		return before || r.Name != RequestName(step)
	})
	if len(requests) == 0 {
		return ""
	}
	return slices.MaxFunc(requests, func(a, b sky.Request) int { return a.CreatedAt.Compare(b.CreatedAt) }).ID
}
