package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
)

// handOver gives one step of the operation to SkyPilot's API server and returns
// its request id. A step that an earlier process handed over, or was handing
// over when it died, is not handed over again (design.md 2): its id is in the
// journal, in the file that the submission printed to, or in SkyPilot's list.
// An empty id without a refusal means that SkyPilot had nothing to do.
// It runs to its end even when the host has gone: what is half submitted is lost.
func (d *driver) handOver(step string, send func(ctx context.Context, output string) (string, error)) (string, *schema.Error) {
	op := d.operation()
	output := filepath.Join(d.s.operationDir(d.id), step+".out")
	if op.Step == step {
		id, refusal := d.earlier(op, output)
		if refusal != nil {
			return "", refusal
		}
		if id != "" {
			d.remember(step, id)
			return id, nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o700); err != nil {
		return "", StateError(err)
	}
	if refusal := d.announce(step); refusal != nil {
		return "", refusal
	}
	if _, own := d.contexts(); own.Err() != nil { // somebody else has ended the operation
		return "", StateError(context.Canceled)
	}
	ctx, cancel := context.WithTimeout(d.s.life, d.s.cfg.Timing.Submit)
	defer cancel()
	began := now()
	id, err := send(ctx, output)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		id, err = d.late(output, err) // it goes on without us
	case errors.Is(err, sky.ErrUnanswered):
		id, err = d.afterAll(step, began, err)
	}
	if errors.Is(err, sky.ErrAlreadyUp) {
		return "", nil
	}
	if err != nil {
		return "", d.explainError(err)
	}
	d.remember(step, id)
	_ = os.Remove(output)
	return id, nil
}

// late waits once more for a submission that has passed its deadline. If it still
// has not answered, nobody may say that nothing came of it.
func (d *driver) late(output string, err error) (string, error) {
	if id := d.printed(output); id != "" {
		return id, nil
	}
	d.setAdrift()
	return "", err
}

func (d *driver) setAdrift() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.adrift = true
}

// isAdrift says whether something was given up that SkyPilot may still do.
func (d *driver) isAdrift() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.adrift
}

// announce journals that a step is about to be handed over. What makes a machine is
// not begun without: whoever comes after us would know nothing of it. What ends one
// is, on whatever disk.
func (d *driver) announce(step string) *schema.Error {
	err := d.s.change(func(st *journal.State) error {
		op := st.Operation(d.id)
		if op == nil || op.Ended() {
			return errUnchanged
		}
		if op.Known != nil && op.RequestID != "" {
			op.Known = append(op.Known, op.RequestID)
		}
		op.Step, op.RequestID = step, ""
		return nil
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errUnchanged): // another sidecar has ended the operation, or taken it over
		return StateError(context.Canceled)
	case step == stepStop, step == stepDown:
		d.remember(step, "")
		return nil
	}
	return StateError(err)
}

func (d *driver) remember(step, id string) {
	d.update(func(op *journal.Operation, _ *journal.Cluster) { op.Step, op.RequestID = step, id })
}

// earlier finds the request that a predecessor made of the same step; "" where it
// made none. Not being able to look is no answer: to submit again could make a
// second machine.
func (d *driver) earlier(op journal.Operation, output string) (string, *schema.Error) {
	if op.RequestID != "" {
		return op.RequestID, nil
	}
	if id := d.printed(output); id != "" {
		return id, nil
	}
	if host.SubmissionRuns(output) { // it hangs, and what it hands over later nobody would know of
		d.setAdrift()
		return "", d.explainError(context.DeadlineExceeded)
	}
	requests, err := d.listRequests()
	if err != nil {
		failure := d.interrupted()
		return "", d.s.clean(failure.WithDetail(err.Error()))
	}
	return d.newest(requests, op.Step, op.StartedAt), nil
}

// clockSkew is how far the clock of SkyPilot's API server may be behind ours: not
// at all on the same machine, where an earlier operation's request of the same
// kind may be a second old.
func (s *Service) clockSkew() time.Duration {
	if s.cfg.Endpoint.Local {
		return 0
	}
	return 5 * time.Second
}

// listRequests lists SkyPilot's requests for the server, trying again for as long
// as a submission may take.
func (d *driver) listRequests() ([]sky.Request, error) {
	ctx, cancel := context.WithTimeout(d.s.life, d.s.cfg.Timing.Submit)
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
	ctx, cancel := context.WithTimeout(d.s.life, d.s.cfg.Timing.Submit)
	defer cancel()
	for {
		if err := d.sky.CancelRequest(ctx, id); err != nil {
			d.s.log.Warn("SkyPilot did not cancel a request", "request", id, "error", err)
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

// printed reads the id from the output of a predecessor's submission, which may
// still be running: it has a session of its own.
func (d *driver) printed(output string) string {
	deadline := time.Now().Add(d.s.cfg.Timing.Submit)
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
		if !wait(d.s.life, d.s.cfg.Timing.Retry) {
			return ""
		}
	}
}

// The steps of operations. Each is one request to SkyPilot.
const (
	stepLaunch = "launch"
	stepStart  = "start"
	stepStop   = "stop"
	stepDown   = "down"
	stepExec   = "exec"
)

// requestName is SkyPilot's own name for a step's request.
func requestName(step string) string {
	if step == stepAgain {
		step = stepLaunch
	}
	return "sky." + step
}

// log passes a line of the server's log on to the host.
func (d *driver) log(source schema.LogSource, stream schema.Stream, line string) {
	line = shortLine(d.s.cfg.Redactor.String(line))
	d.s.cfg.Notifier.Log(schema.LogLine{Operation: d.id, Cluster: d.cluster, Source: source, Stream: stream, Line: line})
}

func (d *driver) pause(ctx context.Context) error {
	if !wait(ctx, d.s.cfg.Timing.Retry) {
		return ctx.Err()
	}
	return nil
}

// interrupted is the end of an operation whose request SkyPilot no longer knows:
// its API server was restarted, and requests do not survive that.
func (d *driver) interrupted() *schema.Error {
	return schema.NewError(schema.KindInterrupted,
		fmt.Sprintf("SkyPilot's API server was restarted in the middle of the %s, and has lost track of it.", d.doing()),
		again(d.doing()))
}

func again(kind schema.OperationKind) string {
	switch kind {
	case schema.OperationLaunch:
		return "Launch again to finish it, or destroy the server: a machine may be running and costing money."
	case schema.OperationStart:
		return "Start it again, or destroy the server: it may be running and costing money."
	}
	return fmt.Sprintf("Ask for the %s again.", kind)
}

// explainError turns an error of a `sky` call into one for the host.
func (d *driver) explainError(err error) *schema.Error { return d.s.explain(d.cluster, err) }
