package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"carapace/sidecar/terminal"
	"carapace/skysim"
)

// realDemo is `sidecar demo --real` on a machine where the simulated SkyPilot is
// installed as `sky`: the demo can't tell it from a real one. calls returns how
// programs were run so far, one call a line. speed is skysim.EnvSpeed.
func realDemo(t *testing.T, speed string, args ...string) (cmd *exec.Cmd, calls func() string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the installed sky is a shell script")
	}
	cmd = command(t, append([]string{"demo", "--real"}, args...)...)
	self, bin := cmd.Path, filepath.Join(cmd.Dir, "bin")
	log, cloud := filepath.Join(bin, "calls"), filepath.Join(cmd.Dir, "cloud")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"sky", "rsync", "ssh"} {
		script := fmt.Sprintf("#!/bin/sh\necho %s \"$@\" >> '%s'\n%s=1 %s='%s' %s=%s exec '%s' %s \"$@\"\n",
			program, log, asSidecar, skysim.EnvDir, cloud, skysim.EnvSpeed, speed, self, program)
		if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Env = append(cmd.Env, "HOME="+skysim.Home(cloud), "PATH="+bin+":/usr/bin:/bin", "CARAPACE_SKY="+filepath.Join(bin, "sky"),
		"SKYPILOT_API_SERVER_LOCAL_PORT=1") // where nobody answers
	if err := os.MkdirAll(skysim.Home(cloud), 0o700); err != nil {
		t.Fatal(err)
	}
	return cmd, func() string {
		text, _ := os.ReadFile(log) // missing: sky was not run
		return string(text)
	}
}

// knowing puts a state folder that knows of a running server into a home.
func knowing(t *testing.T, dir, name string) (state string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	state = filepath.Join(dir, "state.json")
	text := fmt.Sprintf(`{"version":1,"clusters":{%q:{"view":{"name":%[1]q,"status":"running","description":"The server is running."},"hash":"h","machine":true}},"operations":[]}`, name)
	if err := os.WriteFile(state, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return state
}

// changesNothing fails the test if sky was run to change a server.
func changesNothing(t *testing.T, calls string) {
	t.Helper()
	for _, verb := range []string{"launch", "start", "stop", "down", "cancel"} {
		if strings.Contains(calls, "sky "+verb) {
			t.Errorf("sky %s was run:\n%s", verb, calls)
		}
	}
}

// saying runs a demo whose user types what is given, and returns what it said.
func saying(t *testing.T, cmd *exec.Cmd, stdin string) (text string, code int) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout = strings.NewReader(stdin), &out
	_ = cmd.Run() // its exit code is looked at
	return out.String(), cmd.ProcessState.ExitCode()
}

// The server of that name is the user's: the demo says so first, asks nothing, and
// runs no sky that could change anything.
func TestRealDemoLeavesTheUsersServerAlone(t *testing.T) {
	cmd, calls := realDemo(t, "0.01")
	state := knowing(t, filepath.Join(skysim.Home(filepath.Join(cmd.Dir, "cloud")), ".carapace"), "carapace-node")
	text, code := saying(t, cmd, "yes\n")
	if code != 1 || !strings.HasPrefix(text, "There is a server called carapace-node already. The server is running.") || strings.Contains(text, "Type yes") {
		t.Errorf("exit %d, it says:\n%s", code, text)
	}
	changesNothing(t, calls())
	if kept, err := os.ReadFile(state); err != nil || !strings.Contains(string(kept), `"carapace-node"`) {
		t.Errorf("the state is now %s (%v)", kept, err)
	}
}

// A server that SkyPilot alone knows of, here launched by hand, is the user's as well.
func TestRealDemoLeavesAServerOfSkyPilotsAlone(t *testing.T) {
	t.Parallel()
	cmd, calls := realDemo(t, "0.01", "--yes")
	task := filepath.Join(cmd.Dir, "task.yaml")
	if err := os.WriteFile(task, []byte("resources: {infra: aws/us-west-2, instance_type: m6i.large}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	byHand := exec.Command(filepath.Join(cmd.Dir, "bin", "sky"), "launch", "-y", "-c", "carapace-node", "-d", task)
	byHand.Env = cmd.Env
	if out, err := byHand.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before := len(calls())
	text, code := saying(t, cmd, "")
	if code != 1 || !strings.Contains(text, "There is a server called carapace-node already.") || strings.Contains(text, "▶") {
		t.Errorf("exit %d, it says:\n%s", code, text)
	}
	changesNothing(t, calls()[before:])
}

func TestRealDemoWithNothingInstalled(t *testing.T) {
	t.Parallel()
	cmd := command(t, "demo", "--real", "--cloud", "gcp", "--region", "us-central1")
	cmd.Dir = t.TempDir() // no vaults either
	text, code := saying(t, cmd, "yes\n")
	if code != 1 || !strings.Contains(text, "no credentials for Google Cloud") || strings.Count(text, "which is no program at an absolute path") != 1 {
		t.Errorf("exit %d, it says:\n%s", code, text)
	}
	for _, not := range []string{"Type yes", "Cleaning up", "costing money"} {
		if strings.Contains(text, not) {
			t.Errorf("it says %q:\n%s", not, text)
		}
	}
}

// A launch that was begun goes on when the demo is interrupted: it names the server
// and the very command that ends it.
func TestRealDemoInterrupted(t *testing.T) {
	t.Parallel()
	cmd, _ := realDemo(t, "0.03", "--yes", "--name", "mine")
	state := filepath.Join(cmd.Dir, "it's a folder")
	cmd.Args = append(cmd.Args, "--state-dir", state)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
	defer stuck.Stop()
	var text strings.Builder
	interrupted := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "checking") && !interrupted {
			interrupted = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // its exit code is looked at
	want := cmd.Path + ` destroy --yes --name mine --state-dir '` + cmd.Dir + `/it'\''s a folder'`
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || !strings.Contains(text.String(), want) || !strings.Contains(text.String(), "mine may be running. The machine costs ") {
		t.Fatalf("exit %d, it says:\n%s\nwant the command\n%s", code, text.String(), want)
	}
	byHand := exec.Command("sh", "-c", want)
	byHand.Env, byHand.Dir = cmd.Env, t.TempDir()
	if said, err := byHand.CombinedOutput(); err != nil || !strings.Contains(string(said), "The server is destroyed.") {
		t.Errorf("the command: %v\n%s", err, said)
	}
}

// What the demo launched itself it takes through its life, and destroys.
func TestRealDemo(t *testing.T) {
	t.Parallel()
	cmd, _ := realDemo(t, "0.01", "--yes")
	text, code := saying(t, cmd, "")
	if code != 0 || !strings.Contains(text, "The whole life took") {
		t.Errorf("exit %d, it says:\n%s", code, text)
	}
}

// The command names the server, and every flag without which it would be another's.
func TestDestroyCommand(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	usual := filepath.Join(home, ".carapace")
	for name, c := range map[string]struct {
		options options
		program string
		want    string
	}{
		"the defaults":          {options{name: "carapace-node", stateDir: usual}, "./sidecar", "./sidecar destroy --yes --name carapace-node"},
		"a name":                {options{name: "mine", stateDir: usual}, "sidecar", "sidecar destroy --yes --name mine"},
		"a state folder":        {options{name: "carapace-node", stateDir: "/srv/my state"}, "sidecar", "sidecar destroy --yes --name carapace-node --state-dir '/srv/my state'"},
		"a folder in quotes":    {options{name: "carapace-node", stateDir: usual}, "/it's/sidecar", `'/it'\''s/sidecar' destroy --yes --name carapace-node`},
		"from go run":           {options{name: "carapace-node", stateDir: usual}, filepath.Join(os.TempDir(), "go-build12", "b001", "exe", "sidecar"), "go run ./sidecar destroy --yes --name carapace-node"},
		"from go run's cache":   {options{name: "carapace-node", stateDir: usual}, filepath.Join("/cache", "de", strings.Repeat("de8c", 16)+"-d", "sidecar"), "go run ./sidecar destroy --yes --name carapace-node"},
		"the simulated default": {options{name: "carapace-node", stateDir: filepath.Join(usual, "simulate")}, "sidecar", "sidecar destroy --yes --name carapace-node --state-dir " + terminal.Quote(filepath.Join(usual, "simulate"))},
	} {
		t.Run(name, func(t *testing.T) {
			if line := c.options.destroyCommand(c.program); line != c.want {
				t.Errorf("it is %s, want %s", line, c.want)
			}
		})
	}
}
