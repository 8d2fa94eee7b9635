package provision

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// What happens to a server without an operation of ours is told as what it most
// likely was: SkyPilot's record says only that it is stopped, or gone. The cause is told
// as data only where it is known, and of an autostop that is over it is not.
func TestWhatNobodyAskedForIsNamed(t *testing.T) {
	t.Parallel()
	spot := schema.LaunchParams{Spec: schema.Spec{Cloud: "aws", UseSpot: true}}
	autostop := func(down bool) func(*sidecar) {
		return func(s *sidecar) {
			if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 1, Down: down}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		launch schema.LaunchParams
		do     func(*sidecar)
		then   schema.Status
		says   []string
		warned bool
		cause  schema.Cause
	}{
		{"stopped outside", onAWS, func(s *sidecar) { s.outside("stop") }, schema.StatusStopped, []string{"stopped outside of Carapace", "disk"}, false, schema.CauseOutside},
		{"stopped when it did not answer", onAWS, func(s *sidecar) {
			s.inject("unreachable", "")
			s.becomes(schema.StatusError)
			s.outside("stop")
		}, schema.StatusStopped, []string{"stopped outside of Carapace"}, false, schema.CauseOutside},
		{"terminated outside", onAWS, func(s *sidecar) { s.outside("terminate") }, schema.StatusNoServer, []string{"removed outside of Carapace", "Nothing of it costs money"}, true, schema.CauseOutside},
		{"spot taken back", spot, func(s *sidecar) { s.outside("terminate") }, schema.StatusNoServer, []string{"taken its spot machine back", "Nothing of it costs money"}, true, schema.CausePreempted},
		{"autostop", onAWS, autostop(false), schema.StatusStopped, []string{"idle", "autostop", "disk"}, false, schema.CauseUnknown},
		{"autodown", onAWS, autostop(true), schema.StatusNoServer, []string{"idle", "destroyed itself", "Nothing of it costs money"}, false, schema.CauseUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.start()
				if end := s.until(s.Launch(ctx, tt.launch)); end.Operation.State != schema.OperationSucceeded {
					w.t.Fatalf("the launch ended %s: %+v", end.Operation.State, end.Operation.Error)
				}
				tt.do(s)
				c := s.becomes(tt.then)
				for _, want := range tt.says {
					if !strings.Contains(c.Description, want) {
						t.Errorf("the description does not hold %q: %s", want, c.Description)
					}
				}
				if c.LastChange == nil || c.LastChange.Cause != tt.cause {
					t.Errorf("the last change is %+v, want %s", c.LastChange, tt.cause)
				}
				if (len(c.Warnings) == 1) != tt.warned {
					t.Errorf("the warnings are %+v", c.Warnings)
				}
			})
		})
	}
}

// A look shows SkyPilot's AUTOSTOPPING: the cause is known then, and is told as data, by the next
// process and the one after it, too.
func TestAnAutostopThatWasSeenIsNamed(t *testing.T) {
	t.Parallel()
	for _, down := range []bool{false, true} {
		during, after := schema.StatusStopping, schema.StatusStopped
		if down {
			during, after = schema.StatusDestroying, schema.StatusNoServer
		}
		t.Run(string(after), func(t *testing.T) {
			inWorld(t, func(w *world) {
				var ending atomic.Bool
				slow := w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
					r, err := next.Run(ctx, call)
					if ending.Load() && is(call, "status") {
						r.Stdout = strings.Replace(r.Stdout, `"status": "UP"`, `"status": "AUTOSTOPPING"`, 1)
					}
					return r, err
				}})
				s := w.launched(slow)
				if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 2, Down: down}); err != nil {
					t.Fatal(err)
				}
				ending.Store(true)
				c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
				if err != nil || c.Status != during {
					t.Fatalf("the status is %s (%v), want %s: %s", c.Status, err, during, c.Description)
				}
				caused := func(wanted schema.Status) {
					t.Helper()
					if c := s.becomes(wanted); c.LastChange == nil || c.LastChange.Cause != schema.CauseAutostop {
						t.Errorf("the last change is %+v: %s", c.LastChange, c.Description)
					}
					events, err := s.ListEvents(ctx, schema.EventListParams{})
					if err != nil || len(events.Events) == 0 || events.Events[0].Cause != schema.CauseAutostop || events.Events[0].Status != wanted {
						t.Errorf("the newest event is not that: %+v (%v)", events.Events[:min(1, len(events.Events))], err)
					}
				}
				caused(during)
				s.stopNow()
				s = w.start(slow)
				caused(after)
				s.stopNow()
				s = w.start(slow)
				time.Sleep(10 * time.Minute)
				caused(after)
			})
		})
	}
}

// A stop that was asked for is not somebody else's.
func TestAskedForStopIsNobodyElses(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		time.Sleep(10 * RealTiming.Poll)
		if c := s.wantStatus(schema.StatusStopped); strings.Contains(c.Description, "outside") {
			t.Errorf("the description is %s", c.Description)
		}
	})
}

// A launch that is refused because somebody launches that server with `sky` must
// not leave its vaults and its run command to the machine that then comes up.
func TestRefusedLaunchLeavesNothingToSomebodyElsesServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		other := w.start(func(c *Config) { c.StateDir = w.dir + "/other" })
		if _, err := other.Launch(ctx, onAWS); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second) // SkyPilot has the request
		other.stopNow()
		s := w.start()
		_, err := s.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindClusterActive)
		s.becomes(schema.StatusRunning)
		_, err = s.Sync(ctx, schema.SyncParams{})
		wantKind(t, err, schema.KindUnsupported)
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		if end := s.until(s.Start(ctx, schema.StartParams{})); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("the start ended %s: %s", end.Operation.State, end.Operation.Message)
		}
	})
}

// An autostop ends SkyPilot's runtime before the machine: what then looks broken
// may be about to stop as it should.
func TestBrokenServerWithAutostopMayBeStopping(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 600}); err != nil {
			t.Fatal(err)
		}
		w.inject("unreachable", "")
		if c := s.becomes(schema.StatusError); !strings.Contains(c.Error.Hint, "autostop") || !strings.Contains(c.Error.Hint, "Otherwise start it again") {
			t.Errorf("the hint is: %s", c.Error.Hint)
		}
	})
}

// A start in a terminal that ends after a look has read the record, and before it asks what
// works on the server, leaves a record that looks broken, and is not: whether an earlier look
// has seen the start or not.
func TestAStartByHandThatEndsDuringALook(t *testing.T) {
	t.Parallel()
	for name, wants := range map[string][]schema.Status{
		"seen before":     {schema.StatusProvisioning, schema.StatusRunning},
		"not seen before": {schema.StatusRunning},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				looks, during := -1, sky.Result{}
				s := w.quiet(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (r sky.Result, err error) {
					if looks < 0 || !slices.Contains(call.Args, "--refresh") {
						return next.Run(ctx, call)
					}
					switch looks++; {
					case looks == 1: // while the server starts
						during, err = next.Run(ctx, call)
					case looks > len(wants): // the start has ended
						return next.Run(ctx, call)
					}
					if looks == len(wants) { // it is slow to say what it has read
						time.Sleep(30 * time.Second)
					}
					return during, err
				}}))
				s.until(s.Launch(ctx, onAWS))
				s.until(s.Stop(ctx, schema.ChangeParams{}))
				if _, err := sky.NewClient(w.runner, true).SubmitStart(ctx, schema.DefaultClusterName, filepath.Join(w.dir, "start.log"), func() error { return nil }); err != nil {
					t.Fatal(err)
				}
				looks = 0
				for _, want := range wants {
					c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
					if err != nil || c.Status != want {
						t.Errorf("the status is %s (%s), want %s: %v", c.Status, c.Description, want, err)
					}
				}
			})
		})
	}
}

// A start in a terminal keeps SkyPilot's lock on the server, and a look gets a
// record that looks broken. It is told as what it is, and nothing else is in
// between.
func TestStartByHandNeverLooksBroken(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.until(s.Stop(ctx, schema.ChangeParams{}))
		time.Sleep(time.Minute) // its own look counts for half of that
		mark := len(s.host.statuses)
		if _, err := sky.NewClient(w.runner, true).SubmitStart(ctx, schema.DefaultClusterName, filepath.Join(w.dir, "start.log"), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		if c := s.becomes(schema.StatusProvisioning); !strings.Contains(c.Description, "started with SkyPilot outside of Carapace") {
			t.Errorf("the description is %s", c.Description)
		}
		s.becomes(schema.StatusRunning)
		for _, told := range s.host.statuses[mark:] {
			if told.Cluster.Status == schema.StatusError || told.Cluster.Stale {
				t.Errorf("a server on its way up was told as %s, stale %v: %s", told.Cluster.Status, told.Cluster.Stale, told.Cluster.Description)
			}
		}
		if last := s.host.statuses[len(s.host.statuses)-1]; last.Source != schema.SourceExternal {
			t.Errorf("the start was told as the doing of %s", last.Source)
		}
	})
}

// A server with an autostop that is terminated in the cloud's console was not idle.
func TestTerminatedOutsideIsNoAutostop(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 120, Down: true}); err != nil {
			t.Fatal(err)
		}
		w.outside("terminate")
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		if c := s.wantStatus(schema.StatusNoServer); strings.Contains(c.Description, "idle") {
			t.Errorf("it is said: %s", c.Description)
		}
	})
}

// The machine is terminated while its setup runs: the launch must notice.
func TestTerminatedDuringSetup(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		for range 3000 {
			op, _ := s.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID})
			if op.Phase == schema.PhaseSetup {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		w.outside("terminate")
		began := time.Now()
		end := s.until(result, nil)
		if took := time.Since(began); took > 3*time.Minute {
			t.Errorf("it took %s to notice: %s, %s", took, end.Operation.State, end.Operation.Message)
		}
	})
}

// SkyPilot's own daemon often sees a machine's end before we do: then nothing is
// said in prose any more, and SkyPilot's history has to vouch.
func TestTerminatedOutsideAndSeenByTheDaemonFirst(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start().unwatched()
		s.until(s.Launch(ctx, onAWS))
		w.outside("terminate")
		if _, err := w.runner.Run(ctx, sky.Call{Program: "sky", Args: []string{"status", "--refresh", "-o", "json"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		s.wantStatus(schema.StatusNoServer)
	})
}

// A destroy that we stopped waiting for is done by SkyPilot later: that is nobody
// else's doing.
func TestOurOwnDestroyIsNeverAnOutsideOne(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.inject("network", "") // the cloud does not answer: the request hangs, and so do looks
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if end.Operation.State != schema.OperationFailed {
			t.Fatalf("it ended %s", end.Operation.State)
		}
		s.wantHonest()
		w.heal()
		time.Sleep(10 * time.Minute)
		c := s.wantStatus(schema.StatusNoServer)
		if strings.Contains(c.Description, "outside") {
			t.Errorf("our own destroy is called an outside one: %s", c.Description)
		}
		s.host.mu.Lock()
		defer s.host.mu.Unlock()
		if last := s.host.statuses[len(s.host.statuses)-1]; last.Source == schema.SourceExternal {
			t.Errorf("the change's source is %s", last.Source)
		}
	})
}

// And one that was refused has not removed what somebody terminates hours later.
func TestAnOutsideRemovalAfterARefusedDestroy(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		w.inject("down_refused", "")
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		time.Sleep(2 * time.Hour)
		w.outside("terminate")
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		if c := s.wantStatus(schema.StatusNoServer); !strings.Contains(c.Description, "outside") {
			t.Errorf("it is said: %s", c.Description)
		}
	})
}
