package provision

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// What a person took off the list may run: nobody says that it has ended, nor what it has cost in all.
func TestWhatWasForgottenHasNotEnded(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.launched()
		time.Sleep(time.Minute)
		w.inject("down_refused", "")
		w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
		w.heal()
		s.becomes(schema.StatusError)
		if _, err := s.Forget(ctx, schema.NameParams{}); err != nil {
			t.Fatal(err)
		}
		cost, err := s.Cost(ctx, schema.NameParams{})
		if err != nil || !cost.EndedAt.IsZero() || cost.TotalKnown || cost.Costs.Now != schema.SpendingUnknown || cost.HourlyCost != 0 || !strings.Contains(cost.Summary, "is not asked any more") || strings.Contains(cost.Summary, "SkyPilot does not say") {
			t.Errorf("%+v, %v", cost, err)
		}
	})
}

// After a look that shows the machine nobody doubts that there is one.
func TestAMachineThatIsSeenIsNotDoubted(t *testing.T) {
	inWorld(t, func(w *world) {
		w.inject("api_server_dies", "")
		s := w.start()
		s.failed(s.Launch(ctx, onAWS))
		w.heal()
		c, err := s.Status(ctx, schema.StatusParams{Refresh: true})
		if err != nil || c.Machine != schema.MachineRunning || c.Error == nil {
			t.Fatalf("%+v, %v: this tests nothing", c, err)
		}
		if said := c.Description + c.Error.Message + c.Error.Hint; strings.Contains(said, "could not be found out") || strings.Contains(said, "may be running") {
			t.Errorf("it is said: %s", said)
		}
	})
}

// A start that fails and leaves the server stopped leaves no machine that costs money.
func TestAStartThatFailsSaysNothingOfAMachine(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		s.succeeds(s.Stop(ctx, schema.ChangeParams{}))
		w.inject("unreachable", "")
		e := s.failed(s.Start(ctx, schema.StartParams{}))
		if c := s.status(); c.Status != schema.StatusStopped {
			t.Fatalf("it is %s: this tests nothing", c.Status)
		}
		if strings.Contains(e.Hint, "costs money") || strings.Contains(e.Message, "was made") {
			t.Errorf("it is said: %s %s", e.Message, e.Hint)
		}
	})
}

// What was never seen has no price of its own: it may be in any place that was asked.
func TestWhatWasNeverSeenHasNoPrice(t *testing.T) {
	inWorld(t, func(w *world) {
		w.inject("answer_lost", "")
		s := w.start()
		s.failed(s.Launch(ctx, onAWS))
		if cost, err := s.Cost(ctx, schema.NameParams{}); err != nil || cost.HourlyCost != 0 || cost.Costs.Now != schema.SpendingUnknown {
			t.Errorf("%+v, %v", cost, err)
		}
	})
}

// Beside a server of another name nobody is invited to launch one, and the one that costs is named.
func TestAnotherNameNamesTheServerThatIsThere(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.launched()
		_, err := s.Launch(ctx, schema.LaunchParams{Spec: schema.Spec{Name: "other", Cloud: "aws"}})
		wantKind(t, err, schema.KindClusterActive)
		o := w.start(func(c *Config) { c.Name = "other" })
		c, err := o.Status(ctx, schema.StatusParams{Name: "other"})
		if err != nil || c.Status != schema.StatusNoServer || !strings.Contains(c.Description, schema.DefaultClusterName) || strings.Contains(c.Description, "Launch one") {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

// What is in a vault here is known without the server.
func TestAVaultHereIsCountedWithoutTheServer(t *testing.T) {
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 3)
		s := w.launched()
		s.succeeds(s.Stop(ctx, schema.ChangeParams{}))
		for _, refresh := range []bool{false, true} {
			got, err := s.VaultStatus(ctx, schema.VaultStatusParams{Refresh: refresh})
			if err != nil || got.Vaults[0].Files < 3 || refresh && (got.Vaults[0].Reason == nil || got.Vaults[0].State != schema.VaultUnknown) {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}

// A purge does what it is asked for, also where the cloud does not let go of the machine; what that may leave is said.
func TestAPurgeSucceeds(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.launched()
		w.inject("down_refused", "")
		end := s.succeeds(s.Destroy(ctx, schema.DestroyParams{Purge: true}))
		c := end.Cluster
		if end.Operation.Message != c.Description || strings.Count(c.Description, "told to forget") != 1 { // a person reads both, one below the other
			t.Errorf("its end says %q, and the server %q", end.Operation.Message, c.Description)
		}
		if c.Status != schema.StatusError || c.Costs.Now != schema.SpendingUnknown || !strings.Contains(c.Description, "console") {
			t.Errorf("%+v", c)
		}
	})
}
