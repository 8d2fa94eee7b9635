package operation

import (
	"context"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// slowToEnd makes each `sky` that follows a job last for a minute after its last line.
type slowToEnd struct{ sky.Runner }

func (r slowToEnd) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	res, err := r.Runner.Run(ctx, call)
	if call.Args[0] == "logs" || call.Args[0] == "exec" {
		supervisor.Sleep(ctx, time.Minute)
	}
	return res, err
}

// succeededAt is a store.Notifier that keeps when a job was said to have succeeded.
type succeededAt struct {
	silent
	at *time.Time
}

func (n succeededAt) Log(line schema.LogLine) {
	if sky.JobSucceeded(line.Line) {
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
		p := w.startTelling("state", succeededAt{at: &said})
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
