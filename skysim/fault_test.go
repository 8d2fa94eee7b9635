package skysim

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	launchLine = "launch -y -c carapace-node -d task.yaml"
	statusLine = "status -o json carapace-node"
	lookLine   = "status -o json --refresh carapace-node"
)

// scenario is a fault and what SkyPilot makes of it.
type scenario struct {
	name   string
	faults []Fault
	before func(*lab) // what was done before the fault
	line   string     // the command that meets it
	code   int
	says   []string // on either stream
	state  string   // of the cluster afterwards
	alive  int      // machines that bill afterwards
	job    string   // the last job's state, a while later
}

func scenarios() []scenario {
	up := func(l *lab) { l.up() }
	stopped := func(l *lab) { l.up(); l.ok("stop -y carapace-node") }
	return []scenario{
		{
			name: "capacity fails over to the next region", faults: []Fault{{faultCapacity, "us-east-1"}}, line: "launch -y -c carapace-node -d --infra aws task.yaml",
			says: []string{"InsufficientInstanceCapacity", "Trying other potential resources", "Launching on AWS us-east-2"}, state: clusterUp, alive: 1, job: jobSucceeded,
		},
		{
			name: "no capacity anywhere", faults: []Fault{{faultCapacity, ""}}, line: "launch -y -c carapace-node -d --infra aws task.yaml", code: 1,
			says: []string{"(tried 5 infra)", "Failed to acquire resources in all zones in eu-west-1"},
		},
		{name: "quota elsewhere is none here", faults: []Fault{{faultQuota, "us-west-2"}}, line: launchLine, state: clusterUp, alive: 1, job: jobSucceeded},
		{
			name: "start refused", before: stopped, faults: []Fault{{faultStartRefused, ""}}, line: "start -y carapace-node", code: 1,
			says: []string{"StartInstances", "(previous status: STOPPED). To retry launching the cluster, run: sky start carapace-node"}, state: clusterStopped, job: jobLost,
		},
		{
			name: "a refused stop exits 0 and bills on", before: up, faults: []Fault{{faultStopRefused, ""}}, line: "stop -y carapace-node",
			says: []string{"UnauthorizedOperation", "Cluster(s) failed"}, state: clusterUp, alive: 1, job: jobSucceeded,
		},
		{
			name: "an asynchronous stop that is refused says done", before: up, faults: []Fault{{faultStopRefused, ""}}, line: "stop -y --async carapace-node",
			says: []string{"Submitted sky.Stopping request: ", "Stopping cluster carapace-node...done."}, state: clusterUp, alive: 1, job: jobSucceeded,
		},
		{
			name: "a refused down exits 0 and bills on", before: up, faults: []Fault{{faultDownRefused, ""}}, line: "down -y carapace-node",
			says: []string{"TerminateInstances", "sky down --purge"}, state: clusterUp, alive: 1, job: jobSucceeded,
		},
		{
			name: "purge forgets a machine that lives", before: up, faults: []Fault{{faultDownRefused, ""}}, line: "down -y --purge carapace-node",
			says: []string{"...done."}, alive: 1,
		},
		{name: "setup fails and the cluster is UP", faults: []Fault{{faultSetupFailed, ""}}, line: launchLine, state: clusterUp, alive: 1, job: jobFailedSetup},
		{name: "run fails and the cluster is UP", faults: []Fault{{faultRunFailed, ""}}, line: launchLine, state: clusterUp, alive: 1, job: jobFailed},
		{
			name: "run fails only later", faults: []Fault{{faultRunFailsLater, "us-east-1"}}, line: launchLine, state: clusterUp, alive: 1, job: jobRunning,
		},
		{
			name: "a record that SkyPilot leaves out", before: up, faults: []Fault{{faultRecordInvalid, ""}}, line: "down -y carapace-node",
			says: []string{"Failed to validate status responses for cluster carapace-node: ", noSuch}, state: clusterUp, alive: 1, job: jobSucceeded,
		},
		{
			name: "a mount that fails leaves the cluster UP", faults: []Fault{{faultMountFailed, ""}}, line: launchLine, code: 1,
			says: []string{"Failed to rsync up"}, state: clusterUp, alive: 1,
		},
		{name: "disk full", faults: []Fault{{faultDiskFull, ""}}, line: launchLine, code: 1, says: []string{"No space left on device"}, state: clusterUp, alive: 1},
		{name: "ssh never up", faults: []Fault{{faultSSHNeverUp, ""}}, line: launchLine, code: 1, says: []string{"after timeout 600s", "Failed to provision"}},
		{name: "an answer that does not come", faults: []Fault{{faultAnswerLost, ""}}, line: launchLine, code: 1, says: []string{"Read timeout on endpoint URL"}, alive: 1},
		{name: "rate limited to the end", faults: []Fault{{faultRateLimited, ""}}, line: launchLine, code: 1, says: []string{"RequestLimitExceeded"}},
		{name: "api server cannot start", faults: []Fault{{faultServerDown, ""}}, line: launchLine, code: 1, says: []string{"process exited unexpectedly"}},
		{name: "old version knows no JSON", faults: []Fault{{faultOldVersion, ""}}, line: statusLine, code: 2, says: []string{"No such option: -o"}},
		{name: "old version says so", faults: []Fault{{faultOldVersion, ""}}, line: "--version", says: []string{"skypilot, version 0.10.0"}},
		{name: "unreachable", before: up, faults: []Fault{{faultUnreachable, ""}}, line: lookLine, says: []string{`"INIT"`}, state: clusterInit, alive: 1, job: jobSucceeded},
		{
			name: "start of an unreachable machine stops it", before: up, faults: []Fault{{faultUnreachable, ""}}, line: "start -y -f carapace-node", code: 1,
			says: []string{"Failed to SSH"}, state: clusterStopped, job: jobSucceeded,
		},
		{name: "spot preempted", faults: []Fault{{faultSpotPreempted, ""}}, before: func(l *lab) {
			l.ok("api start")
			l.ok("launch -y -c carapace-node -d --use-spot task.yaml")
			time.Sleep(10 * time.Second)
		}, line: lookLine, says: []string{"Cluster terminated on the cloud"}},
		{
			name: "a stop that the cloud throttles", before: up, faults: []Fault{{faultThrottled, ""}}, line: "stop -y carapace-node",
			says: []string{"RequestLimitExceeded"}, state: clusterUp, alive: 1, job: jobSucceeded,
		},
		{name: "stop on a cloud that cannot", before: func(l *lab) {
			if err := l.control().Clear(); err != nil {
				l.t.Fatal(err)
			}
			l.ok("api start")
			l.ok("launch -y -c carapace-node -d --infra lambda task.yaml")
		}, line: "stop -y carapace-node", says: []string{"... skipped.", "Stopping is currently not supported for lambda."}, state: clusterUp, alive: 1, job: jobSucceeded},
		{name: "autostop of a spot machine", before: func(l *lab) {
			l.ok("api start")
			l.ok("launch -y -c carapace-node -d --use-spot task.yaml")
		}, line: "autostop -y -i 5 carapace-node", says: []string{"not supported on AWS"}, state: clusterUp, alive: 1, job: jobSucceeded},
		{name: "nothing fits", line: "launch -y -c carapace-node -d --cpus 5000+ task.yaml", code: 1, says: []string{"Catalog does not contain any instances"}},
		{name: "unknown field", before: func(l *lab) { l.task("task.yaml", "envs:", "foo: 1\nenvs:") }, line: launchLine, code: 1, says: []string{"Found unsupported field 'foo'"}},
		{name: "no such cloud", line: "launch -y -c carapace-node --infra nimbus task.yaml", code: 1, says: []string{"Cloud 'nimbus' is not a valid cloud among"}},
		{name: "a yaml that is not there becomes a question", line: "launch -y -c carapace-node gone.yaml", code: 1, says: []string{"looks like a yaml path but", "Aborted!"}},
	}
}

func TestScenarios(t *testing.T) {
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			l := newLab(t)
			t.Chdir(l.home)
			synctest.Test(t, func(t *testing.T) {
				l.t = t
				if s.before != nil {
					s.before(l)
				}
				for _, f := range s.faults {
					l.inject(f.Name, f.At)
				}
				s.check(l, l.sky(s.line))
			})
		})
	}
}

func (s scenario) check(l *lab, a answer) {
	l.t.Helper()
	if a.code != s.code {
		l.t.Errorf("exit %d, want %d", a.code, s.code)
	}
	for _, words := range s.says {
		if !strings.Contains(plain(a.stdout+a.stderr), words) && !strings.Contains(a.stdout+a.stderr, words) {
			l.t.Errorf("%q is said nowhere", words)
		}
	}
	if strings.Contains(s.line, "--async") {
		time.Sleep(10 * time.Second)
	}
	if got := l.status(); got != s.state {
		l.t.Errorf("the cluster is %q, want %q", got, s.state)
	}
	if got := l.alive(); got != s.alive {
		l.t.Errorf("%d machines bill, want %d", got, s.alive)
	}
	time.Sleep(30 * time.Second)
	if got := l.lastJob(); got != s.job {
		l.t.Errorf("the last job is %q, want %q", got, s.job)
	}
	if l.t.Failed() {
		l.t.Logf("stdout:\n%s\nstderr:\n%s", a.stdout, a.stderr)
	}
}

// lastJob is the state of the cluster's last job, "" when there is none.
func (l *lab) lastJob() string {
	l.t.Helper()
	state := ""
	if err := l.control().world().update(func(w *world) error {
		if c := w.cluster(name); c != nil && len(c.Jobs) > 0 {
			state = c.Jobs[len(c.Jobs)-1].Status
		}
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
	return state
}

// TestEveryFaultHasATest names the faults that neither a scenario nor a replay
// injects.
func TestEveryFaultHasATest(t *testing.T) {
	elsewhere := []string{
		faultPermission, faultUnauthorized, faultServerDies, faultNetwork, faultCredentialsInvalid, faultCredentialsMissing,
		faultStaleIdentity,    // replays
		faultLaunchHangs,      // TestHangingLaunch
		faultHostKeyChanged,   // TestHostKeys
		faultServiceUnhealthy, // TestAskService
	}
	for _, s := range scenarios() {
		for _, f := range s.faults {
			elsewhere = append(elsewhere, f.Name)
		}
	}
	for _, f := range FaultNames() {
		if !slices.Contains(elsewhere, f) {
			t.Errorf("nothing tests %s", f)
		}
	}
}

func TestHangingLaunch(t *testing.T) {
	l := newLab(t)
	t.Chdir(l.home)
	synctest.Test(t, func(t *testing.T) {
		l.t = t
		l.ok("api start")
		l.inject(faultLaunchHangs, "")
		id := l.submit("launch --async -y -c carapace-node -d task.yaml")
		time.Sleep(24 * time.Hour)
		if a := l.sky("api logs --no-follow " + id); !strings.HasSuffix(a.stdout, "(us-east-1a,us-east-1b,us-east-1c).\n") {
			t.Errorf("after a day: %q", a.stdout)
		}
		l.heal(faultLaunchHangs)
		l.ok("api logs " + id)
		if got := l.status(); got != clusterUp {
			t.Errorf("after the cloud answered: %q", got)
		}
	})
}

func TestControl(t *testing.T) {
	c := newLab(t).control()
	err := c.Inject("gremlins", "")
	if err == nil || !strings.Contains(err.Error(), "capacity") || !strings.Contains(err.Error(), `"gremlins"`) {
		t.Errorf("an unknown fault: %v", err)
	}
	if err := c.Clear(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is once
		if err := c.Inject(faultQuota, "us-east-1"); err != nil {
			t.Fatal(err)
		}
	}
	faults, err := c.Faults()
	if err != nil || !slices.Equal(faults, []Fault{{faultQuota, "us-east-1"}}) {
		t.Errorf("faults: %v, %v", faults, err)
	}
}
