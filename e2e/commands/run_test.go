//go:build e2e && linux

package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carapace/skysim"
)

// patience is for a block of commands; SkyPilot's download takes 25 s with a quick index.
const patience = 5 * time.Minute

// stranger is somebody who has cloned the repository and has nothing else.
type stranger struct {
	t     *testing.T
	clone string
	cloud string // the simulated one's folder
	env   []string
}

// cloned clones the repository's last commit, into a folder of its own.
func cloned(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "carapace")
	output(t, "git", "clone", "-q", output(t, "git", "rev-parse", "--show-toplevel"), dir)
	return dir
}

func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", program, args, err)
	}
	return strings.TrimSpace(string(out))
}

// arrive makes a home that has no more in it than a login at AWS that nobody knows. The caches of Go stay those of the test:
// a clean home would load its modules once more. tools are folders for the front of PATH.
func arrive(t *testing.T, clone string, tools ...string) *stranger {
	t.Helper()
	s := &stranger{t: t, clone: clone, cloud: filepath.Join(t.TempDir(), "cloud")}
	home := skysim.Home(s.cloud)
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	path := append(tools, filepath.Join(output(t, "go", "env", "GOROOT"), "bin"), "/usr/local/bin", "/usr/bin", "/bin")
	s.env = []string{
		"HOME=" + home, "PATH=" + strings.Join(path, ":"), "LANG=C.UTF-8", "TERM=xterm", "GOPROXY=off", "GOTOOLCHAIN=local",
		"GOCACHE=" + output(t, "go", "env", "GOCACHE"), "GOMODCACHE=" + output(t, "go", "env", "GOMODCACHE"),
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if slices.Contains([]string{"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR", "CARAPACE_CI"}, name) {
			s.env = append(s.env, entry)
		}
	}
	return s
}

// simulated puts the simulated SkyPilot, ssh and rsync where the real ones would be, and credentials into the home.
func (s *stranger) simulated(sidecar string) (env []string) {
	s.t.Helper()
	bin := filepath.Join(s.cloud, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		s.t.Fatal(err)
	}
	for _, program := range []string{"sky", "ssh", "rsync"} {
		script := fmt.Sprintf("#!/bin/sh\n%s='%s' %s=0.05 exec '%s' %s \"$@\"\n", skysim.EnvDir, s.cloud, skysim.EnvSpeed, sidecar, program)
		if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o700); err != nil {
			s.t.Fatal(err)
		}
	}
	env = append(env, s.env...)
	env[1] = "PATH=" + bin + ":" + strings.TrimPrefix(s.env[1], "PATH=")
	return append(env, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00",
		"SKYPILOT_API_SERVER_LOCAL_PORT=1") // where nobody answers
}

// run runs a block, and says what was other than the page says.
func (s *stranger) run(b Block, sidecar string) {
	s.t.Helper()
	env := s.env
	if b.Simulate {
		env = s.simulated(sidecar)
	}
	if !b.Console {
		text, code := s.shell(env, b.Text, b.Typing)
		if code != b.Exit {
			s.t.Errorf("%s:%d: exit %d, want %d:\n%s\n%s", b.Page, b.Line, code, b.Exit, b.Text, text)
		}
		return
	}
	exchanges := b.Exchanges()
	for i, e := range exchanges {
		want := 0
		if i == len(exchanges)-1 {
			want = b.Exit
		}
		text, code := s.shell(env, e.Command, b.Typing)
		if !Prints(e.Output, text) || code != want {
			s.t.Errorf("%s:%d: $ %s\nexit %d, want %d; it prints\n%s\nand the page shows\n%s", b.Page, b.Line, e.Command, code, want, text, e.Output)
		}
	}
}

// shell runs a script to its end or its first failure. With something to type it runs at a terminal, where that is typed
// whenever there is a question.
func (s *stranger) shell(env []string, script, typing string) (text string, code int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	file := filepath.Join(s.t.TempDir(), "block")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", file)
	if typing != "" {
		cmd = exec.CommandContext(ctx, "script", "--quiet", "--return", "--command", "bash -e -o pipefail "+file, os.DevNull)
	}
	var out bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.clone, env, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if typing != "" {
		in, err := cmd.StdinPipe()
		if err != nil {
			s.t.Fatal(err)
		}
		_, _ = io.WriteString(in, strings.Repeat(typing+"\n", 8)) // as many as there may be questions; nobody reads the rest
	}
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// uv returns a folder that holds uv. Without the package index the test is skipped.
func uv(t *testing.T) (folder string) {
	t.Helper()
	venv := filepath.Join(t.TempDir(), "venv")
	output(t, "/usr/bin/python3", "-m", "venv", venv)
	if out, err := exec.Command(filepath.Join(venv, "bin", "python"), "-m", "pip", "install", "-q", "uv").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: the Python package index can't be reached: %s", bytes.TrimSpace(out)[bytes.LastIndexByte(bytes.TrimSpace(out), '\n')+1:])
	}
	tools := t.TempDir()
	if err := os.Symlink(filepath.Join(venv, "bin", "uv"), filepath.Join(tools, "uv")); err != nil {
		t.Fatal(err)
	}
	return tools
}

// Every command that the pages show does what they say.
func TestCommandsOfThePages(t *testing.T) {
	t.Parallel()
	clone := cloned(t)
	built := filepath.Join(t.TempDir(), "bin")
	build := exec.Command("go", "build", "-o", filepath.Join(built, "sidecar"), "./sidecar")
	build.Dir = clone
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sidecar := filepath.Join(built, "sidecar")
	for name, text := range pages(t, clone) {
		blocks, err := Blocks(name, text)
		if err != nil {
			t.Error(err)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := arrive(t, clone, built)
			for _, b := range blocks {
				switch {
				case b.NotRun != "":
					t.Logf("%s:%d: not run: %s", name, b.Line, b.NotRun)
				case b.Index:
					t.Run(fmt.Sprintf("line %d", b.Line), func(t *testing.T) {
						t.Parallel()
						arrive(t, clone, built, uv(t)).run(b, sidecar)
					})
				case b.Console:
					arrive(t, clone, built).run(b, sidecar)
				default:
					s.run(b, sidecar)
				}
			}
			for _, line := range Inline(text) {
				if text, code := s.shell(s.env, "sidecar "+line+" --help", ""); code != 0 {
					t.Errorf("%s: `sidecar %s` is no command line: %s", name, line, text)
				}
			}
		})
	}
}

var length = regexp.MustCompile(` textLength="[0-9.]+"`)

// README's picture shows what the demo prints.
func TestThePictureIsOfTheDemo(t *testing.T) {
	t.Parallel()
	clone := cloned(t)
	s := arrive(t, clone)
	text, code := s.shell(append(s.env, skysim.EnvSpeed+"=0.05"), "go run ./sidecar demo | go run ./e2e/picture go run ./sidecar demo", "")
	shown, err := os.ReadFile(filepath.Join(clone, "docs", "demo.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if !Prints(length.ReplaceAllString(string(shown), ""), length.ReplaceAllString(text, "")) || code != 0 {
		t.Errorf("exit %d; docs/demo.svg is no picture of it (docs/picture.sh draws it anew):\n%s", code, text)
	}
}
