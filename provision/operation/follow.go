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
)

// follower tells the host what a request prints. `sky api logs` begins at the
// request's beginning each time (transcript api-logs-replay), so what was passed
// on already is left out, and it may hang, so a quiet one is looked into.
type follower struct {
	d     *driver
	id    string
	phase func(sky.Event)

	reader   sky.Progress
	seed     maphash.Seed
	passed   map[uint64]int // how often each line was passed on; at most maxPassed of them
	lastLine atomic.Int64   // when the log last had a line, as time.Now().UnixNano
}

// maxPassed bounds what a request that floods its log costs: past it a replay
// says again what was said before. A launch has a few hundred lines.
const maxPassed = 1 << 15

func (d *driver) follower(id string, phase func(sky.Event)) *follower {
	return &follower{d: d, id: id, phase: phase, seed: maphash.MakeSeed(), passed: map[uint64]int{}}
}

// followOnce follows the log until it ends, or the request has ended while the log was
// quiet about it.
func (f *follower) followOnce(ctx context.Context) (sky.FollowResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	f.lastLine.Store(time.Now().UnixNano())
	watched := f.d.group.Beside("a quiet log", func() { f.watchQuiet(ctx, cancel) })
	defer func() { cancel(); watched() }()
	return f.replay(ctx)
}

// replay reads the log from its beginning.
func (f *follower) replay(ctx context.Context) (sky.FollowResult, error) {
	now := map[uint64]int{} // how often each line came in this replay
	return f.d.sky.Follow(ctx, f.id, func(stream schema.Stream, line string) {
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
			f.phase(event)
		}
	})
}

// noteLostAnswer journals, at once, that a machine may have been made that SkyPilot does
// not know of: whoever ends this launch, be it by a cancel, must not deny it, and
// SkyPilot itself may go on in another region.
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

// noteUnanswered notes that a launch is ended from here while the cloud owes SkyPilot an
// answer for longer than that: it may still come, with nobody left to hear it (the
// lab's cloud made the machine when the record was gone).
func (d *driver) noteUnanswered(owed time.Duration) {
	d.progress.mu.Lock()
	asked := d.progress.phase == schema.PhaseProvisioning && time.Since(d.progress.phaseFrom) > owed
	d.progress.mu.Unlock()
	if d.kind == schema.OperationLaunch && asked {
		d.noteOrphan(d.record().View.Region)
	}
}

// owedTooLong is longer than a machine takes to be made and to boot, all of which
// SkyPilot tells as one step: what is canceled before that it finds and removes.
const bootTime = 2 * time.Minute

// watchQuiet asks SkyPilot how the request stands whenever its log has been quiet for
// a while, each time twice as long, and ends the following of one that is over. A
// look costs seconds of Python, and a throttled cloud is quiet for minutes
// (transcript launch-ratelimited-silent).
func (f *follower) watchQuiet(ctx context.Context, end func()) {
	heard, patience := f.lastLine.Load(), f.d.timing.Quiet
	for supervisor.Sleep(ctx, patience) {
		if last := f.lastLine.Load(); last != heard {
			heard, patience = last, f.d.timing.Quiet
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

// maxPatience is how many times the first wait the longest one is.
const maxPatience = 8

// request looks a request up, with a deadline of its own.
func (d *driver) request(ctx context.Context, id string) (sky.Request, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timing.Short)
	defer cancel()
	return d.sky.Request(ctx, id)
}

// cutOff says whether a log ended before what it is the log of: its connection
// to SkyPilot's API server was lost.
func (d *driver) cutOff(request sky.Request, followed sky.FollowResult) bool {
	if followed.Code == 0 {
		return false
	}
	return request.Status == "SUCCEEDED" || request.Status == "FAILED" && d.whyEnded(request, followed).Kind == schema.KindAPIServer
}

// reread reads a log to its end that was left off: the job's id and the reason of a
// failure stand there.
func (f *follower) reread(ctx context.Context, so sky.FollowResult) sky.FollowResult {
	ctx, cancel := context.WithTimeout(ctx, f.d.timing.Short)
	defer cancel()
	whole, err := f.replay(ctx)
	if err != nil && len(whole.Stdout) < len(so.Stdout) {
		return so
	}
	return whole
}

// await follows a request to its end, telling the host what it prints, and
// returns how it ended by SkyPilot's own record of it.
func (d *driver) await(id string, deadline time.Duration, phase func(sky.Event)) (sky.FollowResult, sky.Request, *schema.Error) {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, deadline)
	defer cancel()
	log := d.follower(id, phase)
	for {
		followed, err := log.followOnce(ctx)
		if errors.Is(err, sky.ErrRequestGone) {
			return followed, sky.Request{}, d.interrupted()
		}
		request, lookErr := d.request(ctx, id)
		switch {
		case errors.Is(lookErr, sky.ErrRequestGone):
			return followed, sky.Request{}, d.interrupted()
		case lookErr == nil && request.Ended():
			d.noteUser(request)
			if err != nil || d.cutOff(request, followed) {
				followed = log.reread(ctx, followed)
			}
			return followed, request, nil
		case ctx.Err() != nil:
			return followed, request, d.endAtDeadline(outer, ctx, deadline)
		case lookErr != nil:
			d.notify("SkyPilot's API server does not answer right now; trying again.", false)
		}
		if err := d.pause(ctx); err != nil {
			return followed, request, d.endAtDeadline(outer, ctx, deadline)
		}
	}
}

// endAtDeadline ends a request that has passed its deadline, so that no machine appears
// hours later; where that can't be made sure of, nobody may say that none will. A
// stop or destroy is left to go on: half of one helps nobody.
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

// tookTooLong is the end of a step that had to be cut short; when the driver
// itself is ending, the caller's cause says so and this is not shown.
func (d *driver) tookTooLong(ctx context.Context, deadline time.Duration) *schema.Error {
	_, message := d.progress.now()
	return schema.NewError(schema.KindTimeout,
		fmt.Sprintf("The %s took too long: more than %s for one step. The last that was heard: %s", d.requestKind(), formatDuration(deadline), message),
		lifecycle.TryAgain(d.requestKind())).WithDetail(fmt.Sprint(context.Cause(ctx)))
}

// noteUser keeps who SkyPilot says made the request of a launch: on an API server
// elsewhere that alone tells our cluster from another user's until a look shows it.
func (d *driver) noteUser(request sky.Request) {
	if d.kind != schema.OperationLaunch || request.UserID == "" {
		return
	}
	if rec := d.record(); rec.Identity.Hash != "" || rec.Identity.User == request.UserID {
		return
	}
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { rec.Identity.User = request.UserID })
}
