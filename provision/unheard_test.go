package provision

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// neverCalledGone lets time pass, and holds that nobody says meanwhile that
// nothing costs money, nor when the server is destroyed.
func (s *sidecar) neverCalledGone(d time.Duration) {
	s.t.Helper()
	for began := time.Now(); time.Since(began) < d; time.Sleep(5 * time.Minute) {
		c := s.status()
		if c.Status != schema.StatusError || strings.Contains(c.Description, "othing of it costs") || strings.Contains(c.Description, "othing costs") || strings.Contains(c.Description, "removed") {
			s.t.Fatalf("after %s it is said: %s: %s", time.Since(began), c.Status, c.Description)
		}
	}
	end := s.until(s.Destroy(ctx, schema.DestroyParams{}))
	if said := end.Operation.Message + end.Cluster.Description; !strings.Contains(said, "console") || strings.Contains(said, "Nothing of it costs") {
		s.t.Errorf("a destroy ended %s: %s", end.Operation.State, said)
	}
}

// The cloud made the machine, and its answer was lost: SkyPilot never shows it.
func TestAMachineThatWasNeverHeardOfIsNotCalledGone(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("answer_lost", "")
		s := w.start()
		if end := s.until(s.Launch(ctx, onAWS)); end.Operation.State != schema.OperationFailed {
			t.Fatalf("the launch ended %s", end.Operation.State)
		}
		s.neverCalledGone(2 * time.Hour)
		if w.machines("running") == 0 {
			t.Error("no machine runs: this tests nothing")
		}
	})
}

// Another try that comes to nothing does not make the first one's machine forgotten.
func TestAnUnheardMachineOutlastsAnotherTry(t *testing.T) {
	var taken atomic.Bool
	port := func(c *Config) {
		c.APIServerUp = func(context.Context) (bool, *schema.Error) {
			if taken.Load() {
				return false, schema.NewError(schema.KindAPIServer, "Another program has taken the port.", "End it.")
			}
			return true, nil
		}
	}
	for how, try := range map[string]func(s *sidecar){
		"refused before it begins": func(s *sidecar) {
			taken.Store(true)
			s.until(s.Launch(ctx, onAWS))
			taken.Store(false)
		},
		"refused by the cloud": func(s *sidecar) {
			s.inject("credentials_missing", "")
			s.until(s.Launch(ctx, onAWS))
			s.heal()
		},
		"canceled before it begins": func(s *sidecar) {
			result, err := s.Launch(ctx, onAWS)
			if _, refusal := s.Cancel(ctx, schema.NameParams{}); refusal != nil {
				s.t.Fatal(refusal)
			}
			s.until(result, err)
		},
	} {
		t.Run(how, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.inject("answer_lost", "")
				s := w.start(port)
				s.until(s.Launch(ctx, onAWS))
				w.heal()
				try(s)
				s.neverCalledGone(2 * time.Hour)
			})
		})
	}
}

// closing is a runner that can be closed.
type closingRunner struct {
	sky.Runner
	closed bool
}

func (c *closingRunner) Close() error {
	c.closed = true
	return nil
}

func TestCloseEndsWhatTheRunnerHasStarted(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		runner := &closingRunner{Runner: w.runner}
		w.start(func(c *Config) { c.Runner = runner }).stopNow()
		if !runner.closed {
			t.Error("the runner was not closed")
		}
	})
}

// What SkyPilot writes during an operation of ours must not make the poller hard
// of hearing after it.
func TestAStopByHandSoonAfterAnOperation(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		result, err := s.Launch(ctx, onAWS)
		for range 30 {
			time.Sleep(2 * time.Second)
			touch(t, skysim.Home(w.dir+"/cloud"), clustersLog)
			touch(t, skysim.Home(w.dir+"/cloud"), requestsLog)
		}
		s.until(result, err)
		time.Sleep(15 * time.Second)
		w.byHand("stop", "-y", schema.DefaultClusterName)
		if took := s.becomesWithin(schema.StatusStopped, time.Minute); took > 8*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// Nobody can tell whether another sidecar looks, so this one does.
func TestLooksGoOnWithoutTheLeaseFolder(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.launched().stopNow()
		leases := w.dir + "/no-folder"
		if err := os.WriteFile(leases, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		s := w.start(func(c *Config) { c.LeaseDir = leases })
		w.outside("terminate")
		s.becomesWithin(schema.StatusNoServer, time.Minute)
	})
}

// A sidecar that was stopped in the middle of a look holds its lease all the same.
func TestLooksGoOnBesideASidecarThatHangs(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		lease, _, err := s.leases().Try("poller of "+s.store.Dir(), "poll")
		for ; err == nil && lease == nil; lease, _, err = s.leases().Try("poller of "+s.store.Dir(), "poll") {
			time.Sleep(time.Second) // it is just looking
		}
		defer lease.Release()
		w.outside("terminate")
		s.becomesWithin(schema.StatusNoServer, 4*time.Minute)
	})
}

// A clock that is set back makes no look of before one of now.
func TestAClockThatIsSetBackHidesNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		s.store.SetLook(schema.DefaultClusterName, func(l *lifecycle.Look) { // as of before the clock was set back
			l.Begun, l.CheckedAt = l.Begun.Add(3*time.Hour), l.CheckedAt.Add(3*time.Hour)
		})
		w.outside("terminate")
		if c, err := s.Status(ctx, schema.StatusParams{Refresh: true}); err != nil || c.Status != schema.StatusNoServer {
			t.Errorf("a refresh says %s: %s (%v)", c.Status, c.Description, err)
		}
	})
}

// A launch that its deadline ends while the cloud has not answered yet: what comes
// of the call is heard by nobody, so nobody may say that nothing costs money.
func TestDeadlineBeforeTheCloudsAnswer(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("launch_hangs", "")
		s := w.start(func(c *Config) { c.Timing.Provision = time.Minute })
		end := s.until(s.Launch(ctx, onAWS))
		wantKind(t, end.Operation.Error, schema.KindTimeout)
		if c := s.status(); strings.Contains(c.Description, "nothing costs money") || !strings.Contains(c.Description, "may have made") && !strings.Contains(c.Description, "may be running") {
			t.Errorf("the description is %s", c.Description)
		}
	})
}

// The same of a cancel, after a wait that is no usual one any more.
func TestCancelBeforeTheCloudsAnswer(t *testing.T) {
	t.Parallel()
	for after, heard := range map[time.Duration]bool{time.Minute: true, 5 * time.Minute: false} {
		inWorld(t, func(w *world) {
			w.inject("launch_hangs", "")
			s := w.start()
			op, err := s.Launch(ctx, onAWS)
			time.Sleep(after)
			if _, err := s.Cancel(ctx, schema.NameParams{}); err != nil {
				t.Fatal(err)
			}
			s.until(op, err)
			want := schema.StatusError // an answer is owed
			if heard {
				want = schema.StatusNoServer
			}
			if c := s.wantStatus(want); strings.Contains(c.Description, "Nothing of it costs money") != heard {
				t.Errorf("canceled after %s: %s", after, c.Description)
			}
		})
	}
}
