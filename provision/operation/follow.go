package operation

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"sync/atomic"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// follower passes on what a request prints. `sky api logs` starts at the request's
// beginning each time (transcript api-logs-replay), so follower leaves out the lines that
// it has passed on already. The command may also hang, so watchQuiet asks for the request's
// status while the log is quiet.
type follower struct {
	d     *driver
	id    string
	phase func(sky.Event)

	reader   sky.Progress
	seed     maphash.Seed
	passed   map[uint64]int // how often each line was passed on, by hash; at most maxPassed entries
	behind   bool           // the log has not come to where an earlier process was
	lastLine atomic.Int64   // when the log last had a line, as time.Now().UnixNano

	all      chan struct{} // closed once the log has told all that is needed of it
	told     bool          // all is closed
	endsWell bool          // the API server has said so since; valid between two followOnce
}

// maxPassed bounds the memory for a request that floods its log. Lines beyond it are passed
// on again by a replay. A launch prints a few hundred lines.
const maxPassed = 1 << 15

func (d *driver) follower(id string, phase func(sky.Event)) *follower {
	return &follower{d: d, id: id, phase: phase, seed: maphash.MakeSeed(), passed: map[uint64]int{}, behind: id == d.taken, all: make(chan struct{})}
}

// followOnce follows the log until it ends, or until watchQuiet or watchEnd sees that the
// request has ended.
func (f *follower) followOnce(ctx context.Context) (sky.FollowResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	f.lastLine.Store(time.Now().UnixNano())
	watched := f.d.group.Beside("a quiet log", func() { f.watchQuiet(ctx, cancel) })
	ended := f.d.group.Beside("a request's end", func() { f.watchEnd(ctx, cancel) })
	defer func() { cancel(); watched(); ended() }()
	return f.replay(ctx, f.d.sky.Follow)
}

// replay reads the log from its beginning, by one of the client's methods.
func (f *follower) replay(ctx context.Context, read readLog) (sky.FollowResult, error) {
	now := map[uint64]int{} // how often each line has come in this replay
	return read(ctx, f.id, func(stream schema.Stream, line string) {
		f.lastLine.Store(time.Now().UnixNano())
		key := maphash.String(f.seed, string(stream)+line)
		if now[key]++; now[key] <= f.passed[key] {
			return
		}
		if len(f.passed) < maxPassed {
			f.passed[key] = now[key]
		}
		f.d.relay(schema.LogProvision, stream, line)
		f.noteLostAnswer(line)
		if event, ok := f.reader.Line(line); ok {
			if f.toldBefore(event) {
				event.Said = nil
			}
			f.phase(event)
			if !f.told && f.d.tellsAll(event) {
				f.told = true
				close(f.all)
			}
		}
	})
}

// tellsAll reports whether an event in the log of a request is the last that is needed: the job
// of a launch, the runtime of a machine that is started again.
func (d *driver) tellsAll(e sky.Event) bool {
	return e.JobID != 0 || e.Running && d.operation().Step == lifecycle.StepStart
}

// watchEnd asks the API server, once the log has told all that is needed, whether the request has
// ended well, and ends the following then: `sky api logs` needs a second more, because it looks
// each second whether the request goes on (server/stream_utils.py of 0.14.1), and then for its
// own end.
func (f *follower) watchEnd(ctx context.Context, end func()) {
	select {
	case <-ctx.Done():
		return
	case <-f.all:
	}
	if f.d.endsWell(ctx, f.id, f.d.backend.RequestEnd(ctx, f.id)) {
		f.endsWell = true
		end()
	}
}

// toldBefore reports whether an event comes before the phase that an earlier process had reached when this one took the request
// up. Told again, its words would stand beside that phase, which never goes back.
func (f *follower) toldBefore(e sky.Event) bool {
	if !f.behind {
		return false
	}
	now, _ := f.d.progress.now()
	f.behind = lifecycle.PhaseBefore(f.d.kind, e.Phase, now)
	return f.behind
}

// readLog is [sky.Client.Follow] or [sky.Client.Reread].
type readLog func(ctx context.Context, requestID string, line func(schema.Stream, string)) (sky.FollowResult, error)

// noteLostAnswer journals at once that the cloud may have made a machine that SkyPilot does
// not know of. It does not wait for the launch's end: a cancel may end the launch, and
// SkyPilot itself goes on in another region.
func (f *follower) noteLostAnswer(line string) {
	if f.d.kind == schema.OperationLaunch && (sky.AnswerLost(line) || sky.MayLeak(line)) {
		f.d.noteOrphan(f.reader.Region())
	}
}

func (d *driver) noteOrphan(region string) {
	rec := d.record()
	known := ""
	if rec.Orphan != nil {
		known = rec.Orphan.Region
		if strings.Contains(known, region) {
			return
		}
	}
	regions := strings.TrimPrefix(known+", "+region, ", ")
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { rec.Orphan = &lifecycle.Orphan{Region: regions} })
}

// noteUnanswered journals an orphan if this process ends a launch while SkyPilot has waited
// for the cloud's answer for longer than unansweredFor: the cloud may still make the machine
// after SkyPilot has removed its record (seen in the lab).
func (d *driver) noteUnanswered(unansweredFor time.Duration) {
	d.progress.mu.Lock()
	asked := d.progress.phase == schema.PhaseProvisioning && time.Since(d.progress.phaseFrom) > unansweredFor
	d.progress.mu.Unlock()
	if d.kind == schema.OperationLaunch && asked {
		d.noteOrphan(d.record().View.Region)
	}
}

// bootTime is more than a machine takes to be made and to boot, which SkyPilot reports as
// one step. SkyPilot finds and removes the machine of a launch that is canceled before.
const bootTime = 2 * time.Minute

// watchQuiet asks SkyPilot for the request's status when the log has been quiet for a while,
// doubles that time after each answer, and calls end when the request has ended. A question
// costs seconds of Python, and a throttled cloud is quiet for minutes (transcript
// launch-ratelimited-silent).
func (f *follower) watchQuiet(ctx context.Context, end func()) {
	heard, patience := f.lastLine.Load(), f.d.timing.Quiet
	for supervisor.Sleep(ctx, patience) {
		if last := f.lastLine.Load(); last != heard {
			heard, patience = last, f.d.timing.Quiet
			continue
		}
		if f.d.backend.RequestEnd(ctx, f.id) == sky.EndNotYet {
			continue
		}
		request, err := f.d.request(ctx, f.id)
		if errors.Is(err, sky.ErrRequestGone) || err == nil && request.Ended() {
			f.d.log.Warn("a request's log went on after its end", "request", f.id, "status", request.Status)
			end()
			return
		}
		patience = min(2*patience, maxPatience*f.d.timing.Quiet)
	}
}

// maxPatience is the longest wait of watchQuiet, in multiples of the first.
const maxPatience = 8

// succeeded reports whether a request needs no second opinion: its log was followed to its
// end without an error, which `sky` exits with only where the request has succeeded, and the
// API server says that it has ended. A look decides anyway; a question costs seconds of Python.
func (d *driver) succeeded(ctx context.Context, id string, followed sky.FollowResult, err error) bool {
	return err == nil && followed.Code == 0 && d.backend.RequestEnd(ctx, id).Ended()
}

const (
	// shortRequest is how long a stop or a removal goes on without its log.
	shortRequest = 10 * time.Second
	// shortInterval is the time between two questions to the API server during it: some
	// milliseconds of its processor each.
	shortInterval = 250 * time.Millisecond
)

// endedSoon waits for a stop or a removal to end well, and reports whether it did so within
// shortRequest. Its log is not read then, which saves seconds of Python between the request's
// end and the look that decides: a stop takes SkyPilot as long as its own start. One that lasts
// longer, has failed, or can't be asked about is followed as any other; a purge always is, because
// only its log says what the cloud did not remove.
func (d *driver) endedSoon(ctx context.Context, id string) bool {
	op := d.operation()
	if op.Step != lifecycle.StepStop && op.Step != lifecycle.StepDown || op.Purge {
		return false
	}
	end := d.backend.RequestEnd(ctx, id)
	switch {
	case end != sky.EndNotYet:
	case op.Step == lifecycle.StepStop:
		d.lookEarly()
	default:
		d.sky.Expect(1) // the look that decides
	}
	return d.endsWell(ctx, id, end)
}

// endsWell waits for a request to end well, and reports whether it did so within shortRequest. end is
// how far it is.
func (d *driver) endsWell(ctx context.Context, id string, end sky.RequestEnd) bool {
	ctx, cancel := context.WithTimeout(ctx, shortRequest)
	defer cancel()
	for end == sky.EndNotYet && supervisor.Sleep(ctx, shortInterval) {
		end = d.backend.RequestEnd(ctx, id)
	}
	return end == sky.EndedWell
}

// request looks a request up. Its deadline is Timing.Short.
func (d *driver) request(ctx context.Context, id string) (sky.Request, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timing.Short)
	defer cancel()
	return d.sky.Request(ctx, id)
}

// reread reads the whole log of a request whose log was cut off: its end has the job's id or
// the reason of a failure. so is what was read before, for a log that can't be read again.
func (f *follower) reread(ctx context.Context, so sky.FollowResult) sky.FollowResult {
	ctx, cancel := context.WithTimeout(ctx, f.d.timing.Short)
	defer cancel()
	whole, err := f.replay(ctx, f.d.sky.Reread)
	if err != nil && len(whole.Stdout) < len(so.Stdout) {
		return so
	}
	return whole
}

// await follows a request to its end, passes on what it prints, and returns how it ended.
func (d *driver) await(id string, deadline time.Duration, phase func(sky.Event)) (ending, *schema.Error) {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, deadline)
	defer cancel()
	if d.endedSoon(ctx, id) {
		return ending{id: id, word: wordServer, at: schema.Now()}, nil
	}
	log := d.follower(id, phase)
	for {
		followed, err := log.followOnce(ctx)
		if log.endsWell {
			return ending{id: id, word: wordServer, at: schema.Now(), followed: followed}, nil
		}
		if errors.Is(err, sky.ErrRequestGone) {
			return ending{followed: followed}, d.interrupted()
		}
		if d.succeeded(ctx, id, followed, err) {
			return ending{id: id, word: wordLog, at: schema.Now(), followed: followed}, nil
		}
		request, lookErr := d.request(ctx, id)
		switch {
		case errors.Is(lookErr, sky.ErrRequestGone):
			return ending{followed: followed}, d.interrupted()
		case lookErr == nil && request.Ended():
			d.noteUser(request)
			end := ending{id: id, word: wordRecord, at: schema.Now(), record: request, followed: followed}
			if err != nil || d.cutOff(end) {
				end.followed = log.reread(ctx, followed)
			}
			return end, nil
		case ctx.Err() != nil:
			return ending{id: request.ID, followed: followed}, d.endAtDeadline(outer, ctx, deadline)
		case lookErr != nil:
			d.notify(false, append(d.explainError(lookErr).Texts(), text.New(&text.ProgressTryingAgain))...)
		}
		if err := d.pause(ctx); err != nil {
			return ending{id: request.ID, followed: followed}, d.endAtDeadline(outer, ctx, deadline)
		}
	}
}

// endAtDeadline cancels a launch or start that has passed its deadline, so that no machine
// comes up hours later. If SkyPilot does not confirm the cancel, it notes that the request
// may still run. It does not cancel a stop or destroy: a half-done one leaves an unusable
// server.
func (d *driver) endAtDeadline(outer, ctx context.Context, deadline time.Duration) *schema.Error {
	failure := d.tookTooLong(ctx, deadline)
	if outer.Err() == nil {
		d.noteUnanswered(0)
	}
	if outer.Err() == nil && (d.kind == schema.OperationLaunch || d.kind == schema.OperationStart) && !d.endRequest(d.operation()) {
		d.noteMayStillRun()
	}
	return failure
}

// tookTooLong is the error of a step that passed its deadline. Where the driver itself is
// ending, attempt returns that cause and this error is not shown.
func (d *driver) tookTooLong(ctx context.Context, deadline time.Duration) *schema.Error {
	_, heard := d.progress.now()
	return schema.Fail(schema.KindTimeout, &text.EndTookTooLong, text.Args{"operation": d.requestKind(), "seconds": deadline.Seconds(), "heard": heard}).
		AndHint(lifecycle.TryAgain(d.requestKind())...).WithDetail(fmt.Sprint(context.Cause(ctx)))
}

// noteUser journals which user SkyPilot names for the request of a launch. On a remote API
// server only that tells our cluster from another user's until a look has shown it.
func (d *driver) noteUser(request sky.Request) {
	if d.kind != schema.OperationLaunch || request.UserID == "" {
		return
	}
	if rec := d.record(); rec.Identity.Hash != "" || rec.Identity.User == request.UserID {
		return
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { rec.Identity.User = request.UserID })
}
