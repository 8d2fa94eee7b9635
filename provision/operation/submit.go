package operation

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// submit submits one step of the operation to SkyPilot's API server and returns the request's
// id. It does not submit a step that an earlier process submitted, or was submitting when it
// died, because a second submission could make a second machine: the id is then in the
// journal, in the submission's output, or in SkyPilot's list. An empty id without a refusal
// means that SkyPilot had nothing to do. submit goes on when the host has gone: the request
// of a submission that is broken off would be unknown. send calls confirm, which refuses the
// submission or journals it, before SkyPilot gets anything; it may do so while `sky` starts.
func (d *driver) submit(step string, send func(ctx context.Context, output string, confirm sky.Confirm) (string, error)) (string, *schema.Error) {
	op := d.operation()
	output := filepath.Join(d.store.OperationDir(d.id), step+".out")
	if op.Step == step {
		id, refusal := d.findSubmitted(op, output)
		if refusal != nil {
			return "", refusal
		}
		if id != "" {
			d.journalRequest(step, id)
			return id, nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o700); err != nil {
		return "", store.Error(err)
	}
	if refusal := d.maySubmit(step); refusal != nil { // without starting `sky`
		return "", refusal
	}
	ctx, cancel := context.WithCancelCause(d.group.Context())
	defer cancel(nil)
	late := time.AfterFunc(d.timing.Submit+2*d.timing.Short, func() { cancel(context.DeadlineExceeded) }) // a look and a price are asked for, of Short each
	defer late.Stop()
	began := schema.Now()
	id, err := send(ctx, output, func() error {
		if refusal := d.confirm(step); refusal != nil {
			return refusal
		}
		began = schema.Now()
		late.Reset(d.timing.Submit)
		return nil
	})
	switch {
	case errors.Is(err, sky.ErrUnanswered):
		id, err = d.recheck(step, began, err)
	case ctx.Err() != nil && errors.Is(err, ctx.Err()) && errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		id, err = d.afterTimeout(output) // the submission goes on in its own process
	}
	if errors.Is(err, sky.ErrAlreadyUp) {
		return "", nil
	}
	if err != nil {
		return "", d.explainError(err)
	}
	d.journalRequest(step, id)
	_ = os.Remove(output)
	return id, nil
}

// confirm refuses a step's submission if another cluster has the name, or journals that the step
// is about to be submitted.
func (d *driver) confirm(step string) *schema.Error {
	if ofServer(step) {
		if refusal := d.checkSameCluster(); refusal != nil {
			return refusal
		}
	}
	if refusal := d.maySubmit(step); refusal != nil { // what was asked meanwhile took seconds, or a night's sleep
		return refusal
	}
	if refusal := d.journalStep(step); refusal != nil {
		return refusal
	}
	if _, mustCtx := d.contexts(); mustCtx.Err() != nil { // canceled or superseded
		return store.Error(context.Canceled)
	}
	if step == lifecycle.StepLaunch {
		if refusal := d.store.RecordSubmission(d.cluster, d.id); refusal != nil {
			return refusal
		}
	}
	d.looked = d.looked && step == lifecycle.StepExec // which only begins a job
	return nil
}

// afterTimeout waits once more for a submission that has passed its deadline. If it has still
// not printed an id, afterTimeout notes that it may still run.
func (d *driver) afterTimeout(output string) (string, error) {
	if id := d.readOutput(output); id != "" {
		return id, nil
	}
	d.noteMayStillRun()
	return "", context.DeadlineExceeded
}

func (d *driver) noteMayStillRun() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mayStillRun = true
}

// submissionMayStillRun reports whether SkyPilot may still carry out a submission or request
// that was given up.
func (d *driver) submissionMayStillRun() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mayStillRun
}

// journalStep journals that a step is about to be submitted. A step that makes a machine is
// refused if that can't be written, because a later process would not know of the machine. A
// stop or a removal goes on even if the disk is full.
func (d *driver) journalStep(step string) *schema.Error {
	err := d.store.Update(func(st *lifecycle.State) error {
		op := st.Operation(d.id)
		if op == nil || op.Ended() {
			return store.ErrUnchanged
		}
		if op.Known != nil && op.SkyRequest != "" {
			op.Known = append(op.Known, op.SkyRequest)
		}
		op.Step, op.SkyRequest = step, ""
		return nil
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrUnchanged): // another sidecar has ended the operation
		return store.Error(context.Canceled)
	case step == lifecycle.StepStop, step == lifecycle.StepDown:
		d.journalRequest(step, "")
		return nil
	}
	return store.Error(err)
}

// journalRequest journals a step's request; an empty id is that of one not known yet.
func (d *driver) journalRequest(step, id string) {
	d.requested = d.requested || id != ""
	d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) { op.Step, op.SkyRequest = step, id })
}

// findSubmitted returns the request that an earlier process made for the journaled step, ""
// if it made none. It refuses if it can't find out: a second submission could make a second
// machine.
func (d *driver) findSubmitted(op lifecycle.Operation, output string) (string, *schema.Error) {
	if op.SkyRequest != "" {
		return op.SkyRequest, nil
	}
	if id := d.readOutput(output); id != "" {
		return id, nil
	}
	if host.SubmissionRuns(output) { // it hangs, and may still submit the request later
		d.noteMayStillRun()
		return "", d.explainError(context.DeadlineExceeded)
	}
	requests, err := d.listRequests()
	if err != nil {
		failure := d.interrupted()
		return "", d.backend.Clean(failure.WithDetail(err.Error()))
	}
	return d.newestRequest(requests, op.Step, op.StartedAt), nil
}

// listRequests returns SkyPilot's requests for the cluster. It tries again for as long as a
// submission may take.
func (d *driver) listRequests() ([]sky.Request, error) {
	ctx, cancel := context.WithTimeout(d.group.Context(), d.timing.Submit)
	defer cancel()
	for {
		requests, err := d.sky.Requests(ctx, d.cluster)
		if err == nil || d.pause(ctx) != nil {
			return requests, err
		}
	}
}

// cancelRequest cancels a request and waits until it has ended, because one that goes on could
// make a machine after the clean-up. false: it is not known whether it has ended.
func (d *driver) cancelRequest(id string) bool {
	ctx, cancel := context.WithTimeout(d.group.Context(), d.timing.Submit)
	defer cancel()
	for {
		if err := d.sky.CancelRequest(ctx, id); err != nil {
			d.log.Warn("a request was not canceled", "request", id, "error", err)
		}
		request, err := d.sky.Request(ctx, id)
		if errors.Is(err, sky.ErrRequestGone) || err == nil && request.Ended() {
			return true
		}
		if d.pause(ctx) != nil {
			return false
		}
	}
}

// readOutput returns the request's id from the output of a submission, "" if it has printed
// none. A submission has its own session and may outlive its process, so readOutput waits for
// one that still runs.
func (d *driver) readOutput(output string) string {
	deadline := time.Now().Add(d.timing.Submit)
	for {
		data, err := os.ReadFile(output)
		if err != nil {
			return ""
		}
		if id, ok := sky.ParseSubmission(string(data)); ok {
			return id
		}
		if !host.SubmissionRuns(output) || time.Now().After(deadline) {
			return ""
		}
		if !supervisor.Sleep(d.group.Context(), d.timing.Retry) {
			return ""
		}
	}
}

// relay keeps a line of the server's log, and passes it on to the host.
func (d *driver) relay(source schema.LogSource, stream schema.Stream, line string) {
	l := schema.LogLine{Operation: d.id, Cluster: d.cluster, Source: source, Stream: stream, Line: d.backend.Line(line)}
	d.logs.Append(&l)
	d.store.Log(l)
}

func (d *driver) pause(ctx context.Context) error {
	if !supervisor.Sleep(ctx, d.timing.Retry) {
		return ctx.Err()
	}
	return nil
}

// interrupted is the error of an operation whose request SkyPilot no longer knows, because
// requests do not outlive a restart of the API server.
func (d *driver) interrupted() *schema.Error {
	return schema.Fail(schema.KindInterrupted, &text.EndServerRestarted, text.Args{"operation": d.requestKind()}).
		AndHint(lifecycle.TryAgain(d.requestKind())...)
}

// explainError turns an error of a `sky` call into one for the host.
func (d *driver) explainError(err error) *schema.Error { return d.backend.Explain(d.cluster, err) }

// recheck looks in SkyPilot's list for the request of a submission that ended without an
// answer, because that request may make a machine. If the list can't be read, recheck notes
// that the submission may still run.
func (d *driver) recheck(step string, since time.Time, err error) (string, error) {
	requests, listErr := d.listRequests()
	if listErr != nil {
		d.noteMayStillRun()
		return "", err
	}
	if id := d.newestRequest(requests, step, since); id != "" {
		return id, nil
	}
	return "", err
}

// submission is [sky.Client.SubmitStart] or the like.
type submission func(ctx context.Context, cluster, output string, confirm sky.Confirm) (requestID string, err error)

// submitAndFollow submits a step other than a launch and follows its request to the end.
func (d *driver) submitAndFollow(step string, submit submission) (ending, *schema.Error) {
	id, failure := d.submit(step, func(ctx context.Context, output string, confirm sky.Confirm) (string, error) {
		return submit(ctx, d.cluster, output, confirm)
	})
	if failure != nil || id == "" {
		return ending{}, failure
	}
	deadline := d.timing.Change
	if d.kind == schema.OperationStart && step == lifecycle.StepStart {
		deadline = d.provisionTime()
	}
	end, failure := d.await(id, deadline, d.onChangeEvent)
	if failure == nil && !end.well() {
		failure = d.whyEnded(end)
	}
	return end, failure
}

// submitWithRetry is submitAndFollow for steps that may be carried out twice: it submits again
// when SkyPilot's API server has lost the request, at most maxSubmissions times in all.
func (d *driver) submitWithRetry(step string, submit submission) (ending, *schema.Error) {
	for try := 1; ; try++ {
		end, failure := d.submitAndFollow(step, submit)
		if failure == nil || !d.requestLost(failure, end) || try == maxSubmissions {
			return end, failure
		}
		d.notify(false, text.New(&text.ProgressRequestLost))
		d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) { op.SkyRequest = "" })
		if refusal := d.ready(); refusal != nil {
			return end, refusal
		}
	}
}

const maxSubmissions = 3

// requestLost reports whether SkyPilot's API server has lost the request, which is not so of
// one that somebody canceled.
func (d *driver) requestLost(failure *schema.Error, end ending) bool {
	return failure.Kind == schema.KindInterrupted && end.id == "" && !d.replaced
}

// whyEnded returns the error of a request that did not succeed.
func (d *driver) whyEnded(end ending) *schema.Error {
	if end.canceled() {
		return schema.Fail(schema.KindInterrupted, &text.EndCanceledOutside, text.Args{"operation": d.requestKind()}).
			AndHint(lifecycle.TryAgain(d.requestKind())...)
	}
	return d.backend.Clean(sky.Explain(d.failureOf(end.followed)))
}

// failureOf is what is known of a request that failed, from its output.
func (d *driver) failureOf(followed sky.FollowResult) sky.Failure {
	return sky.Failure{
		Operation: d.requestKind(), Cluster: d.cluster, Cloud: d.cloud(),
		Stdout: followed.Stdout, Stderr: followed.Stderr,
	}
}

// requestKind is the kind of the current request, for its errors. It differs from the
// operation's kind after a cancel: a canceled launch ends with a removal, a canceled start
// with a stop.
func (d *driver) requestKind() schema.OperationKind {
	switch d.operation().Step {
	case lifecycle.StepStop:
		return schema.OperationStop
	case lifecycle.StepDown:
		return schema.OperationDestroy
	}
	return d.kind
}

// clockSkew is how far the clock of SkyPilot's API server may be behind ours. It is 0 on the
// same machine, where an earlier operation's request of the same kind may be a second old.
func (d *driver) clockSkew() time.Duration {
	if d.backend.Local() {
		return 0
	}
	return 5 * time.Second
}

// newestRequest returns the id of the last request for a step that may be this operation's,
// "" if there is none.
func (d *driver) newestRequest(requests []sky.Request, step string, since time.Time) string {
	return lifecycle.NewestRequest(requests, step, d.operation().Known, since.Add(-d.clockSkew()))
}
