package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"carapace/schema"
)

// said runs a command in the home of another, and returns what it printed.
func said(t *testing.T, home *exec.Cmd, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t, args...)
	cmd.Dir, cmd.Env = home.Dir, home.Env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its exit code is looked at
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// A server's life by the commands, as a person with a pipe sees it: plain lines, each
// command with its exit code, nothing asked where nothing costs.
func TestCommands(t *testing.T) {
	t.Parallel()
	home := command(t)
	for _, c := range []struct {
		line string
		code int
		says []string // on stdout, in this order
		errs string   // on stderr
	}{
		{"status", 0, []string{"carapace-node: no server", "No server was launched from here yet."}, ""},
		{"cost", 0, []string{"No server was launched from here yet."}, ""},
		{"stop", 1, nil, "There is no server called carapace-node."},
		{"vaults", 1, nil, "There is no server called carapace-node."},
		{"sizes", 2, nil, "sizes takes CLOUD [REGION]"},
		{"launch --disk x", 2, nil, `--disk takes a whole number, not "x"`},
		{"list", 0, []string{"No server is known here."}, ""},
		{"help nix", 2, nil, `unknown command "nix"`},
		{"help launch", 0, []string{"sidecar.test launch [flags]"}, ""},
		{"launch --max-price 0", 2, nil, "would be no limit"},
		{"launch --disk 0", 2, nil, "leave it out for the default"},
		{"call nix", 2, nil, "sidecar.test schema --simulate' describes"},
		{"wait", 1, nil, "Nothing is in progress"},
		{"logs", 1, nil, "There is no server called carapace-node."},
		{"ssh", 1, nil, "There is no server called carapace-node."},
		{"launch --cloud nowhere", 2, nil, "nowhere"},
		{"launch --autostop-down", 2, nil, "--autostop-down needs --autostop"},
		{"launch --secret NO_SUCH_VARIABLE", 2, nil, "NO_SUCH_VARIABLE"},
		{"launch --cpus lots", 2, nil, "no number of virtual CPUs"},
		{"launch --cloud aws --dry-run", 0, []string{"about $0.192 an hour", "Nothing was started."}, ""},
		{"launch --cloud aws --dry-run --region mars", 2, nil, "⊘ The cloud has no such region"},
		{"launch --cloud aws --dry-run --max-price 0.01", 2, nil, "raise the highest price"},
		{"launch --cloud aws --port 443", 0, []string{"Launching carapace-node", "· checking", "· provisioning", "✓ The server is running.", "running · "}, ""},
		{"launch --cloud aws", 1, nil, "There is a server already: carapace-node is running."},
		{"status", 0, []string{"carapace-node: running", "Price: about $0.192 an hour, $140 a month", "Looked at just now."}, ""},
		{"status --cached", 0, []string{"carapace-node: running"}, ""},
		{"status --cached --refresh", 2, nil, "exclude each other"},
		{"cost", 0, []string{"costs about $0.192 an hour", "It has cost ", "by SkyPilot's reckoning"}, ""},
		{"logs", 0, []string{"Job finished"}, ""},
		{"logs -f", 0, []string{"Job finished"}, ""},
		{"logs --source provision --tail 1", 0, []string{"Cluster successfully provisioned"}, ""},
		{"logs --source nothing", 2, nil, "source must be one of"},
		{"open", 0, []string{"https://127.0."}, ""},
		{"ssh", 1, nil, "simulated: there is nothing to log in to"},
		{"sync", 0, []string{"Syncing carapace-node", "✓ The vaults on the server are the same as here, by the contents of every file."}, ""},
		{"vaults", 0, []string{"public: the same as here, by the size and time of every file.", "private: the same as here"}, ""},
		{"vaults --cached", 0, []string{"public: unknown: nothing has changed here since they were the same, and the server was not asked.", "the same last: ", " 20"}, ""},
		{"vaults --cached --contents", 2, nil, "exclude each other"},
		{"vaults watch on", 0, []string{"within seconds", "sidecar.test watch --simulate"}, ""},
		{"vaults --cached", 0, []string{"Continuous sync: on, "}, ""},
		{"status --cached", 0, []string{"carapace-node: running", "  Continuous sync: on, "}, ""},
		{"vaults watch maybe", 2, nil, "maybe"},
		{"vaults watch off", 0, []string{"only after a sync"}, ""},
		{"vaults --cached", 0, []string{"Continuous sync: off."}, ""},
		{"stop", 0, []string{"Stopping carapace-node", "✓ The server is stopped."}, ""},
		{"open", 1, nil, "can't be connected to"},
		{"status --deadline x", 2, nil, "--deadline takes a time, such as 90s or 1h30m, not \"x\"\nSee"},
		{"start", 0, []string{"Starting carapace-node", "✓ The server is running."}, ""},
		{"wait", 0, []string{"✓ The server is running.", "running · "}, ""}, // it has ended before
		{"wait none", 2, nil, "no operation with that id"},
		{"doctor", 0, []string{"✓ SkyPilot: ", "✓ A launch with the defaults: It would be accepted."}, ""},
		{"clouds", 0, []string{"✓ aws ", "Amazon Web Services", "There are credentials here for those with a ✓."}, ""},
		{"clouds aws", 0, []string{"SkyPilot can launch there."}, "Asking SkyPilot about aws, which takes a minute or two"},
		{"regions aws", 0, []string{"eu-central-1", "Frankfurt, Germany", "SkyPilot fetched this ", " 20"}, ""},
		{"sizes aws", 0, []string{"m6i.xlarge   us-east-1  4 vCPUs, 16 GB memory: about $0.192 an hour, spot about $0.077", "SkyPilot's catalog"}, ""},
		{"sizes aws mars-1", 2, nil, `no region "mars-1"`},
		{"clouds awz", 2, nil, "awz"},
		{"install", 1, nil, "simulated and built in"},
		{"call cluster.lanch", 2, nil, "did you mean cluster.launch?"},
		{"call cluster.status {", 2, nil, "no JSON object"},
		{"call cluster.status []", 2, nil, "no JSON object"},
		{"call cluster.stop --wait", 0, []string{`"state": "succeeded"`}, ""},
		{"schema", 0, []string{`"openrpc"`}, ""},
		{"completion bash", 0, []string{"__start_sidecar.test"}, ""},
		{"completion zsh", 0, []string{"#compdef sidecar.test"}, ""},
		{"completion fish", 0, []string{"complete -c sidecar.test"}, ""},
		{"completion powershell", 0, []string{"Register-ArgumentCompleter -CommandName 'sidecar.test'"}, ""},
		{"__complete launch --cloud a", 0, []string{"aws\n", "azure\n"}, ""},
		{"__complete call cluster.la", 0, []string{"cluster.launch\n"}, ""},
		{"completion nix", 2, nil, `unknown command "nix"`},
		{"list", 0, []string{"carapace-node: stopped"}, ""},
		{"forget", 1, nil, ""},
		{"cancel", 1, nil, "Nothing is in progress"},
		{"vaults --help", 0, []string{"sidecar.test vaults [flags]"}, ""},
		{"destroy", 0, []string{"Destroying carapace-node", "✓ The server is destroyed."}, ""},
		{"cost", 0, []string{"Nothing of it costs money any more.", "It cost about $0.", " until it ended, ", " 20"}, ""},
	} {
		args := strings.Fields(c.line)
		if args[0] != "__complete" {
			args = append(args, "--simulate")
		}
		stdout, stderr, code := said(t, home, args...)
		if code != c.code || !strings.Contains(stderr, c.errs) || c.errs == "" && c.code == 0 && stderr != "" && !strings.HasPrefix(c.line, "__") {
			t.Errorf("%s: exit %d, stdout\n%s\nstderr\n%s", c.line, code, stdout, stderr)
		}
		if c.errs != "" && c.code != 0 && strings.Contains(stdout, "\n") {
			t.Errorf("%s: a refusal on stdout:\n%s", c.line, stdout)
		}
		rest := stdout
		for _, want := range c.says {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s: %q is missing, or out of order, in\n%s", c.line, want, stdout)
				break
			}
			rest = after
		}
		if strings.Contains(stdout+stderr, "\x1b") {
			t.Errorf("%s: there are escape codes, though this is no terminal", c.line)
		}
	}
}

// With --json stdout is one JSON value in the protocol's form, refusals too.
func TestCommandsForPrograms(t *testing.T) {
	t.Parallel()
	home := command(t)
	read := func(into any, code int, args ...string) {
		t.Helper()
		stdout, stderr, got := said(t, home, append(args, "--simulate", "--json")...)
		d := json.NewDecoder(strings.NewReader(stdout))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil || d.More() || got != code || stderr != "" {
			t.Errorf("%v: exit %d, %v, stdout\n%s\nstderr\n%s", args, got, err, stdout, stderr)
		}
	}
	var refusal struct{ Error *schema.Error }
	read(&refusal, 1, "stop")
	if refusal.Error == nil || refusal.Error.Kind != schema.KindClusterNotFound {
		t.Errorf("the refusal is %+v", refusal.Error)
	}
	var end schema.Finished
	read(&end, 0, "launch", "--cloud", "aws")
	var c schema.Cluster
	read(&c, 0, "status")
	if end.Operation.State != schema.OperationSucceeded || c.Status != schema.StatusRunning {
		t.Errorf("the launch ended %s, the status is %s", end.Operation.State, c.Status)
	}
	read(&schema.CostResult{}, 0, "cost")
	read(&schema.LogsResult{}, 0, "logs")
	read(&schema.ConnectionResult{}, 0, "ssh")
	read(&schema.DoctorResult{}, 0, "doctor")
	read(&schema.ProviderListResult{}, 0, "clouds")
	read(&schema.ProviderRegionsResult{}, 0, "regions", "aws")
	read(&schema.ProviderSizesResult{}, 0, "sizes", "aws", "us-east-2")
	read(&schema.ProviderCheckResult{}, 0, "clouds", "aws")
	read(&schema.Operation{}, 0, "wait")
	read(&schema.OperationListResult{}, 0, "call", "operation.list", `{"limit":1}`)
}

// A server's name that the person gave is the one that is meant, also where there is
// another server, and only one.
func TestTheNameThatWasGiven(t *testing.T) {
	t.Parallel()
	home := command(t)
	if _, stderr, code := said(t, home, "launch", "--simulate", "--name", "prod", "--cloud", "aws"); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, line := range []string{"stop", "destroy --yes", "call cluster.stop", "call cluster.destroy"} {
		said(t, home, append(strings.Fields(line), "--simulate", "--name", "dev")...)
		stdout, _, _ := said(t, home, "status", "--simulate", "--name", "prod")
		if !strings.Contains(stdout, "prod") || !strings.Contains(stdout, "running") {
			t.Errorf("%s: what was launched is now\n%s", line, stdout)
		}
	}
}

// What was not waited for goes on, and asked for again it is waited for.
// It makes no difference whether what was asked for before has ended when it is looked for.
func TestDetachedThenAskedForAgain(t *testing.T) {
	t.Parallel()
	home := command(t)
	if _, stderr, code := said(t, home, "launch", "--simulate", "--cloud", "aws"); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if stdout, stderr, code := said(t, home, "destroy", "--simulate", "--yes", "--detach"); code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	stdout, stderr, code := said(t, home, "destroy", "--simulate", "--yes")
	if code != 0 {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if stdout, _, _ := said(t, home, "status", "--simulate"); !strings.Contains(stdout, "no server") && !strings.Contains(stdout, "no_server") {
		t.Errorf("the server is now\n%s", stdout)
	}
}

// What goes on is waited for by its own command, as long as it may.
func TestDetachedThenWaitedFor(t *testing.T) {
	t.Parallel()
	home := command(t)
	if _, stderr, code := said(t, home, "launch", "--simulate", "--cloud", "aws", "--detach"); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := said(t, home, "wait", "--simulate", "--timeout", "1ms"); code != 1 || !strings.Contains(stderr, "The launch has not ended yet.") {
		t.Errorf("a wait that is too short: exit %d: %s", code, stderr)
	}
	if stdout, _, code := said(t, home, "wait", "--simulate", "--timeout", "1ms", "--json"); code != 1 || !strings.Contains(stdout, `"kind": "timeout"`) {
		t.Errorf("a program is told of it with exit %d: %s", code, stdout)
	}
	stdout, stderr, code := said(t, home, "wait", "--simulate")
	if code != 0 || !strings.Contains(stdout, "Waiting for the launch of carapace-node") || !strings.Contains(stdout, "✓ The server is running.") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// What spends or destroys is not done without a yes, and where nobody can be asked
// that is said before anything is looked at.
func TestNothingIsSpentUnasked(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"launch --cloud aws", "start", "destroy", "launch --json"} {
		home := command(t)
		stdout, stderr, code := said(t, home, strings.Fields(line)...)
		if code != exitUsage || !strings.Contains(stderr, "--yes") || stdout != "" {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", line, code, stdout, stderr)
		}
	}
}

// sidecar ssh becomes the command of cluster.connection, with what is to be run there.
func TestSSHBecomesTheCommand(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows can't become another program")
	}
	cmd, _ := realDemo(t, "0.01")
	home := &exec.Cmd{Dir: cmd.Dir, Env: cmd.Env}
	if _, stderr, code := said(t, home, "launch", "--yes"); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	script := "#!/bin/sh\necho \"$@\"\nexit 7\n"
	if err := os.WriteFile(filepath.Join(cmd.Dir, "bin", "ssh"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := said(t, home, "ssh", "--", "echo", "it's", "$HOME")
	if code != 7 || !strings.HasSuffix(stdout, " carapace-node echo it's $HOME\n") {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	home.Env = append(home.Env, "PATH=/nonexistent")
	if _, stderr, code := said(t, home, "ssh"); code != exitError || !strings.Contains(stderr, "OpenSSH") {
		t.Errorf("without ssh: exit %d, stderr %q", code, stderr)
	}
}

// A reader that has had enough ends the demo, and leaves nothing in the temporary folder.
func TestDemoIntoAClosedPipe(t *testing.T) {
	t.Parallel()
	cmd := command(t, "demo")
	temp := t.TempDir()
	cmd.Env = append(cmd.Env, "TMPDIR="+temp)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = reader.Read(make([]byte, 1))
	_, _ = reader.Close(), writer.Close()
	_ = cmd.Wait() // its exit code is looked at
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d", code)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

// What is lost is no success.
func TestOutputThatIsLost(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"status --simulate", "--version", "--help"} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip("there is no full disk here: ", err)
		}
		cmd := command(t, strings.Fields(line)...)
		cmd.Stdout = full
		_ = cmd.Run() // its exit code is looked at
		full.Close()
		if code := cmd.ProcessState.ExitCode(); code != exitError {
			t.Errorf("%s: exit %d", line, code)
		}
	}
}
