// Package host is this machine as `sky` needs it: where sky is installed, with
// which environment it is run, its processes, and what SkyPilot's files and port
// tell without starting one.
package host

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// defaultGrace is how long a program may take to end after it was asked to. sky
// has nothing to save: the work is the API server's.
const defaultGrace = 2 * time.Second

// ExecOptions is what an ExecRunner needs. Locate must be set.
type ExecOptions struct {
	// Locate finds sky and the environment to run it in. It is asked before each
	// call, so it should remember its answer. Where it finds no sky, the environment beside
	// its error is the one to run other programs in.
	Locate func(context.Context) (Location, error)
	// Env is added to that environment (NAME=value).
	Env []string
	// Dir is the folder to run in, one of our own: a .sky.yaml in the working
	// directory is read as configuration. Empty: this process's.
	Dir string
	// Grace is the time between SIGTERM and SIGKILL; 0 is 2 s.
	Grace time.Duration
}

// ExecRunner is the Runner of real processes. Every call is a process group (on
// Windows a job) of its own, so that ending it ends what it started. It is safe
// for concurrent use; the zero value is not usable.
type ExecRunner struct {
	opt  ExecOptions
	hold func(output *os.File) error // hold, or a test's

	mu     sync.Mutex
	closed bool
	live   map[*group]bool // what runs, and is ended by Close

	spares spares
}

var _ sky.Runner = (*ExecRunner)(nil)

// NewExecRunner returns a Runner of real processes.
func NewExecRunner(opt ExecOptions) *ExecRunner {
	if opt.Grace == 0 {
		opt.Grace = defaultGrace
	}
	return &ExecRunner{opt: opt, hold: hold, live: map[*group]bool{}}
}

// Close kills all that Run has started, at once, and refuses to start more: it is
// for the end of the process, which can't wait for a grace, and must leave nothing
// behind that does not heed SIGTERM. Submissions go on. It does not block.
func (r *ExecRunner) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for g := range r.live {
		g.kill()
	}
	return nil
}

// start starts a group, which Close then knows of.
func (r *ExecRunner) start(g *group) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return context.Canceled
	}
	if err := g.cmd.Start(); err != nil {
		return err
	}
	g.started()
	r.live[g] = true
	return nil
}

func (r *ExecRunner) ended(g *group) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, g)
	g.close()
}

// Run implements Runner. What a program's own children still print after it has
// ended is waited for twice the grace at most; a server that it left behind in a
// session of its own (SkyPilot's API server) is not touched.
func (r *ExecRunner) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	cmd, err := r.command(ctx, call)
	if err != nil {
		return sky.Result{}, err
	}
	if call.Program == "sky" {
		spare := r.spares.enter(r.expects(cmd, call))
		defer r.spares.leave()
		if spare != nil {
			if res, done, err := spare.run(ctx, r, call, cmd.Dir); done || ctx.Err() != nil {
				return res, cmp.Or(ctx.Err(), notStarted(err))
			}
		}
		hasten(cmd)
	}
	out := &output{}
	cmd.Stdout, cmd.Stderr = out.stream(schema.StreamStdout), out.stream(schema.StreamStderr)
	out.send(call)
	err = r.runGroup(ctx, cmd)
	res := out.result()
	res.Code = cmd.ProcessState.ExitCode()
	if ctx.Err() != nil {
		return res, ctx.Err()
	}
	return res, notStarted(err)
}

// Submit implements Runner. The Result's Stdout holds the end of the output
// file, both streams in it; Call.Line is not called, for there is no pipe. Where
// the output file can't be made or locked, nothing is started and the error is of
// kind state_unwritable.
func (r *ExecRunner) Submit(ctx context.Context, call sky.Call, output string) (sky.Result, error) {
	cmd, err := r.command(ctx, call)
	if err != nil {
		return sky.Result{}, err
	}
	r.spares.enter(nil)
	defer r.spares.leave()
	file, err := replaceFile(output)
	if err != nil {
		return sky.Result{}, schema.Fail(schema.KindStateUnwritable, &text.RunOutputUnwritable, text.Args{"problem": err.Error()})
	}
	if err := r.hold(file); err != nil {
		_ = file.Close()
		_ = os.Remove(output) // nothing prints to it
		return sky.Result{}, schema.Fail(schema.KindStateUnwritable, &text.RunNoLocks).WithDetail(output + ": " + err.Error())
	}
	defer file.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = file, file
	detach(cmd)
	if call.Asks {
		hasten(cmd)
		return submitAsked(ctx, cmd, call.Confirm, output)
	}
	loaded, err := confirmed(ctx, cmd, call)
	switch {
	case err != nil:
		return sky.Result{Code: -1}, err
	case loaded != nil:
		return await(ctx, loaded.cmd, loaded.ended, output)
	}
	hasten(cmd)
	if err := cmd.Start(); err != nil {
		return sky.Result{}, err
	}
	return await(ctx, cmd, reap(cmd), output)
}

// submitAsked starts a program that asks a question on its stdin, answers it once, and waits for the
// program. One that is refused is killed: it has asked for nothing yet. Where we die before, the end of the
// pipe is a no.
func submitAsked(ctx context.Context, cmd *exec.Cmd, confirm func() error, output string) (sky.Result, error) {
	theirs, ours, err := os.Pipe()
	if err != nil {
		return sky.Result{}, err
	}
	defer ours.Close()
	cmd.Stdin = theirs
	err = cmd.Start()
	_ = theirs.Close() // the child has its own
	if err != nil {
		return sky.Result{}, err
	}
	ended := reap(cmd)
	if err := confirm(); err != nil {
		_ = cmd.Process.Kill()
		<-ended
		return sky.Result{Code: -1}, err
	}
	_, _ = ours.WriteString("y\n") // one that has ended needs no answer: its output says why
	_ = ours.Close()
	return await(ctx, cmd, ended, output)
}

// confirmed asks for a submission's confirmation while the `sky` that it will be loads its modules, and
// returns what was told what to do; nil where `sky` can't be had loaded before, or has ended then, and has
// to be started. Where we die before, the end of its stdin ends it.
func confirmed(ctx context.Context, cmd *exec.Cmd, call sky.Call) (*interpreter, error) {
	if call.Confirm == nil {
		return nil, nil
	}
	loaded, ok := newInterpreter(cmd)
	if ok {
		loaded.cmd.Stdout, loaded.cmd.Stderr = cmd.Stdout, cmd.Stderr
		detach(loaded.cmd)
		ok = loaded.start(loaded.cmd.Start, func() {}) == nil
	}
	if err := call.Confirm(); err != nil {
		if ok {
			_ = loaded.cmd.Process.Kill()
			<-loaded.ended
		}
		return nil, err
	}
	if !ok || !loaded.tell(ctx, call.Args, cmd.Dir) && ctx.Err() == nil {
		return nil, nil
	}
	return loaded, nil
}

// reap waits for a submission in the background, so that it is reaped even if its caller's context ends
// first. ended is closed then.
func reap(cmd *exec.Cmd) (ended chan struct{}) {
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its outcome is in ProcessState
	}()
	return ended
}

// await waits for a submission, whose output is in a file.
func await(ctx context.Context, cmd *exec.Cmd, ended <-chan struct{}, output string) (sky.Result, error) {
	select {
	case <-ctx.Done():
		return sky.Result{Code: -1}, ctx.Err()
	case <-ended:
	}
	text, err := readEnd(output, maxTail)
	return sky.Result{Code: cmd.ProcessState.ExitCode(), Stdout: text}, err
}

// command makes the process, not started, its stdin /dev/null.
func (r *ExecRunner) command(ctx context.Context, call sky.Call) (*exec.Cmd, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at, err := r.opt.Locate(ctx)
	if err != nil && (call.Program == "sky" || len(at.Environ) == 0) {
		return nil, err // other programs don't need sky: they install it
	}
	path := at.Path
	switch {
	case filepath.IsAbs(call.Program):
		path = call.Program
	case call.Program != "sky":
		if path, err = findProgram(call.Program, at.Environ); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(path, call.Args...)
	cmd.Env = slices.Concat(at.Environ, r.opt.Env, call.Env)
	cmd.Dir = cmp.Or(call.Dir, r.opt.Dir)
	return cmd, nil
}

// runGroup runs cmd until it and its pipes have ended. When ctx ends the group
// is asked to end, and killed after the grace.
func (r *ExecRunner) runGroup(ctx context.Context, cmd *exec.Cmd) error {
	g := newGroup(cmd)
	cmd.WaitDelay = 2 * r.opt.Grace // for a grandchild that holds a pipe
	if err := r.start(g); err != nil {
		return err
	}
	defer r.ended(g)
	ended := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() { g.watch(ctx, ended, r.opt.Grace) })
	err := cmd.Wait()
	close(ended)
	watch.Wait()
	if errors.Is(err, exec.ErrWaitDelay) {
		g.kill() // what holds the pipes is of no use to anyone
	}
	return err
}

// watch ends the group when ctx does, if that is before ended.
func (g *group) watch(ctx context.Context, ended <-chan struct{}, grace time.Duration) {
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	g.terminate()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-ended: // the leader has; what it started may not have
	case <-timer.C:
	}
	g.kill()
}

// notStarted keeps the errors that mean that nothing ran.
func notStarted(err error) error {
	if _, exited := errors.AsType[*exec.ExitError](err); exited || errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}

// output takes both streams of a program.
type output struct {
	mu      sync.Mutex // so that calls of watch do not overlap
	watch   func(schema.Stream, string)
	streams [2]*outputStream
	n       int
}

type outputStream struct {
	*output
	name   schema.Stream
	kept   *capture
	answer io.Writer // takes what is not kept; nil: all is
	lines  *splitter // nil: nobody is watching
}

// stream adds a stream, stdout first.
func (o *output) stream(name schema.Stream) io.Writer {
	s := &outputStream{output: o, name: name, kept: newCapture()}
	o.streams[o.n] = s
	o.n++
	return s
}

// send has what comes go to where a call wants it, and first what has come before.
func (o *output) send(call sky.Call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.watch, o.streams[0].answer = call.Line, call.Answer
	for _, s := range o.streams {
		if o.watch != nil {
			s.lines = &splitter{emit: func(line string) { o.watch(s.name, line) }}
		}
		before := s.kept
		s.kept = newCapture()
		s.take(before.head)
		s.take(before.tail)
	}
}

// Write never fails: a program must not get SIGPIPE over us.
func (s *outputStream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.take(p)
	return len(p), nil
}

func (s *outputStream) take(p []byte) {
	if s.answer != nil {
		_, _ = s.answer.Write(p) // one that has had enough does not end the program
	} else {
		s.kept.write(p)
	}
	if s.lines != nil {
		s.lines.write(p)
	}
}

// result is what was kept. No Write may come after it.
func (o *output) result() sky.Result {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.streams {
		if s.lines != nil {
			s.lines.close()
		}
	}
	return sky.Result{Stdout: o.streams[0].kept.text(), Stderr: o.streams[1].kept.text()}
}

// replaceFile makes a new file that only this user can read, in the place of
// what was there. It follows no link.
func replaceFile(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
}

// readEnd reads at most limit bytes from a file's end, cleaned.
func readEnd(path string, limit int64) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	start := info.Size() - limit
	raw, err := io.ReadAll(io.NewSectionReader(f, max(start, 0), limit))
	text := string(raw)
	if start > 0 {
		text = redact.WholeLines(text)
	}
	return sky.Clean(text), err
}

// findProgram finds rsync, ssh and the like in the environment's own PATH:
// os/exec would search ours, and take a relative entry.
func findProgram(name string, environ []string) (string, error) {
	for _, dir := range filepath.SplitList(lookupEnv(environ, "PATH")) {
		if path := filepath.Join(dir, executableName(name)); filepath.IsAbs(dir) && isExecutable(path) {
			return path, nil
		}
	}
	return "", schema.Fail(schema.KindMountFailed, &text.RunNoProgram, text.Args{"tool": name}).WithDetail("PATH=" + lookupEnv(environ, "PATH"))
}

// lookupEnv is the value of the last NAME=value of a name, as a process sees it.
func lookupEnv(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
