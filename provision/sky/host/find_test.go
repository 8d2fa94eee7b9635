//go:build unix

package host

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// machine is a home folder with programs in it.
func machine(t *testing.T, programs ...string) string {
	t.Helper()
	home := t.TempDir()
	for _, p := range programs {
		writeProgram(t, filepath.Join(home, p), "exit 0")
	}
	return home
}

func TestLocate(t *testing.T) {
	if isExecutable("/usr/local/bin/sky") || isExecutable("/usr/bin/sky") {
		t.Skip("this machine has a sky of its own")
	}
	for _, tt := range []struct {
		name     string
		programs []string // in the home folder
		environ  []string // HOME stands for it
		own      string
		want     string // "": none
	}{
		{"nothing", nil, []string{"PATH=/usr/bin"}, "", ""},
		{"uv's link", []string{".local/bin/sky"}, nil, "", ".local/bin/sky"},
		{"PATH before the usual places", []string{".local/bin/sky", "venv/bin/sky"}, []string{"PATH=HOME/venv/bin"}, "", "venv/bin/sky"},
		{"ours before PATH", []string{"ours/bin/sky", "venv/bin/sky"}, []string{"PATH=HOME/venv/bin"}, "ours/bin", "ours/bin/sky"},
		{"named", []string{"ours/bin/sky", "x/sky"}, []string{"CARAPACE_SKY=HOME/x/sky"}, "ours/bin", "x/sky"},
		{"named wrongly", []string{"ours/bin/sky"}, []string{"CARAPACE_SKY=HOME/x/sky"}, "ours/bin", ""},
		{"named relatively", []string{"sky"}, []string{"CARAPACE_SKY=./sky"}, "", ""},
		{"a relative PATH", []string{"sky", "bin/sky"}, []string{"PATH=.::bin"}, "", ""},
		{"uv without a link", []string{".local/share/uv/tools/skypilot/bin/sky"}, nil, "", ".local/share/uv/tools/skypilot/bin/sky"},
		{"uv elsewhere", []string{"tools/skypilot/bin/sky"}, []string{"UV_TOOL_DIR=HOME/tools"}, "", "tools/skypilot/bin/sky"},
		{"pipx", []string{".local/share/pipx/venvs/skypilot/bin/sky"}, nil, "", ".local/share/pipx/venvs/skypilot/bin/sky"},
		{"pipx elsewhere", []string{"p/venvs/skypilot/bin/sky"}, []string{"PIPX_HOME=HOME/p"}, "", "p/venvs/skypilot/bin/sky"},
		{"conda", []string{"miniconda3/envs/sky/bin/sky"}, nil, "", "miniconda3/envs/sky/bin/sky"},
		{"a folder called sky", []string{".local/bin/sky/x"}, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := machine(t, tt.programs...)
			t.Chdir(home)
			h := Host{GOOS: "linux", Home: home}
			for _, e := range tt.environ {
				h.Environ = append(h.Environ, strings.ReplaceAll(e, "HOME/", home+"/"))
			}
			if tt.own != "" {
				h.OwnDirs = func() []string { return []string{filepath.Join(home, tt.own)} }
			}
			got, err := NewFinder(h).Locate(context.Background())
			if tt.want == "" {
				checkKind(t, err, schema.KindSkyPilotNotFound)
				if refusal := (*schema.Error)(nil); errors.As(err, &refusal) && strings.Contains(refusal.Hint, "skypilot[aws]") && !strings.Contains(refusal.Hint, "=="+sky.Tested) {
					t.Errorf("it names no version: %s", refusal.Hint)
				}
				if e := func() *schema.Error {
					target := &schema.Error{}
					_ = errors.As(err, &target)
					return target
				}(); e.Detail == "" {
					t.Error("it does not say what was searched")
				}
				return
			}
			if err != nil || got.Path != filepath.Join(home, tt.want) || got.Source.Message() == "" {
				t.Errorf("%+v, %v", got, err)
			}
			if first, _, _ := strings.Cut(lookupEnv(got.Environ, "PATH"), ":"); first != filepath.Dir(got.Path) {
				t.Errorf("PATH begins with %s", first)
			}
		})
	}
}

func TestLook(t *testing.T) {
	home := machine(t, ".local/bin/sky")
	if path, refusal := NewFinder(Host{GOOS: "linux", Home: home}).Look(context.Background()); refusal != nil || path != filepath.Join(home, ".local/bin/sky") {
		t.Errorf("%s, %v", path, refusal)
	}
	if _, refusal := NewFinder(Host{GOOS: "linux", Home: "/nonexistent", Environ: []string{"CARAPACE_SKY=/x"}}).Look(context.Background()); refusal == nil || refusal.Kind != schema.KindSkyPilotNotFound || !strings.Contains(refusal.Message, `"/x"`) || !strings.Contains(refusal.Hint, "CARAPACE_SKY") {
		t.Errorf("%v", refusal)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, refusal := NewFinder(Host{GOOS: "linux", Home: home}).Look(ctx); refusal == nil || refusal.Kind != schema.KindTimeout {
		t.Errorf("%v", refusal)
	}
}

// A sky that was removed, or came, while we run is noticed.
func TestLocateAgain(t *testing.T) {
	home := machine(t, "a/sky", "b/sky")
	f := NewFinder(Host{GOOS: "linux", Home: home, OwnDirs: func() []string { return []string{home + "/a", home + "/b"} }})
	for _, want := range []string{"a/sky", "b/sky"} {
		got, err := f.Locate(context.Background())
		if err != nil || got.Path != filepath.Join(home, want) || f.Last() != got.Path {
			t.Errorf("%+v, %v; the last is %s", got, err, f.Last())
		}
		if err := os.Remove(got.Path); err != nil {
			t.Fatal(err)
		}
	}
}

// machineOf is a Finder with a clock, and a login shell that counts the questions.
func machineOf(h Host, path func() string) (f *Finder, clock *time.Time, asked *int) {
	f, clock, asked = NewFinder(h), new(time.Time), new(int)
	*clock = time.Unix(1e9, 0)
	f.now = func() time.Time { return *clock }
	f.ask = func(context.Context) shellAnswer {
		*asked++
		*clock = clock.Add(time.Second)
		return shellAnswer{path: path(), set: map[string]bool{"AWS_PROFILE": true}}
	}
	return f, clock, asked
}

// A better sky that comes later is taken, though the one that was found is there.
func TestLocateABetterOne(t *testing.T) {
	home := machine(t, ".local/bin/sky")
	f := NewFinder(Host{GOOS: "linux", Home: home, OwnDirs: func() []string { return []string{home + "/ours"} }})
	if got, err := f.Locate(context.Background()); err != nil || got.Source.Message() != "~/.local/bin" {
		t.Fatalf("%+v, %v", got, err)
	}
	writeProgram(t, home+"/ours/sky", "exit 0")
	if got, err := f.Locate(context.Background()); err != nil || got.Source.Message() != "installed by Carapace" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A sky that a person installs in a terminal, on a PATH that the shell's start-up
// file sets from then on, is found by the same process; the shell is not asked more
// often than once in twenty times as long as it takes.
func TestLocateAfterAnInstallInATerminal(t *testing.T) {
	home := machine(t, "deep/bin/x")
	path := "/usr/bin"
	f, clock, asked := machineOf(Host{GOOS: "linux", Home: home, Environ: []string{"PATH=/usr/bin"}}, func() string { return path })
	for range 5 {
		if _, err := f.Locate(context.Background()); err == nil {
			t.Fatal("found what is not there")
		}
	}
	if *asked != 1 {
		t.Errorf("the shell was asked %d times at once", *asked)
	}
	writeProgram(t, home+"/deep/bin/sky", "exit 0")
	path = home + "/deep/bin"
	*clock = clock.Add(19 * time.Second)
	if _, err := f.Locate(context.Background()); err == nil || *asked != 1 {
		t.Errorf("asked %d times, %v", *asked, err)
	}
	*clock = clock.Add(time.Second)
	if got, err := f.Locate(context.Background()); err != nil || got.Path != home+"/deep/bin/sky" || *asked != 2 {
		t.Errorf("%+v, %v; asked %d times", got, err, *asked)
	}
	*clock = clock.Add(time.Hour)
	if _, err := f.Locate(context.Background()); err != nil || *asked != 2 {
		t.Errorf("asked again for what was found: %d times, %v", *asked, err)
	}
	f.Renew(context.Background())
	if *asked != 3 {
		t.Errorf("a person's question asked %d times", *asked)
	}
}

// Programs are looked for where sky looks: beside it, and in the login shell's PATH
// where a desktop started this process.
func TestHasProgram(t *testing.T) {
	home := machine(t, "tools/skypilot/bin/sky", "tools/skypilot/bin/aws", "rc/bin/carapace-tool", ".local/bin/kubectl", "elsewhere/az")
	if err := os.Symlink(home+"/tools/skypilot/bin/sky", home+"/.local/bin/sky"); err != nil {
		t.Fatal(err)
	}
	f, _, asked := machineOf(Host{GOOS: "linux", Home: home, Environ: []string{"PATH=/usr/bin:/bin"}}, func() string { return home + "/rc/bin" })
	for name, want := range map[string]bool{
		"aws": true, "carapace-tool": true, "kubectl": true, "carapace-none": false, home + "/elsewhere/az": true, home + "/elsewhere/aws": false,
	} {
		if got := f.HasProgram(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !f.InShell("AWS_PROFILE") || f.InShell("AWS_ACCESS_KEY_ID") || *asked != 1 {
		t.Errorf("the shell's variables; asked %d times", *asked)
	}
	// Without sky the places are the same.
	empty := NewFinder(Host{GOOS: "linux", Home: home, Environ: []string{"PATH=" + home + "/elsewhere", "CARAPACE_SKY=/none"}})
	for name, want := range map[string]bool{"az": true, "kubectl": true, "carapace-tool": false} {
		if got := empty.HasProgram(name); got != want {
			t.Errorf("without sky, %s: %v", name, got)
		}
	}
}

// The login shell is asked once, when nothing else found it.
func TestLocateByLoginShell(t *testing.T) {
	home := machine(t, "deep/bin/sky")
	f := NewFinder(Host{GOOS: "linux", Home: home, Environ: []string{"PATH=/usr/bin"}})
	asked := 0
	f.ask = func(context.Context) shellAnswer { asked++; return shellAnswer{path: "./bad:" + home + "/deep/bin"} }
	got, err := f.Locate(context.Background())
	if err != nil || got.Path != home+"/deep/bin/sky" || !strings.Contains(lookupEnv(got.Environ, "PATH"), home+"/deep/bin") {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := f.Locate(context.Background()); err != nil || asked == 0 || asked > 2 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

func TestLoginShellPath(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, rc, want string }{
		{"plain", `FROM_RC=secret PATH=/from/profile:/x; export PATH FROM_RC`, "/from/profile:/x"},
		{"chatty", `echo welcome; printf 'PATH=/wrong'; PATH=/from/profile; export PATH`, "/from/profile"},
		{"failing", `exit 3`, ""},
		{"reading", `read answer; PATH=/after:$answer; export PATH`, "/after:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			home := t.TempDir()
			// A shell of our own that does what a login shell does: its start-up file, then -c.
			shell := filepath.Join(home, "shell")
			writeProgram(t, shell, tt.rc+"\n[ \"$1\" = -i ] && [ \"$2\" = -c ] && eval \"$3\"")
			got := askLoginShell(context.Background(), Host{GOOS: "linux", Home: home, Self: self, Environ: []string{"SHELL=" + shell, "PATH=/usr/bin"}})
			if got.path != tt.want || got.set["FROM_RC"] != (tt.name == "plain") {
				t.Errorf("%+v, want %q", got, tt.want)
			}
		})
	}
	for name, h := range map[string]Host{
		"no shell": {GOOS: "linux", Self: self}, "relative": {GOOS: "linux", Self: self, Environ: []string{"SHELL=sh"}},
		"not there": {GOOS: "linux", Self: self, Environ: []string{"SHELL=/nonexistent"}}, "no program": {GOOS: "linux", Environ: []string{"SHELL=/bin/sh"}},
	} {
		if got := askLoginShell(context.Background(), h); got.path != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A real shell, with a profile of the user's.
func TestLoginShellBash(t *testing.T) {
	self, err := os.Executable()
	if err != nil || !isExecutable("/bin/bash") {
		t.Skip("no bash")
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".bash_profile"), []byte("echo hello\nexport PATH=/profile/bin:$PATH\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := askLoginShell(context.Background(), Host{GOOS: "linux", Home: home, Self: self, Environ: []string{"SHELL=/bin/bash", "HOME=" + home, "PATH=/usr/bin:/bin"}})
	if !strings.HasPrefix(got.path, "/profile/bin:") {
		t.Errorf("%+v", got)
	}
}

// A shell that hangs is ended with ctx.
func TestLoginShellHangs(t *testing.T) {
	home := t.TempDir()
	shell := filepath.Join(home, "shell")
	writeProgram(t, shell, "trap '' TERM; while :; do :; done")
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if got := askLoginShell(ctx, Host{GOOS: "linux", Home: home, Self: "/x", Environ: []string{"SHELL=" + shell}}); got.path != "" {
		t.Errorf("%+v", got)
	}
}

func TestShellArgs(t *testing.T) {
	for shell, want := range map[string]string{
		"zsh": `-i -c '/it'\''s' ` + DumpEnvArg, "fish": `-i -c '/it'\''s' ` + DumpEnvArg,
		"tcsh": `-c '/it'\''s' ` + DumpEnvArg, "nu": `-i -c ^'/it'\''s' ` + DumpEnvArg, "pwsh": `-Login -Command & '/it'\''s' ` + DumpEnvArg,
	} {
		if got := strings.Join(shellArgs(shell, "/it's"), " "); got != want {
			t.Errorf("%s: %s", shell, got)
		}
	}
}

func TestDumpEnv(t *testing.T) {
	t.Setenv("PATH", "/a b:/ü")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	var out bytes.Buffer
	out.WriteString("noise before ")
	if err := DumpEnv(&out); err != nil {
		t.Fatal(err)
	}
	out.WriteString("noise after")
	if got := parseDump(out.Bytes()); got.path != "/a b:/ü" || !got.set["AWS_SECRET_ACCESS_KEY"] || strings.Contains(out.String(), "secret") {
		t.Errorf("%+v out of %q", got, out.String())
	}
	for _, bad := range []string{"", "PATH=/x", dumpBegin + "PATH=/x", "PATH=/x" + dumpEnd} {
		if got := parseDump([]byte(bad)); got.path != "" || got.set != nil {
			t.Errorf("%+v out of %q", got, bad)
		}
	}
}
