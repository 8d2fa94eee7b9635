package provision

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// replacements are how another cluster comes to bear our name: this user's own, or a colleague's.
var replacements = []string{skysim.OutsideReplace, skysim.OutsideReplaceOther}

// touches counts what is done to a server through SkyPilot: a `sky` that asks before it changes
// anything and is told no does nothing.
type touches struct {
	interceptor
	done     []string
	mirrored func() // called after each comparison of the private vault, where nothing is to be copied
}

func (w *world) touches() (*touches, func(*Config)) {
	n := &touches{}
	note := func(call sky.Call) {
		if i := slices.IndexFunc(call.Args, func(a string) bool {
			return slices.Contains([]string{"launch", "start", "stop", "down", "exec", "autostop"}, a)
		}); call.Program == "sky" && i == 0 {
			n.done = append(n.done, call.Args[0])
		}
	}
	n.run = func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
		note(call)
		r, err := next.Run(ctx, call)
		if call.Program == "rsync" && n.mirrored != nil && strings.Contains(strings.Join(call.Args, " "), "private") {
			n.mirrored()
		}
		return r, err
	}
	n.submit = func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		if confirm := call.Confirm; confirm != nil {
			call.Confirm = func() error {
				err := confirm()
				if err == nil {
					note(call)
				}
				return err
			}
		} else {
			note(call)
		}
		return next.Submit(ctx, call, output)
	}
	return n, w.through(&n.interceptor)
}

// wantUntouched holds what is left of a request that met another cluster under our name: it runs as
// before, is not shown as ours, and a destroy of it is refused.
func (s *sidecar) wantUntouched(n *touches) {
	s.t.Helper()
	if len(n.done) > 0 {
		s.t.Errorf("it was touched: %v", n.done)
	}
	if running := s.machines("running"); running != 1 {
		s.t.Errorf("%d machines run, want the other one", running)
	}
	time.Sleep(2 * time.Minute)
	if c, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil || c.Status == schema.StatusRunning || c.Status == schema.StatusStopped {
		s.t.Errorf("it is shown as ours: %s: %s (%v)", c.Status, c.Description, err)
	}
	if _, err := s.Destroy(ctx, schema.DestroyParams{}); err == nil {
		s.t.Error("a destroy of somebody else's server is accepted")
	}
}

// seldom is a sidecar that hardly looks by itself.
func seldom(c *Config) { c.Timing.Poll = 24 * time.Hour }

// A cluster that was made anew under our name is another one: nothing that was asked
// for ours is done to it.
func TestAnotherClusterUnderOurNameIsNotTouched(t *testing.T) {
	t.Parallel()
	for _, action := range replacements {
		for _, kind := range []schema.OperationKind{schema.OperationStop, schema.OperationStart, schema.OperationSync, schema.OperationDestroy} {
			t.Run(action+"/"+string(kind), func(t *testing.T) {
				inWorld(t, func(w *world) {
					n, counted := w.touches()
					s := w.launched(seldom, counted)
					if kind == schema.OperationStart {
						s.until(s.Stop(ctx, schema.ChangeParams{}))
					}
					time.Sleep(time.Minute)
					w.outside(action)
					w.byHand("status", "--refresh", "-o", "json") // which writes the other's address into the SSH alias
					n.done = nil
					result, err := s.ask(kind)
					if err != nil {
						t.Fatal(err)
					}
					end := s.until(result, nil)
					wantKind(t, end.Operation.Error, schema.KindInterrupted)
					s.wantUntouched(n)
				})
			})
		}
	}
}

// withReplacements plays a story with a running server for each way in which its name may become another's.
func withReplacements(t *testing.T, story func(t *testing.T, w *world, s *sidecar, n *touches, action string)) {
	t.Parallel()
	for _, action := range replacements {
		t.Run(action, func(t *testing.T) {
			inWorld(t, func(w *world) {
				n, counted := w.touches()
				story(t, w, w.launched(seldom, counted), n, action)
			})
		})
	}
}

// The name is taken after `sky start` and before the run command: it is run on nobody else's server.
func TestTheRunCommandReachesNoOtherCluster(t *testing.T) {
	withReplacements(t, func(t *testing.T, w *world, s *sidecar, n *touches, action string) {
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		replaced := false
		n.mirrored = func() { // the run command comes next
			replaced = true
			time.Sleep(10 * time.Second) // the look before it is older than it may be
			w.outside(action)
			n.done = nil
		}
		end := s.until(s.Start(ctx, schema.StartParams{}))
		if !replaced {
			t.Fatal("nothing was mirrored: this tests nothing")
		}
		wantKind(t, end.Operation.Error, schema.KindInterrupted)
		s.wantUntouched(n)
	})
}

// An autostop is set on the server that was asked for, or not at all.
func TestAutostopReachesNoOtherCluster(t *testing.T) {
	withReplacements(t, func(t *testing.T, w *world, s *sidecar, n *touches, action string) {
		time.Sleep(time.Minute)
		w.outside(action)
		n.done = nil
		_, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 1, Down: true})
		wantKind(t, err, schema.KindInterrupted)
		s.wantUntouched(n)
		time.Sleep(30 * time.Minute)
		if w.machines("running") != 1 {
			t.Error("the other's machine is gone")
		}
	})
}
