//go:build e2e && linux

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// watching is the stage of the measurements: one sidecar that watches one server,
// while others change it.
type watching struct {
	lab.World
	*scenario.Peer
	home string
}

// startWatching returns a sidecar that watches, without a server yet, and the `sky` that it has run.
func startWatching(t *testing.T) (w *watching, made func() []skyCall) {
	t.Helper()
	w = &watching{home: filepath.Join(lab.Home(t), "home")}
	w.Clear(t)
	t.Cleanup(func() { w.Clear(t) })
	command := w.Command(t, scenario.NewStage(t, t.TempDir()))
	made = countCalls(t, &command)
	w.Peer = scenario.Start(t, command)
	return w, made
}

// TestWatching measures, and prints, how soon each kind of change that others
// make is told (SC-002). It checks what is told, not how fast: figures of a busy
// machine say nothing.
func TestWatching(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("E2E_WATCH"))
	if rounds <= 0 {
		t.Skip("set E2E_WATCH to the number of times each change is made: a round takes about six minutes")
	}
	w, _ := startWatching(t)
	took := map[string][]time.Duration{}
	for range rounds {
		w.launch(t) // a round ends without a server
		for _, c := range changes {
			took[c.name] = append(took[c.name], w.measure(t, c))
		}
	}
	for _, c := range changes {
		worst := time.Duration(0)
		for _, d := range took[c.name] {
			worst = max(worst, d)
		}
		t.Logf("%-40s told as %-9s after %v; worst of %d: %.1f s", c.name, c.want, took[c.name], rounds, worst.Seconds())
	}
}

// change is something that somebody else does to the server. It blocks until that
// is done.
type change struct {
	name string
	want schema.Status
	make func(w *watching, t *testing.T)
}

// The order makes one state out of the other, so that only the last ones need a
// launch. Nobody starts a server that autostop has ended: it would soon end again.
var changes = []change{
	{"stopped in the cloud's console", schema.StatusStopped, func(_ *watching, t *testing.T) { lab.Must(t, "stop-instances", scenario.ClusterName) }},
	{"started with sky in a terminal", schema.StatusRunning, bySky("start")},
	{"stopped with sky in a terminal", schema.StatusStopped, bySky("stop")},
	{"started again with sky in a terminal", schema.StatusRunning, bySky("start")},
	{"autostop", schema.StatusStopped, (*watching).autostop},
	{"destroyed with sky in a terminal", schema.StatusNoServer, bySky("down")},
	{"terminated in the cloud's console", schema.StatusNoServer, (*watching).terminated},
	{"autodown", schema.StatusNoServer, (*watching).autodown},
}

func bySky(verb string) func(*watching, *testing.T) {
	return func(_ *watching, t *testing.T) { lab.Must(t, "sh", "sky", verb, "-y", scenario.ClusterName) }
}

func (w *watching) launch(t *testing.T, changes ...func(*schema.Spec)) {
	t.Helper()
	succeeds(t, w.World, w.Peer, "launch", scenario.Call(t, w.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small(changes...)}))
}

// succeeds waits until an operation has ended, and fails the test unless it has succeeded.
func succeeds(t *testing.T, w lab.World, p *scenario.Peer, what string, got schema.OperationResult) {
	t.Helper()
	end := scenario.Await(t, p, schema.OperationFinished, "the "+what, w.Patience(),
		func(e schema.Finished) bool { return e.Operation.ID == got.Operation.ID })
	if end.Operation.State != schema.OperationSucceeded {
		t.Fatalf("the %s ended %s: %s", what, end.Operation.State, end.Operation.Message)
	}
}

func (w *watching) terminated(t *testing.T) {
	w.launch(t)
	lab.Must(t, "terminate-instances", scenario.ClusterName)
}

// idle makes the server end itself after a minute, and waits until the cloud says
// that it has.
func (w *watching) idle(t *testing.T, state string, down bool) {
	scenario.Call(t, w.Peer, schema.ClusterAutostop, schema.AutostopParams{Name: scenario.ClusterName, IdleMinutes: 1, Down: down})
	deadline := time.Now().Add(w.Patience())
	for {
		there := w.Machines(t)
		if state == "" && len(there) == 0 || len(there) == 1 && there[0][2] == state {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s the cloud still has %v", w.Patience(), there)
		}
		time.Sleep(time.Second)
	}
}

func (w *watching) autostop(t *testing.T) { w.idle(t, "stopped", false) }

func (w *watching) autodown(t *testing.T) {
	w.launch(t)
	w.idle(t, "", true)
}

// measure makes a change and returns how long after it the host was told; 0 where
// that was before the command which made it had ended.
func (w *watching) measure(t *testing.T, c change) time.Duration {
	t.Helper()
	mark, before := w.Mark(), w.seq()
	c.make(w, t)
	made := time.Now()
	told := scenario.AwaitAfter(t, w.Peer, mark, schema.ClusterStatusChanged, "status "+string(c.want), w.Patience(),
		func(s schema.StatusChanged) bool { return s.Cluster.Status == c.want })
	took := max(0, time.Since(made)).Round(100 * time.Millisecond)
	t.Logf("%s: %.1f s: %q (%s)", c.name, took.Seconds(), told.Cluster.Description, told.Source)
	external := false
	for _, s := range scenario.Notified(w.Peer, schema.ClusterStatusChanged) {
		external = external || s.Seq > before && s.Source == schema.SourceExternal // maybe only what stands in between
		if s.Seq > before && s.Cluster.Status == schema.StatusError && !strings.HasPrefix(c.name, "auto") {
			t.Errorf("%s: in between it was told as %s: %s", c.name, s.Cluster.Status, s.Cluster.Description)
		}
	}
	if !external {
		t.Errorf("%s is said to be the doing of %s", c.name, told.Source)
	}
	return took
}

// TestLateFailure measures, and prints, how soon a run command is told of that fails when its server has
// run for some time: it is asked for by hand, as TestWatching.
func TestLateFailure(t *testing.T) {
	if os.Getenv("E2E_WATCH") == "" {
		t.Skip("set E2E_WATCH: it takes ten minutes")
	}
	w, made := startWatching(t)
	for _, age := range []time.Duration{20 * time.Second, 4 * time.Minute} {
		w.launch(t, func(spec *schema.Spec) { spec.Run = "while ! [ -e /tmp/over ]; do sleep 0.2; done; exit 3" })
		calls, mark := len(made()), w.Mark()
		time.Sleep(age)
		idle := len(made()) - calls
		// ssh looks for a home in the system's list of users, not in HOME.
		lab.Must(t, "sh", "bash", "-c", `cd ~/.sky/generated && ssh -F ssh/"$0" -i ssh-keys/"$0".key "$0" touch /tmp/over`, scenario.ClusterName)
		ended := time.Now()
		scenario.AwaitAfter(t, w.Peer, mark, schema.ClusterStatusChanged, "the failure", w.Patience(), func(s schema.StatusChanged) bool {
			return slices.ContainsFunc(s.Cluster.Warnings, func(one schema.Error) bool { return one.Kind == schema.KindRunFailed })
		})
		t.Logf("it failed %v after the launch, and was told %.1f s later; %d sky ran before", age, time.Since(ended).Seconds(), idle)
		succeeds(t, w.World, w.Peer, "destroy", scenario.Call(t, w.Peer, schema.ClusterDestroy, schema.DestroyParams{Name: scenario.ClusterName}))
	}
}

// seq is the number of the last status change so far.
func (w *watching) seq() (last uint64) {
	for _, s := range scenario.Notified(w.Peer, schema.ClusterStatusChanged) {
		last = s.Seq
	}
	return last
}

// TestCostOfWatching measures, and prints, what watching a server that nothing happens to takes, of
// processes and of the processor, and what asking `sky status --refresh` every 30 s does. It checks
// nothing: figures of a busy machine say little.
func TestCostOfWatching(t *testing.T) {
	if os.Getenv("E2E_WATCH_COST") == "" {
		t.Skip("set E2E_WATCH_COST=1: it takes half an hour")
	}
	w, made := startWatching(t)
	w.launch(t)
	group := newCPUGroup(t)
	group.add(t, w.PID())
	group.add(t, apiServer(t)...)
	calls := len(made())
	cpu := group.over(t, func() { time.Sleep(watched) })
	t.Logf("watching:                %4.0f sky processes and %5.0f s of CPU an hour", hourly(float64(len(made())-calls), watched), hourly(cpu, watched))
	yes := true
	scenario.Call(t, w.Peer, schema.PollerConfigure, schema.PollerParams{Paused: &yes})
	cpu = group.over(t, func() { time.Sleep(alone) })
	t.Logf("SkyPilot left to itself:                      %5.0f s of CPU an hour", hourly(cpu, alone))
	calls = 0
	group.add(t, os.Getpid()) // what it starts from now on
	cpu = group.over(t, func() {
		for began := time.Now(); time.Since(began) < asked; calls++ {
			next := time.Now().Add(30 * time.Second)
			lab.Must(t, "sh", "sky", "status", "--refresh")
			time.Sleep(time.Until(next))
		}
	})
	t.Logf("sky status --refresh:    %4.0f sky processes and %5.0f s of CPU an hour, run every 30 s", hourly(float64(calls), asked), hourly(cpu, asked))
}

// How long each is measured. A server that answers at its port is looked at every ten minutes, so that less would see a look by
// chance; SkyPilot's own rounds are of one and five minutes.
const (
	watched = 20 * time.Minute
	asked   = 3 * time.Minute
	alone   = 5 * time.Minute
)

func hourly(n float64, of time.Duration) float64 { return n * time.Hour.Hours() / of.Hours() }

// skyCall is a `sky` that the sidecar has run.
type skyCall struct {
	args         string    // "nothing" where it was asked for nothing yet
	began, ended time.Time // ended is zero for one that runs, or was killed
	asked        time.Time // when its modules were imported, and it was asked for something
}

// countCalls puts a `sky` before the real one that notes what it is run for, and when. It is a console
// script as the real one is, so that it, too, can be started before it is due. The sidecar finds SkyPilot's
// packages beside it, as beside the real one, so that it need not ask for the version.
func countCalls(t *testing.T, c *scenario.Command) (calls func() []skyCall) {
	t.Helper()
	env := t.TempDir()
	venv := filepath.Join(lab.Home(t), "venv")
	log, dir := filepath.Join(env, "calls"), filepath.Join(env, "bin")
	script := fmt.Sprintf("#!%s\nimport sys\nfrom counted_sky import cli\nif __name__ == '__main__':\n    sys.exit(cli())\n", filepath.Join(venv, "bin", "python"))
	module := fmt.Sprintf(countedSky, log)
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Symlink(filepath.Join(venv, "lib"), filepath.Join(env, "lib")),
		os.WriteFile(filepath.Join(dir, "counted_sky.py"), []byte(module), 0o600), os.WriteFile(filepath.Join(dir, "sky"), []byte(script), 0o755)); err != nil {
		t.Fatal(err)
	}
	c.Env = append(c.Env, "PATH="+dir+":"+filepath.Join(venv, "bin")+":"+os.Getenv("PATH"))
	return func() (made []skyCall) {
		data, _ := os.ReadFile(log)
		running := map[string]int{} // by process: which of made it is
		for line := range strings.Lines(string(data)) {
			f := strings.SplitN(strings.TrimSpace(line), " ", 4)
			pid, what := f[0], f[1]
			nanos, _ := strconv.ParseInt(f[2], 10, 64)
			at := time.Unix(0, nanos)
			switch what {
			case "starts":
				running[pid] = len(made)
				made = append(made, skyCall{args: "nothing", began: at, asked: at})
			case "runs":
				made[running[pid]].args, made[running[pid]].asked = f[3], at
			case "ends":
				made[running[pid]].ended = at
			}
		}
		return made
	}
}

// countedSky is the module of the script of countCalls. A `sky` that is ended before it is asked for
// anything notes that it has started, and no more.
const countedSky = `import os, sys, time
def note(what, *words):
    with open(%q, "a") as log:
        print(os.getpid(), what, time.time_ns(), *words, file=log)
note("starts")
from sky.cli import cli as real
def cli():
    note("runs", *sys.argv[1:])
    try:
        return real()
    finally:
        note("ends")
`

// cpuGroup counts the CPU time of processes and of all that they start, also of those that nobody
// waits for: SkyPilot's API server has such.
type cpuGroup string

// newCPUGroup makes a group, which is empty. It needs a kernel that counts by group, in version 1 of cgroups.
func newCPUGroup(t *testing.T) cpuGroup {
	t.Helper()
	dir := fmt.Sprintf("/sys/fs/cgroup/cpuacct/carapace-%d", os.Getpid())
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { // a group goes when it is empty
		const root = "/sys/fs/cgroup/cpuacct/cgroup.procs"
		inside, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		for _, pid := range strings.Fields(string(inside)) {
			_ = os.WriteFile(root, []byte(pid), 0) // it may have ended
		}
		if err := errors.Join(err, os.Remove(dir)); err != nil {
			t.Error(err)
		}
	})
	return cpuGroup(dir)
}

func (g cpuGroup) add(t *testing.T, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		if err := os.WriteFile(filepath.Join(string(g), "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// over is how many seconds of the processor the group takes for something.
func (g cpuGroup) over(t *testing.T, something func()) float64 {
	t.Helper()
	before := g.seconds(t)
	something()
	return g.seconds(t) - before
}

func (g cpuGroup) seconds(t *testing.T) float64 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(string(g), "cpuacct.usage"))
	if err != nil {
		t.Fatal(err)
	}
	nanos, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(nanos).Seconds()
}

// apiServer is the processes of SkyPilot's API server, which has a session of its own.
func apiServer(t *testing.T) (pids []int) {
	t.Helper()
	leaders, err := exec.Command("pgrep", "-f", "sky.server.server").Output()
	if err != nil {
		t.Fatalf("no API server: %v", err)
	}
	all, err := exec.Command("pgrep", "-s", strings.Join(strings.Fields(string(leaders)), ",")).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range strings.Fields(string(all)) {
		n, _ := strconv.Atoi(pid)
		pids = append(pids, n)
	}
	return pids
}
