package operation

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// jobLog is a job's log while it is followed.
type jobLog struct {
	stop      func()        // ends following, and waits for its end
	lines     atomic.Int64  // how many have come
	word      chan struct{} // closed with the first line, SkyPilot's own
	started   chan struct{} // closed with SkyPilot's line that a job without a setup has started: the run command begins some seconds later
	began     chan struct{} // closed with the first line of the run command
	succeeded chan struct{} // closed with SkyPilot's line that the job has succeeded; its `sky` needs two to five seconds more to end
	failed    chan struct{} // closed with SkyPilot's line that the job has ended otherwise
	ended     chan struct{} // closed when following has ended, with or without the log
	unheard   jobUnheard
	asks      bool // the `sky` that follows it counts as a question, of which few may run
}

// jobUnheard is what await has not told yet: channels of a jobLog, nil once it has.
type jobUnheard struct{ started, began, failed, ended <-chan struct{} }

func newJobLog() *jobLog {
	l := &jobLog{
		stop: func() {}, word: make(chan struct{}), started: make(chan struct{}), began: make(chan struct{}),
		succeeded: make(chan struct{}), failed: make(chan struct{}), ended: make(chan struct{}),
	}
	l.unheard = jobUnheard{l.started, l.began, l.failed, l.ended}
	return l
}

// jobNews is what a jobLog tells of its job.
type jobNews int

const (
	jobQuiet     jobNews = iota // nothing new
	jobStarts                   // the run command begins in some seconds
	jobRuns                     // a line of the run command's came
	jobSucceeded                // the job has ended, and well
	jobUnknown                  // the log says that it ended otherwise, or has ended and does not say how
)

// awaitWord waits for the log's first line, and at most for a time: a `sky` takes seconds to
// begin, on a busy computer a minute, and another beside it would only make it later.
func (l *jobLog) awaitWord(ctx context.Context, atMost time.Duration) {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-l.ended:
	case <-l.word:
	}
}

// await waits for news, each of which it tells once. It waits at most for a time, in silence where
// silently says so: a line that comes has it wait anew.
func (l *jobLog) await(ctx context.Context, atMost time.Duration, silently bool) jobNews {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	for heard := l.lines.Load(); ; timer.Reset(atMost) {
		select {
		case <-ctx.Done():
			return jobQuiet
		case <-l.succeeded:
			return jobSucceeded
		case <-l.unheard.began:
			l.unheard.began = nil
			return jobRuns
		case <-l.unheard.started:
			l.unheard.started = nil
			return jobStarts
		case <-l.unheard.failed:
			l.unheard.failed = nil
		case <-l.unheard.ended:
			l.unheard.ended = nil
		case <-timer.C:
			if now := l.lines.Load(); silently && now != heard {
				heard = now
				continue
			}
			return jobQuiet
		}
		if l.hasSucceeded() {
			return jobSucceeded
		}
		return jobUnknown
	}
}

// hasSucceeded reports whether the log says that the job has succeeded.
func (l *jobLog) hasSucceeded() bool { return isClosed(l.succeeded) }

// patience is how long it may be silent before the first question.
func (l *jobLog) patience(interval time.Duration) time.Duration {
	if l.asks {
		return 2 * jobPatience * interval
	}
	return jobPatience * interval
}

// makeRoom stops following before a question where four such logs would leave no room for it.
func (l *jobLog) makeRoom() {
	if l.asks && l.follows() {
		l.stop()
		l.unheard.ended = nil
	}
}

// follows reports whether the log is still followed.
func (l *jobLog) follows() bool { return !isClosed(l.ended) }

// goesOn reports whether the log is followed, and has not said that the job has ended.
func (l *jobLog) goesOn() bool { return l.follows() && !l.hasSucceeded() && !isClosed(l.failed) }

// isClosed reports whether a channel on which nothing is sent is closed. It does not block.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// followJob passes on the log of the operation's job, until it ends or is stopped. It does
// not block.
func (d *driver) followJob() *jobLog {
	id := d.operation().JobID
	if id == 0 { // awaitJob says so
		log := newJobLog()
		close(log.ended)
		return log
	}
	return d.readJob(func(ctx context.Context, line func(schema.Stream, string)) error {
		_, err := d.sky.JobLogs(ctx, d.cluster, id, true, 0, line)
		return err
	})
}

// readJob passes on a job's log, which follow reads, in a goroutine. It does not block.
func (d *driver) readJob(follow func(ctx context.Context, line func(schema.Stream, string)) error) *jobLog {
	outer, _ := d.contexts()
	ctx, cancel := context.WithCancel(outer)
	log := newJobLog()
	wait := d.group.Beside("a job's log", func() {
		defer close(log.ended)
		if err := follow(ctx, d.readLines(log)); err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
			d.log.Debug("the job's log ended early", "error", err)
		}
	})
	log.stop = func() { cancel(); wait() }
	return log
}

// readLines returns what takes the lines of a job's log, one at a time.
func (d *driver) readLines(log *jobLog) func(schema.Stream, string) {
	noSetup := d.operation().Step == lifecycle.StepExec
	var starts, begins, succeeds, fails sync.Once
	return func(stream schema.Stream, line string) {
		if log.lines.Add(1) == 1 {
			close(log.word)
		}
		switch status := sky.JobFinished(line); {
		case status == "SUCCEEDED":
			succeeds.Do(func() { close(log.succeeded) })
		case status != "":
			fails.Do(func() { close(log.failed) })
		case noSetup && sky.JobStarted(line):
			starts.Do(func() { close(log.started) })
		case sky.RunLine(line):
			begins.Do(func() { close(log.began) })
		}
		source, printed := sky.JobLine(line)
		d.relay(source, stream, printed)
		if printed = strings.TrimSpace(printed); source == schema.LogSetup && printed != "" {
			if phase, _ := d.progress.now(); phase == schema.PhaseSetup {
				d.reportProgress(phase, text.New(&text.ProgressSetupSays, text.Args{"said": printed}))
			}
		}
	}
}
