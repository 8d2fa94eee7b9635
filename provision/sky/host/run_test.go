//go:build unix

package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// childRunner runs the test binary as sky.
func childRunner(t *testing.T, mode string) *ExecRunner {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return NewExecRunner(ExecOptions{
		Locate: func(context.Context) (Location, error) {
			return Location{Path: self, Environ: os.Environ()}, nil
		},
		// A child built with -race sleeps a second before it ends unless told not to.
		Env:   []string{"SKY_TEST_CHILD=" + mode, "FROM_OPTIONS=o", "FROM_CALL=overridden", "GORACE=atexit_sleep_ms=0"},
		Dir:   t.TempDir(),
		Grace: 200 * time.Millisecond,
	})
}

// lines collects what a watcher is given, and shows that calls don't overlap.
type lines struct {
	t    *testing.T
	busy sync.Mutex
	all  []string
	seen chan string // gets each line, if not nil
}

func (l *lines) add(stream schema.Stream, line string) {
	if !l.busy.TryLock() {
		l.t.Error("two lines at a time")
		return
	}
	defer l.busy.Unlock()
	l.all = append(l.all, string(stream)+": "+line)
	if l.seen != nil {
		l.seen <- line
	}
}

func run(t *testing.T, mode string) (sky.Result, *lines, error) {
	t.Helper()
	got := &lines{t: t}
	res, err := childRunner(t, mode).Run(context.Background(), sky.Call{Program: "sky", Line: got.add})
	return res, got, err
}

func TestRunStreams(t *testing.T) {
	res, got, err := run(t, "streams")
	if err != nil || res.Code != 7 || res.Stdout != "out 1\nout 2\nno newline" || res.Stderr != "err 1\n" {
		t.Errorf("%+v, %v", res, err)
	}
	if len(got.all) != 4 || !strings.Contains(strings.Join(got.all, "\n"), "stdout: no newline") {
		t.Errorf("%q", got.all)
	}
}

func TestRunNothing(t *testing.T) {
	res, got, err := run(t, "nothing")
	if err != nil || res != (sky.Result{}) || len(got.all) != 0 {
		t.Errorf("%+v, %q, %v", res, got.all, err)
	}
}

func TestRunBinary(t *testing.T) {
	res, got, err := run(t, "binary")
	want := "\uFFFD\uFFFD café red"
	if err != nil || res.Stdout != want+"\n" {
		t.Errorf("%q, %v", res.Stdout, err)
	}
	if len(got.all) != 1 || got.all[0] != "stdout: "+want {
		t.Errorf("%q", got.all)
	}
}

func TestRunClosesStdout(t *testing.T) {
	res, _, err := run(t, "close-stdout")
	if err != nil || res.Code != 3 || res.Stderr != "stdout is closed\n" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestRunFlood(t *testing.T) {
	count := 0
	res, err := childRunner(t, "flood").Run(context.Background(), sky.Call{Program: "sky", Line: func(schema.Stream, string) { count++ }})
	if err != nil || count != 600_001 || !strings.HasSuffix(res.Stdout, "\nthe end\n") || strings.Count(res.Stdout, "…\n") != 1 {
		t.Errorf("%d lines, %d bytes kept, %v", count, len(res.Stdout), err)
	}
	if len(res.Stdout) > maxHead+maxTail+8 {
		t.Errorf("%d bytes kept", len(res.Stdout))
	}
}

// TestRunAnswer: an answer is handed on whole, and not kept.
func TestRunAnswer(t *testing.T) {
	var answer strings.Builder
	res, err := childRunner(t, "flood").Run(context.Background(), sky.Call{Program: "sky", Answer: &answer})
	if err != nil || res.Stdout != "" || strings.Count(answer.String(), "\n") != 600_001 || !strings.HasSuffix(answer.String(), "\nthe end\n") {
		t.Errorf("%d bytes, %d kept, %v", answer.Len(), len(res.Stdout), err)
	}
}

func TestRunLongLine(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, got, err := run(t, "long-line")
	runtime.ReadMemStats(&after)
	if err != nil || len(got.all) != 2 || got.all[1] != "stdout: after" {
		t.Fatalf("%d lines, %v", len(got.all), err)
	}
	if n := len(got.all[0]); n < maxLine || n > maxLine+16 || !strings.HasSuffix(got.all[0], "…") {
		t.Errorf("a line of %d bytes", n)
	}
	// 100 MB passed through. What was allocated in all, not only at one time, is
	// the kept part and its growth.
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 40<<20 {
		t.Errorf("%d MB allocated for 100 MB of output", grown>>20)
	}
}

func TestRunEnvironment(t *testing.T) {
	r := childRunner(t, "environment")
	res, err := r.Run(context.Background(), sky.Call{Program: "sky", Args: []string{"a b", "-c"}, Env: []string{"FROM_CALL=c"}})
	want := fmt.Sprintf("%s|o|c|\"\"|[\"a b\" \"-c\"]\n", realPath(t, r.opt.Dir))
	if err != nil || res.Stdout != want {
		t.Errorf("%q, want %q, %v", res.Stdout, want, err)
	}
}

func realPath(t *testing.T, path string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

// A program that hangs, ignores SIGTERM, or whose child does, ends with ctx, and
// so do all of its group.
func TestRunEndsWithContext(t *testing.T) {
	for _, mode := range []string{"hang", "ignore-sigterm", "grandchild"} {
		t.Run(mode, func(t *testing.T) {
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			got := &lines{t: t, seen: make(chan string, 4)}
			type end struct {
				res sky.Result
				err error
			}
			ended := make(chan end)
			go func() {
				res, err := childRunner(t, mode).Run(ctx, sky.Call{Program: "sky", Line: got.add})
				ended <- end{res, err}
			}()
			line := <-got.seen // it is up: "hanging PID", "ignoring PID"
			stop()
			e := <-ended
			if !errors.Is(e.err, context.Canceled) || e.res.Code != -1 {
				t.Errorf("%+v", e)
			}
			mustEnd(t, line)
		})
	}
}

// mustEnd fails if the process that a line names is not gone or a zombie: the
// kernel was told to kill it before.
func mustEnd(t *testing.T, line string) {
	t.Helper()
	_, text, _ := strings.Cut(line, " ")
	pid, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("no pid in %q", line)
	}
	until(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
}

func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// The leader ended well, but what it left behind holds the pipe.
func TestRunLeftBehind(t *testing.T) {
	res, got, err := run(t, "grandchild-and-exit")
	if err != nil || res.Code != 0 {
		t.Errorf("%+v, %v", res, err)
	}
	if len(got.all) > 0 {
		mustEnd(t, strings.TrimPrefix(got.all[0], "stdout: "))
	}
}

// At the end of the process there is no time for a grace.
func TestClose(t *testing.T) {
	r := childRunner(t, "ignore-sigterm")
	r.opt.Grace = time.Hour
	ctx, stop := context.WithCancel(context.Background())
	got := &lines{t: t, seen: make(chan string, 4)}
	ended := make(chan error)
	go func() {
		_, err := r.Run(ctx, sky.Call{Program: "sky", Line: got.add})
		ended <- err
	}()
	line := <-got.seen
	stop() // SIGTERM, which it does not heed
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	mustEnd(t, line)
	if _, err := r.Run(context.Background(), sky.Call{Program: "sky"}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func TestRunEndedContext(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := childRunner(t, "nothing").Run(ctx, sky.Call{Program: "sky"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRunNotThere(t *testing.T) {
	r := NewExecRunner(ExecOptions{Locate: func(context.Context) (Location, error) { return Location{Path: "/nonexistent/sky"}, nil }})
	if _, err := r.Run(context.Background(), sky.Call{Program: "sky"}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	refusal := &schema.Error{Kind: schema.KindSkyPilotNotFound, Message: "m", Hint: "h"}
	r = NewExecRunner(ExecOptions{Locate: func(context.Context) (Location, error) { return Location{}, refusal }})
	if _, err := r.Run(context.Background(), sky.Call{Program: "sky"}); !errors.Is(err, refusal) {
		t.Error(err)
	}
}

// rsync and ssh are found in the environment's PATH, by absolute entries only.
func TestRunOtherProgram(t *testing.T) {
	dir, cwd := t.TempDir(), t.TempDir()
	writeProgram(t, filepath.Join(dir, "rsync"), "echo right $1")
	writeProgram(t, filepath.Join(cwd, "rsync"), "echo wrong")
	t.Chdir(cwd)
	r := NewExecRunner(ExecOptions{Locate: func(context.Context) (Location, error) {
		return Location{Path: "/nonexistent/sky", Environ: []string{"PATH=.::" + dir + ":/usr/bin:/bin"}}, nil
	}})
	res, err := r.Run(context.Background(), sky.Call{Program: "rsync", Args: []string{"-a"}})
	if err != nil || res.Stdout != "right -a\n" {
		t.Errorf("%+v, %v", res, err)
	}
	_, err = r.Run(context.Background(), sky.Call{Program: "no-such-program"})
	checkKind(t, err, schema.KindMountFailed)
}

func writeProgram(t *testing.T, path, script string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestSubmitToFile(t *testing.T) {
	output := filepath.Join(t.TempDir(), "out")
	if err := os.Symlink("/dev/null", output); err != nil { // it is replaced, not followed
		t.Fatal(err)
	}
	res, err := childRunner(t, "submit").Submit(context.Background(), sky.Call{Program: "sky"}, output)
	if err != nil || res.Code != 0 || !strings.HasSuffix(res.Stdout, "on stderr\n") {
		t.Errorf("%+v, %v", res, err)
	}
	if id, ok := sky.ParseSubmission(res.Stdout); !ok || id != "11111111-2222-3333-4444-555555555555" {
		t.Errorf("id %q", id)
	}
	info, err := os.Lstat(output)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := childRunner(t, "submit").Submit(context.Background(), sky.Call{Program: "sky"}, "/nonexistent/dir/out"); err == nil {
		t.Error("no error for a file that can't be made")
	} else {
		checkKind(t, err, schema.KindStateUnwritable)
	}
}

// A submission goes on when ctx ends, and is reaped.
func TestSubmitLivesOn(t *testing.T) {
	dir := t.TempDir()
	output, goOn := filepath.Join(dir, "out"), filepath.Join(dir, "go on")
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := childRunner(t, "submit-and-wait").Submit(ctx, sky.Call{Program: "sky", Env: []string{"GO_ON=" + goOn}}, output)
		ended <- err
	}()
	waitForText(t, output, "waiting")
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !SubmissionRuns(output) {
		t.Error("a successor would take the submission for ended")
	}
	text := waitForText(t, output, "waiting")
	pid, _ := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(text, "waiting ")))
	if session, err := syscall.Getpgid(pid); err != nil || session != pid {
		t.Errorf("group %d of process %d, %v", session, pid, err)
	}
	if err := os.WriteFile(goOn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	waitForText(t, output, "went on")
	until(t, "the submission has ended", func() bool { return !SubmissionRuns(output) })
	if SubmissionRuns(output + "x") {
		t.Error("a file that is not there")
	}
}

// A submission that asks gets its answer while it runs. One that is refused has ended, and
// has submitted nothing.
func TestSubmitAsks(t *testing.T) {
	output, refusal := filepath.Join(t.TempDir(), "out"), errors.New("it is another server")
	for _, answer := range []error{nil, refusal} {
		res, err := childRunner(t, "ask").Submit(context.Background(), sky.Call{Program: "sky", Asks: true, Confirm: func() error {
			until(t, "the question is asked", func() bool {
				printed, _ := os.ReadFile(output)
				return strings.Contains(string(printed), "Proceed?")
			})
			return answer
		}}, output)
		if !errors.Is(err, answer) || SubmissionRuns(output) {
			t.Errorf("answered %v: %v; it runs: %v", answer, err, SubmissionRuns(output))
		}
		printed, _ := os.ReadFile(output)
		if _, submitted := sky.ParseSubmission(string(printed)); submitted != (answer == nil) || answer == nil && res.Code != 0 {
			t.Errorf("answered %v, it printed %q and ended with %d", answer, printed, res.Code)
		}
	}
}

// A submission that nobody has confirmed because we died submits nothing, and ends.
func TestSubmissionOfTheDead(t *testing.T) {
	for _, mode := range []string{"ask", "load"} {
		t.Run(mode, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "out")
			we := exec.Command(os.Args[0])
			we.Env = append(os.Environ(), "SKY_TEST_CHILD=submitter", "SUBMITS="+mode, "OUTPUT="+output)
			if mode == "load" {
				d := newDesk(t, scripts["pip"])
				we.Env = append(we.Env, "SKY="+filepath.Join(d.bin, "sky"))
			}
			said, err := we.StdoutPipe()
			if err := errors.Join(err, we.Start()); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(said).ReadString('\n') // it is asked whether to go on
			if err != nil || line != "asked\n" || !SubmissionRuns(output) {
				t.Fatalf("%q, %v; it runs: %v", line, err, SubmissionRuns(output))
			}
			_ = we.Process.Kill()
			_ = we.Wait()
			until(t, "it has ended", func() bool { return !SubmissionRuns(output) })
			printed, _ := os.ReadFile(output)
			if _, submitted := sky.ParseSubmission(string(printed)); submitted || strings.Contains(string(printed), "process ") {
				t.Errorf("it printed %q", printed)
			}
		})
	}
}

// until polls for what another process does and does not tell us.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// waitForText reads a file until it holds a line.
func waitForText(t *testing.T, path, want string) string {
	t.Helper()
	var text string
	until(t, want, func() bool {
		raw, _ := os.ReadFile(path) // it may not be there yet
		text = string(raw)
		return strings.Contains(text, want) && strings.HasSuffix(text, "\n")
	})
	return text
}

func TestReadEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("0123456\n89"), 0o600); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]string{4: "89", 10: "0123456\n89", 100: "0123456\n89"} {
		if got, err := readEnd(path, limit); err != nil || got != want {
			t.Errorf("limit %d: %s, %v", limit, got, err)
		}
	}
	if _, err := readEnd(path+"x", 1); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func BenchmarkRun(b *testing.B) {
	r := NewExecRunner(ExecOptions{Locate: func(context.Context) (Location, error) { return Location{Path: "/bin/true"}, nil }})
	for b.Loop() {
		if _, err := r.Run(context.Background(), sky.Call{Program: "sky"}); err != nil {
			b.Fatal(err)
		}
	}
}
