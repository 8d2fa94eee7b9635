package provision

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

var ctx = context.Background()

func TestWholeLife(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		running := s.wantStatus(schema.StatusRunning)
		if running.Region == "" || running.InstanceType == "" || running.HourlyCost == 0 || running.LaunchedAt.IsZero() {
			t.Errorf("the running server lacks facts: %+v", running)
		}
		connection, err := s.Connection(ctx, schema.NameParams{})
		if err != nil || connection.IP == "" || connection.IP != running.IP || connection.User != "ubuntu" {
			t.Errorf("the connection is %+v (%v), the server's address %q", connection, err, running.IP)
		}
		for _, step := range []struct {
			begin              func() (schema.OperationResult, error)
			transitional, then schema.Status
			machines           string
		}{
			{func() (schema.OperationResult, error) { return s.Stop(ctx, schema.ChangeParams{}) }, schema.StatusStopping, schema.StatusStopped, "stopped"},
			{func() (schema.OperationResult, error) { return s.Start(ctx, schema.StartParams{}) }, schema.StatusProvisioning, schema.StatusRunning, "running"},
			{func() (schema.OperationResult, error) { return s.Sync(ctx, schema.SyncParams{}) }, schema.StatusRunning, schema.StatusRunning, "running"},
			{func() (schema.OperationResult, error) { return s.Destroy(ctx, schema.DestroyParams{}) }, schema.StatusDestroying, schema.StatusNoServer, ""},
		} {
			result, err := step.begin()
			if err != nil {
				t.Fatal(err)
			}
			if result.Cluster.Status != step.transitional {
				t.Errorf("the answer says %s, want %s", result.Cluster.Status, step.transitional)
			}
			if end := s.until(result, nil); end.Operation.State != schema.OperationSucceeded || end.Cluster.Status != step.then {
				t.Errorf("%s ended %s with the server %s: %s", end.Operation.Kind, end.Operation.State, end.Cluster.Status, end.Operation.Message)
			}
			if step.machines != "" && w.machines(step.machines) != 1 {
				t.Errorf("after the %s there are %d machines %s, want 1", result.Operation.Kind, w.machines(step.machines), step.machines)
			}
		}
		if left := w.machines("running") + w.machines("stopped"); left != 0 {
			t.Errorf("%d machines are left after the destroy", left)
		}
		list, err := s.List(ctx, schema.ListParams{})
		if err != nil || len(list.Clusters) != 0 {
			t.Errorf("the list still holds %v (%v)", list.Clusters, err)
		}
	})
}

func TestStatusesOfALaunchInOrder(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		var said []schema.Status
		for i, c := range s.host.statuses {
			if len(said) == 0 || said[len(said)-1] != c.Cluster.Status {
				said = append(said, c.Cluster.Status)
			}
			if c.Seq != uint64(i+1) {
				t.Errorf("notification %d has seq %d", i+1, c.Seq)
			}
			if i > 0 && c.Previous.Status != s.host.statuses[i-1].Cluster.Status {
				t.Errorf("notification %d says that the status was %s before, it was %s", i+1, c.Previous.Status, s.host.statuses[i-1].Cluster.Status)
			}
		}
		if want := []schema.Status{schema.StatusProvisioning, schema.StatusRunning}; !slices.Equal(said, want) {
			t.Errorf("the statuses were %v, want %v", said, want)
		}
		if last := s.host.order[len(s.host.order)-1]; last != "finished" {
			t.Errorf("%s came after operation.finished", last)
		}
	})
}

func TestProgressGoesForwardAndIsNeverSilent(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		began := time.Now()
		s := w.launched()
		var phases []schema.Phase
		last := 0.0
		for _, p := range s.host.progress {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
			if p.ElapsedSeconds-last > 10 {
				t.Errorf("nothing was said between %.1f and %.1f s", last, p.ElapsedSeconds)
			}
			last = p.ElapsedSeconds
			if p.Phase != schema.Phases[p.PhaseIndex] || p.PhaseCount != 8 {
				t.Errorf("phase %s is said to be %d of %d", p.Phase, p.PhaseIndex, p.PhaseCount)
			}
		}
		if !slices.IsSortedFunc(phases, func(a, b schema.Phase) int { return slices.Index(schema.Phases, a) - slices.Index(schema.Phases, b) }) {
			t.Errorf("the phases went backwards: %v", phases)
		}
		for _, must := range []schema.Phase{schema.PhasePreparing, schema.PhaseSelecting, schema.PhaseProvisioning, schema.PhaseSyncing, schema.PhaseSetup} {
			if !slices.Contains(phases, must) {
				t.Errorf("there was no phase %s in %v", must, phases)
			}
		}
		if took := time.Since(began); took < 30*time.Second {
			t.Errorf("the launch took %s of fake time, which no launch does", took)
		}
	})
}

func TestSecondLaunchIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		first, err := s.Launch(ctx, onAWS)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindOperationInProgress)
		s.until(first, nil)
		_, err = s.Launch(ctx, onAWS)
		wantKind(t, err, schema.KindClusterActive)
		other := onAWS
		other.Spec.Name = "another"
		_, err = s.Launch(ctx, other)
		wantKind(t, err, schema.KindClusterActive)
		if n := w.machines("running"); n != 1 {
			t.Errorf("there are %d machines, want 1", n)
		}
	})
}

func TestRefusalsBeforeAnythingStarts(t *testing.T) {
	none := func(context.Context) (string, *schema.Error) {
		return "", &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: "SkyPilot is not installed.", Hint: "Install it."}
	}
	for name, c := range map[string]struct {
		change func(*Config)
		spec   schema.Spec
		want   schema.Kind
		field  string
	}{
		"no sky":             {change: func(c *Config) { c.Locate = none }, want: schema.KindSkyPilotNotFound},
		"no vaults":          {change: func(c *Config) { c.ProjectDir = "/nowhere" }, want: schema.KindVaultMissing, field: "spec.vaults.public"},
		"bad name":           {spec: schema.Spec{Name: "Bad_Name!"}, want: schema.KindInvalidSpec, field: "spec.name"},
		"name like a flag":   {spec: schema.Spec{Name: "--all"}, want: schema.KindInvalidSpec, field: "spec.name"},
		"cpus in words":      {spec: schema.Spec{CPUs: "lots"}, want: schema.KindInvalidSpec, field: "spec.cpus"},
		"cloud nobody knows": {spec: schema.Spec{Cloud: "nimbus"}, want: schema.KindInvalidSpec, field: "spec.cloud"},
		"vault that is a file": {
			spec: schema.Spec{Vaults: &schema.Vaults{Public: "data/public/public.txt"}},
			want: schema.KindVaultMissing, field: "spec.vaults.public",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				var changes []func(*Config)
				if c.change != nil {
					changes = append(changes, c.change)
				}
				s := w.start(changes...)
				_, err := s.Launch(ctx, schema.LaunchParams{Spec: c.spec})
				if e := wantKind(t, err, c.want); e.Field != c.field {
					t.Errorf("the field is %q, want %q", e.Field, c.field)
				}
				s.wantStatus(schema.StatusNoServer)
				if ops, _ := s.ListOperations(ctx, schema.OperationListParams{}); len(ops.Operations) != 0 {
					t.Errorf("an operation was begun: %+v", ops.Operations)
				}
			})
		})
	}
}

func TestTransitionsThatAreRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		_, err := s.Stop(ctx, schema.ChangeParams{})
		wantKind(t, err, schema.KindClusterNotFound)
		_, err = s.Start(ctx, schema.StartParams{})
		wantKind(t, err, schema.KindClusterNotFound)
		_, err = s.Cancel(ctx, schema.NameParams{})
		wantKind(t, err, schema.KindUnsupported)
		_, err = s.Status(ctx, schema.StatusParams{Name: "nobody"})
		wantKind(t, err, schema.KindClusterNotFound)
		if end := s.until(s.Destroy(ctx, schema.DestroyParams{})); end.Operation.State != schema.OperationSucceeded {
			t.Errorf("a destroy of nothing ended %s: %s", end.Operation.State, end.Operation.Message)
		}
	})
}

func TestDryRunStartsNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start()
		dry := onAWS
		dry.DryRun = true
		result, err := s.Launch(ctx, dry)
		if err != nil || result.Operation.State != schema.OperationSucceeded || result.Cluster.Status != schema.StatusNoServer {
			t.Errorf("got %+v, %v", result, err)
		}
		time.Sleep(5 * time.Minute)
		if n := w.machines("running"); n != 0 {
			t.Errorf("%d machines were started", n)
		}
	})
}

// A price is of one place.
func TestThePriceIsThatOfThePlace(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if c := s.status(); c.HourlyCost == 0 {
			t.Fatal("there is no price: this tests nothing")
		}
		rec := s.store.Remembered(schema.DefaultClusterName)
		rec.View.Region = "us-west-2" // where it was asked for, and where there was none
		report, err := s.backend.Client("").Status(ctx, false, schema.DefaultClusterName)
		if err != nil {
			t.Fatal(err)
		}
		found, _ := report.Find(schema.DefaultClusterName)
		rec.Learn(found, "", schema.Now())
		if rec.View.HourlyCost != 0 {
			t.Errorf("in %s it is said to cost $%v", rec.View.Region, rec.View.HourlyCost)
		}
	})
}

// Vaults that the disk can't hold are refused before there is a machine to pay for.
func TestVaultsThatAreLargerThanTheDisk(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		big := filepath.Join(w.dir, "project", "data", "public", "big")
		if err := os.WriteFile(big, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(big, 55e9); err != nil {
			t.Skipf("no sparse files here: %v", err)
		}
		s := w.start()
		p := onAWS
		p.Spec.DiskSize, p.DryRun = 50, true
		_, err := s.Launch(ctx, p)
		if e := wantKind(t, err, schema.KindInvalidSpec); e.Field != "spec.diskSize" || !strings.Contains(e.Message, "55 GB") {
			t.Errorf("%s: %s", e.Field, e.Message)
		}
		p.Spec.DiskSize = 60
		if _, err := s.Launch(ctx, p); err != nil {
			t.Errorf("refused: %v", err)
		}
	})
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
