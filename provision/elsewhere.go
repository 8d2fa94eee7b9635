package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// What others do to the server with `sky` in a terminal, and what SkyPilot is
// still at for an operation of ours that was given up.

// work is what SkyPilot is at with a server that no operation of ours has.
type work struct {
	kind    schema.OperationKind // that of the operation which would do it
	status  schema.Status
	doing   string // inside a sentence
	request sky.Request
}

var works = map[string]work{
	stepLaunch: {kind: schema.OperationLaunch, status: schema.StatusProvisioning, doing: "launched"},
	stepStart:  {kind: schema.OperationStart, status: schema.StatusProvisioning, doing: "started"},
	stepStop:   {kind: schema.OperationStop, status: schema.StatusStopping, doing: "stopped"},
	stepDown:   {kind: schema.OperationDestroy, status: schema.StatusDestroying, doing: "destroyed"},
}

// worksOn lists what SkyPilot is at, or will be, with a server: first what was
// asked for first, which is what is done. The requests come newest first.
func worksOn(requests []sky.Request, name string) (list []*work) {
	for _, r := range slices.Backward(requests) {
		w, changes := works[strings.TrimPrefix(r.Name, "sky.")]
		if changes && r.Cluster == name && !r.Ended() {
			w.request = r
			list = append(list, &w)
		}
	}
	return list
}

// makes says whether there is a machine when the work is done.
func (w *work) makes() bool { return w.status == schema.StatusProvisioning }

// workBehind asks SkyPilot what it is at with a server, where a look leaves that
// open; nil: nothing. It costs a call, so it is not made at every look.
func (s *Service) workBehind(ctx context.Context, name string, report sky.StatusReport) (*work, *schema.Error) {
	if !s.unclear(name, report) {
		return nil, nil
	}
	requests, err := s.client(name).Requests(ctx, name)
	if err != nil {
		return nil, s.explain(name, err)
	}
	list := append(worksOn(requests, name), nil)
	return list[0], nil
}

// unclear says whether a look does not tell what it seems to. A record that a
// refresh left as it was may be that of a server somebody works on, which keeps
// SkyPilot's lock on it. And one that is only half there loses its init_kind in a
// refresh (measured with 0.14.1: "launching" before it, null after), so that a
// server coming up looks like one that does not answer; of one that is known not to,
// it is not asked again at every look.
func (s *Service) unclear(name string, report sky.StatusReport) bool {
	if report.Failures[name] != "" {
		return report.Failures[name] == sky.NotRefreshed
	}
	found, there := report.Find(name)
	if !there || found.State != sky.StateInit || found.InitKind != "" {
		return false
	}
	shown, rec := s.recorded(name)
	return rec == nil || !rec.Incomplete && (shown.Error == nil || shown.Error.Kind != schema.KindUnreachable)
}

// show puts the work into a server's record; last is the server's last operation,
// or nil. A launch of our own that was not finished keeps telling why.
func (w *work) show(rec *journal.Cluster, last *journal.Operation) {
	if w == nil || rec.Incomplete && w.makes() {
		return
	}
	sentence := fmt.Sprintf("The server is being %s with SkyPilot outside of Carapace.", w.doing)
	if last != nil && last.RequestID == w.request.ID {
		sentence = fmt.Sprintf("SkyPilot is still at the %s that was asked for at %s.", last.Kind, last.StartedAt.Local().Format("15:04"))
	}
	set(rec, w.status, sentence, nil)
	rec.Elsewhere = w.kind
}
