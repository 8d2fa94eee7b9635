package provision

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
)

// A colleague's server under our name is shown as theirs: never adopted, stopped,
// destroyed or counted, and a launch of that name says whose it is.
func TestAColleaguesServerIsLeftAlone(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
			t.Fatal(err)
		}
		s := w.start()
		time.Sleep(time.Minute)
		c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
		if err != nil || c.Status != schema.StatusNoServer || c.Owner.Mine || c.Owner.User != "alice" || c.Costs.Now != schema.SpendingNothing || !strings.Contains(c.Description, "alice") {
			t.Errorf("it is shown as %s, %+v, %+v: %s (%v)", c.Status, c.Owner, c.Costs, c.Description, err)
		}
		for _, a := range c.Actions {
			if a.Enabled {
				t.Errorf("%s is offered", a.Method)
			}
		}
		if l, err := s.List(ctx, schema.ListParams{}); err != nil || len(l.Clusters) != 0 {
			t.Errorf("it is listed: %+v (%v)", l.Clusters, err)
		}
		_, err = s.Destroy(ctx, schema.DestroyParams{})
		wantKind(t, err, schema.KindNotYours)
		_, err = s.Stop(ctx, schema.ChangeParams{})
		wantKind(t, err, schema.KindNotYours)
		_, err = s.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindNotYours)
		if left := w.machines("running"); left != 1 {
			t.Errorf("%d of alice's machines run", left)
		}
	})
}

// The launch itself looks once more before it submits.
func TestALaunchDoesNotGoOnAColleaguesServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.quiet()
		if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
			t.Fatal(err)
		}
		end := s.until(s.Launch(ctx, onAWS))
		wantKind(t, end.Operation.Error, schema.KindNotYours)
		if c := end.Cluster; c.Status != schema.StatusNoServer || c.Machine != schema.MachineNone {
			t.Errorf("%s, %s: %s", c.Status, c.Machine, c.Description)
		}
	})
}

// A cluster that this machine launched is ours, also after ~/.sky was lost and
// SkyPilot counts it as another user's.
func TestALostHomeOrphansNoServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if err := w.control.SetUser("0badcafe"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		s.wantStatus(schema.StatusRunning)
		if end := s.until(s.Destroy(ctx, schema.DestroyParams{})); end.Operation.State != schema.OperationSucceeded || w.machines("running") != 0 {
			t.Errorf("the destroy ended %s with %d machines", end.Operation.State, w.machines("running"))
		}
	})
}

// An operation that SkyPilot never got does not wake up days later.
func TestOldOperationsDoNotWakeUp(t *testing.T) {
	t.Parallel()
	for kind, ask := range map[string]func(s *sidecar) (schema.OperationResult, error){
		"launch":  func(s *sidecar) (schema.OperationResult, error) { return s.Launch(ctx, onAWS) },
		"destroy": func(s *sidecar) (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) },
		"stop":    func(s *sidecar) (schema.OperationResult, error) { return s.Stop(ctx, schema.ChangeParams{}) },
		"start":   func(s *sidecar) (schema.OperationResult, error) { return s.Start(ctx, schema.StartParams{}) },
	} {
		for age, begins := range map[time.Duration]bool{5 * time.Minute: true, 4 * 24 * time.Hour: false} {
			t.Run(kind+" after "+age.String(), func(t *testing.T) {
				inWorld(t, func(w *world) {
					var hung atomic.Bool
					b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
						if hung.Load() {
							<-ctx.Done()
							return sky.Result{Code: -1}, ctx.Err()
						}
						return next.Run(ctx, call)
					}}
					first := w.start(w.through(b))
					if kind != "launch" {
						first.until(first.Launch(ctx, onAWS))
						time.Sleep(time.Minute)
					}
					if kind == "start" {
						first.succeeds(first.Stop(ctx, schema.ChangeParams{}))
						time.Sleep(time.Minute)
					}
					hung.Store(true)
					result, err := ask(first)
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
					first.stopNow()
					hung.Store(false)
					time.Sleep(age)
					m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
					w.runner = m
					second := w.start()
					end := second.until(result, nil)
					calls := m.sinceThen()
					if submitted := calls["launch"]+calls["down"]+calls["stop"]+calls["start"] > 0; submitted != begins {
						t.Errorf("after %s it was submitted: %v (%s)", age, submitted, end.Operation.Message)
					}
					if !begins {
						wantKind(t, end.Operation.Error, schema.KindInterrupted)
						if kind == "launch" && end.Cluster.Status != schema.StatusNoServer {
							t.Errorf("the server is %s: %s", end.Cluster.Status, end.Cluster.Description)
						}
						if kind == "stop" || kind == "destroy" {
							if !strings.Contains(end.Operation.Message, "is as it was") {
								t.Errorf("it is not said how the server is: %s", end.Operation.Message)
							}
							if said := end.Operation.Error.Message + end.Operation.Error.Hint; !strings.Contains(said, "cost") {
								t.Errorf("it is not said what goes on costing money: %s", said)
							}
							if w.machines("running") != 1 {
								t.Errorf("%d machines run", w.machines("running"))
							}
						}
					}
				})
			})
		}
	}
}

// What was launched outlives its state file, under whatever name.
func TestALaunchedServerOutlivesItsStateFile(t *testing.T) {
	t.Parallel()
	for how, lose := range map[string]func(path string, older []byte) error{
		"deleted":                     func(path string, _ []byte) error { return os.Remove(path) },
		"cut in half":                 func(path string, older []byte) error { return os.WriteFile(path, []byte(`{"version":2,"clu`), 0o600) },
		"replaced by an older one":    func(path string, older []byte) error { return os.WriteFile(path, older, 0o600) },
		"replaced while nobody looks": nil,
	} {
		t.Run(how, func(t *testing.T) {
			inWorld(t, func(w *world) {
				path := filepath.Join(w.dir, "state", "state.json")
				s := w.start()
				p := onAWS
				p.Spec.Name = "first"
				s.until(s.Launch(ctx, p))
				s.until(s.Destroy(ctx, schema.DestroyParams{Name: "first"}))
				older, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				p.Spec.Name = "gpu-box"
				s.until(s.Launch(ctx, p))
				time.Sleep(time.Minute)
				if lose == nil { // in the living sidecar
					err = os.WriteFile(path, older, 0o600)
				} else {
					s.stopNow()
					err = lose(path, older)
				}
				if err != nil {
					t.Fatal(err)
				}
				if lose != nil {
					s = w.start()
				}
				if _, err := s.Launch(ctx, onAWS); err == nil {
					t.Error("a second server is launched beside the one that was forgotten")
				}
				time.Sleep(2 * time.Minute)
				l, err := s.List(ctx, schema.ListParams{Refresh: true})
				if err != nil || len(l.Clusters) != 1 || l.Clusters[0].Name != "gpu-box" || l.Clusters[0].Machine != schema.MachineRunning {
					t.Fatalf("listed: %+v (%v)", l.Clusters, err)
				}
				if end := s.until(s.Destroy(ctx, schema.DestroyParams{Name: "gpu-box"})); end.Operation.State != schema.OperationSucceeded || w.machines("running") != 0 {
					t.Errorf("the destroy ended %s with %d machines: %s", end.Operation.State, w.machines("running"), end.Operation.Message)
				}
			})
		})
	}
}

// After a purge SkyPilot's books look as after an orderly removal; the machine may
// run on, and nobody says that nothing costs money.
func TestAPurgeByHandIsNoEnd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		c := s.becomes(schema.StatusError)
		if c.Machine != schema.MachineUnknown || c.Costs.Now != schema.SpendingUnknown || strings.Contains(c.Description, "Nothing") {
			t.Errorf("%s, %s: %s", c.Machine, c.Costs.Now, c.Description)
		}
		if w.machines("running") != 1 {
			t.Fatal("no machine runs: this tests nothing")
		}
		_, err := s.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindClusterActive)
		if c, err = s.Forget(ctx, schema.NameParams{}); err != nil || c.Status != schema.StatusNoServer || !strings.Contains(c.Description, "console") || strings.Contains(c.Description, "Nothing of it costs") ||
			c.Machine != schema.MachineUnknown || c.Costs.Now != schema.SpendingUnknown {
			t.Errorf("taken off the list: %s: %s (%v)", c.Status, c.Description, err)
		}
	})
}

// An orderly removal by hand is an end.
func TestARemovalByHandIsAnEnd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		w.byHand("down", "-y", schema.DefaultClusterName)
		c := s.becomes(schema.StatusNoServer)
		if c.Machine != schema.MachineNone || c.LastChange == nil || c.LastChange.Cause != schema.CauseOutside {
			t.Errorf("%s, %+v: %s", c.Machine, c.LastChange, c.Description)
		}
	})
}

// SkyPilot's request to remove a server ends a moment after the record is gone: a look in
// between does not call the server lost.
func TestARemovalThatIsNotOverIsWaitedFor(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var late atomic.Int32
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			res, err := next.Run(ctx, call)
			if is(call, "api", "status", "-c") && strings.Contains(res.Stdout, "sky.down") && late.Add(1) < 3 {
				res.Stdout = strings.ReplaceAll(res.Stdout, `"SUCCEEDED"`, `"RUNNING"`)
			}
			return res, err
		}}))
		s.until(s.Launch(ctx, onAWS))
		time.Sleep(time.Minute)
		w.byHand("down", "-y", schema.DefaultClusterName)
		s.becomes(schema.StatusNoServer)
		for _, told := range s.host.statuses {
			if told.Cluster.Status == schema.StatusError {
				t.Errorf("it was told as %s: %s", told.Cluster.Status, told.Cluster.Description)
			}
		}
		if late.Load() < 3 {
			t.Error("no look met a removal that was not over: this tests nothing")
		}
	})
}

// On a busy machine each call of SkyPilot's takes ten seconds and a look most of its
// minute (seen with 0.14.1): what is asked after it has time of its own.
func TestASlowSkyPilotStillSaysHowAServerEnded(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var slow atomic.Bool
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			wait := 15 * time.Second
			if is(call, "status", "--refresh") {
				wait = 45 * time.Second
			}
			if slow.Load() && !supervisor.Sleep(ctx, wait) {
				return sky.Result{Code: -1}, ctx.Err()
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		time.Sleep(time.Minute)
		slow.Store(true)
		w.byHand("down", "-y", schema.DefaultClusterName)
		s.becomes(schema.StatusNoServer)
		for _, told := range s.host.statuses {
			if told.Cluster.Stale || told.Cluster.Status == schema.StatusError {
				t.Errorf("it was told as %s, stale %v: %s", told.Cluster.Status, told.Cluster.Stale, told.Cluster.Description)
			}
		}
	})
}

// A removal of an earlier server of that name says nothing of this one's end.
func TestAnEarlierRemovalIsNoEndOfALaterServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		time.Sleep(time.Minute)
		s.until(s.Launch(ctx, onAWS))
		time.Sleep(time.Minute)
		earlier, err := w.runner.Run(ctx, sky.Call{Program: "sky", Args: []string{"api", "status", "-a", "-v", "-l", "none", "-o", "json", "-c", schema.DefaultClusterName}})
		if err != nil {
			t.Fatal(err)
		}
		s.stopNow()
		s = w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if is(call, "api", "status", "-c") { // the API server has forgotten the newer ones
				return earlier, nil
			}
			return next.Run(ctx, call)
		}}))
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		c := s.becomes(schema.StatusError)
		if c.Costs.Now != schema.SpendingUnknown || w.machines("running") != 1 {
			t.Errorf("%s with %d machines: %s", c.Costs.Now, w.machines("running"), c.Description)
		}
	})
}

// A record that SkyPilot leaves out because it can't show it is no end, H5.
func TestARecordThatCantBeShownIsNoEnd(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.inject("record_invalid", "")
		time.Sleep(10 * time.Minute)
		c := s.wantStatus(schema.StatusError)
		if c.Costs.Now == schema.SpendingNothing || c.Reachability.OK || strings.Contains(c.Description, "The machine runs") {
			t.Errorf("%s, %+v: %s", c.Costs.Now, c.Reachability, c.Description)
		}
		w.heal()
		s.becomes(schema.StatusRunning)
	})
}

// A record that goes is told: the app shows no card for ever.
func TestARecordThatGoesIsTold(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		w.inject("quota", "")
		p := onAWS
		p.Spec.Name = "aa"
		s.until(s.Launch(ctx, p))
		w.heal()
		p.Spec.Name = "bb"
		s.until(s.Launch(ctx, p))
		if last := s.host.last("aa"); last.Status != schema.StatusNoServer {
			t.Errorf("the host was last told of aa that it is %s", last.Status)
		}
	})
}

// Why a server stopped is told until the next change, also over restarts.
func TestTheCauseIsKept(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		w.outside("stop")
		c := s.becomes(schema.StatusStopped)
		if c.LastChange == nil || c.LastChange.Cause != schema.CauseOutside {
			t.Fatalf("%+v", c.LastChange)
		}
		at := c.LastChange.At
		time.Sleep(10 * time.Minute)
		s.stopNow()
		s = w.start()
		time.Sleep(10 * time.Minute)
		if c := s.wantStatus(schema.StatusStopped); c.LastChange == nil || !c.LastChange.At.Equal(at) || !strings.Contains(c.Description, "outside of Carapace") {
			t.Errorf("%+v: %s", c.LastChange, c.Description)
		}
		list, err := s.ListEvents(ctx, schema.EventListParams{})
		if err != nil || len(list.Events) == 0 || list.Events[0].Cause != schema.CauseOutside || list.Events[0].Status != schema.StatusStopped {
			t.Errorf("%+v (%v)", list.Events, err)
		}
		s.until(s.Start(ctx, schema.StartParams{}))
		since, err := s.EventsSince(ctx, schema.EventsSinceParams{Cursor: list.Cursor})
		if err != nil || since.TooOld || len(since.Events) < 2 {
			t.Errorf("%+v (%v)", since, err)
		}
		if c := s.wantStatus(schema.StatusRunning); c.LastChange.Cause != schema.CauseUser || c.LastChange.Operation == "" {
			t.Errorf("%+v", c.LastChange)
		}
	})
}

// Finishing a half-done launch with another spec would report success, and one would
// get the old machine.
func TestAnUnfinishedLaunchIsFinishedAsItWasAsked(t *testing.T) {
	for field, change := range map[string]func(*schema.Spec){ // by the words for it
		"region":                  func(s *schema.Spec) { s.Region = "eu-west-1" },
		"spot and other machines": func(s *schema.Spec) { s.UseSpot = true },
		"size of the disk":        func(s *schema.Spec) { s.DiskSize = 300 },
		"limit of the price":      func(s *schema.Spec) { s.MaxHourlyCost = 0.05 },
	} {
		t.Run(field, func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.start()
				s.halfLaunched()
				p := onAWS
				change(&p.Spec)
				_, err := s.Launch(ctx, p)
				wantKind(t, err, schema.KindClusterActive)
				if err == nil || !strings.Contains(err.Error(), field) {
					t.Errorf("the field is not named: %v", err)
				}
			})
		})
	}
}

// A launch that SkyPilot never got leaves no card that nobody can leave.
func TestALaunchThatNeverBeganLeavesNoCard(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		w.inject("old_version", "")
		end := s.until(s.Launch(ctx, onAWS))
		if c := end.Cluster; end.Operation.State != schema.OperationFailed || c.Status != schema.StatusNoServer || c.Error != nil || c.Costs.Now != schema.SpendingNothing {
			t.Errorf("%s, %s: %s", end.Operation.State, c.Status, c.Description)
		}
	})
}

// Every sentence about money follows from the existence: what is shown never
// contradicts it.
func TestWhatIsShownOfMoneyFollowsFromExistence(t *testing.T) {
	for status, machine := range map[lifecycle.Existence]schema.MachineState{
		lifecycle.ExistsAsked: schema.MachineUnknown, lifecycle.ExistsLost: schema.MachineUnknown, lifecycle.ExistsNone: schema.MachineNone,
	} {
		st := lifecycle.Empty()
		rec := st.Ensure("c")
		rec.Exists.State, rec.View.Status, rec.View.Description = status, schema.StatusError, "It failed."
		c := st.View("c", lifecycle.Context{})
		free := strings.Contains(c.Description, "nothing costs money")
		if c.Machine != machine || free != (status == lifecycle.ExistsNone) || free != (c.Costs.Now == schema.SpendingNothing) {
			t.Errorf("%s: %s, %s: %s", status, c.Machine, c.Costs.Now, c.Description)
		}
	}
}
