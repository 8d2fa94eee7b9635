package host

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"carapace/provision/sky"
	"carapace/schema"
)

// A `sky` imports Python modules for two seconds before it does anything (docs/skypilot.md, "Every
// command"). A spare is one that was started for that before it is known what it is to do: the
// interpreter that sky's own script names, with spare.py, which imports what the script imports, waits
// for a line on its stdin, and then is that script. The end of its stdin ends it, so that none is left
// of a process that dies, on any system; it has done nothing then.

//go:embed spare.py
var spareProgram string

// spare is an interpreter that waits, or that has been told what to do by a call of Run.
type spare struct {
	*interpreter
	of    origin
	group *group
	out   *output
}

// interpreter is a Python with spare.py.
type interpreter struct {
	cmd    *exec.Cmd
	orders *os.File      // its stdin
	begun  chan bool     // gives true once the order was read, before anything is done; false if it has ended before
	ended  chan struct{} // closed when it has ended
	err    error         // of its end; valid then
}

// newInterpreter makes one, not started, that will be what sky would be; ok is false where sky is no
// console script of Python.
func newInterpreter(sky *exec.Cmd) (it *interpreter, ok bool) {
	args, ok := interpreted(sky.Path)
	if !ok {
		return nil, false
	}
	it = &interpreter{cmd: exec.Command(args[0], args[1:]...), begun: make(chan bool, 1), ended: make(chan struct{})}
	it.cmd.Env, it.cmd.Dir = sky.Env, sky.Dir
	return it, true
}

// hasten has a `sky` that is a console script of Python import and end in less time: spare.py says how.
func hasten(sky *exec.Cmd) {
	args, ok := interpreted(sky.Path)
	if ok && isExecutable(args[0]) && len(sky.Args) > 1 { // else it says itself what is wrong
		sky.Path, sky.Args = args[0], append(args, sky.Args[1:]...)
	}
}

// interpreted returns the command line of spare.py as a console script's own interpreter runs it, without
// the script's arguments; ok is false where the script is none.
func interpreted(script string) (args []string, ok bool) {
	python, ok := interpreterOf(readScript(script))
	return []string{python, "-c", spareProgram, script}, ok
}

// start has it started by begin, and a goroutine wait for its end, which calls atEnd.
func (it *interpreter) start(begin func() error, atEnd func()) error {
	stdin, orders, err := os.Pipe()
	if err != nil {
		return err
	}
	taken, takes, err := os.Pipe()
	if err != nil {
		_, _ = stdin.Close(), orders.Close()
		return err
	}
	it.orders = orders
	it.cmd.Stdin, it.cmd.ExtraFiles = stdin, []*os.File{takes}
	err = begin()
	_, _ = stdin.Close(), takes.Close() // the child has its own
	if err != nil {
		_, _ = orders.Close(), taken.Close()
		return err
	}
	go func() { // until the end of the pipe: a byte is not lost, whenever the process ends and we get to run
		n, _ := taken.Read(make([]byte, 1))
		_ = taken.Close()
		it.begun <- n > 0
	}()
	go func() {
		defer close(it.ended)
		it.err = it.cmd.Wait()
		atEnd()
		_ = orders.Close()
	}()
	return nil
}

// tell tells it what to do, in a folder, and waits until it begins that. begun is false where it has ended
// before, and where ctx has: then it may still begin.
func (it *interpreter) tell(ctx context.Context, args []string, dir string) (begun bool) {
	line, _ := json.Marshal(order{args, dir})  // strings can always be written
	_, _ = it.orders.Write(append(line, '\n')) // one that has ended does not take it
	_ = it.orders.Close()
	select {
	case begun = <-it.begun:
	case <-ctx.Done():
	}
	return begun
}

// origin is all that an import depends on: a spare serves a call only if that of the call is the same.
type origin struct {
	path    string
	stamp   Stamp
	environ string
	config  [3]mark
}

const projectConfig = ".sky.yaml"

// originOf looks at what a `sky` would be started from now, some calls of stat.
func (r *ExecRunner) originOf(sky *exec.Cmd) origin {
	of := origin{path: sky.Path, stamp: StampOf(sky.Path), environ: strings.Join(sky.Env, "\x00")}
	h := Host{Home: lookupEnv(sky.Env, "HOME"), Environ: sky.Env}
	// SkyPilot reads them while it is imported, the last in the working folder (skypilot_config.py of 0.14.1).
	for i, path := range []string{h.configPath(), filepath.Join(r.opt.Dir, projectConfig), filepath.Join(sky.Dir, projectConfig)} {
		of.config[i] = markOf(path)
	}
	return of
}

// expects returns the origin of a spare that a call may use, nil where it may use none.
func (r *ExecRunner) expects(sky *exec.Cmd, call sky.Call) *origin {
	if !call.Expected {
		return nil
	}
	of := r.originOf(sky)
	return &of
}

// Expect implements [sky.Runner]. Where there is no room for a spare, or `sky` is no console script of
// Python, it does nothing, and the call starts its own.
func (r *ExecRunner) Expect(call sky.Call, n int) {
	cmd, err := r.command(context.Background(), call)
	if err != nil || call.Program != "sky" {
		return
	}
	of := r.originOf(cmd)
	for range r.spares.lacks(of, n) {
		r.expect(cmd, of)
	}
}

// expect starts a spare for what sky would be.
func (r *ExecRunner) expect(sky *exec.Cmd, of origin) {
	it, ok := newInterpreter(sky)
	if !ok || lookupEnv(sky.Env, "SKYPILOT_CONFIG") != "" || lookupEnv(sky.Env, "SKYPILOT_PROJECT_CONFIG") != "" {
		return
	}
	s := &spare{interpreter: it, of: of, group: newGroup(it.cmd), out: &output{}}
	s.cmd.Stdout, s.cmd.Stderr = s.out.stream(schema.StreamStdout), s.out.stream(schema.StreamStderr)
	s.cmd.WaitDelay = 2 * r.opt.Grace
	r.spares.add(s, s.group.kill, func() error { return r.startSpare(s) })
}

func (r *ExecRunner) startSpare(s *spare) error {
	return s.start(func() error { return r.start(s.group) }, func() {
		if errors.Is(s.err, exec.ErrWaitDelay) {
			s.group.kill() // what holds the pipes is of no use to anyone
		}
		r.spares.remove(s)
		r.ended(s.group)
	})
}

// order is what an interpreter is told to do.
type order struct {
	Args []string `json:"args"`
	Dir  string   `json:"dir"`
}

// run has a spare do what a call wants, in a folder. done is false where it has ended before it began that.
func (s *spare) run(ctx context.Context, r *ExecRunner, call sky.Call, dir string) (res sky.Result, done bool, err error) {
	var watch sync.WaitGroup
	watch.Go(func() { s.group.watch(ctx, s.ended, r.opt.Grace) })
	begun := s.tell(ctx, call.Args, dir)
	if begun {
		s.out.send(call)
	}
	<-s.ended
	watch.Wait()
	res = s.out.result()
	res.Code = s.cmd.ProcessState.ExitCode()
	return res, begun, s.err
}

// interpreterOf returns the Python that a console script names, as pip, uv and conda write them: with
// nothing but imports before what it does as `__main__`. ok is false for all other programs: a
// wrapper, one that is started by env or a shell, one that would do more than to import.
func interpreterOf(script []byte) (python string, ok bool) {
	first, rest, _ := bytes.Cut(script, []byte("\n"))
	named, ok := bytes.CutPrefix(first, []byte("#!"))
	python = string(named)
	if !ok || !filepath.IsAbs(python) || strings.ContainsAny(python, " \t\r") || !strings.HasPrefix(filepath.Base(python), "python") {
		return "", false
	}
	guarded := false
	for line := range strings.Lines(string(rest)) {
		line = strings.TrimRight(line, "\r\n")
		imports := strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "from ")
		switch {
		case line == `if __name__ == "__main__":`, line == "if __name__ == '__main__':":
			guarded = true
		case line == "", strings.HasPrefix(line, "#"), guarded && line[0] == ' ', !guarded && imports && !strings.Contains(line, ";"):
		default:
			return "", false
		}
	}
	return python, guarded
}

// maxScript is more than a console script has.
const maxScript = 4 << 10

// readScript reads a program; nil for one that is too large to be a console script.
func readScript(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	script, err := io.ReadAll(io.LimitReader(f, maxScript+1))
	if err != nil || len(script) > maxScript {
		return nil
	}
	return script
}
