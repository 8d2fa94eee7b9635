package provision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Each write of the state is made to fail by itself in package journal. Here the
// disk fails as a service meets it: from some instant on, at the files of an
// operation or at the state.

// failDisk lets nothing be written to the state any more: a folder has taken the
// lock's place. The returned function mends that.
func (w *world) failDisk() (mend func()) {
	w.t.Helper()
	lock := filepath.Join(w.dir, "state", "state.lock")
	err := fs.ErrExist
	for errors.Is(err, fs.ErrExist) { // somebody may be writing just now
		err = errors.Join(os.RemoveAll(lock), os.Mkdir(lock, 0o700))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return func() {
		w.t.Helper()
		if err := os.Remove(lock); err != nil {
			w.t.Fatal(err)
		}
	}
}

// What can't be written is not begun: no operation, no call of sky, no change.
func TestNothingBeginsOnABadDisk(t *testing.T) {
	for what, fail := range map[string]func(*world) (mend func()){
		"the state": (*world).failDisk,
		"the operation's folder": func(w *world) func() {
			operations := filepath.Join(w.dir, "state", "operations")
			if err := errors.Join(os.RemoveAll(operations), os.WriteFile(operations, nil, 0o600)); err != nil {
				w.t.Fatal(err)
			}
			return func() { _ = os.Remove(operations) }
		},
	} {
		t.Run(what, func(t *testing.T) {
			inWorld(t, func(w *world) {
				m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
				w.runner = m
				s := w.start()
				time.Sleep(time.Minute)
				m.sinceThen()
				mend := fail(w)
				_, err := s.Launch(ctx, onAWS)
				wantKind(t, err, schema.KindStateUnwritable)
				time.Sleep(10 * time.Minute)
				if calls := m.sinceThen(); len(calls) > 0 {
					t.Errorf("sky was called: %v", calls)
				}
				s.wantStatus(schema.StatusNoServer)
				list, err := s.ListOperations(ctx, schema.OperationListParams{})
				if err != nil || len(list.Operations) > 0 {
					t.Errorf("%v; there are the operations %+v", err, list.Operations)
				}
				mend()
				if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
					t.Errorf("on a good disk the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
			})
		})
	}
}

// Where locks do not hold, two processes could launch at once: no launch begins.
func TestNoLaunchWhereLocksDoNotHold(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(leases string) error{
		"no lock is granted": func(leases string) error { return os.MkdirAll(filepath.Join(leases, "probe.lock"), 0o700) },
		"there is no folder": func(leases string) error { return os.WriteFile(leases, nil, 0o600) },
	} {
		t.Run(what, func(t *testing.T) {
			inWorld(t, func(w *world) {
				n, counted := w.touches()
				leases := filepath.Join(w.dir, "other leases")
				if err := spoil(leases); err != nil {
					t.Fatal(err)
				}
				s := w.start(counted, func(c *Config) { c.LeaseDir = leases })
				_, err := s.Launch(ctx, onAWS)
				if e := wantKind(t, err, schema.KindStateUnwritable); e.Code != text.LocksDoNotHold.Code || !strings.Contains(e.Detail, leases) {
					t.Errorf("it is refused by %s: %s (%s)", e.Code, e.Message, e.Detail)
				}
				time.Sleep(10 * time.Minute)
				if len(n.done) > 0 || w.machines("running") > 0 {
					t.Errorf("sky %v was run, and %d machines run", n.done, w.machines("running"))
				}
				s.wantStatus(schema.StatusNoServer)
				if err := os.RemoveAll(leases); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
					t.Errorf("where they hold the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
			})
		})
	}
}

// The locks folder is removed while the name of a launch is checked: it is not submitted.
func TestTheLocksAreRemovedDuringTheChecks(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var locks atomic.Pointer[string] // the folder, once the launch is asked for
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if dir := locks.Load(); dir != nil && is(call, "status") {
				if err := os.RemoveAll(*dir); err != nil {
					t.Error(err)
				}
			}
			return next.Run(ctx, call)
		}}
		s := w.quiet(w.through(b))
		locks.Store(&s.cfg.LeaseDir)
		end := s.until(s.Launch(ctx, onAWS))
		if e := wantKind(t, end.Operation.Error, schema.KindStateUnwritable); e.Code != text.LocksRemoved.Code || w.machines("running") > 0 {
			t.Errorf("it ended with %s: %s; %d machines run", e.Code, e.Message, w.machines("running"))
		}
	})
}

// The locks folder is removed after an operation has begun, so that another process could take its
// lease: what makes a machine run is not submitted, what ends one is.
func TestTheLocksAreRemovedDuringAnOperation(t *testing.T) {
	t.Parallel()
	for _, kind := range []schema.OperationKind{schema.OperationLaunch, schema.OperationStart, schema.OperationStop, schema.OperationDestroy} {
		t.Run(string(kind), func(t *testing.T) {
			inWorld(t, func(w *world) {
				n, counted := w.touches()
				s := w.start(counted)
				if kind != schema.OperationLaunch {
					s.until(s.Launch(ctx, onAWS))
				}
				if kind == schema.OperationStart {
					s.until(s.Stop(ctx, schema.ChangeParams{}))
				}
				time.Sleep(time.Minute)
				n.done = nil
				result, err := s.ask(kind)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.RemoveAll(s.cfg.LeaseDir); err != nil {
					t.Fatal(err)
				}
				end := s.until(result, nil)
				if kind == schema.OperationStop || kind == schema.OperationDestroy {
					if end.Operation.State != schema.OperationSucceeded || w.machines("running") > 0 {
						t.Errorf("it ended %s, and %d machines run: %+v", end.Operation.State, w.machines("running"), end.Operation.Error)
					}
					return
				}
				if e := wantKind(t, end.Operation.Error, schema.KindStateUnwritable); e.Code != text.LocksRemoved.Code {
					t.Errorf("it ended with %s: %s", e.Code, e.Message)
				}
				time.Sleep(10 * time.Minute)
				if len(n.done) > 0 || w.machines("running") > 0 {
					t.Errorf("sky %v was run, and %d machines run", n.done, w.machines("running"))
				}
				if end := s.until(s.ask(kind)); end.Operation.State != schema.OperationSucceeded {
					t.Errorf("asked for again it ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
			})
		})
	}
}

// The file for a submission's output can't be made: nothing is submitted.
func TestSubmissionOutputCannotBeMade(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			return next.Run(ctx, call)
		}, submit: func(context.Context, sky.Call, string, sky.Runner) (sky.Result, error) {
			return sky.Result{}, &schema.Error{Kind: schema.KindStateUnwritable, Message: "The file for SkyPilot's answer can't be written.", Hint: "Make room on the disk."}
		}}
		s := w.start(w.through(b))
		end := s.until(s.Launch(ctx, onAWS))
		if e := end.Operation.Error; e == nil || e.Kind != schema.KindStateUnwritable {
			t.Errorf("the launch ended %s: %+v", end.Operation.State, e)
		}
		time.Sleep(10 * time.Minute)
		if n := w.machines("running"); n > 0 {
			t.Errorf("%d machines run", n)
		}
	})
}

// Somebody has tidied up, or the power went: what does not say what to launch is
// not launched. Of an empty task sky makes a machine of its own choice.
func TestTaskFileIsLost(t *testing.T) {
	for how, lose := range map[string]func(operation string) error{
		"gone":    func(operation string) error { return os.RemoveAll(filepath.Dir(operation)) },
		"emptied": func(operation string) error { return os.Truncate(filepath.Join(operation, "task.yaml"), 0) },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
				w.runner = m
				s := w.start()
				result, err := s.Launch(ctx, onAWS)
				if err != nil {
					t.Fatal(err)
				}
				if err := lose(s.store.OperationDir(result.Operation.ID)); err != nil {
					t.Fatal(err)
				}
				end := s.until(result, nil)
				submitted := m.sinceThen()["launch"]
				if e := end.Operation.Error; e == nil || e.Kind != schema.KindInterrupted || submitted > 0 {
					t.Errorf("the launch ended %s, %+v, after %d submissions", end.Operation.State, e, submitted)
				}
				if c := s.status(); !strings.Contains(c.Description, "No machine is left") {
					t.Errorf("%s: %s", c.Status, c.Description)
				}
			})
		})
	}
}

// The disk fails at some instant of an operation and stays bad until the process
// has died: nothing is begun at the cloud that is not journaled, and the next
// process loses nothing that SkyPilot has.
func TestDiskFailsDuringAnOperation(t *testing.T) {
	for name, a := range actions() {
		for _, after := range []time.Duration{0, time.Second, 3 * time.Second, 5 * time.Second, 8 * time.Second, 20 * time.Second, 45 * time.Second, 70 * time.Second} {
			t.Run(fmt.Sprint(name, " ", after), func(t *testing.T) {
				t.Parallel()
				inWorld(t, func(w *world) {
					first := a.begin(t, name, w)
					result, err := a.ask(first)
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(after)
					mend := w.failDisk()
					end := first.until(result, nil)
					first.wantHonestEnd(t, end)
					first.stopNow()
					mend()
					second := w.start()
					if op, err := second.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID}); err != nil {
						t.Errorf("the operation is forgotten: %v", err)
					} else if !op.Ended() {
						second.until(result, nil)
					}
					second.wantRecovery(t)
				})
			})
		}
	}
}

// A launch is submitted only when the journal says that it is being submitted: a
// successor would not know of it.
func TestNoLaunchIsSubmittedThatIsNotJournaled(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
		w.runner = m
		s := w.start()
		time.Sleep(time.Minute)
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		mend := w.failDisk()
		end := s.until(result, nil)
		if e := end.Operation.Error; e == nil || e.Kind != schema.KindStateUnwritable || e.Hint == "" {
			t.Errorf("the launch ended %s: %+v", end.Operation.State, e)
		}
		if n := m.sinceThen()["launch"]; n > 0 {
			t.Errorf("%d launches were submitted", n)
		}
		mend()
		time.Sleep(time.Minute)
		if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("then the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
	})
}
