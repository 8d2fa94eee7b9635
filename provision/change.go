package provision

import (
	"context"
	"fmt"

	"carapace/provision/cloud"
	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// Stop begins a stop. It is refused before it is tried where the cloud can't.
func (s *Service) Stop(ctx context.Context, p schema.NameParams) (schema.OperationResult, error) {
	name := s.nameOf(p.Name)
	return s.accept(ctx, request{kind: schema.OperationStop, name: name, admit: func(st *journal.State) *schema.Error {
		if refusal := machineless(st.Clusters[name], "stop"); refusal != nil {
			return refusal
		}
		return canStop(st.Clusters[name])
	}})
}

// canStop refuses what SkyPilot would only skip, with exit code 0
// (contract.md 3, "stop unsupported").
func canStop(rec *journal.Cluster) *schema.Error {
	if rec == nil {
		return nil
	}
	c, known := cloud.Find(rec.View.Cloud)
	spot := rec.IsSpot()
	if !known || c.CanStop(spot) {
		return nil
	}
	what := fmt.Sprintf("%s can't stop a server", c.Name)
	if c.CanStop(false) {
		what = fmt.Sprintf("%s can't stop a spot machine", c.Name)
	}
	return schema.NewError(schema.KindUnsupported, what+" and keep its disk.",
		"Destroy it to end what it costs; what is only on the server is lost then.").WithProvider(c.ID)
}

func (d *driver) stop() outcome {
	if refusal := d.ready(); refusal != nil {
		if d.operation().Step == "" {
			return d.unchanged(refusal)
		}
		return d.truth(refusal)
	}
	d.say(schema.PhaseStopping, "Stopping the server.")
	followed, request, failure := d.insist(stepStop, d.sky.SubmitStop)
	if failure != nil && request.ID == "" && d.operation().RequestID == "" {
		return d.truth(failure)
	}
	report, stopped, err := d.verify("Looking whether the server has stopped.", func(r sky.StatusReport) bool {
		found, ok := r.Find(d.cluster)
		looked := r.Failures[d.cluster] == "" || failure == nil // else the record is what it was before
		return ok && looked && found.State == sky.StateStopped
	})
	if stopped {
		return outcome{message: "The server is stopped. " + diskCosts(), settle: func(rec *journal.Cluster) {
			found, _ := report.Find(d.cluster)
			d.s.learn(rec, found)
			set(rec, schema.StatusStopped, stoppedSentence(), nil)
		}}
	}
	switch {
	case failure == nil && err != nil:
		failure = d.unconfirmed("stopped", err)
	case failure == nil:
		failure = d.whyEnded(request, followed)
	}
	return d.mend(report, err, failure)
}

// mend brings back a server whose stop was refused: SkyPilot has ended its
// runtime, the machine was left running, and the record says INIT until `sky
// start` (transcripts README, "Older versions").
func (d *driver) mend(report sky.StatusReport, err error, failure *schema.Error) outcome {
	found, ok := report.Find(d.cluster)
	if err != nil || !ok || found.State != sky.StateInit || !refusedByCloud(failure) {
		return d.truthOf(report, err, failure)
	}
	d.say(schema.PhaseVerifying, "The cloud refused; making the server usable again.")
	if _, _, mendFailure := d.bring(stepStart, d.sky.SubmitStart); mendFailure != nil {
		return d.truth(failure)
	}
	report, err = d.look(true)
	return d.truthOf(report, err, failure)
}

// bring hands a step that changes the whole server to SkyPilot and follows it.
func (d *driver) bring(step string, submit func(ctx context.Context, cluster, output string) (string, error)) (sky.FollowResult, sky.Request, *schema.Error) {
	id, failure := d.handOver(step, func(ctx context.Context, output string) (string, error) {
		return submit(ctx, d.cluster, output)
	})
	if failure != nil || id == "" {
		return sky.FollowResult{}, sky.Request{}, failure
	}
	deadline := d.s.cfg.Timing.Change
	if d.kind == schema.OperationStart && step == stepStart {
		deadline = d.provisionTime()
	}
	followed, request, failure := d.await(id, deadline, d.onChangeEvent)
	if failure == nil && request.Status != "SUCCEEDED" {
		failure = d.whyEnded(request, followed)
	}
	return followed, request, failure
}

// insist is bring for what can be asked for twice: a request that SkyPilot's API
// server has lost is made anew. Nobody who asked for a stop wants half of one.
func (d *driver) insist(step string, submit func(ctx context.Context, cluster, output string) (string, error)) (sky.FollowResult, sky.Request, *schema.Error) {
	for try := 1; ; try++ {
		followed, request, failure := d.bring(step, submit)
		if failure == nil || !lostByServer(failure, request) || try == insistence {
			return followed, request, failure
		}
		d.tell("SkyPilot's API server was restarted and has lost the request; asking for it again.", false)
		d.update(func(op *journal.Operation, _ *journal.Cluster) { op.RequestID = "" })
		if refusal := d.ready(); refusal != nil {
			return followed, request, refusal
		}
	}
}

const insistence = 3

// lostByServer tells a request that is gone from one that somebody canceled.
func lostByServer(failure *schema.Error, request sky.Request) bool {
	return failure.Kind == schema.KindInterrupted && request.ID == ""
}

// unchanged is an operation that never reached SkyPilot.
func (d *driver) unchanged(failure *schema.Error) outcome { return outcome{err: failure} }

// Destroy begins a destroy, from every state. An operation in progress gives way
// to it.
func (s *Service) Destroy(_ context.Context, p schema.DestroyParams) (schema.OperationResult, error) {
	name := s.nameOf(p.Name)
	return s.override(request{
		kind: schema.OperationDestroy, name: name,
		admit: func(st *journal.State) *schema.Error { return s.ours(st, name) },
		fill:  func(_ *journal.State, op *journal.Operation) { op.Purge = p.Purge },
	})
}

// override is accept for what may not be refused. The operation in progress, if
// there is one, ends canceled in the same change of the journal; its driver, in
// whichever process, lets go of the server when it sees that, and the new one
// waits for that.
func (s *Service) override(r request) (schema.OperationResult, error) {
	if s.isClosing() {
		return schema.OperationResult{}, StateError(context.Canceled)
	}
	r.supersede = func(busy *journal.Operation) *schema.Error {
		if busy.Kind == r.kind {
			return inProgress(r.name, busy, journal.Holder{})
		}
		busy.State, busy.EndedAt = schema.OperationCanceled, now()
		busy.Message = fmt.Sprintf("The %s gave way to a %s.", busy.Kind, r.kind)
		busy.Error = schema.NewError(schema.KindCanceled, busy.Message, "There is nothing to do.")
		return nil
	}
	op, err := s.record(r)
	if err != nil {
		return schema.OperationResult{}, err
	}
	s.drive(op, nil)
	return s.accepted(op), nil
}

func (d *driver) destroy() outcome {
	op := d.operation()
	launching := op.Supersedes != "" || d.record().Incomplete // a launch that was given up may go on at SkyPilot
	if op.Step == "" || launching {
		if refusal := d.ready(); refusal != nil {
			if op.Step == "" && !d.record().Machine {
				return d.unchanged(refusal)
			}
			return d.truth(refusal)
		}
	}
	// Whether that has ended is asked also after a predecessor: what it came to know
	// has died with it.
	ended := !launching || d.endLaunches()
	return d.remove(op.Purge, ended, destroyed)
}

// endLaunches cancels what SkyPilot is still making of the server: `sky down` on
// a cluster that has no record yet finds nothing to do, and the machine would
// come up after it. A submission that outlives its process is waited for first.
func (d *driver) endLaunches() (ended bool) {
	d.say(schema.PhaseDestroying, "Ending what was in progress.")
	_, own := d.contexts()
	ctx, cancel := context.WithTimeout(own, d.s.cfg.Timing.Submit)
	defer cancel()
	for _, output := range d.s.submissions(d.cluster) {
		running := host.SubmissionRuns(output)
		for running && wait(ctx, d.s.cfg.Timing.JobInterval) {
			running = host.SubmissionRuns(output)
		}
	}
	requests, err := d.listRequests()
	ended = err == nil
	for _, r := range requests {
		if r.Cluster == d.cluster && !r.Ended() && r.Name != requestName(stepDown) {
			ended = d.cancelRequest(r.ID) && ended
		}
	}
	return ended
}

// remove destroys the server and looks whether anything is left: `sky down`
// exits 0 when the cloud refused (transcript down-refused). ended says that
// nothing at SkyPilot can make the machine anew after that.
func (d *driver) remove(purge, ended bool, done string) outcome {
	d.say(schema.PhaseDestroying, "Removing the server and all that belongs to it.")
	before := d.record()
	_, _, failure := d.insist(stepDown, func(ctx context.Context, cluster, output string) (string, error) {
		return d.sky.SubmitDown(ctx, cluster, purge, output)
	})
	report, absent, err := d.verify("Looking whether anything is left.", func(r sky.StatusReport) bool {
		_, there := r.Find(d.cluster)
		return !there
	})
	switch {
	case absent && !ended:
		return d.mayRemain()
	case absent:
		if before.Incomplete || d.operation().Supersedes != "" || d.kind == schema.OperationLaunch {
			d.s.expect(d.cluster) // a launch was cut short: should anything still come of it, it is shown
		}
		if purge {
			done, failure = forgotten, nil
		}
		return d.removed(report, failure, done)
	case failure == nil && err != nil:
		failure = d.unconfirmed("removed", err)
	case failure == nil:
		failure = schema.NewError(schema.KindInternal, "SkyPilot said that the server was removed, but still knows it.",
			"Destroy it again. Until that has worked, it may cost money.")
	}
	return d.truthOf(report, err, failure)
}

// unconfirmed is what SkyPilot says it has done, and could not be looked behind.
func (d *driver) unconfirmed(done string, err error) *schema.Error {
	why := d.explainError(err)
	return schema.NewError(why.Kind, fmt.Sprintf("SkyPilot says that the server was %s, but could not be asked whether it is so. %s", done, why.Message),
		"Look at its status in a minute.").WithDetail(why.Detail)
}

// mayRemain is the end of a removal during which SkyPilot would not say that it had
// stopped making the machine.
func (d *driver) mayRemain() outcome {
	failure := schema.NewError(schema.KindAPIServer,
		"SkyPilot did not confirm that it has stopped making the server: a machine may still come up and cost money.",
		"Destroy the server again in a minute. Carapace keeps looking.")
	return outcome{err: failure, settle: func(rec *journal.Cluster) {
		rec.Machine, rec.Incomplete = true, true
		set(rec, schema.StatusError, failure.Message, failure)
	}}
}

const destroyed = "The server is destroyed. Nothing of it costs money any more."

const forgotten = "SkyPilot has forgotten the server. Look in the cloud's console whether anything of it remains there: that would go on costing money."
