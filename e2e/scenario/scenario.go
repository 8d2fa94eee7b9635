package scenario

import (
	"slices"
	"testing"
	"time"

	"carapace/schema"
)

// story is one scenario: a test that begins with the server in a given state.
type story struct {
	name string
	from schema.Status // no_server, running or stopped; on a cloud that can't stop, stopped is running
	// out says why the story can't be told of a cloud, "" where it can.
	out  func(Cloud) string
	tell func(t *testing.T, s *scene)
}

func anywhere(Cloud) string { return "" }

// ifStop is for stories that stop a server, ifNoStop for what is told where none can be.
func ifStop(c Cloud) string   { return unless(c.Stop, c.Name+" can't stop a server") }
func ifNoStop(c Cloud) string { return unless(!c.Stop, c.Name+" can stop a server") }
func ifNoSpot(c Cloud) string { return unless(!c.Spot, c.Name+" has spot machines") }

// ifStopSpot is for stories that stop a spot machine, ifQuota for those of an account's limits in the provider's words, ifPlaced for those
// that choose a region, ifRefusesDestroy for those in which the provider keeps a machine.
func ifStopSpot(c Cloud) string { return unless(c.StopSpot, c.Name+" can't stop a spot machine") }

func ifQuota(c Cloud) string {
	if c.OwnJobs {
		return c.Name + " has no limits of an account without a database of them"
	}
	return unless(!c.Mute, "SkyPilot passes on no word of "+c.Name+"'s")
}

func ifPlaced(c Cloud) string {
	return unless(!c.Unplaced, "SkyPilot does not tell "+c.Name+" the region")
}

func ifRefusesDestroy(c Cloud) string {
	return unless(!c.OwnJobs, c.Name+" lets its users end what is theirs")
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

// stories is the suite. The order spares the real cloud work: each begins, where
// it can, with the state in which the one before it ends.
func stories() []story {
	none, running, stopped := schema.StatusNoServer, schema.StatusRunning, schema.StatusStopped
	return []story{
		{"Quota", none, ifQuota, quota},
		{"SpotIsRefused", none, ifNoSpot, spotRefused},
		{"WholeLife", none, anywhere, wholeLife},
		{"StopIsRefused", running, ifNoStop, stopUnsupported},
		{"SecondLaunchIsRefused", running, anywhere, secondLaunch},
		{"SyncMirrorsDeletions", running, anywhere, syncMirrors},
		{"EmptiedVaultIsAskedAbout", running, anywhere, emptiedVault},
		{"SpecialFiles", running, anywhere, specialFiles},
		{"RandomTrees", running, anywhere, randomTrees},
		{"AnotherHostKeyGetsNoVault", running, anywhere, anotherHostKey},
		{"Logs", running, anywhere, logs},
		{"Connection", running, anywhere, connection},
		{"Autostop", running, anywhere, autostop},
		{"StopIsRefusedByTheCloud", running, ifStop, stopRefused},
		{"StoppedOutside", running, ifStop, stoppedOutside},
		{"RestartedSidecarKnowsTheServer", stopped, anywhere, restarted},
		{"CanceledStartKeepsTheDisk", stopped, ifStop, canceledStart},
		{"DestroyIsRefusedThenRetried", stopped, ifRefusesDestroy, destroyRefused},
		{"SetupFailsIsMendedThenRunFails", none, anywhere, setupFails},
		{"TerminatedOutside", running, anywhere, terminatedOutside},
		{"Failover", none, ifPlaced, failover},
		{"Destroy", running, anywhere, destroyed},
		{"SpotMachineIsStoppedAndStarted", none, ifStopSpot, spotStops},
		{"RaceThenKillTheWinner", none, anywhere, race},
		{"KilledLaunchGoesOnAndIsCanceled", none, anywhere, killedThenCanceled},
	}
}

// short are the stories that show in minutes that a cloud works: a whole life, and
// what the cloud can't do.
var short = []string{"WholeLife", "StopIsRefused", "Destroy", "SpotMachineIsStoppedAndStarted"}

// scene is a story being told: the stage, the cloud, and the sidecar that plays there.
type scene struct {
	Stage
	Cloud
	world World
	from  schema.Status // what the server is when the story begins
	*Peer
}

// Run tells every story that can be played on the world's cloud. Fresh is asked for a
// stage before each: a new one, or the one of the story before, from whose state the
// next then goes on. On the simulated cloud the stories are told in parallel: there
// each has its own stage.
func Run(t *testing.T, w World, fresh func(testing.TB) Stage) {
	play(t, w, fresh, stories())
}

// RunShort tells the few stories that show that the world's cloud works, like Run.
func RunShort(t *testing.T, w World, fresh func(testing.TB) Stage) { runThose(t, w, fresh, short) }

// RunLife tells the story of a whole life alone, like Run.
func RunLife(t *testing.T, w World, fresh func(testing.TB) Stage) { runThose(t, w, fresh, short[:1]) }

func runThose(t *testing.T, w World, fresh func(testing.TB) Stage, names []string) {
	play(t, w, fresh, slices.DeleteFunc(stories(), func(s story) bool { return !slices.Contains(names, s.name) }))
}

func play(t *testing.T, w World, fresh func(testing.TB) Stage, stories []story) {
	for _, story := range stories {
		t.Run(story.name, func(t *testing.T) {
			if why := story.out(w.Cloud()); why != "" {
				t.Skip(why)
			}
			if w.Simulated() {
				t.Parallel()
			}
			s := &scene{Stage: fresh(t), world: w, Cloud: w.Cloud(), from: story.from}
			if !s.Stop && s.from == schema.StatusStopped {
				s.from = schema.StatusRunning
			}
			s.sidecar(t)
			s.reach(t, s.from)
			story.tell(t, s)
			s.End(t, time.Minute)
		})
	}
}

// sidecar starts a sidecar on the stage, also a second one beside the first, and
// makes it the scene's.
func (s *scene) sidecar(t testing.TB) *Peer {
	t.Helper()
	s.Peer = Start(t, s.world.Command(t, s.Stage))
	return s.Peer
}

// reach brings the server into a state by the sidecar's own means.
func (s *scene) reach(t *testing.T, want schema.Status) {
	t.Helper()
	now := Call(t, s.Peer, schema.ClusterStatus, schema.StatusParams{Name: ClusterName, Refresh: true}).Status
	if now == want {
		return
	}
	if want == schema.StatusNoServer || now != schema.StatusRunning && now != schema.StatusStopped && now != schema.StatusNoServer {
		s.destroy(t)
		now = schema.StatusNoServer
	}
	switch {
	case want == schema.StatusNoServer:
	case now == schema.StatusNoServer:
		s.launch(t, s.Small())
	case now == schema.StatusStopped:
		do(t, s, schema.ClusterStart, schema.StartParams{Name: ClusterName}, schema.StatusRunning)
	}
	if want == schema.StatusStopped {
		do(t, s, schema.ClusterStop, schema.ChangeParams{Name: ClusterName}, want)
	}
}

// finish waits for the end of an operation.
func (s *scene) finish(t testing.TB, id string) schema.Finished {
	t.Helper()
	return Await(t, s.Peer, schema.OperationFinished, "the end of operation "+id, s.world.Patience(),
		func(f schema.Finished) bool { return f.Operation.ID == id })
}

// succeed waits for the end of an operation, which must have succeeded with the
// server in that state, in the notification and when asked again.
func (s *scene) succeed(t testing.TB, id string, want schema.Status) schema.Finished {
	t.Helper()
	f := s.finish(t, id)
	if f.Operation.State != schema.OperationSucceeded {
		t.Fatalf("%s %s: %s: %+v\n%s", f.Operation.Kind, f.Operation.State, f.Operation.Message, f.Operation.Error, s.Transcript())
	}
	s.is(t, f.Cluster, want)
	s.is(t, s.status(t), want)
	return f
}

// fail waits for the end of an operation, which must have failed as that kind.
func (s *scene) fail(t testing.TB, id string, kind schema.Kind) schema.Finished {
	t.Helper()
	f := s.finish(t, id)
	if f.Operation.State != schema.OperationFailed || f.Operation.Error == nil || f.Operation.Error.Kind != kind {
		t.Fatalf("%s %s: %s: %+v; want failed, %s", f.Operation.Kind, f.Operation.State, f.Operation.Message, f.Operation.Error, kind)
	}
	return f
}

func (s *scene) is(t testing.TB, c schema.Cluster, want schema.Status) {
	t.Helper()
	if c.Status != want {
		t.Fatalf("%s is %s (%s), not %s\n%s", c.Name, c.Status, c.Description, want, s.Transcript())
	}
	if c.Simulated != s.world.Simulated() && want != schema.StatusNoServer {
		t.Errorf("simulated is %v", c.Simulated)
	}
}

func (s *scene) status(t testing.TB) schema.Cluster {
	t.Helper()
	return Call(t, s.Peer, schema.ClusterStatus, schema.StatusParams{Name: ClusterName})
}

// becomes waits until a notification that came after the mark says that the
// server is in a state.
func (s *scene) becomes(t testing.TB, mark int, want schema.Status) schema.StatusChanged {
	t.Helper()
	return AwaitAfter(t, s.Peer, mark, schema.ClusterStatusChanged, "status "+string(want), s.world.Patience(),
		func(c schema.StatusChanged) bool { return c.Cluster.Name == ClusterName && c.Cluster.Status == want })
}

// launch launches and waits until the server runs.
func (s *scene) launch(t testing.TB, spec schema.Spec) schema.Finished {
	t.Helper()
	return s.succeed(t, s.begin(t, spec), schema.StatusRunning)
}

// begin asks for a launch, which must be accepted, and returns the operation's id.
func (s *scene) begin(t testing.TB, spec schema.Spec) string {
	t.Helper()
	got := Call(t, s.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: spec})
	s.is(t, got.Cluster, schema.StatusProvisioning)
	return got.Operation.ID
}

// do asks for start, stop or sync and waits for the state that it must lead to.
func do[P any](t testing.TB, s *scene, m schema.Method[P, schema.OperationResult], params P, want schema.Status) schema.Finished {
	t.Helper()
	got := Call(t, s.Peer, m, params)
	return s.succeed(t, got.Operation.ID, want)
}

// destroy destroys and checks with the cloud and SkyPilot that nothing is left.
func (s *scene) destroy(t testing.TB) {
	t.Helper()
	got := Call(t, s.Peer, schema.ClusterDestroy, schema.DestroyParams{Name: ClusterName})
	s.is(t, got.Cluster, schema.StatusDestroying)
	s.succeed(t, got.Operation.ID, schema.StatusNoServer)
	s.nothingLeft(t)
}

func (s *scene) nothingLeft(t testing.TB) {
	t.Helper()
	if left := s.world.Instances(t, s.Stage); len(left) > 0 {
		t.Errorf("machines are left at the cloud: %v", left)
	}
	if known := s.world.Known(t, s.Stage); len(known) > 0 {
		t.Errorf("SkyPilot still knows: %v", known)
	}
}

// machine fails the test unless the cloud has exactly one machine, in that state.
func (s *scene) machine(t testing.TB, want string) {
	t.Helper()
	if got := s.world.Instances(t, s.Stage); len(got) != 1 || got[0] != want {
		t.Errorf("the cloud has %v, not one %s machine", got, want)
	}
}

// vaultsArrived compares both vaults on the server with the local ones.
func (s *scene) vaultsArrived(t testing.TB) {
	t.Helper()
	disk := s.world.Disk(t, s.Stage)
	public, private := s.vaults()
	sameTree(t, "public vault", public, Inside(disk, RemotePublic))
	sameTree(t, "private vault", private, Inside(disk, RemotePrivate))
}
