package provision

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/journal"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// Finishing a half-done launch whose machine has gone meanwhile makes a new machine: it is
// ours, and can be ended.
func TestFinishingALaunchWhoseMachineHasGone(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start().unwatched()
		s.halfLaunched()
		w.outside("terminate")
		w.byHand("status", "--refresh", "-o", "json") // SkyPilot's own daemon sees it first
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		end := s.until(result, nil)
		t.Logf("the launch ended %s: %s", end.Operation.State, end.Operation.Message)
		time.Sleep(time.Minute)
		c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
		t.Logf("%s %s %s owner %+v: %s (%v)", c.Status, c.Machine, c.Costs.Now, c.Owner, c.Description, err)
		if w.machines("running") == 1 && c.Costs.Now == schema.SpendingNothing {
			t.Error("a machine that we launched runs, and is said to cost nothing")
		}
		if r, err := s.Destroy(ctx, schema.DestroyParams{}); err != nil {
			t.Errorf("and can't be destroyed: %v", err)
		} else {
			s.until(r, nil)
		}
		if n := w.machines("running"); n != 0 {
			t.Errorf("%d machines run", n)
		}
	})
}

// A machine that leaked in a purge has not gone because a later cluster of the name was
// removed in good order.
func TestALaterRemovalDoesNotVouchForAPurge(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
			t.Fatal(err)
		}
		w.byHand("down", "-y", schema.DefaultClusterName)
		c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
		if w.machines("running") == 0 {
			t.Fatal("no machine runs: this tests nothing")
		}
		if c.Costs.Now == schema.SpendingNothing {
			t.Errorf("the purged machine runs: %s, %s: %s (%v)", c.Status, c.Costs.Now, c.Description, err)
		}
	})
}

// Our machine is lost, the name is alice's: that alice's machine was terminated, as SkyPilot
// says, is no end of ours.
func TestAnothersEndIsNotOurs(t *testing.T) {
	inWorld(t, func(w *world) {
		var gone atomic.Bool
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			r, err := next.Run(ctx, call)
			if gone.Load() && is(call, "status", "--refresh") && !is(call, "api") {
				r.Stdout = "The following cluster was terminated on the cloud: " + schema.DefaultClusterName + "\n" + r.Stdout
			}
			return r, err
		}}
		s := w.launched(w.through(b)).unwatched()
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
			t.Fatal(err)
		}
		c, _ := s.Status(ctx, schema.StatusParams{Refresh: true})
		t.Logf("between: %s %s %s: %s", c.Status, c.Machine, c.Costs.Now, c.Description)
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		gone.Store(true) // what a refresh says that finds alice's machine terminated
		c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
		if w.machines("running") == 0 {
			t.Fatal("no machine runs: this tests nothing")
		}
		if c.Costs.Now == schema.SpendingNothing {
			t.Errorf("our machine runs: %s, %s: %s (%v)", c.Status, c.Costs.Now, c.Description, err)
		}
	})
}

// Our destroy that SkyPilot never took (it had no such cluster) is no end.
func TestADestroyThatWasNeverTakenIsNoEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		w.inject("api_server_down", "") // the API server is restarted: it forgets its requests
		w.heal()
		w.byHand("api", "start")
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if w.machines("running") == 0 {
			t.Fatal("no machine runs: this tests nothing")
		}
		if c := end.Cluster; c.Costs.Now == schema.SpendingNothing {
			t.Errorf("the machine runs: %s %s, %s: %s", end.Operation.State, c.Status, c.Costs.Now, c.Description)
		}
	})
}

// A purge whose log could not be read is not taken for an orderly removal.
func TestAPurgeWhoseLogIsLostIsNoEnd(t *testing.T) {
	inWorld(t, func(w *world) {
		var purging atomic.Bool
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			if purging.Load() && is(call, "api", "logs") {
				time.Sleep(10 * time.Second)
				return sky.Result{Code: 1, Stderr: "requests.exceptions.ConnectionError: Connection reset by peer"}, nil
			}
			return next.Run(ctx, call)
		}}
		s := w.launched(w.through(b)).unwatched()
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		purging.Store(true)
		end := s.until(s.Destroy(ctx, schema.DestroyParams{Purge: true}))
		if w.machines("running") == 0 {
			t.Fatal("no machine runs: this tests nothing")
		}
		if c := end.Cluster; c.Costs.Now == schema.SpendingNothing {
			t.Errorf("the machine runs: %s %s, %s: %s", end.Operation.State, c.Status, c.Costs.Now, c.Description)
		}
	})
}

// A sync is held back by the host key that is kept: ssh sends nothing to a machine that shows
// another.
func TestSyncReachesNoColleaguesMachine(t *testing.T) {
	inWorld(t, func(w *world) {
		refused, reached := 0, 0
		b := &interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			result, err := next.Run(ctx, call)
			switch {
			case call.Program != "rsync":
			case slices.Contains(call.Args, "-e") && result.Code == 255 && strings.Contains(result.Stderr, "Host key verification failed."):
				refused++
			default:
				reached++
			}
			return result, err
		}}
		s := w.launched(w.through(b)).unwatched()
		time.Sleep(time.Minute)
		w.outside(skysim.OutsideReplaceOther)
		w.byHand("status", "--refresh", "-o", "json") // which writes alice's address into the SSH alias
		refused, reached = 0, 0
		end := s.until(s.Sync(ctx, schema.SyncParams{}))
		if reached > 0 || refused != 1 {
			t.Errorf("alice's machine was reached %d times, and refused %d times", reached, refused)
		}
		if end.Operation.Error == nil || end.Operation.Error.Kind != schema.KindInterrupted {
			t.Errorf("the sync ended %s: %+v", end.Operation.State, end.Operation.Error)
		}
	})
}

// An old operation that was journaled as about to be submitted does not wake up days later.
func TestAnAnnouncedOperationDoesNotWakeUp(t *testing.T) {
	for kind, ask := range map[string]func(s *sidecar) (schema.OperationResult, error){
		"launch": func(s *sidecar) (schema.OperationResult, error) { return s.Launch(ctx, onAWS) },
		"down":   func(s *sidecar) (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) },
	} {
		t.Run(kind, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var hung atomic.Bool
				b := &interceptor{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
					if hung.Load() {
						if call.Confirm != nil { // a launch is announced before
							_ = call.Confirm()
						}
						<-ctx.Done() // the power fails here
						return sky.Result{Code: -1}, ctx.Err()
					}
					return next.Submit(ctx, call, output)
				}}
				first := w.start(w.through(b))
				if kind != "launch" {
					first.until(first.Launch(ctx, onAWS))
					time.Sleep(time.Minute)
				}
				hung.Store(true)
				result, err := ask(first)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Second)
				if first.store.Operation(result.Operation.ID).Step == "" {
					t.Fatal("not announced")
				}
				first.stopNow()
				time.Sleep(4 * 24 * time.Hour)
				m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
				w.runner = m
				second := w.start(func(c *Config) {
					c.Boot = func() lifecycle.Boot { return lifecycle.Boot{ID: "another boot"} }
				})
				if _, ended := second.host.ended(result.Operation.ID); ended == 0 {
					second.until(result, nil)
				}
				if calls := m.sinceThen(); calls[kind] > 0 {
					t.Errorf("four days and a boot later it was submitted: %v", calls)
				}
			})
		})
	}
}

// The cancel of a fresh launch, after the machine was replaced by a colleague's, spares that.
func TestCancelOfALaunchSparesAColleaguesMachine(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		for range 10_000 {
			op, _ := s.GetOperation(ctx, schema.OperationGetParams{ID: result.Operation.ID})
			if op.Phase == schema.PhaseSetup {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		w.outside(skysim.OutsideReplaceOther)
		if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		end := s.until(result, nil)
		t.Logf("%s: %s; %s", end.Operation.State, end.Operation.Message, end.Cluster.Description)
		if w.machines("running") != 1 {
			t.Error("alice's machine was removed")
		}
	})
}

// A launch that fails while a colleague takes the name does not adopt her machine.
func TestAFailedLaunchAdoptsNoColleaguesMachine(t *testing.T) {
	inWorld(t, func(w *world) {
		b := &interceptor{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
			if is(call, "launch") {
				if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
					t.Error(err)
				}
				return sky.Result{Code: 1, Stderr: "ValueError: the cluster is owned by another user"}, nil
			}
			return next.Submit(ctx, call, output)
		}}
		s := w.quiet(w.through(b))
		end := s.until(s.Launch(ctx, onAWS))
		t.Logf("%s %s, owner %+v: %s", end.Operation.State, end.Cluster.Status, end.Cluster.Owner, end.Cluster.Description)
		if r, err := s.Destroy(ctx, schema.DestroyParams{}); err == nil {
			s.until(r, nil)
		}
		if w.machines("running") != 1 {
			t.Error("alice's machine was destroyed")
		}
	})
}

// A server that comes back after it was given up has a record again: the loss of the state
// file does not lose it.
func TestAServerThatComesBackHasARecord(t *testing.T) {
	inWorld(t, func(w *world) {
		var lost atomic.Bool
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			switch {
			case !lost.Load() || is(call, "api"):
			case is(call, "status"):
				return sky.Result{Stdout: "Cluster(s) not found: carapace-node.\n[]\n"}, nil
			case is(call, "cost-report"):
				return sky.Result{Stdout: "[]\n"}, nil
			}
			return next.Run(ctx, call)
		}}))
		s.until(s.Launch(ctx, onAWS))
		time.Sleep(time.Minute)
		lost.Store(true)
		time.Sleep(10 * time.Minute) // a machine that answers is looked at seldom
		c := s.status()
		t.Logf("%s %s %+v: %s", c.Status, c.Machine, c.Error, c.Description)
		if _, err := s.Forget(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		lost.Store(false)
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		s.wantStatus(schema.StatusRunning)
		time.Sleep(time.Minute)
		records, err := journal.NewRecords(filepath.Join(s.cfg.LeaseDir, "servers"), s.cfg.Endpoint.URL).All()
		if err != nil || len(records) != 1 || !records[0].Ended.IsZero() {
			t.Errorf("the server runs, and its record has ended: %+v (%v)", records, err)
		}
		b := w.start(w.folder("b"))
		p := onAWS
		p.Spec.Name = "second"
		if _, err := b.Launch(ctx, p); err == nil {
			t.Error("another folder launches beside it")
		}
	})
}

// A launch that was given up may come up an hour later: nobody says that nothing costs money, nor launches another one beside it.
func TestAnOwedLaunchIsNotForgiven(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launchGivenUp()
		if _, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			_, err := s.Launch(ctx, onAWS)
			wantKind(t, err, schema.KindClusterActive)
			if c := s.status(); c.Costs.Now != schema.SpendingUnknown {
				t.Fatalf("the launch may still come, and it is said: %s", c.Description)
			}
			time.Sleep(time.Minute)
		}
	})
}

// What is remembered with its hash does not end by what is found in another account.
func TestARememberedServerDoesNotEndInAnotherAccount(t *testing.T) {
	st := lifecycle.Empty()
	st.Remember(lifecycle.Launched{Name: "c", Operation: "op", Identity: lifecycle.Identity{Hash: "h"}, At: time.Now()}, time.Now())
	rec := st.Clusters["c"]
	rec.View.Cloud = "lambda"
	rec.Witness(lifecycle.EvidenceCloudGone, "b", time.Now())
	if rec.Existence() == lifecycle.ExistsNone {
		t.Error("a machine that was seen has ended by what was found in an unknown account")
	}
}

// Where the user can't be known, a colleague's is not taken for ours.
func TestOnARemoteEndpointAColleaguesIsNotOurs(t *testing.T) {
	st := lifecycle.Empty()
	rec := st.Ensure("c")
	rec.Witness(lifecycle.EvidenceSubmitting, "", time.Now())
	st.Apply("c", lifecycle.Observation{
		Answer: lifecycle.Answer{
			Report: sky.StatusReport{Clusters: []sky.Cluster{{Name: "c", Hash: "alices", UserHash: "alice", State: sky.StateUp}}},
			Known:  lifecycle.Known{Endpoint: "https://team"},
		}, Begun: lifecycle.Epoch{Over: true}, At: time.Now(),
	})
	if rec.Identity.Hash == "alices" && st.AdmitDestroy("c", "c") == nil {
		t.Error("alice's cluster is ours to destroy")
	}
}

// A launch that never began is not taken for lost by its record, whose end is not written yet.
func TestALaunchThatNeverBeganIsNotRemembered(t *testing.T) {
	st := lifecycle.Empty()
	launched := time.Now()
	op := &lifecycle.Operation{Operation: schema.Operation{ID: "o", Kind: schema.OperationLaunch, Cluster: "c", State: schema.OperationRunning, StartedAt: launched}}
	st.BeginLaunch(op, schema.Spec{Name: "c", Cloud: "aws"}, schema.Vaults{}, "")
	st.Operations = append(st.Operations, op)
	failure := &schema.Error{Kind: schema.KindInternal, Message: "It failed.", Hint: "Try."}
	st.Conclude("o", lifecycle.LaunchLeftNothing(failure, lifecycle.EvidenceNotMade), schema.PhaseChecking, launched.Add(time.Minute))
	if st.Remember(lifecycle.Launched{Name: "c", Operation: "o", Submitted: true, At: launched}, launched.Add(2*time.Minute)) {
		t.Errorf("between the state's write and the record's end it is taken for lost: %s", st.Clusters["c"].Existence())
	}
}

// A launch that is too old changes nothing of a machine that is seen.
func TestATooOldLaunchOverAServer(t *testing.T) {
	rec := &lifecycle.Cluster{View: schema.Cluster{Name: "c"}, Machine: schema.MachineRunning}
	rec.Witness(lifecycle.EvidenceShown, "", time.Now())
	out := lifecycle.LaunchLeftNothing(lifecycle.TooOld(schema.OperationLaunch, *rec), "")
	out.Settle(rec, time.Now())
	if rec.Existence() != lifecycle.ExistsSeen || rec.View.Status == schema.StatusError || rec.View.Description != "" {
		t.Errorf("%s %s: %s", rec.Existence(), rec.View.Status, rec.View.Description)
	}
}

// A destroy of a name that the state knows nothing of is carried out on nobody else's
// server, and does not make it ours either.
func TestADestroyOfNothingSparesAColleaguesServer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.quiet()
		if _, err := w.control.MakeForeign(schema.DefaultClusterName, "alice"); err != nil {
			t.Fatal(err)
		}
		end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
		wantKind(t, end.Operation.Error, schema.KindNotYours)
		if w.machines("running") != 1 {
			t.Error("alice's machine is gone")
		}
		if c := end.Cluster; c.Owner.Mine || c.Machine != schema.MachineNone || c.Status != schema.StatusNoServer {
			t.Errorf("it is shown as ours: %s, %s: %s", c.Status, c.Machine, c.Description)
		}
	})
}

// A launch of a name that is taken by hand is not what has made that cluster.
func TestALaunchDoesNotClaimWhatWasMadeByHand(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched().unwatched()
		s.until(s.Destroy(ctx, schema.DestroyParams{}))
		w.byHand("launch", "-y", "-d", "-c", schema.DefaultClusterName, "--infra", "aws/us-east-1", "--cpus", "4")
		for range 2 {
			result, err := s.Launch(ctx, onAWS)
			if err == nil {
				end := s.until(result, nil)
				wantKind(t, end.Operation.Error, schema.KindClusterActive)
			}
			if c, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil || c.Machine != schema.MachineNone {
				t.Errorf("it is shown as ours: %s, %s: %s (%v)", c.Status, c.Machine, c.Description, err)
			}
		}
		if result, err := s.Destroy(ctx, schema.DestroyParams{}); err == nil {
			s.until(result, nil)
		}
		if w.machines("running") != 1 {
			t.Error("what was made by hand is destroyed")
		}
	})
}

// All others are the user's own (docs/protocol.md, "How a server's status changes").
func TestDestroyNeverTouchesTheUsersOwnCluster(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		other := w.start(func(c *Config) { c.StateDir = w.dir + "/other"; c.Name = "mine" })
		p := onAWS
		p.Spec.Name = "mine"
		other.until(other.Launch(ctx, p))
		other.stopNow()
		s := w.start()
		result, err := s.Destroy(ctx, schema.DestroyParams{Name: "mine"})
		if err == nil {
			s.until(result, nil)
		}
		if w.machines("running") != 1 {
			t.Error("a cluster of the user's own was destroyed")
		}
	})
}

// A cluster that this user made with `sky` under another name is their own: it is
// not adopted, not counted and not touched.
func TestRefreshNeverAdoptsTheUsersOwnCluster(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		time.Sleep(time.Minute)
		w.byHand("launch", "-y", "-c", "mine", "--infra", "aws/us-east-1", "--cpus", "4")
		_, err := s.Status(ctx, schema.StatusParams{Name: "mine", Refresh: true})
		if err == nil {
			t.Error("a cluster of the user's own was adopted")
		}
		if _, err := s.Launch(ctx, onAWS); err != nil {
			t.Errorf("and it counts: %v", err)
		}
	})
}
