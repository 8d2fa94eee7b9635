package provision

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

func isAPILogs(call sky.Call) bool { return is(call, "api", "logs") }

// `sky api logs` that never ends, although the request has: a connection that was
// lost without a word.
func TestALogThatHangsDoesNotHoldTheOperation(t *testing.T) {
	for _, c := range []struct {
		name string
		says bool // whether it printed all before it hung
	}{{"after its last line", true}, {"before its first line", false}} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var hung atomic.Int64
				b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					if !isAPILogs(call) || hung.Add(1) > 1 {
						return next.Run(ctx, call)
					}
					if c.says {
						_, _ = next.Run(ctx, call)
					}
					<-ctx.Done()
					return sky.Result{Code: -1}, ctx.Err()
				}}
				s := w.start(w.through(b))
				began := time.Now()
				end := s.until(s.Launch(ctx, onAWS))
				if end.Operation.State != schema.OperationSucceeded {
					t.Fatalf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
				}
				if took := time.Since(began); took > 5*time.Minute {
					t.Errorf("it took %s to notice that the request had ended", took)
				}
			})
		})
	}
}

// Looking costs seconds of Python: a launch that the cloud throttles is quiet for
// half an hour and must not be asked after all the time.
func TestAQuietLogIsLookedIntoRarely(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var looks atomic.Int64
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "api", "status") {
				looks.Add(1)
			}
			return next.Run(ctx, call)
		}}
		w.inject("launch_hangs", "")
		s := w.start(w.through(b), asksSky)
		s.until(s.Launch(ctx, onAWS))
		if n := looks.Load(); n < 5 || n > 15 {
			t.Errorf("SkyPilot was asked %d times in half an hour", n)
		}
	})
}

// A log that is read again is not told again, but what it had not said before is.
func TestAReplayTellsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var tries atomic.Int64
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if !isAPILogs(call) || tries.Add(1) > 4 {
				return next.Run(ctx, call)
			}
			ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
			defer cancel()
			r, _ := next.Run(ctx, call)
			r.Code, r.Stderr = 1, "requests.exceptions.ConnectionError: Connection reset by peer"
			return r, nil
		}}
		s := w.start(w.through(b))
		s.until(s.Launch(ctx, onAWS))
		s.host.mu.Lock()
		defer s.host.mu.Unlock()
		told := map[string]int{}
		for _, l := range s.host.logs {
			if l.Source == schema.LogProvision {
				told[l.Line]++
			}
		}
		for _, line := range []string{"Launching on AWS", "Syncing files", "Job submitted"} {
			n := 0
			for said, times := range told {
				if strings.Contains(said, line) {
					n += times
				}
			}
			if n != 1 {
				t.Errorf("%q was told %d times", line, n)
			}
		}
	})
}

// The connection is lost just before the request succeeds: the job's id stands in
// what was not read.
func TestALogThatBreaksOffAtTheEnd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var tries atomic.Int64
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if !isAPILogs(call) || tries.Add(1) > 1 {
				return next.Run(ctx, call)
			}
			time.Sleep(2 * time.Minute)
			return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: Connection reset by peer"}, nil
		}}
		s := w.start(w.through(b))
		if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
		}
	})
}

// A request that passed its deadline and could not be canceled may still make a
// machine: nobody may say that nothing costs money.
func TestAnOverdueRequestThatCouldNotBeCanceled(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			switch {
			case is(call, "api", "cancel"):
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: connection refused"}, nil
			case is(call, "status", "--refresh"):
				return sky.Result{Stdout: "[]\n"}, nil // no record yet
			}
			return next.Run(ctx, call)
		}}
		w.inject("launch_hangs", "")
		s := w.start(w.through(b)).unwatched()
		end := s.until(s.Launch(ctx, onAWS))
		if said := end.Cluster.Description; strings.Contains(said, "nothing costs money") || !strings.Contains(said, "may be") {
			t.Errorf("the launch goes on at SkyPilot, and it is said: %s", said)
		}
	})
}

// A throttled cloud makes SkyPilot silent for many minutes, and so does a machine that does
// not answer on SSH: a person is told that it may be either, and when it is given up.
func TestLongSilenceIsExplained(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("rate_limited", "")
		s := w.start()
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.Error == nil || end.Operation.Error.Kind != schema.KindRateLimited {
			t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
		early, late := 0, 0
		for _, p := range s.host.progress {
			if said := text.Join(p.Texts...); said != p.Message {
				t.Errorf("%q is said in texts as %q", p.Message, said)
			}
			hinted := strings.Contains(p.Message, "rate limit") && strings.Contains(p.Message, "SSH") && strings.Contains(p.Message, "30 minutes")
			if hinted && p.ElapsedSeconds < 45 {
				early++
			}
			if hinted && p.Heartbeat {
				late++
			}
		}
		if early > 0 || late == 0 {
			t.Errorf("%d heartbeats spoke of a rate limit at once, %d later", early, late)
		}
	})
}
