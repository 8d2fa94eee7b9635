package operation

import (
	"context"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/skysim"
)

// slowToEnd makes each `sky` that follows a job last for a minute after its last line.
type slowToEnd struct{ sky.Runner }

func (r slowToEnd) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	res, err := r.Runner.Run(ctx, call)
	if call.Args[0] == "exec" || isJobLog(call) {
		supervisor.Sleep(ctx, time.Minute)
	}
	return res, err
}

// finishedAt is a store.Notifier that keeps when SkyPilot last said that a job has ended.
type finishedAt struct {
	silent
	at *time.Time
}

func (n finishedAt) Log(line schema.LogLine) {
	if sky.JobFinished(line.Line) != "" {
		*n.at = time.Now()
	}
}

// SkyPilot's line that a job has succeeded ends the wait for it: the `sky` that brought it needs seconds more
// to end, and what runs on is watched for four to see whether it fails at once.
func TestAJobThatHasSucceededIsWaitedForNoLonger(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.runner = slowToEnd{w.runner}
		var said time.Time
		p := w.startTelling("state", finishedAt{at: &said})
		for _, ends := range []func(){
			func() { p.wantEnd(p.launch(), schema.OperationSucceeded) },
			func() { p.wantEnd(p.begin(schema.OperationStart), schema.OperationSucceeded) },
		} {
			said = time.Time{}
			ends()
			if over := time.Since(said); said.IsZero() || over > 2*time.Second {
				t.Errorf("the operation went on for %v after its job had succeeded", over)
			}
			p.wantEnd(p.begin(schema.OperationStop), schema.OperationSucceeded)
		}
	})
}

// replacedSky answers what a function answers, and leaves the rest to another Runner.
type replacedSky struct {
	sky.Runner
	run func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error)
}

func (r replacedSky) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	return r.run(ctx, call, r.Runner)
}

func saysRunFailed(c schema.Cluster) bool {
	return slices.ContainsFunc(c.Warnings, func(w schema.Error) bool { return w.Kind == schema.KindRunFailed })
}

// A job whose log is silent is asked about; the answer is not waited for once the log says that it has succeeded.
func TestTheQueueIsNotWaitedForOnceAJobHasSucceeded(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var asked atomic.Bool // a question that was given up ends by itself
		w.runner = replacedSky{w.runner, func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			switch {
			case call.Args[0] == "queue":
				asked.Store(true)
				if !supervisor.Sleep(ctx, 40*time.Second) {
					return sky.Result{}, ctx.Err()
				}
			case isJobLog(call):
				call.Line(schema.StreamStdout, "Tailing logs of job 1 on cluster 'carapace-node'...")
				supervisor.Sleep(ctx, 30*time.Second)
			}
			return next.Run(ctx, call)
		}}
		var said time.Time
		p := w.startTelling("state", finishedAt{at: &said})
		p.wantEnd(p.launch(), schema.OperationSucceeded)
		if over := time.Since(said); !asked.Load() || said.IsZero() || over > 2*time.Second {
			t.Errorf("the launch went on for %v after its job had succeeded; the queue was asked: %v", over, asked.Load())
		}
	})
}

// A question takes three seconds of a processor beside the setup's work: a log that goes on speaking needs none.
func TestAJobThatSpeaksIsNotAskedAbout(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var asked atomic.Int64
		w.runner = replacedSky{w.runner, func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			switch {
			case call.Args[0] == "queue":
				asked.Add(1)
			case isJobLog(call):
				for range 100 {
					call.Line(schema.StreamStdout, "(setup pid=1) Unpacking a package")
					supervisor.Sleep(ctx, time.Second)
				}
			}
			return next.Run(ctx, call)
		}}
		p := w.start("state")
		p.wantEnd(p.launch(), schema.OperationSucceeded)
		if asked.Load() > 0 {
			t.Errorf("the queue was asked %d times", asked.Load())
		}
	})
}

func isJobLog(call sky.Call) bool {
	return call.Args[0] == "logs" && !slices.Contains(call.Args, "--no-follow")
}

// stoppedWithAFailingRun leaves a server that is stopped, and whose run command fails from now on.
func (w *world) stoppedWithAFailingRun() {
	w.t.Helper()
	p := w.launched()
	p.wantEnd(p.begin(schema.OperationStop), schema.OperationSucceeded)
	if err := (skysim.Control{Dir: filepath.Join(w.dir, "cloud")}).Inject("run_failed", server); err != nil {
		w.t.Fatal(err)
	}
	p.die()
}

// A start is watched from when its job has started; a run command that fails at once is told, as soon as
// SkyPilot says so.
func TestARunCommandThatFailsAtOnceOnAStart(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.stoppedWithAFailingRun()
		w.runner = slowToEnd{w.runner}
		var said time.Time
		p := w.startTelling("state", finishedAt{at: &said})
		p.wantEnd(p.begin(schema.OperationStart), schema.OperationSucceeded)
		if over := time.Since(said); said.IsZero() || over > 20*time.Second {
			t.Errorf("the start went on for %v after its run command had failed", over)
		}
		if c, _ := p.store.Cluster(server); !saysRunFailed(c) {
			t.Errorf("the start ended with the warnings %+v", c.Warnings)
		}
	})
}

// A log that says that its job has failed, and whose `sky` needs its seconds to end, is no word that the job goes
// on: a question that was not answered is asked again.
func TestAFailedJobIsAskedAboutAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		if err := (skysim.Control{Dir: filepath.Join(w.dir, "cloud")}).Inject("run_failed", server); err != nil {
			t.Fatal(err)
		}
		var asked atomic.Int64
		w.runner = replacedSky{slowToEnd{w.runner}, func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Args[0] == "queue" && asked.Add(1) == 1 {
				return sky.Result{Code: 1, Stderr: "the API server hiccups"}, nil
			}
			return next.Run(ctx, call)
		}}
		p := w.start("state")
		p.wantEnd(p.launch(), schema.OperationSucceeded)
		if c, _ := p.store.Cluster(server); asked.Load() < 2 || !saysRunFailed(c) {
			t.Errorf("the launch asked %d times, and ended with the warnings %+v", asked.Load(), c.Warnings)
		}
	})
}

// The process of a run command begins seconds after its job has started: one that speaks then, and fails soon
// after, is told of.
func TestARunCommandThatBeginsLate(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.stoppedWithAFailingRun()
		w.runner = replacedSky{w.runner, func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Args[0] == "exec" {
				print, spoke := call.Line, false
				call.Line = func(stream schema.Stream, line string) {
					switch {
					case sky.RunLine(line) && !spoke: // the simulator's says this six seconds after its start
						spoke = true
						time.Sleep(time.Second)
					case sky.JobFinished(line) != "":
						time.Sleep(3 * time.Second)
					}
					print(stream, line)
				}
			}
			return next.Run(ctx, call)
		}}
		p := w.start("state")
		p.wantEnd(p.begin(schema.OperationStart), schema.OperationSucceeded)
		if c, _ := p.store.Cluster(server); !saysRunFailed(c) {
			t.Errorf("the start ended with the warnings %+v", c.Warnings)
		}
	})
}

// What a job prints after a carriage return may look like SkyPilot's last line. Its real end counts all the same.
func TestAForgedEndOfAJob(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.runner = replacedSky{w.runner, func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if isJobLog(call) {
				call.Line(schema.StreamStdout, "✓ Job finished (status: FAILED).")
				supervisor.Sleep(ctx, 20*time.Second)
			}
			return next.Run(ctx, call)
		}}
		var said time.Time
		p := w.startTelling("state", finishedAt{at: &said})
		p.wantEnd(p.launch(), schema.OperationSucceeded)
		if over := time.Since(said); said.IsZero() || over > 2*time.Second {
			t.Errorf("the launch went on for %v after its job had succeeded", over)
		}
	})
}
