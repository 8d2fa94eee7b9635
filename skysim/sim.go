package skysim

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"
)

// The environment of a simulated program.
const (
	// EnvDir names the folder of the simulated cloud's state. Set, it makes the
	// sidecar's binary a `sky`, `rsync` or `ssh`.
	EnvDir = "CARAPACE_SKYSIM_DIR"
	// EnvSpeed is Env.Scale as a decimal number; unset or unreadable: DefaultScale.
	EnvSpeed = "CARAPACE_SKYSIM_SPEED"
)

// DefaultScale makes a launch of 70 seconds take 6.
const DefaultScale = 0.085

// Env is what a simulated program has besides its arguments. Dir is required.
type Env struct {
	_ [0]func() // not comparable (CONTRIBUTING.md, "Size")

	// Dir is the state folder, made when missing (0700).
	Dir string
	// Cwd is the program's working folder; empty: the process's.
	Cwd string
	// Scale multiplies every duration of the recordings: 1 is real time, 0 means
	// DefaultScale.
	Scale float64
	// UserID and UserName are SKYPILOT_USER_ID and SKYPILOT_USER: whom the program
	// acts for. Empty, or a UserID that is no user hash: what ~/.sky/user_hash under
	// Home says, which the first program makes.
	UserID, UserName string
}

// FromEnviron reads an Env out of environment variables; false when EnvDir is
// not set, which means that the process is no simulated program. It does not block.
func FromEnviron(getenv func(string) string) (Env, bool) {
	env := Env{Dir: getenv(EnvDir), UserID: getenv(envUserID), UserName: getenv(envUserName)}
	if scale, err := strconv.ParseFloat(getenv(EnvSpeed), 64); err == nil && scale > 0 {
		env.Scale = scale
	}
	return env, env.Dir != ""
}

// Environ gives the variables that make a process a simulated program with this
// Env: what FromEnviron reads back.
func (e Env) Environ() []string {
	vars := []string{EnvDir + "=" + e.Dir, EnvSpeed + "=" + strconv.FormatFloat(e.scale(), 'g', -1, 64)}
	if e.UserID != "" {
		vars = append(vars, envUserID+"="+e.UserID)
	}
	if e.UserName != "" {
		vars = append(vars, envUserName+"="+e.UserName)
	}
	return vars
}

func (e Env) scale() float64 {
	if e.Scale <= 0 {
		return DefaultScale
	}
	return e.Scale
}

// process is one run of a simulated program.
type process struct {
	ctx            context.Context
	env            Env
	program        string
	args           []string
	stdin          io.Reader // where it asks; empty: nobody answers
	stdout, stderr io.Writer
	world          store
	user           user // set by identify
}

// exit is a program's end with something other than success: the exit code and
// what goes to stderr before it.
type exit struct {
	code int
	text string
}

func (e *exit) Error() string { return e.text }

// fail is the end of a command that raised an exception: exit code 1, the text
// on stderr.
func fail(text string) error { return &exit{1, text} }

// Main runs one simulated program ("sky", "rsync" or "ssh"; args without the
// program's name) and returns its exit code. It blocks as long as the program
// takes, and is safe for concurrent use, also by several processes on one Dir.
// When ctx ends, so does the program, with 143: what it had asked of the
// simulated API server goes on.
func Main(ctx context.Context, env Env, program string, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &process{
		ctx: ctx, env: env, program: program, args: args, stdin: stdin, stdout: stdout, stderr: stderr,
		world: store{dir: env.Dir, scale: env.scale()},
	}
	err := p.dispatch()
	if err == nil {
		return 0
	}
	if ctx.Err() != nil {
		return 143
	}
	var end *exit
	if !errors.As(err, &end) {
		end = &exit{1, "RuntimeError: " + err.Error()}
	}
	if end.text != "" {
		p.complain(end.text)
	}
	return end.code
}

func (p *process) dispatch() error {
	switch p.program {
	case "sky":
		return p.sky()
	case "rsync":
		return p.rsync()
	case "ssh":
		return p.ssh()
	}
	return &exit{127, p.program + ": command not found"}
}

// say writes lines to stdout as they stand, each with its newline.
func (p *process) say(lines ...string) {
	for _, line := range lines {
		_, _ = io.WriteString(p.stdout, line+"\n") // a reader that went away is no concern of sky's either
	}
}

// complain writes one text and a newline to stderr.
func (p *process) complain(text string) { _, _ = io.WriteString(p.stderr, text+"\n") }

// pause takes the time that a part of a command takes in the recordings,
// scaled. It returns ctx's error when that ends first.
func (p *process) pause(d time.Duration) error {
	return p.wait(scaled(d, p.env.scale()))
}

// wait blocks for a duration that is scaled already.
func (p *process) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.ctx.Done():
		return p.ctx.Err()
	case <-timer.C:
		return nil
	}
}

func scaled(d time.Duration, scale float64) time.Duration {
	return time.Duration(float64(d) * scale)
}
