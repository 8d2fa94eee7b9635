package cli

import (
	"context"
	"flag"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/sidecar/terminal"
)

// What was canceled is not said to go on, neither to whoever does not wait for its end nor to whoever waits no more; and how an
// installation stands, which is no server's, is not asked of a server's status.
func TestWhatIsSaidToGoOn(t *testing.T) {
	for _, c := range []struct {
		args string
		kind schema.OperationKind
		want []string
		not  string
	}{
		{"cancel --detach", schema.OperationLaunch, []string{"The launch is being canceled.", "goes on at the cloud", "\n  sidecar status\n"}, "launch goes on"},
		{"cancel", schema.OperationLaunch, []string{"The launch is being canceled.", "\n  sidecar status\n"}, "sidecar cancel"},
		{"cancel --detach", schema.OperationSync, []string{"The sync is being canceled.", "next command"}, "at the cloud"},
		{"cancel", schema.OperationInstall, []string{"Canceling the installation of SkyPilot\n", "The installation is being canceled.", "\n  sidecar wait\n"}, "sidecar status"},
		{"install", schema.OperationInstall, []string{"The installation is left where it is", "\n  sidecar wait\n"}, "sidecar status"},
		{"stop --detach", schema.OperationStop, []string{"The stop goes on at the cloud", "\n  sidecar status\n"}, "cancel"},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		detach := strings.Contains(c.args, "--detach")
		begin := func([]byte) (any, error) {
			if !detach {
				interrupt()
			}
			op := schema.Operation{ID: "1", Kind: c.kind, State: schema.OperationRunning}
			if c.args == "install" {
				return schema.InstallResult{Operation: op}, nil
			}
			return schema.OperationResult{Operation: op}, nil
		}
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){
			"cluster.cancel": begin, "cluster.stop": begin, "skypilot.install": begin,
			"cluster.status": func([]byte) (any, error) { return schema.Cluster{}, nil },
		}}
		stdout, stderr, code := s.run(ctx, false, strings.Fields(c.args)...)
		interrupt()
		if want := map[bool]int{true: exitOK, false: exitInterrupted}[detach]; code != want {
			t.Errorf("%s: exit %d, want %d: %s", c.args, code, want, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s of a %s: %q is missing in\n%s", c.args, c.kind, want, stdout)
			}
		}
		if strings.Contains(stdout, c.not) {
			t.Errorf("%s of a %s: %q is in\n%s", c.args, c.kind, c.not, stdout)
		}
	}
}

// What the wait is for is named, also where it is of no server.
func TestWhatIsWaitedForIsNamed(t *testing.T) {
	for _, c := range []struct {
		op   schema.Operation
		want string
	}{
		{schema.Operation{Kind: schema.OperationInstall}, "The last installation of SkyPilot ended"},
		{schema.Operation{Kind: schema.OperationStop, Cluster: "n"}, "The last stop of n ended"},
	} {
		c.op.ID, c.op.State, c.op.Message = "1", schema.OperationSucceeded, "It is over."
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){
			"operation.get":  func([]byte) (any, error) { return c.op, nil },
			"operation.wait": func([]byte) (any, error) { return c.op, nil },
			"cluster.status": func([]byte) (any, error) { return schema.Cluster{Name: "n", Status: schema.StatusStopped}, nil },
		}}
		if stdout, stderr, code := s.run(t.Context(), false, "wait", "1"); code != exitOK || !strings.Contains(stdout, c.want) {
			t.Errorf("exit %d, %q is missing in\n%s%s", code, c.want, stdout, stderr)
		}
	}
}

// A wrong value is answered with what the flag takes, and the flag that it was of.
func TestAWrongValueIsAnsweredWithWhatTheFlagTakes(t *testing.T) {
	for args, want := range map[string]string{
		"launch --max-price cheap": `--max-price takes a number, such as 0.5, not "cheap"`,
		"launch --autostop soon":   `--autostop takes a whole number, not "soon"`,
		"launch --env FOO":         `--env takes NAME=VALUE, not "FOO"`,
		"launch --spot=often":      `--spot takes true or false, not "often"`,
		"wait --timeout long":      `--timeout takes a time, such as 90s or 1h30m, not "long"`,
		"status --deadline long":   `--deadline takes a time, such as 90s or 1h30m, not "long"`,
		"launch --public=":         "--public and --private take a folder",
		"launch --private=":        "--public and --private take a folder",
		"launch --setup /nowhere":  "--setup: open /nowhere: no such file or directory",
		"launch --run /nowhere":    "--run: open /nowhere: no such file or directory",
		"launch":                   "launch asks before it begins, and there is no terminal to ask at; with --yes it asks nothing",
	} {
		s := &stub{t: t}
		if _, stderr, code := s.run(t.Context(), false, strings.Fields(args)...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q is missing in %s", args, code, want, stderr)
		}
	}
}

// Another server is in the way: what can be done is done to that one, not to the one of the name that was given.
func TestWhatCanBeDoneIsDoneToTheServerThatIsMeant(t *testing.T) {
	refused := &schema.Error{Kind: schema.KindClusterActive, Message: "There is a server already: other is running.", Remedies: []schema.Remedy{
		{ID: "destroy", Label: "Destroy it", Method: schema.ClusterDestroy.Name, Params: []byte(`{"name":"other"}`)},
	}}
	s := &stub{t: t, answers: map[string]func([]byte) (any, error){
		"cluster.preview": func([]byte) (any, error) { return schema.PreviewResult{}, refused },
	}}
	if _, stderr, code := s.run(t.Context(), false, "launch", "--yes", "--name", "mine"); code != exitError || !strings.Contains(stderr, "Destroy it: 'sidecar destroy --name other'") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// Where there is no server a program is refused as a person is.
func TestVaultsOfNoServer(t *testing.T) {
	for _, args := range []string{"vaults", "vaults --json"} {
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){
			"vault.status":   func([]byte) (any, error) { return schema.VaultStatusResult{}, nil },
			"cluster.status": func([]byte) (any, error) { return schema.Cluster{Name: "n", Status: schema.StatusNoServer}, nil },
		}}
		stdout, stderr, code := s.run(t.Context(), false, strings.Fields(args)...)
		if code != exitError || !strings.Contains(stdout+stderr, "There is no server called n.") {
			t.Errorf("%s: exit %d\n%s%s", args, code, stdout, stderr)
		}
	}
}

// What is completed for a flag is what it takes: no file where it takes none.
func TestFlagsAreCompleted(t *testing.T) {
	const none = ":4\n" // cobra's word for: and no files
	for flag, want := range map[string]string{"--disk-tier": "low\nmedium\nhigh\nultra\nbest\n" + none, "--max-price": none, "--region": none, "--setup": ":0\n"} {
		s := &stub{t: t}
		if stdout, _, _ := s.run(t.Context(), false, "__complete", "launch", flag, ""); stdout != want {
			t.Errorf("%s: %q, want %q", flag, stdout, want)
		}
	}
}

// Whoever types the name alone on a terminal reads what it is without scrolling back.
func TestTheNameAloneFillsNoMoreThanAScreen(t *testing.T) {
	for _, width := range []int{60, 80} {
		var out strings.Builder
		a := &app{Program: Program{Name: "./carapace-sidecar", Flags: globals(), Serving: flag.NewFlagSet("", flag.ContinueOnError), Check: func() error { return nil }}}
		a.screen = terminal.New(terminal.Options{Out: &out, Width: func() int { return width }})
		root := a.root(&out)
		root.SetArgs(nil)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(out.String(), "\n"); lines > 23 {
			t.Errorf("%d lines at %d columns:\n%s", lines, width, out.String())
		}
		for _, want := range []string{"Launches one server", "'./carapace-sidecar demo'", "doctor   Check all", "'./carapace-sidecar --help'"} {
			if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), strings.Join(strings.Fields(want), " ")) {
				t.Errorf("%q is missing at %d columns:\n%s", want, width, out.String())
			}
		}
	}
}
