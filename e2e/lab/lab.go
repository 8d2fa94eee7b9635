// Package lab gives Go tests the lab of this folder: the real SkyPilot CLI, and a
// cloud that is this machine. README.md has its commands and what it needs. A test
// binary that uses it ends with os.Exit(lab.Main(m)) in its TestMain. There is one lab
// on a machine: two such binaries must not run at once.
package lab

import (
	"bufio"
	"cmp"
	_ "embed"
	"encoding/json"
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

// APIServer is the address at which the lab's SkyPilot API server listens. SKYPILOT_API_SERVER_LOCAL_PORT chooses another port,
// for two labs in two networks of one machine: `sky api stop` ends all servers of its port, in whichever network.
var APIServer = "127.0.0.1:" + cmp.Or(os.Getenv("SKYPILOT_API_SERVER_LOCAL_PORT"), "46580")

// sidecar is the path of the one under test; Main sets it.
var sidecar string

// Main builds the sidecar, brings the lab up unless it is, runs the tests and returns
// their exit code. A lab that was up before stays up: somebody works in it.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if sidecar, err = scenario.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if _, err := Run("instances"); err != nil {
		if _, err := Run("up"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer Run("down")
	}
	// The first `sky` after a start of the API server can fail (transcript
	// status-apiserver-restarting): none of a story's may be it.
	if _, err := Run("sh", "sky", "api", "start"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// script is the lab's program. A test runs in its package's folder, somewhere below
// the project's.
func script() string {
	below, _ := os.Getwd() // without it the program is not found, and Run says so
	for {
		path := filepath.Join(below, "e2e", "lab", "lab")
		if _, err := os.Stat(path); err == nil || below == filepath.Dir(below) {
			return path
		}
		below = filepath.Dir(below)
	}
}

// Run runs a command of the lab, and returns what it printed when that has ended.
func Run(args ...string) (string, error) {
	cmd := exec.Command(script(), args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("lab %s: %w\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out), nil
}

// Must is Run for a command whose error fails the test.
func Must(t testing.TB, args ...string) string {
	t.Helper()
	out, err := Run(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// World is the lab as the scenarios see it.
type World struct {
	// On is the cloud that the servers are on. Zero is AWS, the one with an account
	// from the start.
	On scenario.Cloud
}

// Simulated is false: shells run on the servers.
func (World) Simulated() bool { return false }

// Cloud is the one that the servers are on.
func (w World) Cloud() scenario.Cloud {
	if w.On.ID == "" {
		return scenario.AWS()
	}
	return w.On
}

// OpenAccount gives SkyPilot credentials for the cloud until the test has ended: with
// none it does not use the cloud, and other tests see none of it. SkyPilot keeps which
// clouds it may use, until it is asked to check.
func (w World) OpenAccount(t testing.TB) {
	t.Helper()
	id := w.Cloud().ID
	Must(t, "account", id)
	t.Cleanup(func() {
		Must(t, "account", id, "")
		Must(t, "sh", "sky", "check", id)
	})
	Must(t, "sh", "sky", "check", id)
}

// Patience is many times what the recordings took (a launch 104 s, a refresh 54 s): on a machine that
// others load a launch took nine minutes.
func (World) Patience() time.Duration { return 20 * time.Minute }

// Clear removes what an earlier run, or a story that failed, left: the machine,
// SkyPilot's record of it, and the sidecar's own durable record. That last one
// refuses a launch from another state folder, and a run that was killed leaves both
// the record and its state folder behind.
func (w World) Clear(t testing.TB) {
	w.Heal(t, scenario.Stage{})
	if len(w.Known(t, scenario.Stage{})) > 0 {
		Must(t, "sh", "sky", "down", "-y", scenario.ClusterName)
	}
	Must(t, "terminate-instances", scenario.ClusterName)
	if err := forget(filepath.Join(Home(t), "home", ".carapace", "locks", "servers"), scenario.ClusterName); err != nil {
		t.Fatal(err)
	}
}

// forget removes the durable records of a server from the folder that holds them
// (docs/state-folder.md). A folder that is not there holds none.
func forget(dir, cluster string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		var record struct {
			Name string `json:"name"`
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if json.Unmarshal(data, &record) == nil && record.Name == cluster {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// Home is the lab's folder: SKYLAB_HOME, or its default.
func Home(t testing.TB) string {
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

// Command starts the sidecar that Main built, with the lab's home and SkyPilot.
func (World) Command(t testing.TB, stage scenario.Stage) scenario.Command {
	t.Helper()
	return scenario.Command{
		Path: sidecar,
		Args: []string{"--state-dir", stage.StateDir, "--project", stage.Project, "--name", scenario.ClusterName, "--log-level", "debug"},
		Env:  environment(t),
		Dir:  stage.Project,
	}
}

// environment is this process's with the lab's exports: its home, its SkyPilot, and
// what leads that to the lab's clouds.
func environment(t testing.TB) []string {
	t.Helper()
	out, err := exec.Command("bash", "-c", Must(t, "env")+"env -0").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.Trim(string(out), "\x00"), "\x00")
}

// Machines lists what the clouds have of the suite's server as cloud and region, id,
// state, address, cluster. What a cloud removes already is not among it.
func (World) Machines(t testing.TB) [][]string {
	t.Helper()
	var there [][]string
	for lines := bufio.NewScanner(strings.NewReader(Must(t, "instances", scenario.ClusterName))); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 5 && !strings.HasPrefix(fields[2], "terminat") {
			there = append(there, fields)
		}
	}
	return there
}

// Instances are the states of what the clouds have of the suite's server; "left" is a
// disk or a network whose machine is gone.
func (w World) Instances(t testing.TB, _ scenario.Stage) []string {
	t.Helper()
	var states []string
	for _, m := range w.Machines(t) {
		states = append(states, m[2])
	}
	return states
}

// Known are the states of the suite's clusters, as SkyPilot says.
func (World) Known(t testing.TB, _ scenario.Stage) []string {
	t.Helper()
	return scenario.Statuses(t, Must(t, "sh", "sky", "status", "-o", "json", scenario.ClusterName))
}

// Disk is the disk of the suite's one machine.
func (w World) Disk(t testing.TB, _ scenario.Stage) string {
	t.Helper()
	there := w.Machines(t)
	if len(there) != 1 {
		t.Fatalf("the cloud has %v, not one machine", there)
	}
	server, _, _ := strings.Cut(there[0][1], "/") // a job's is the one that it runs on
	return filepath.Join(Home(t), "vms", server, "disk")
}

// faults.json has what each cloud of the lab says when it refuses, in the provider's
// own codes and words.
//
//go:embed faults.json
var faults []byte

// wording is what faults.json has of a cloud.
type wording struct {
	// Calls are the cloud's names for launch, start, stop and destroy; what it can't do is not there.
	Calls map[string]string `json:"calls"`
	// Refusals are by the reason.
	Refusals map[string]refusal `json:"refusals"`
}

type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// Unheard: SkyPilot, or the cloud's SDK, has words of its own for the status.
	Unheard bool `json:"unheard"`
	// Heard is what of the refusal comes through, where that is not the message.
	Heard  string `json:"heard"`
	Source string `json:"source"` // where the words are from, or that they are invented
}

func wordings() (all map[string]wording, err error) {
	return all, json.Unmarshal(faults, &all)
}

// striking is a fault of the cloud as the lab knows it: which call is refused and why.
type striking struct{ call, reason, region string }

// strikes are the suite's faults. Each strikes in one region alone, since others may
// use the lab. The faults that are scripts of the story itself are not here: on a real
// server they run.
func (w World) strikes() map[scenario.Fault]striking {
	c := w.Cloud()
	all := map[scenario.Fault]striking{
		scenario.NoCapacityAtFirst: {"launch", "capacity", c.FirstRegion},
	}
	if !c.OwnJobs {
		all[scenario.NoQuota] = striking{"launch", "quota", c.Region}
		all[scenario.DestroyRefused] = striking{"destroy", "permission", c.Region}
	}
	if c.Stop {
		all[scenario.StopRefused] = striking{"stop", "permission", c.Region}
	}
	return all
}

// Inject makes the cloud refuse from now on.
func (w World) Inject(t testing.TB, _ *scenario.Peer, f scenario.Fault) {
	t.Helper()
	if s, ofTheCloud := w.strikes()[f]; ofTheCloud {
		Must(t, "refuse", w.Cloud().ID, s.call, s.reason, s.region)
	}
}

// Words are the cloud's in a fault.
func (w World) Words(f scenario.Fault) string {
	return strings.TrimSuffix(RefusalWords(w.Cloud().ID, w.strikes()[f].reason), ".")
}

// Refuses reports whether a cloud has words in faults.json for that reason.
func Refuses(cloud, reason string) bool {
	all, _ := wordings() // a test of this package reads it
	_, has := all[cloud].Refusals[reason]
	return has
}

// RefusalWords are a cloud's in a refusal of faults.json, "" where there is none or nobody hears them.
func RefusalWords(cloud, reason string) string {
	all, _ := wordings() // a test of this package reads it
	if r := all[cloud].Refusals[reason]; !r.Unheard {
		return cmp.Or(r.Heard, r.Message)
	}
	return ""
}

// Heal takes away this suite's faults, and no others.
func (w World) Heal(t testing.TB, _ scenario.Stage) {
	t.Helper()
	all, err := wordings()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range w.strikes() {
		name := all[w.Cloud().ID].Calls[s.call] + "@" + s.region
		if w.Cloud().ID != scenario.AWS().ID {
			name = w.Cloud().ID + ":" + name
		}
		if err := os.Remove(filepath.Join(Home(t), "faults", name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

// StopOutside stops the suite's machines at the cloud.
func (World) StopOutside(t testing.TB, _ *scenario.Peer) {
	t.Helper()
	Must(t, "stop-instances", scenario.ClusterName)
}

// TerminateOutside removes the suite's machines at the cloud.
func (World) TerminateOutside(t testing.TB, _ *scenario.Peer) {
	t.Helper()
	Must(t, "terminate-instances", scenario.ClusterName)
}
