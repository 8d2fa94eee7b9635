package provision

import (
	"context"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
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
func TestAMachineThatSkyPilotNeverShowedIsNotCalledGone(t *testing.T) {
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

// Nothing is launched beside a machine that the cloud may have made, and no such try makes it forgotten. What is offered
// instead is accepted.
func TestNothingIsLaunchedBesideAnOrphan(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"answer_lost", "launch_hangs"} {
		t.Run(fault, func(t *testing.T) {
			inWorld(t, func(w *world) {
				w.inject(fault, "")
				s := w.start()
				here, elsewhere := onAWS, onAWS
				here.Spec.Region, elsewhere.Spec.Region = "us-east-1", "eu-west-1"
				e := s.failed(s.Launch(ctx, here))
				w.heal()
				if said := e.Hint + s.status().Description; strings.Contains(strings.ToLower(said), "launch again") {
					t.Errorf("a launch is spoken of that will be refused: %s", said)
				}
				for _, p := range []schema.LaunchParams{here, elsewhere, {Again: true}} {
					_, err := s.Launch(ctx, p)
					wantKind(t, err, schema.KindClusterActive)
				}
				for _, r := range e.Remedies {
					if r.Method == schema.ClusterLaunch.Name {
						t.Errorf("what is refused is offered: %+v", r)
					}
				}
				s.neverCalledGone(2 * time.Hour)
				if _, err := s.press(s.status().Error, "forget"); err != nil {
					t.Fatal(err)
				}
				s.succeeds(s.Launch(ctx, here)) // SkyPilot takes over what is there
				if n := w.machines("running"); n != 1 {
					t.Errorf("%d machines run", n)
				}
			})
		})
	}
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

// A launch that could not end what it had begun leaves a machine that SkyPilot has no record of (docs/skypilot.md, "Launch").
func TestALaunchThatLeakedSaysSo(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("capacity", "")
		s := w.start(w.through(&interceptor{run: func(ctx context.Context, call sky.Call, next sky.Runner) (sky.Result, error) {
			r, err := next.Run(ctx, call)
			if isAPILogs(call) {
				r.Stderr = "Exception: StopFailoverError: During provisioner's failover, terminating 'carapace-node' failed. This can cause resource leakage. Please check the failure and the cluster status on the cloud, and manually terminate the cluster."
			}
			return r, err
		}}))
		end := s.until(s.Launch(ctx, onAWS))
		if said := end.Cluster.Description; strings.Contains(said, "nothing costs money") || !strings.Contains(said, "costing money") {
			t.Errorf("it is said: %s", said)
		}
		s.neverCalledGone(time.Hour)
	})
}

// launchGivenUp is a server whose launch was handed to SkyPilot by a submission that never
// answered, so that nobody has seen a machine of it.
func (w *world) launchGivenUp() *sidecar {
	w.t.Helper()
	s := w.start(w.through(&interceptor{submit: func(ctx context.Context, call sky.Call, output string, next sky.Runner) (sky.Result, error) {
		if is(call, "launch") {
			<-ctx.Done()
			return sky.Result{Code: -1}, ctx.Err()
		}
		return next.Submit(ctx, call, output)
	}}))
	s.until(s.Launch(ctx, onAWS))
	s.wantStatus(schema.StatusError)
	return s
}

// What was never seen was not removed by anybody, whatever is asked for next.
func TestWhatWasNeverSeenIsNotGone(t *testing.T) {
	t.Parallel()
	for _, kind := range []schema.OperationKind{schema.OperationStop, schema.OperationStart} {
		t.Run(string(kind), func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.launchGivenUp()
				result, err := s.ask(kind)
				end := s.until(result, err)
				c := s.wantStatus(schema.StatusError)
				for _, said := range []string{end.Operation.Message, c.Description} {
					if strings.Contains(said, "gone") || strings.Contains(said, "outside") || !strings.Contains(said, "cost") {
						t.Errorf("it is said: %s", said)
					}
				}
				s.neverCalledGone(2 * time.Hour)
			})
		})
	}
}

// SkyPilot finds a place elsewhere after one that did not answer: what that may have
// made is not forgotten over it.
func TestAMachineElsewhereIsNotForgotten(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("answer_lost", "us-east-1")
		s := w.start()
		end := s.until(s.Launch(ctx, onAWS))
		if end.Operation.State != schema.OperationSucceeded || w.machines("running") != 2 {
			t.Fatalf("the launch ended %s, with %d machines: this tests nothing", end.Operation.State, w.machines("running"))
		}
		time.Sleep(10 * time.Minute)
		if c := s.status(); len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "in us-east-1") {
			t.Errorf("the warnings are %+v", c.Warnings)
		}
		w.outside("terminate")
		time.Sleep(2 * time.Minute)
		if c := s.wantStatus(schema.StatusError); c.Machine != schema.MachineUnknown || c.Costs.Now != schema.SpendingUnknown || !strings.Contains(c.Description, "in us-east-1") {
			t.Errorf("after the server was removed it is said: %s (%s, %s)", c.Description, c.Machine, c.Costs.Now)
		}
		end = s.until(s.Destroy(ctx, schema.DestroyParams{}))
		if said := end.Cluster.Description; strings.Contains(said, "Nothing of it costs") || !strings.Contains(said, "console") {
			t.Errorf("it is said: %s", said)
		}
	})
}

// The cloud can make a machine whose answer SkyPilot does not get: SkyPilot then
// knows of none (recording api-logs-cloud-hangs), and nobody may say that nothing
// costs money. The next launch takes it over.
func TestAnOrphanIsNotDenied(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("answer_lost", "")
		s := w.start()
		oneRegion := onAWS
		oneRegion.Spec.Region = "us-west-2"
		end := s.until(s.Launch(ctx, oneRegion))
		if e := end.Operation.Error; e == nil || e.Kind != schema.KindNetwork || !strings.Contains(e.Message, "did not answer") {
			t.Fatalf("the launch ended %s: %+v", end.Operation.State, e)
		}
		time.Sleep(RealTiming.Provision + 10*RealTiming.Poll) // whatever the poller sees meanwhile
		c := s.wantStatus(schema.StatusError)
		if said := strings.ToLower(c.Description); w.machines("running") != 1 || strings.Contains(said, "nothing") || !strings.Contains(said, "costing money") {
			t.Errorf("with %d machines it is said: %s", w.machines("running"), c.Description)
		}
		w.heal()
		_, err := s.Launch(ctx, oneRegion)
		wantKind(t, err, schema.KindClusterActive) // it is lost: no second launch unasked
		if _, err := s.Forget(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		if end := s.until(s.Launch(ctx, oneRegion)); end.Operation.State != schema.OperationSucceeded || w.machines("running") != 1 {
			t.Errorf("launching again ended %s with %d machines", end.Operation.State, w.machines("running"))
		}
	})
}
