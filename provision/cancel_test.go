package provision

import (
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// cancelCase is an operation that can be canceled, and what is there afterwards
// (docs/protocol.md, "cluster.cancel").
type cancelCase struct {
	name   string
	kind   schema.OperationKind
	before func(s *sidecar) // brings the server to where the operation begins
	after  func(t *testing.T, s *sidecar)
}

func nothingLeft(t *testing.T, s *sidecar) {
	t.Helper()
	s.wantStatus(schema.StatusNoServer)
	if left := s.machines("running") + s.machines("stopped"); left != 0 {
		t.Errorf("%d machines are left", left)
	}
}

func stoppedAndKept(t *testing.T, s *sidecar) {
	t.Helper()
	s.wantStatus(schema.StatusStopped)
	if n := s.machines("stopped"); n != 1 {
		t.Errorf("there are %d stopped machines, want 1", n)
	}
}

func leftRunning(t *testing.T, s *sidecar) {
	t.Helper()
	s.wantStatus(schema.StatusRunning)
	if n := s.machines("running"); n != 1 {
		t.Errorf("there are %d running machines, want 1", n)
	}
}

var cancelCases = []cancelCase{
	{"a launch", schema.OperationLaunch, func(*sidecar) {}, nothingLeft},
	{"a launch over an existing server", schema.OperationLaunch, (*sidecar).halfLaunched, stoppedAndKept},
	{"a start", schema.OperationStart, func(s *sidecar) {
		s.until(s.Launch(ctx, onAWS))
		s.until(s.Stop(ctx, schema.ChangeParams{}))
	}, stoppedAndKept},
	{"a sync", schema.OperationSync, func(s *sidecar) { s.until(s.Launch(ctx, onAWS)) }, leftRunning},
}

// halfLaunched makes a server whose setup failed.
func (s *sidecar) halfLaunched() {
	s.inject("setup_failed", "")
	s.until(s.Launch(ctx, onAWS))
	s.heal()
}

// wantCanceled holds the end of an operation that somebody asked to be canceled
// before its nth call: canceled, or over before that could be heeded.
func (c cancelCase) wantCanceled(t *testing.T, s *sidecar, end schema.Finished, accepted bool) {
	t.Helper()
	if !accepted {
		if end.Operation.State == schema.OperationCanceled {
			t.Error("it ended canceled although the cancel was refused")
		}
		s.wantHonest()
		return
	}
	if end.Operation.State != schema.OperationCanceled {
		t.Errorf("it ended %s: %s", end.Operation.State, end.Operation.Message)
	}
	if e := end.Operation.Error; e != nil {
		t.Errorf("what was begun was not undone: %+v", e)
	}
	c.after(t, s)
	time.Sleep(3 * time.Minute)
	c.after(t, s)
}

func TestCancelAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, c := range cancelCases {
		t.Run(c.name, func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.interceptNth()
				s := w.quiet(through)
				c.before(s)
				accepted := false
				a.arm(n, func(sky.Call) {
					for range 2 { // and once more, by an impatient user
						_, err := s.Cancel(ctx, schema.NameParams{})
						accepted = accepted || err == nil
					}
				})
				end := s.until(s.ask(c.kind))
				reached := a.reached()
				if reached {
					c.wantCanceled(t, s, end, accepted)
				}
				return reached
			})
		})
	}
}

// The one who is asked to cancel dies, or closes, with the cancel just accepted.
func TestCancelWhileTheSidecarEnds(t *testing.T) {
	t.Parallel()
	for _, c := range cancelCases {
		t.Run(c.name, func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.interceptNth()
				first := w.quiet(through)
				c.before(first)
				accepted, ended := false, make(chan struct{})
				a.arm(n, func(sky.Call) {
					_, err := first.Cancel(ctx, schema.NameParams{})
					accepted = err == nil
					go func() {
						defer close(ended)
						first.stopNow()
					}()
				})
				result, err := first.ask(c.kind)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Minute)
				reached := a.reached()
				if !reached {
					return false
				}
				<-ended
				second := w.start().unwatched()
				time.Sleep(10 * time.Minute)
				op, err := second.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID})
				if err != nil || op.State == schema.OperationRunning {
					t.Fatalf("it is %s (%v)", op.State, err)
				}
				c.wantCanceled(t, second, schema.Finished{Operation: op, Cluster: second.status()}, accepted)
				return true
			})
		})
	}
}

func TestCancelByAnotherProcess(t *testing.T) {
	t.Parallel()
	for _, c := range cancelCases {
		t.Run(c.name, func(t *testing.T) {
			everyCall(t, func(w *world, n int) bool {
				a, through := w.interceptNth()
				first, second := w.quiet(through), w.quiet()
				c.before(first)
				accepted := false
				a.arm(n, func(sky.Call) {
					_, err := second.Cancel(ctx, schema.NameParams{})
					accepted = err == nil
				})
				result, err := first.ask(c.kind)
				end := first.until(result, err)
				second.until(result, nil)
				reached := a.reached()
				if reached {
					c.wantCanceled(t, second, end, accepted)
				}
				return reached
			})
		})
	}
}

// "Of stop and destroy: unsupported"; of what has just succeeded there is nothing
// to cancel.
func TestWhatCannotBeCanceled(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		_, err := s.Cancel(ctx, schema.NameParams{})
		wantKind(t, err, schema.KindUnsupported)
		for _, kind := range []schema.OperationKind{schema.OperationStop, schema.OperationDestroy} {
			result, err := s.ask(kind)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
			_, err = s.Cancel(ctx, schema.NameParams{})
			wantKind(t, err, schema.KindUnsupported)
			if end := s.until(result, nil); end.Operation.State != schema.OperationSucceeded {
				t.Errorf("the %s ended %s", kind, end.Operation.State)
			}
		}
	})
}

// While one operation has the server, only a destroy gets it.
func TestNothingElseGetsInBetween(t *testing.T) {
	t.Parallel()
	for _, c := range cancelCases {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				a, through := w.interceptNth()
				s := w.quiet(through)
				c.before(s)
				a.arm(1, func(sky.Call) {
					for _, kind := range []schema.OperationKind{schema.OperationLaunch, schema.OperationStart, schema.OperationStop, schema.OperationSync} {
						_, err := s.ask(kind)
						wantKind(t, err, schema.KindOperationInProgress)
					}
				})
				if end := s.until(s.ask(c.kind)); end.Operation.State != schema.OperationSucceeded {
					t.Errorf("it ended %s: %s", end.Operation.State, end.Operation.Message)
				}
			})
		})
	}
}

// The same at moments, in the middle of a call too; and a destroy on the heels of
// a cancel.
func TestCancelAndDestroyAtAnyMoment(t *testing.T) {
	t.Parallel()
	last := map[string]time.Duration{"a launch": 80 * time.Second, "a launch over an existing server": 50 * time.Second, "a start": 70 * time.Second, "a sync": 3 * time.Second}
	for _, c := range cancelCases {
		for _, destroy := range []bool{false, true} {
			name := c.name
			if destroy {
				name += ", then destroyed"
			}
			t.Run(name, func(t *testing.T) {
				everyMoment(t, last[c.name], func(w *world, after time.Duration) {
					s := w.start()
					c.before(s)
					result, err := s.ask(c.kind)
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(after)
					_, err = s.Cancel(ctx, schema.NameParams{})
					if destroy {
						time.Sleep(after / 8)
						s.until(s.Destroy(ctx, schema.DestroyParams{}))
						nothingLeft(t, s)
						time.Sleep(3 * time.Minute)
						nothingLeft(t, s)
						return
					}
					c.wantCanceled(t, s, s.until(result, nil), err == nil)
				})
			})
		}
	}
}
