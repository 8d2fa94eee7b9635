package provision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

// SkyPilot takes a server's record away when the cloud has let go of the machine;
// but a SkyPilot that was reinstalled, or an API server other than before, has
// none either, and the machine goes on costing money.

// vouched asks SkyPilot, where it has no record of a server that we know, whether
// it remembers it as terminated. nil: it does, or it said so in the report, or
// there is a record. It costs a call only when a server has vanished.
func (s *Service) vouched(ctx context.Context, name string, report sky.StatusReport) *schema.Error {
	_, rec := s.recorded(name)
	_, there := report.Find(name)
	if there || rec == nil || rec.Hash == "" || report.Gone[name] != "" {
		return nil
	}
	rows, err := s.client(name).History(ctx)
	if err != nil {
		failure := s.explain(name, err)
		if failure.Kind == schema.KindSkyPilotUnsupported { // before 0.13.0 it can't be asked
			return nil
		}
		return failure
	}
	if slices.ContainsFunc(rows, func(r sky.CostRow) bool { return r.Hash == rec.Hash && r.Status == "TERMINATED" }) {
		return nil
	}
	return schema.NewError(schema.KindAPIServer,
		"SkyPilot does not know the server any more, nor that it was ever removed: the machine may be running and costing money.",
		"If SkyPilot was reinstalled or uses another API server now, undo that. Otherwise remove the machine in the cloud's console, then destroy the server here with purge.")
}

// vanished is the outcome of an operation that found no record of its server.
// failure is why it did not do what was asked.
func (d *driver) vanished(report sky.StatusReport, failure *schema.Error) outcome {
	if d.kind == schema.OperationDestroy {
		return d.removed(report, failure, destroyed)
	}
	if d.record().Hash == "" {
		return d.unseen()
	}
	if doubt := d.vouched(report); doubt != nil {
		return d.unvouched(doubt)
	}
	return outcome{err: failure, settle: func(rec *journal.Cluster) {
		sentence := fmt.Sprintf("The server is gone: it was removed outside of Carapace before the %s was done.", d.kind)
		if rec.View.Autostop != nil && rec.View.Autostop.Down {
			sentence = autodownSentence
		}
		*rec = bare(gone(d.cluster, sentence), rec)
	}}
}

// unseen is the outcome of an operation on a server that SkyPilot has not shown yet:
// its launch was given up, and nobody has seen it go. The poller goes on looking.
func (d *driver) unseen() outcome {
	failure := schema.NewError(schema.KindInterrupted,
		"SkyPilot shows no such server: its launch was given up before one was seen. A machine may still come up, or be running already, and cost money.",
		"Wait a few minutes: what comes up is shown here. Then launch again to finish it, or destroy the server.")
	return outcome{err: failure, settle: func(rec *journal.Cluster) {
		set(rec, schema.StatusError, failure.Message, failure)
	}}
}

// unvouched is the outcome of an operation whose server SkyPilot has lost track of.
func (d *driver) unvouched(doubt *schema.Error) outcome {
	return outcome{err: doubt, settle: func(rec *journal.Cluster) {
		set(rec, schema.StatusError, doubt.Message, doubt)
	}}
}

func (d *driver) vouched(report sky.StatusReport) *schema.Error {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.s.cfg.Timing.Short)
	defer cancel()
	return d.s.vouched(ctx, d.cluster, report)
}

// removed is the outcome of a destroy after which there is no record. What the
// destroy's own request came to is not always known (the API server was restarted
// in its middle, or somebody else was quicker): then SkyPilot has to vouch for it.
func (d *driver) removed(report sky.StatusReport, failure *schema.Error, done string) outcome {
	if failure != nil {
		if doubt := d.vouched(report); doubt != nil {
			return d.unvouched(doubt)
		}
	}
	rec := d.record()
	switch {
	case rec.Unheard:
		done = neverHeard
	case failure == nil:
	case d.kind == schema.OperationDestroy && rec.Machine && rec.Hash == "":
		done = neverSeen
	case d.kind == schema.OperationDestroy && !rec.Machine && failure.Kind == schema.KindClusterNotFound:
		done = neverThere
	case refusedByCloud(failure):
		return outcome{err: failure, settle: func(rec *journal.Cluster) {
			*rec = journal.Cluster{View: gone(d.cluster, "SkyPilot has no record of the server any more, although its removal failed. Look in the cloud's console whether anything of it remains there: that would go on costing money.")}
		}}
	}
	return outcome{message: done, forget: true}
}

// neverSeen is the end of a destroy of what SkyPilot never showed.
const neverSeen = "SkyPilot has no such server, so there was nothing to destroy. Its launch was given up before one was seen; should one still come up, it is shown here."

// neverThere is the end of a destroy of what neither we nor SkyPilot know of.
const neverThere = "SkyPilot has no such server, so there was nothing to destroy."

// neverHeard is the end of a removal after a launch that may have made a machine
// unheard.
const neverHeard = "SkyPilot has no such server any more. Its launch may have made a machine that SkyPilot never heard of: look in the cloud's console, because it would cost money."

// refusedByCloud tells a word of the cloud's against a removal from what only
// says that nobody lived to hear how it ended. So it does of a stop.
func refusedByCloud(failure *schema.Error) bool {
	switch failure.Kind {
	case schema.KindClusterNotFound, schema.KindInterrupted, schema.KindTimeout, schema.KindAPIServer:
		return false
	}
	return true
}

// wasOurs says whether a server's last operation was one that removes it, and not
// long ago: what SkyPilot has done after we stopped waiting for it is nobody
// else's doing.
func wasOurs(last *journal.Operation) bool {
	return last != nil && time.Since(last.EndedAt) < time.Hour && (last.Kind == schema.OperationDestroy || last.Kind == schema.OperationLaunch && last.State == schema.OperationCanceled)
}
