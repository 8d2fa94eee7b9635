package lifecycle

import (
	"slices"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// ForeignWork is a request that SkyPilot carries out on a cluster without an operation in progress
// here: somebody made it in a terminal, or an operation of ours gave it up.
type ForeignWork struct {
	Kind    schema.OperationKind // the kind of operation that makes such a request
	Request sky.Request
	says    *text.Entry
	status  schema.Status
}

// foreignWork returns the work of a request; nil where that changes no server.
func foreignWork(r sky.Request) *ForeignWork {
	switch strings.TrimPrefix(r.Name, "sky.") {
	case StepLaunch:
		return &ForeignWork{schema.OperationLaunch, r, &text.ServerForeignLaunch, schema.StatusProvisioning}
	case StepStart:
		return &ForeignWork{schema.OperationStart, r, &text.ServerForeignStart, schema.StatusProvisioning}
	case StepStop:
		return &ForeignWork{schema.OperationStop, r, &text.ServerForeignStop, schema.StatusStopping}
	case StepDown:
		return &ForeignWork{schema.OperationDestroy, r, &text.ServerForeignDestroy, schema.StatusDestroying}
	}
	return nil
}

// ForeignWorkOn lists SkyPilot's unfinished requests that change a cluster, in the
// order in which it carries them out. The requests come newest first.
func ForeignWorkOn(requests []sky.Request, name string) (list []*ForeignWork) {
	for _, r := range slices.Backward(requests) {
		if w := foreignWork(r); w != nil && r.Cluster == name && !r.Ended() {
			list = append(list, w)
		}
	}
	return list
}

// Makes reports whether the work makes or starts a machine.
func (w *ForeignWork) Makes() bool { return w.status == schema.StatusProvisioning }

// Busy is the refusal of a launch while the work makes a server of that name.
func (w *ForeignWork) Busy(name string) *schema.Error {
	if w.Kind == schema.OperationStart {
		return schema.Fail(schema.KindOperationInProgress, &text.BusyForeignStart, text.Args{"name": name, "since": w.Request.CreatedAt})
	}
	return schema.Fail(schema.KindOperationInProgress, &text.BusyForeignLaunch, text.Args{"name": name, "since": w.Request.CreatedAt})
}

// Unclear reports whether a cluster's record can't be taken at face value, so that SkyPilot's
// requests have to be read as well. A refresh does not change the record of a cluster on which
// another request works, because that holds SkyPilot's lock. A half-made record loses its init_kind
// in a refresh (measured with 0.14.1: "launching" before, null after), so that a cluster that is
// coming up looks like one that does not answer. Unclear is false for a cluster that is already known
// to be unreachable, to save the call.
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

// Outdated reports whether a record that can't be taken at face value, and on whose cluster nothing
// works now, may be of before the end of work that ended between the two questions. In the lab a
// server that had just been started in a terminal was told as one that SkyPilot can't work with: with
// 26 s between the questions, and, where no look had seen the start, in 3 of 5 starts. Where no work was
// shown, it is false for a record that was not refreshed, as the cloud is silent then, and would be for another
// minute, and for somebody else's cluster, of which nothing is kept that would make the next answer differ.
func Outdated(name string, report sky.StatusReport, rec *Cluster, shown schema.Cluster) bool {
	switch shown.Status {
	case schema.StatusProvisioning, schema.StatusStopping, schema.StatusDestroying:
		return Unclear(name, report, rec, shown)
	}
	return report.Failures[name] == "" && (rec == nil || rec.Occupant == nil) && Unclear(name, report, rec, shown)
}

// show puts the work into a cluster's record. last is the cluster's last operation, or nil. An
// unfinished launch of ours keeps its error.
func (w *ForeignWork) show(rec *Cluster, last *Operation) {
	if w == nil || rec.Incomplete && w.Makes() {
		return
	}
	story := []text.Text{text.New(w.says)}
	if last != nil && last.SkyRequest == w.Request.ID {
		story = []text.Text{text.New(&text.ServerSkyPilotStillAt, text.Args{"operation": last.Kind, "at": last.StartedAt})}
	}
	SetStatus(rec, w.status, story, nil)
	rec.Foreign = w.Kind
}

// ChangingRequests returns the ids of the requests that could be taken for a step of an operation,
// which leaves out requests that only read. The result is never nil.
func ChangingRequests(requests []sky.Request) []string {
	ids := []string{}
	for _, r := range requests {
		if slices.ContainsFunc([]string{StepLaunch, StepStart, StepStop, StepDown, StepExec}, func(step string) bool { return r.Name == RequestName(step) }) {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// NewestRequest returns the id of the last request for a step that may be the operation's, or "". If
// known, the requests from before the operation, is not nil, it is used instead of the time since: a
// clock may be set back, and a remote API server's clock may be wrong.
func NewestRequest(requests []sky.Request, step string, known []string, since time.Time) string {
	var newest sky.Request
	for i := range requests {
		r := &requests[i]
		before := slices.Contains(known, r.ID) || known == nil && r.CreatedAt.Before(since)
		if !before && r.Name == RequestName(step) && (newest.ID == "" || r.CreatedAt.After(newest.CreatedAt)) {
			newest = *r
		}
	}
	return newest.ID
}
