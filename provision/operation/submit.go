package operation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/provision/store"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// submit gives one step of the operation to SkyPilot's API server and returns
// its request id. A step that an earlier process handed over, or was handing
// over when it died, is not handed over again (design.md 2): its id is in the
// journal, in the file that the submission printed to, or in SkyPilot's list.
// An empty id without a refusal means that SkyPilot had nothing to do.
// It runs to its end even when the host has gone: what is half submitted is lost.
func (d *driver) submit(step string, send func(ctx context.Context, output string) (string, error)) (string, *schema.Error) {
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
	if refusal := d.maySubmit(step); refusal != nil {
		return "", refusal
	}
	if refusal := d.journalStep(step); refusal != nil {
		return "", refusal
	}
	if _, mustCtx := d.contexts(); mustCtx.Err() != nil { // somebody else has ended the operation
		return "", store.Error(context.Canceled)
	}
	if step == lifecycle.StepLaunch {
		if refusal := d.store.RecordSubmission(d.cluster, d.id); refusal != nil {
			return "", refusal
		}
	}
	ctx, cancel := context.WithTimeout(d.group.Context(), d.timing.Submit)
	defer cancel()
	began := schema.Now()
	id, err := send(ctx, output)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		id, err = d.afterTimeout(output, err) // it goes on without us
	case errors.Is(err, sky.ErrUnanswered):
		id, err = d.recheck(step, began, err)
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

// afterTimeout waits once more for a submission that has passed its deadline. If it still
// has not answered, nobody may say that nothing came of it.
func (d *driver) afterTimeout(output string, err error) (string, error) {
	if id := d.readOutput(output); id != "" {
		return id, nil
	}
	d.noteMayStillRun()
	return "", err
}

func (d *driver) noteMayStillRun() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mayStillRun = true
}

// submissionMayStillRun says whether something was given up that SkyPilot may still do.
func (d *driver) submissionMayStillRun() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mayStillRun
}

// journalStep journals that a step is about to be handed over. What makes a machine is
// not begun without: whoever comes after us would know nothing of it. What ends one
// is, on whatever disk.
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
	case errors.Is(err, store.ErrUnchanged): // another sidecar has ended the operation, or taken it over
		return store.Error(context.Canceled)
	case step == lifecycle.StepStop, step == lifecycle.StepDown:
		d.journalRequest(step, "")
		return nil
	}
	return store.Error(err)
}

func (d *driver) journalRequest(step, id string) {
	d.requested = d.requested || id != ""
	d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) { op.Step, op.SkyRequest = step, id })
}

// findSubmitted finds the request that a predecessor made of the same step; "" where it
// made none. Not being able to look is no answer: to submit again could make a
// second machine.
func (d *driver) findSubmitted(op lifecycle.Operation, output string) (string, *schema.Error) {
	if op.SkyRequest != "" {
		return op.SkyRequest, nil
	}
	if id := d.readOutput(output); id != "" {
		return id, nil
	}
	if host.SubmissionRuns(output) { // it hangs, and what it hands over later nobody would know of
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

// listRequests lists SkyPilot's requests for the server, trying again for as long
// as a submission may take.
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

// cancelRequest cancels a request and makes sure that it has ended: what goes on
// would make a machine behind the clean-up's back. false: that is not known.
func (d *driver) cancelRequest(id string) bool {
	ctx, cancel := context.WithTimeout(d.group.Context(), d.timing.Submit)
	defer cancel()
	for {
		if err := d.sky.CancelRequest(ctx, id); err != nil {
			d.log.Warn("SkyPilot did not cancel a request", "request", id, "error", err)
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

// readOutput reads the id from the output of a predecessor's submission, which may
// still be running: it has a session of its own.
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

// relay passes a line of the server's log on to the host.
func (d *driver) relay(source schema.LogSource, stream schema.Stream, line string) {
	d.store.Log(schema.LogLine{Operation: d.id, Cluster: d.cluster, Source: source, Stream: stream, Line: d.backend.Line(line)})
}

func (d *driver) pause(ctx context.Context) error {
	if !supervisor.Sleep(ctx, d.timing.Retry) {
		return ctx.Err()
	}
	return nil
}

// interrupted is the end of an operation whose request SkyPilot no longer knows:
// its API server was restarted, and requests do not survive that.
func (d *driver) interrupted() *schema.Error {
	return schema.NewError(schema.KindInterrupted,
		fmt.Sprintf("SkyPilot's API server was restarted in the middle of the %s, and has lost track of it.", d.requestKind()),
		lifecycle.TryAgain(d.requestKind()))
}

// explainError turns an error of a `sky` call into one for the host.
func (d *driver) explainError(err error) *schema.Error { return d.backend.Explain(d.cluster, err) }

// recheck finds out whether a submission that ended without a word had reached
// SkyPilot before, for what it has reached makes a machine. If SkyPilot can't say,
// nobody may say that nothing came of it.
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

// submitAndFollow hands a step that changes the whole server to SkyPilot and follows it.
func (d *driver) submitAndFollow(step string, submit func(ctx context.Context, cluster, output string) (string, error)) (sky.FollowResult, sky.Request, *schema.Error) {
	id, failure := d.submit(step, func(ctx context.Context, output string) (string, error) {
		return submit(ctx, d.cluster, output)
	})
	if failure != nil || id == "" {
		return sky.FollowResult{}, sky.Request{}, failure
	}
	deadline := d.timing.Change
	if d.kind == schema.OperationStart && step == lifecycle.StepStart {
		deadline = d.provisionTime()
	}
	followed, request, failure := d.await(id, deadline, d.onChangeEvent)
	if failure == nil && request.Status != "SUCCEEDED" {
		failure = d.whyEnded(request, followed)
	}
	return followed, request, failure
}

// submitWithRetry is bring for what can be asked for twice: a request that SkyPilot's API
// server has lost is made anew. Nobody who asked for a stop wants half of one.
func (d *driver) submitWithRetry(step string, submit func(ctx context.Context, cluster, output string) (string, error)) (sky.FollowResult, sky.Request, *schema.Error) {
	for try := 1; ; try++ {
		followed, request, failure := d.submitAndFollow(step, submit)
		if failure == nil || !d.requestLost(failure, request) || try == maxSubmissions {
			return followed, request, failure
		}
		d.notify("SkyPilot's API server was restarted and has lost the request; asking for it again.", false)
		d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) { op.SkyRequest = "" })
		if refusal := d.ready(); refusal != nil {
			return followed, request, refusal
		}
	}
}

const maxSubmissions = 3

// requestLost tells a request that is gone from one that somebody canceled.
func (d *driver) requestLost(failure *schema.Error, request sky.Request) bool {
	return failure.Kind == schema.KindInterrupted && request.ID == "" && !d.replaced
}

// whyEnded explains a request that did not succeed.
func (d *driver) whyEnded(request sky.Request, followed sky.FollowResult) *schema.Error {
	if request.Status == "CANCELLED" {
		return schema.NewError(schema.KindInterrupted,
			fmt.Sprintf("The %s was canceled outside of Carapace, with SkyPilot's own command.", d.requestKind()), lifecycle.TryAgain(d.requestKind()))
	}
	return d.backend.Clean(sky.Explain(sky.Failure{
		Operation: d.requestKind(), Cluster: d.cluster, Cloud: d.cloud(),
		Stdout: followed.Stdout, Stderr: followed.Stderr,
	}))
}

// requestKind is what SkyPilot was asked to do last: a canceled launch ends with a
// removal, and a canceled start with a stop, which fail for reasons of their own.
func (d *driver) requestKind() schema.OperationKind {
	switch d.operation().Step {
	case lifecycle.StepStop:
		return schema.OperationStop
	case lifecycle.StepDown:
		return schema.OperationDestroy
	}
	return d.kind
}

// clockSkew is how far the clock of SkyPilot's API server may be behind ours: not
// at all on the same machine, where an earlier operation's request of the same kind
// may be a second old.
func (d *driver) clockSkew() time.Duration {
	if d.backend.Local() {
		return 0
	}
	return 5 * time.Second
}

// newestRequest is the last request of a step that may be the operation's; "" for none.
func (d *driver) newestRequest(requests []sky.Request, step string, since time.Time) string {
	return lifecycle.NewestRequest(requests, step, d.operation().Known, since.Add(-d.clockSkew()))
}
