//go:build e2e

// Package e2e plays the scenarios with the real SkyPilot CLI, in the lab.
package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/e2e/scenario"
)

// binary is the sidecar under test.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binary, err = scenario.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// A lab that was up before stays up: somebody works in it.
	if _, err := lab("instances"); err != nil {
		if _, err := lab("up"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer lab("down")
	}
	// The first `sky` after a start of the API server can fail (transcript
	// status-apiserver-restarting): none of a story's may be it.
	if _, err := lab("sh", "sky", "api", "start"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// lab runs a command of the lab and returns what it printed.
func lab(args ...string) (string, error) {
	cmd := exec.Command("./lab/lab", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("lab %s: %w\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out), nil
}

func mustLab(t testing.TB, args ...string) string {
	t.Helper()
	out, err := lab(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLab tells every story to the real SkyPilot, all on one stage, so that a
// launch of 70 seconds serves several.
func TestLab(t *testing.T) {
	stage := scenario.NewStage(t, t.TempDir())
	w := world{}
	w.clear(t)
	t.Cleanup(func() { w.clear(t) })
	scenario.Run(t, w, func(testing.TB) scenario.Stage { return stage })
}

type world struct{}

func (world) Simulated() bool { return false }

// Patience is many times what the recordings took (a launch 104 s, a refresh 54 s).
func (world) Patience() time.Duration { return 8 * time.Minute }

// clear removes what an earlier run, or a story that failed, left.
func (w world) clear(t testing.TB) {
	w.Heal(t, scenario.Stage{})
	if len(w.Known(t, scenario.Stage{})) > 0 {
		mustLab(t, "sh", "sky", "down", "-y", scenario.ClusterName)
	}
	mustLab(t, "terminate-instances", scenario.ClusterName)
}

// home is the lab's folder: SKYLAB_HOME, or its default.
func home(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("SKYLAB_HOME"); dir != "" {
		return dir
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, ".cache", "skylab")
}

func (world) Command(t testing.TB, stage scenario.Stage) scenario.Command {
	t.Helper()
	return scenario.Command{
		Path: binary,
		Args: []string{"--state-dir", stage.StateDir, "--project", stage.Project, "--name", scenario.ClusterName, "--log-level", "debug"},
		Env: append(os.Environ(), "HOME="+filepath.Join(home(t), "home"),
			"PATH="+filepath.Join(home(t), "venv", "bin")+":"+os.Getenv("PATH"), "SKYPILOT_DISABLE_USAGE_COLLECTION=1"),
		Dir: stage.Project,
	}
}

// machines lists the suite's instances as region, id, state, address, cluster.
func (world) machines(t testing.TB) [][]string {
	t.Helper()
	var there [][]string
	for lines := bufio.NewScanner(strings.NewReader(mustLab(t, "instances", scenario.ClusterName))); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 5 && fields[2] != "terminated" {
			there = append(there, fields)
		}
	}
	return there
}

func (w world) Instances(t testing.TB, _ scenario.Stage) []string {
	t.Helper()
	var states []string
	for _, m := range w.machines(t) {
		states = append(states, m[2])
	}
	return states
}

func (world) Known(t testing.TB, _ scenario.Stage) []string {
	t.Helper()
	return scenario.Statuses(t, mustLab(t, "sh", "sky", "status", "-o", "json", scenario.ClusterName))
}

func (w world) Disk(t testing.TB, _ scenario.Stage) string {
	t.Helper()
	there := w.machines(t)
	if len(there) != 1 {
		t.Fatalf("the cloud has %v, not one machine", there)
	}
	return filepath.Join(home(t), "vms", there[0][1], "disk")
}

// faults are the cloud's refusals: the call, its error code, its words. Each
// strikes in one region alone, since others may use the lab.
var faults = map[scenario.Fault][3]string{
	scenario.NoQuota:           {"RunInstances@" + scenario.Region, "VcpuLimitExceeded", scenario.QuotaWords + " of 0 allows for the instance bucket that the specified instance type belongs to."},
	scenario.NoCapacityAtFirst: {"RunInstances@" + scenario.FirstRegion, "InsufficientInstanceCapacity", "We currently do not have sufficient capacity in the Availability Zone you requested."},
	scenario.StopRefused:       {"StopInstances@" + scenario.Region, "UnauthorizedOperation", "You are " + scenario.RefuseWords + "."},
	scenario.DestroyRefused:    {"TerminateInstances@" + scenario.Region, "UnauthorizedOperation", "You are " + scenario.RefuseWords + "."},
}

// Inject leaves out the faults that are scripts of the story itself: on a real
// server they run.
func (world) Inject(t testing.TB, _ *scenario.Peer, f scenario.Fault) {
	t.Helper()
	if fault, ofTheCloud := faults[f]; ofTheCloud {
		mustLab(t, append([]string{"fault"}, fault[:]...)...)
	}
}

// Heal takes away this suite's faults, and no others.
func (world) Heal(t testing.TB, _ scenario.Stage) {
	t.Helper()
	for _, fault := range faults {
		if err := os.Remove(filepath.Join(home(t), "faults", fault[0])); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

func (world) StopOutside(t testing.TB, _ *scenario.Peer) {
	t.Helper()
	mustLab(t, "stop-instances", scenario.ClusterName)
}

func (world) TerminateOutside(t testing.TB, _ *scenario.Peer) {
	t.Helper()
	mustLab(t, "terminate-instances", scenario.ClusterName)
}
