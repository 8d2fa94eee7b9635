package provision

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
	"carapace/skysim"
)

// lateStatus is a Runner under which something happens just before an autostop is set.
type lateStatus struct {
	sky.Runner
	happens func()
}

func (l *lateStatus) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if slices.Contains(call.Args, "autostop") {
		l.happens()
	}
	return l.Runner.Run(ctx, call)
}

// A server that goes while its autostop is changed is told as that.
func TestAutostopOfAServerThatHasJustGone(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) { c.Runner = &lateStatus{w.runner, func() { w.outside("terminate") }} })
		s.until(s.Launch(ctx, onAWS))
		_, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 10})
		if err == nil {
			t.Fatal("the autostop of a server that is gone was set")
		}
		if e := wantKind(t, err, schema.KindUnsupported); !strings.Contains(e.Message, "is not there") {
			t.Errorf("the message is %s", e.Message)
		}
	})
}

// SkyPilot can take longer to set an autostop than its minutes last (measured on a
// busy computer: 109 s). It was set all the same.
func TestAutostopThatIsOverWhenItIsTold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(func(c *Config) { c.Runner = slowAutostop{w.runner} })
		s.until(s.Launch(ctx, onAWS))
		c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 1})
		if err != nil || c.Autostop == nil {
			t.Errorf("the answer is %v, %+v", err, c)
		}
	})
}

// slowAutostop answers when the autostop that it has set is at work.
type slowAutostop struct{ sky.Runner }

func (s slowAutostop) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	result, err := s.Runner.Run(ctx, call)
	if slices.Contains(call.Args, "autostop") {
		time.Sleep(62 * time.Second)
	}
	return result, err
}

func TestCancelOfAutostopThatDidNotWork(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "autostop", "--cancel") {
				return sky.Result{}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b)).unwatched()
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30}); err != nil {
			t.Fatal(err)
		}
		if c, err := s.SetAutostop(ctx, schema.AutostopParams{Cancel: true}); err == nil && c.Autostop != nil {
			t.Errorf("the cancel succeeded, and autostop is still %+v", c.Autostop)
		}
	})
}

// Traffic to the Gatekeeper does not count, and the answer says so (docs/protocol.md, "Autostop").
func TestAutostopAnswerWarnsOfTheGatekeeper(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start().unwatched()
		s.until(s.Launch(ctx, onAWS))
		c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30})
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := json.Marshal(c); !strings.Contains(string(text), "Gatekeeper") {
			t.Errorf("the answer does not say so: %s", text)
		}
		c, err = s.SetAutostop(ctx, schema.AutostopParams{Cancel: true})
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := json.Marshal(c); strings.Contains(string(text), "stops itself") {
			t.Errorf("it still warns: %s", text)
		}
	})
}

func TestAutostopDuringASync(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if call.Program == "rsync" {
				time.Sleep(time.Minute)
			}
			return next.Run(ctx, call)
		}}
		s := w.start(w.through(b)).unwatched()
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.Sync(ctx, schema.SyncParams{}); err != nil {
			t.Fatal(err)
		}
		_, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30})
		wantKind(t, err, schema.KindOperationInProgress)
	})
}

// `sky autostop` whose answer was lost.
func TestAutostopIsReadAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			r, err := next.Run(ctx, call)
			if is(call, "autostop") {
				r = sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: Connection reset by peer"}
			}
			return r, err
		}})).unwatched()
		s.until(s.Launch(ctx, onAWS))
		c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30})
		if err != nil || c.Autostop == nil {
			t.Errorf("it is set, and the answer is %v", err)
		}
	})
}

// A look after the change that fails, as one does while SkyPilot refreshes the cluster by
// itself, says nothing of the change (seen in the lab on a busy machine).
func TestAutostopWhoseLookFailsOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		runner := &lockedOut{Runner: w.runner}
		w.runner = runner
		s := w.start().unwatched()
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		runner.next.Store(true)
		if c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30}); err != nil || c.Autostop == nil || runner.next.Load() {
			t.Errorf("it is set, and the answer is %v", err)
		}
	})
}

// A look that had begun before the autostop was taken away shows it still. It was set again then, as
// one that SkyPilot had dropped, against the person's word (seen in the lab).
func TestACanceledAutostopIsNotSetAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var s *sidecar
		var sets atomic.Int32
		s = w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "autostop", "--cancel") {
				s.watcher.Look(ctx, []string{schema.DefaultClusterName})
			} else if is(call, "autostop") {
				sets.Add(1)
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 600}); err != nil {
			t.Fatal(err)
		}
		c, err := s.SetAutostop(ctx, schema.AutostopParams{Cancel: true})
		if err != nil || c.Autostop != nil {
			t.Errorf("canceled: %+v (%v)", c.Autostop, err)
		}
		time.Sleep(5 * time.Minute)
		if c := s.status(); c.Autostop != nil || sets.Load() != 1 {
			t.Errorf("what was canceled is %+v, and was set %d times", c.Autostop, sets.Load())
		}
	})
}

// The answer to a cancel is lost, and no look succeeds for a while: that it was carried out shows
// later, and is no drop.
func TestACanceledAutostopWhoseAnswerIsLostIsNotSetAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var blind atomic.Bool
		var sets atomic.Int32
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			switch {
			case is(call, "autostop", "--cancel"):
				blind.Store(true)
				_, _ = next.Run(ctx, call)
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: Connection reset by peer"}, nil
			case is(call, "autostop"):
				sets.Add(1)
			case blind.Load() && is(call, "--refresh"):
				return sky.Result{}, context.DeadlineExceeded
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 600}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{Cancel: true}); err == nil {
			t.Error("a cancel that nobody has seen succeeded")
		}
		blind.Store(false)
		time.Sleep(5 * time.Minute)
		if c := s.status(); c.Autostop != nil || sets.Load() != 1 {
			t.Errorf("what was canceled is %+v, and was set %d times", c.Autostop, sets.Load())
		}
	})
}

// That no look succeeds after the change is no defect of the sidecar.
func TestAutostopThatNoLookCanShow(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var blind atomic.Bool
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "autostop") {
				blind.Store(true)
			} else if blind.Load() && is(call, "--refresh") {
				return sky.Result{}, context.DeadlineExceeded
			}
			return next.Run(ctx, call)
		}})).unwatched()
		s.until(s.Launch(ctx, onAWS))
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		_, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 30})
		wantKind(t, err, schema.KindTimeout)
	})
}

// What SkyPilot drops again after it was set again is only told, also by the next process. Once a person
// has set it anew, it is set again, once more.
func TestADroppedAutostopIsSetAgainOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var sets atomic.Int32
		counted := w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "autostop") {
				sets.Add(1)
			}
			return next.Run(ctx, call)
		}})
		s := w.launched(counted)
		set := func() {
			t.Helper()
			if c, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 600}); err != nil || c.Autostop == nil || c.Autostop.Lost {
				t.Fatalf("%+v (%v)", c.Autostop, err)
			}
		}
		drop := func(setsAfterwards int32, lost bool) {
			t.Helper()
			w.outside(skysim.OutsideDropAutostop)
			time.Sleep(5 * time.Minute)
			c := s.status()
			if c.Autostop == nil || c.Autostop.Lost != lost || sets.Load() != setsAfterwards {
				t.Errorf("it was set %d times, want %d; it is %+v", sets.Load(), setsAfterwards, c.Autostop)
			}
			if told := slices.ContainsFunc(c.Warnings, func(e schema.Error) bool { return e.Code == text.AutostopDropped.Code }); told != lost {
				t.Errorf("the warnings are %+v", c.Warnings)
			}
		}
		set()
		drop(2, false)
		s.stopNow()
		s = w.start(counted)
		drop(2, true)
		s.stopNow()
		s = w.start(counted)
		time.Sleep(time.Hour)
		drop(2, true)
		set()
		drop(4, false)
		drop(4, true)
	})
}

// An autostop that SkyPilot drops by itself is a warning at once, and set again.
func TestADroppedAutostopIsSetAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 600}); err != nil {
			t.Fatal(err)
		}
		w.outside(skysim.OutsideDropAutostop)
		lost := false
		for range 120 {
			if c := s.status(); c.Autostop != nil && c.Autostop.Lost {
				lost = true
				if !strings.Contains(c.Warnings[len(c.Warnings)-1].Message, "dropped") {
					t.Errorf("the warnings are %+v", c.Warnings)
				}
			}
			time.Sleep(time.Second)
		}
		if c := s.status(); !lost || c.Autostop == nil || c.Autostop.Lost || c.Autostop.IdleMinutes != 600 {
			t.Errorf("lost: %v; then it is %+v", lost, c.Autostop)
		}
		if c, err := s.SetAutostop(ctx, schema.AutostopParams{Cancel: true}); err != nil || c.Autostop != nil {
			t.Errorf("canceled: %+v (%v)", c.Autostop, err)
		}
		time.Sleep(5 * time.Minute)
		if c := s.status(); c.Autostop != nil {
			t.Errorf("what was canceled is %+v", c.Autostop)
		}
	})
}
