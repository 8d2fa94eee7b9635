//go:build unix

package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
)

// scripts are console scripts as the installers write them.
var scripts = map[string]string{
	"pip": `#!PYTHON
import sys
from MODULE import cli
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(cli())
`,
	"pip before 25": `#!PYTHON
# -*- coding: utf-8 -*-
import re
import sys
from MODULE import cli
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\.pyw|\.exe)?$', '', sys.argv[0])
    sys.exit(cli())
`,
	"uv": `#!PYTHON
# -*- coding: utf-8 -*-
import sys
from MODULE import cli
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(cli())
`,
	"conda": `#!PYTHON
# -*- coding: utf-8 -*-
import re
import sys

from MODULE import cli

if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\.pyw?|\.exe)?$', '', sys.argv[0])
    sys.exit(cli())
`,
}

func TestInterpreterOf(t *testing.T) {
	for name, script := range scripts {
		script = strings.ReplaceAll(script, "MODULE", "sky.cli")
		if python, ok := interpreterOf([]byte(strings.ReplaceAll(script, "PYTHON", "/a/venv/bin/python3.11"))); !ok || python != "/a/venv/bin/python3.11" {
			t.Errorf("%s: %q, %v", name, python, ok)
		}
	}
	pip := strings.NewReplacer("PYTHON", "/venv/bin/python", "MODULE", "sky.cli").Replace(scripts["pip"])
	for name, script := range map[string]string{
		"nothing":             "",
		"a program":           "\x7fELF",
		"a shell's":           "#!/bin/sh\nexec sky \"$@\"\n",
		"pip's of a long way": "#!/bin/sh\n'''exec' \"/a b/python\" \"$0\" \"$@\"\n' '''\n" + pip,
		"started by env":      strings.Replace(pip, "/venv/bin/python", "/usr/bin/env python3", 1),
		"with a flag":         strings.Replace(pip, "/venv/bin/python", "/venv/bin/python -I", 1),
		"of another folder":   strings.Replace(pip, "/venv/bin/python", "python", 1),
		"does more":           strings.Replace(pip, "import sys\n", "import sys\nprint(1)\n", 1),
		"does more in a line": strings.Replace(pip, "import sys\n", "import sys; print(1)\n", 1),
		"does more after it":  pip + "cli()\n",
		"always runs":         "#!/venv/bin/python\nimport sys\nfrom sky.cli import cli\n",
		"no Python":           strings.Replace(pip, "/venv/bin/python", "/usr/bin/perl", 1),
	} {
		if python, ok := interpreterOf([]byte(script)); ok {
			t.Errorf("%s was taken for a console script of %q", name, python)
		}
	}
	if readScript(os.Args[0]) != nil || readScript("/nonexistent/sky") != nil {
		t.Error("a program of some megabytes was read")
	}
}

// module is what the scripts import. Its cli shows all that a program can know of how it was started.
const module = `import os, sys
if os.path.exists(os.path.dirname(__file__) + "/broken"):
    print("broken", flush=True)
    raise ImportError("broken")
print("imported", flush=True)
if os.path.exists(os.path.dirname(__file__) + "/stops"):
    import signal, subprocess
    subprocess.Popen(["sh", "-c", "sleep 0.5; kill -CONT %d" % os.getppid()], stdin=subprocess.DEVNULL, close_fds=True)
    os.kill(os.getppid(), signal.SIGSTOP)
def cli():
    main = sys.modules["__main__"]
    print("process", os.getpid())
    print(os.getcwd(), sys.argv, sys.path[0], main.__name__, main.__file__, main.__spec__, repr(sys.stdin.read()), os.environ["FROM_CALL"])
    print(sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:4] if os.path.exists("/proc/self/fd") else "")
    if sys.argv[1:] == ["hang"]:
        print("hanging", os.getpid())
        import signal
        signal.pause()
    print("wrong", file=sys.stderr)
    return 7
`

// ending is a module whose cli ends in the way that it is told. What is left to Python's end is to be done,
// but for taking everything apart.
const ending = `import atexit, sys, threading, time
class Kept:
    def __del__(self):
        print("taken apart", flush=True)
kept = Kept()
def late():
    time.sleep(0.05)
    print("the thread")
def cli():
    atexit.register(print, "at the end")
    threading.Thread(target=late).start()
    print("not flushed", end="")
    print("on stderr", file=sys.stderr)
    how = sys.argv[1]
    if how == "error":
        raise ValueError("wrong")
    if how == "interrupted":
        raise KeyboardInterrupt
    if how == "closed":
        sys.stdout.close()
    return {"none": None, "text": "why", "list": ["why"], "empty": "", "zero": 0.0, "closed": 3}[how] if not how.lstrip("-").isdigit() else int(how)
`

// A `sky` ends as its script does by itself, but that nothing is taken apart.
func TestAnEndIsTheScripts(t *testing.T) {
	for _, how := range []string{"none", "0", "7", "256", "-1", "text", "list", "empty", "zero", "closed", "error", "interrupted"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, scripts["pip"])
			d.write(t, "module_of_test.py", ending)
			var stdout, stderr strings.Builder
			alone := exec.Command(filepath.Join(d.bin, "sky"), how)
			alone.Env, alone.Stdout, alone.Stderr = d.env, &stdout, &stderr
			_ = alone.Run()
			want := stdout.String()
			if how == "none" || how[0] < 'a' {
				want = strings.Replace(want, "taken apart\n", "", 1)
			}
			call := d.call(how)
			call.Expected = false
			got, err := d.Run(context.Background(), call)
			last := func(text string) string { return text[strings.LastIndex("\n"+strings.TrimSpace(text), "\n"):] } // without the traceback
			if err != nil || got.Code != alone.ProcessState.ExitCode() || got.Stdout != want || last(got.Stderr) != last(stderr.String()) {
				t.Errorf("%+v, %v, and by itself %d, %q, %q", got, err, alone.ProcessState.ExitCode(), want, stderr.String())
			}
		})
	}
}

// desk is a `sky` of Python in a folder of its own.
type desk struct {
	*ExecRunner
	bin string
	env []string
}

func newDesk(t *testing.T, script string) *desk {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("NO PYTHON ON THIS MACHINE: what is started before it is due was not tested")
	}
	d := &desk{bin: realPath(t, t.TempDir()), env: append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")}
	d.write(t, "sky", strings.NewReplacer("PYTHON", python, "MODULE", "module_of_test").Replace(script))
	d.write(t, "module_of_test.py", module)
	d.ExecRunner = NewExecRunner(ExecOptions{
		Locate: func(context.Context) (Location, error) {
			return Location{Path: filepath.Join(d.bin, "sky"), Environ: d.env}, nil
		},
		Dir: realPath(t, t.TempDir()), Grace: 200 * time.Millisecond,
	})
	t.Cleanup(func() {
		_ = d.Close()
		until(t, "nothing of it runs", func() bool { d.mu.Lock(); defer d.mu.Unlock(); return len(d.live) == 0 })
	})
	return d
}

func (d *desk) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.bin, name), []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) call(args ...string) sky.Call {
	return sky.Call{Program: "sky", Args: args, Env: []string{"FROM_CALL=c"}, Expected: true}
}

// expect starts a spare.
func (d *desk) expect(t *testing.T) *spare {
	t.Helper()
	d.Expect(d.call(), 1)
	d.spares.mu.Lock()
	defer d.spares.mu.Unlock()
	if len(d.spares.waiting) != 1 {
		t.Fatalf("%d wait", len(d.spares.waiting))
	}
	return d.spares.waiting[0].spare
}

// by returns what a program printed without its number, and whether it was the spare.
func (s *spare) by(stdout string) (rest string, was bool) {
	number := fmt.Sprintf("process %d\n", s.cmd.Process.Pid)
	return anyProcess.ReplaceAllString(stdout, ""), strings.Contains(stdout, number)
}

var anyProcess = regexp.MustCompile(`process \d+\n`)

// What was started beforehand is, once it is told what to do, what it would have been.
func TestASpareIsTheProgram(t *testing.T) {
	for _, name := range []string{"pip", "uv"} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, scripts[name])
			call := d.call("status", `a "b" é`, "")
			call.Dir = realPath(t, t.TempDir())
			var plain, told lines
			plain.t, told.t = t, t
			call.Expected, call.Line = false, plain.add
			want, err := d.Run(context.Background(), call)
			if err != nil || want.Code != 7 || want.Stderr != "wrong\n" {
				t.Fatalf("%+v, %v", want, err)
			}
			s := d.expect(t)
			call.Expected, call.Line = true, told.add
			got, err := d.Run(context.Background(), call)
			was := false
			want.Stdout, _ = s.by(want.Stdout)
			if got.Stdout, was = s.by(got.Stdout); err != nil || got != want || !was {
				t.Errorf("it printed\n%+v\nand not\n%+v\n%v, by the spare: %v", got, want, err, was)
			}
			if len(told.all) != len(plain.all) {
				t.Errorf("lines %q, not %q", told.all, plain.all)
			}
		})
	}
}

func TestASparesAnswer(t *testing.T) {
	d := newDesk(t, scripts["pip"])
	s := d.expect(t)
	var answer strings.Builder
	call := d.call("status")
	call.Answer = &answer
	res, err := d.Run(context.Background(), call)
	if err != nil || res.Stdout != "" || !strings.HasPrefix(answer.String(), "imported\n") || res.Stderr != "wrong\n" || !strings.Contains(answer.String(), fmt.Sprint("process ", s.cmd.Process.Pid)) {
		t.Errorf("%+v, %v, answer %q", res, err, answer.String())
	}
}

// A submission that has to be confirmed has loaded its modules by then, and has done nothing. One whose
// modules can't be loaded, and a program that is none of Python's, is started once it was confirmed.
func TestASubmissionIsLoaded(t *testing.T) {
	for _, c := range []struct {
		name, script string
		before       string // what it prints before it is confirmed
	}{
		{"pip", scripts["pip"], "imported\n"},
		{"uv", scripts["uv"], "imported\n"},
		{"a wrapper", "#!/bin/sh\necho \"process $$\"; echo \"$PWD [sky \"; exit 7\n", ""},
		{"broken until then", scripts["pip"], "broken\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, c.script)
			call := d.call("launch", `a "b" é`)
			call.Dir = realPath(t, t.TempDir())
			output := filepath.Join(t.TempDir(), "out")
			printed := func() string {
				text, _ := os.ReadFile(output)
				return string(text)
			}
			if c.before == "broken\n" {
				d.write(t, "broken", "")
			}
			call.Confirm = func() error {
				if c.before != "" {
					until(t, "it has tried to load its modules", func() bool { return printed() == c.before })
				} else if printed() != "" {
					t.Errorf("it printed %q", printed())
				}
				return os.RemoveAll(filepath.Join(d.bin, "broken"))
			}
			res, err := d.Submit(context.Background(), call, output)
			if err != nil || res.Code != 7 || res.Stdout != printed() || strings.Count(res.Stdout, "process ") != 1 || !strings.Contains(res.Stdout, call.Dir+" [") {
				t.Errorf("%+v, %v", res, err)
			}
			no := errors.New("no")
			call.Confirm = func() error { return no }
			if res, err := d.Submit(context.Background(), call, output); !errors.Is(err, no) || strings.Contains(printed(), "process ") || SubmissionRuns(output) {
				t.Errorf("refused: %+v, %v; it runs: %v; it printed %q", res, err, SubmissionRuns(output), printed())
			}
		})
	}
}

// We are stopped, as by Ctrl-Z, when it is told what to do, and go on when it has ended: it was begun, once.
func TestASubmissionWhileWeAreStopped(t *testing.T) {
	d := newDesk(t, scripts["pip"])
	d.write(t, "stops", "")
	output := filepath.Join(t.TempDir(), "out")
	we := exec.Command(os.Args[0])
	we.Env = append(os.Environ(), "SKY_TEST_CHILD=submitter", "OUTPUT="+output, "SKY="+filepath.Join(d.bin, "sky"), "CONFIRMS=1", "FROM_CALL=c")
	if err := we.Run(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(output)
	if err != nil || strings.Count(string(text), "process ") != 1 || strings.Count(string(text), "imported\n") != 1 {
		t.Errorf("%q, %v", text, err)
	}
}

// A submission that was confirmed goes on when ctx ends before its modules are loaded.
func TestALoadedSubmissionLivesOn(t *testing.T) {
	d := newDesk(t, scripts["pip"])
	ctx, stop := context.WithCancel(context.Background())
	output := filepath.Join(t.TempDir(), "out")
	call := d.call("launch")
	call.Confirm = func() error { stop(); return nil }
	if _, err := d.Submit(ctx, call, output); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	until(t, "it has ended", func() bool { return !SubmissionRuns(output) })
	if text := waitForText(t, output, "wrong"); !strings.Contains(text, "process ") {
		t.Errorf("it printed %q", text)
	}
}

// In every doubt a call starts its own `sky`.
func TestWhatASpareServes(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, d *desk, call *sky.Call)
		serves bool
	}{
		{"nothing has changed", func(*testing.T, *desk, *sky.Call) {}, true},
		{"another folder", func(t *testing.T, _ *desk, call *sky.Call) { call.Dir = t.TempDir() }, true},
		{"not an operation's", func(_ *testing.T, _ *desk, call *sky.Call) { call.Expected = false }, false},
		{"other credentials", func(_ *testing.T, _ *desk, call *sky.Call) { call.Env = []string{"FROM_CALL=c", "AWS_PROFILE=other"} }, false},
		{"another environment", func(_ *testing.T, d *desk, _ *sky.Call) { d.env = append(d.env, "HTTPS_PROXY=http://proxy") }, false},
		{"an update", func(t *testing.T, d *desk, _ *sky.Call) { d.write(t, "sky", readAll(t, d, "sky")+"# newer\n") }, false},
		{"another configuration", func(t *testing.T, d *desk, _ *sky.Call) {
			writeSettings(t, filepath.Join(d.bin, ".sky", "config.yaml"))
		}, false},
		{"a configuration in the folder", func(t *testing.T, _ *desk, call *sky.Call) {
			call.Dir = t.TempDir()
			writeSettings(t, filepath.Join(call.Dir, ".sky.yaml"))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, scripts["uv"])
			d.env = append(d.env, "HOME="+d.bin)
			origin := func(call sky.Call) *origin {
				cmd, err := d.command(context.Background(), call)
				if err != nil {
					t.Fatal(err)
				}
				return d.expects(cmd, call)
			}
			call := d.call("status")
			of := origin(call)
			d.spares.add(&spare{of: *of}, func() {}, func() error { return nil })
			c.change(t, d, &call)
			s := d.spares.enter(origin(call))
			if serves := s != nil; serves != c.serves {
				t.Errorf("it serves: %v", serves)
			}
		})
	}
}

func readAll(t *testing.T, d *desk, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(d.bin, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeSettings(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("api_server: {}\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// A call of other credentials starts its own.
func TestASpareOfOtherCredentials(t *testing.T) {
	d := newDesk(t, scripts["uv"])
	s := d.expect(t)
	call := d.call("status")
	call.Env = append(call.Env, "AWS_PROFILE=other")
	res, err := d.Run(context.Background(), call)
	if _, was := s.by(res.Stdout); err != nil || res.Code != 7 || was {
		t.Errorf("%+v, %v, by the spare: %v", res, err, was)
	}
}

// One that has ended before it has begun what it was told is not taken for the call.
func TestASpareThatDoesNotBegin(t *testing.T) {
	d := newDesk(t, scripts["uv"])
	d.write(t, "broken", "")
	s := d.expect(t)
	res, err := d.Run(context.Background(), d.call("status"))
	if err != nil || res.Code != 1 || strings.Count(res.Stderr, "ImportError: broken") != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	<-s.ended
	if err := os.Remove(filepath.Join(d.bin, "broken")); err != nil {
		t.Fatal(err)
	}
	s = d.expect(t)
	call := d.call("status")
	call.Dir = "/nonexistent/folder"
	if _, err := d.Run(context.Background(), call); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that is not there: %v", err)
	}
	<-s.ended
}

// A spare ends with our end of its stdin, which the system closes when we die, and has done nothing.
func TestASpareEndsWithUs(t *testing.T) {
	d := newDesk(t, scripts["pip"])
	s := d.expect(t)
	if err := s.orders.Close(); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if s.err != nil || s.out.result().Stdout != "imported\n" {
		t.Errorf("%+v, %v", s.out.result(), s.err)
	}
}

func TestCloseEndsSpares(t *testing.T) {
	d := newDesk(t, scripts["pip"])
	s := d.expect(t)
	_ = d.Close()
	<-s.ended
	d.Expect(d.call(), 1)
	if len(d.spares.waiting) > 0 {
		t.Error("one was started after the end")
	}
}

// A spare that was told what to do ends with its context, as any `sky`.
func TestASpareEndsWithItsContext(t *testing.T) {
	d := newDesk(t, scripts["uv"])
	s := d.expect(t)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	got := &lines{t: t, seen: make(chan string, 9)}
	call := d.call("hang")
	call.Line = got.add
	ended := make(chan error)
	go func() {
		_, err := d.Run(ctx, call)
		ended <- err
	}()
	line := <-got.seen
	for !strings.HasPrefix(line, "hanging ") {
		line = <-got.seen
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-s.ended
	mustEnd(t, line)
}

// No spare is made of what is no console script, nor where SkyPilot is told of another configuration.
func TestNoSpare(t *testing.T) {
	d := newDesk(t, "#!/bin/sh\n")
	d.Expect(d.call(), 1)
	d.Expect(sky.Call{Program: "rsync"}, 1)
	d.write(t, "sky", strings.Replace(scripts["pip"], "PYTHON", "/nonexistent/python", 1))
	d.Expect(d.call(), 1)
	d.write(t, "sky", strings.Replace(scripts["pip"], "PYTHON", realPath(t, "/bin/sh"), 1))
	d.env = append(d.env, "SKYPILOT_PROJECT_CONFIG=/a/b")
	d.Expect(d.call(), 1)
	if n := len(d.spares.waiting); n > 0 {
		t.Error(fmt.Sprint(n, " wait"))
	}
}
