package cli

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carapace/schema"
	"carapace/sidecar/terminal"
)

// stub is a service whose answers a test gives, by method.
type stub struct {
	t       *testing.T
	answers map[string]func(params []byte) (any, error)
	host    Listener
	closed  int
}

func (s *stub) Call(_ context.Context, method string, params []byte) (any, error) {
	answer := s.answers[method]
	switch {
	case answer == nil && method == schema.ClusterPreview.Name: // nothing is wrong, nothing to be warned of
		return schema.PreviewResult{}, nil
	case answer == nil:
		s.t.Errorf("%s was called with %s", method, params)
		return nil, &schema.Error{Kind: schema.KindInternal, Message: "no"}
	}
	return answer(params)
}

func (s *stub) Settle(context.Context, string) {}
func (s *stub) Close()                         { s.closed++ }

// run carries out a command on a stub, and returns what it wrote.
func (s *stub) run(ctx context.Context, simulated bool, args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	dir := s.t.TempDir()
	file := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			s.t.Fatal(err)
		}
		return f
	}
	in, out, errs := file("in"), file("out"), file("err")
	code = Run(ctx, Program{
		Name: "sidecar", Clouds: []string{"aws"}, In: in, Out: out, Err: errs, Getenv: func(name string) string { return map[string]string{"TOKEN": "secret"}[name] },
		Flags: globals(), Serving: flag.NewFlagSet("", flag.ContinueOnError), Check: func() error { return nil },
		Simulated: func() bool { return simulated }, Open: func(l Listener) (Service, error) { s.host = l; return s, nil },
		Demo:   func(context.Context, *terminal.Screen, Demo) int { return exitOK },
		Exec:   func([]string) error { return nil },
		Browse: func(string) error { return nil },
	}, args)
	read := func(f *os.File) string {
		defer f.Close()
		text, err := os.ReadFile(f.Name())
		if err != nil {
			s.t.Fatal(err)
		}
		return string(text)
	}
	in.Close()
	return read(out), read(errs), code
}

func globals() *flag.FlagSet {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.String("name", "carapace-node", "")
	flags.String("state-dir", "", "")
	flags.Bool("simulate", false, "")
	flags.Duration("deadline", 0, "")
	return flags
}

// A command line's spec is what cluster.launch is asked for: nothing that was left out
// is in it, and a flag counts before the file.
func TestLaunchAsksForTheFlags(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"spec.json": `{"cloud":"gcp","region":"us-west1","docker":true}`, "setup.sh": "apt update\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	off := false
	for name, c := range map[string]struct {
		args string
		want schema.Spec
	}{
		"nothing": {"", schema.Spec{}},
		"much": {
			"--cloud aws --cpus 8 --memory 32+ --disk 200 --spot --port 443,80 --port 8000 --health 8000/healthz --max-price 1.5 --autostop 60 --autostop-down --env A=1 --secret TOKEN --no-docker --private /p --setup " + filepath.Join(dir, "setup.sh"),
			schema.Spec{
				Cloud: "aws", CPUs: "8", Memory: "32+", DiskSize: 200, UseSpot: true, Ports: []string{"443", "80", "8000"}, MaxHourlyCost: 1.5, Health: &schema.Health{Port: 8000, Path: "/healthz"},
				Autostop: &schema.Autostop{IdleMinutes: 60, Down: true}, Envs: map[string]string{"A": "1"}, Secrets: map[string]string{"TOKEN": "secret"},
				Docker: &off, Vaults: &schema.Vaults{Private: "/p"}, Setup: "apt update\n",
			},
		},
		"a file": {"--region us-east1 --spec " + filepath.Join(dir, "spec.json"), schema.Spec{Cloud: "gcp", Region: "us-east1", Docker: new(bool)}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a file" {
				*c.want.Docker = true
			}
			var got schema.LaunchParams
			s := &stub{t: t, answers: map[string]func([]byte) (any, error){"cluster.launch": func(params []byte) (any, error) {
				return schema.OperationResult{}, json.Unmarshal(params, &got)
			}}}
			_, stderr, code := s.run(t.Context(), false, strings.Fields("launch --yes --detach "+c.args)...)
			if diff := cmp.Diff(c.want, got.Spec); diff != "" || code != 0 || s.closed != 1 {
				t.Errorf("exit %d, %s\n%s", code, stderr, diff)
			}
		})
	}
}

// A simulated server is on a cloud that can stop it; a real one where SkyPilot chooses.
func TestWhereALaunchGoesThatNamesNoCloud(t *testing.T) {
	for simulated, want := range map[bool]string{true: "aws", false: ""} {
		var got schema.LaunchParams
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){"cluster.launch": func(params []byte) (any, error) {
			return schema.OperationResult{}, json.Unmarshal(params, &got)
		}}}
		if _, stderr, code := s.run(t.Context(), simulated, "launch", "--yes", "--detach"); code != 0 || got.Spec.Cloud != want {
			t.Errorf("simulated %v: exit %d, on %q: %s", simulated, code, got.Spec.Cloud, stderr)
		}
	}
}

// Whoever interrupts a command reads what goes on, what that costs as far as it is
// known, and the commands with the flags of this one.
func TestInterrupted(t *testing.T) {
	price := schema.Costs{Sentence: "It costs $1 an hour."}
	for name, c := range map[string]struct {
		args      string
		costs     schema.Costs
		simulated bool
		want      []string
		not       string
	}{
		"launch":    {"launch --yes", price, false, []string{"The launch goes on at the cloud", "at the cloud without this program. It costs $1 an hour.", "\n  sidecar status\n", "\n  sidecar cancel\n"}, ""},
		"simulated": {"launch --simulate", price, true, []string{"simulated and costs nothing", "\n  sidecar status --simulate\n"}, "$"},
		"stop":      {"stop --name mine", price, false, []string{"The stop goes on", "It costs $1 an hour.", "sidecar status --name mine"}, "cancel"},
		"destroy":   {"destroy -y", schema.Costs{}, false, []string{"The destroy goes on"}, "cancel"},
		"sync":      {"sync", price, false, []string{"the next command takes it up", "It costs $1 an hour."}, "at the cloud"},
		"install":   {"install", price, false, []string{"the next command takes it up"}, "cost"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			kind := schema.OperationKind(strings.Fields(c.args)[0])
			begin := func([]byte) (any, error) {
				cancel()
				op := schema.Operation{ID: "1", Kind: kind, State: schema.OperationRunning}
				if kind == schema.OperationInstall {
					return schema.InstallResult{Operation: op}, nil
				}
				return schema.OperationResult{Operation: op, Cluster: schema.Cluster{Costs: c.costs}}, nil
			}
			s := &stub{t: t, answers: map[string]func([]byte) (any, error){
				"cluster.launch": begin, "cluster.stop": begin, "cluster.destroy": begin, "cluster.sync": begin, "skypilot.install": begin,
				"cluster.status": func([]byte) (any, error) { return schema.Cluster{Costs: c.costs}, nil },
			}}
			stdout, stderr, code := s.run(ctx, c.simulated, strings.Fields(c.args)...)
			if handed, goesOn := strings.Index(stdout, "handed over"), strings.Index(stdout, "without this program"); kind != schema.OperationSync && kind != schema.OperationInstall && (handed < 0 || handed > goesOn) {
				t.Errorf("it is said to go on before it was handed over: %s", stdout)
			}
			if code != exitInterrupted || stderr != "" || s.closed != 1 {
				t.Errorf("exit %d, stderr %q, closed %v", code, stderr, s.closed)
			}
			for _, want := range c.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("%q is missing in\n%s", want, stdout)
				}
			}
			if c.not != "" && strings.Contains(stdout, c.not) {
				t.Errorf("%q is in\n%s", c.not, stdout)
			}
		})
	}
}

// What watch is told it shows: to a person what is new, to a program every notification.
func TestWatch(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		s := &stub{t: t}
		s.answers = map[string]func([]byte) (any, error){"cluster.status": func([]byte) (any, error) {
			s.host.StatusChanged(schema.StatusChanged{Cluster: schema.Cluster{Name: "n", Status: schema.StatusStopped, Description: "The server was stopped outside."}})
			s.host.Progress(schema.Progress{Phase: schema.PhaseVerifying, Message: "Looking."})
			go func() {
				for len(s.host.(*session).changed)+len(s.host.(*session).progress) > 0 {
					select {
					case <-ctx.Done():
						return
					default:
					}
				}
				cancel()
			}()
			return schema.Cluster{Name: "n", Status: schema.StatusRunning, Description: "The server is running."}, nil
		}}
		args := []string{"watch"}
		if asJSON {
			args = append(args, "--json")
		}
		stdout, _, code := s.run(ctx, false, args...)
		for _, want := range map[bool][]string{
			false: {"n: running", "stopped: The server was stopped outside.", "verifying"},
			true:  {`{"method":"cluster.statusChanged","params":{"seq":0,"cluster":{"name":"n","status":"running"`, `{"method":"cluster.progress","params":{`},
		}[asJSON] {
			if !strings.Contains(stdout, want) {
				t.Errorf("%q is missing in\n%s", want, stdout)
			}
		}
		for line := range strings.Lines(stdout) {
			if asJSON && !strings.HasPrefix(line, `{"method":"`) {
				t.Errorf("no notification: %s", line)
			}
		}
		if code != exitInterrupted {
			t.Errorf("exit %d", code)
		}
		cancel()
	}
}

// Only of a cloud that there is it is said that SkyPilot is asked, and how long that takes.
func TestACloudThatThereIsNot(t *testing.T) {
	for cloud, waits := range map[string]bool{"aws": true, "AWS": true, "foo": false} {
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){schema.ProviderCheck.Name: func([]byte) (any, error) {
			return nil, &schema.Error{Kind: schema.KindInvalidParams, Message: "No."}
		}}}
		if _, stderr, _ := s.run(t.Context(), false, "clouds", cloud); strings.Contains(stderr, "a minute or two") != waits || !strings.Contains(stderr, "No.") {
			t.Errorf("%s: %s", cloud, stderr)
		}
	}
}

// A service that can't start is a refusal like any other.
func TestServiceThatCantStart(t *testing.T) {
	a := &app{Program: Program{Open: func(Listener) (Service, error) { return nil, os.ErrPermission }}}
	err := a.with(t.Context(), func(context.Context, *session) error { t.Error("it ran"); return nil })
	if e, ok := err.(*schema.Error); !ok || e.Kind != schema.KindInternal { //nolint:errorlint // it is returned bare
		t.Errorf("%v", err)
	}
}

func TestAddress(t *testing.T) {
	for _, tt := range []struct{ port, at, want string }{
		{"443", "1.2.3.4:443", "https://1.2.3.4"},
		{"443", "1.2.3.4:20443", "https://1.2.3.4:20443"}, // RunPod maps it
		{"80", "1.2.3.4:80", "http://1.2.3.4"},
		{"8080", "1.2.3.4:8080", "http://1.2.3.4:8080"},
		{"80", "http://1.2.3.4/skypilot/80", "http://1.2.3.4/skypilot/80"},
	} {
		if got := address(schema.Endpoint{Port: tt.port, Address: tt.at}); got != tt.want {
			t.Errorf("%s at %s: %s", tt.port, tt.at, got)
		}
	}
}
