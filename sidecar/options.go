package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

// options are the command line.
type options struct {
	simulate   bool
	stateDir   string
	projectDir string
	name       string
	wait       bool
	logLevel   slog.Level
	deadline   time.Duration // 0: the service's own

	demo bool // sidecar demo
	real bool // sidecar demo --real
	yes  bool // sidecar demo --real --yes
}

const usage = `Usage: sidecar [flags]          serve JSON-RPC 2.0 on stdin and stdout, a message a line
       sidecar demo [--real]    play a server's whole life for a person to watch

The demo is simulated and costs nothing; with --real it uses SkyPilot and your
cloud account, asks before it spends money, and changes no server but its own.

Flags:
`

// parse reads the command line. done says that the process is to end with code.
func parse(args []string, stdout, stderr io.Writer) (o options, code int, done bool) {
	if len(args) > 0 && args[0] == "demo" {
		o.demo = true
		args = args[1:]
	}
	version := false
	flags := flag.NewFlagSet("sidecar", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage); flags.PrintDefaults() }
	flags.StringVar(&o.stateDir, "state-dir", "", "`folder` for what is remembered (default ~/.carapace, with --simulate ~/.carapace/simulate)")
	flags.StringVar(&o.projectDir, "project", "", "`folder` that holds data/public and data/private (default: the working directory)")
	flags.StringVar(&o.name, "name", schema.DefaultClusterName, "the server's `name`")
	flags.DurationVar(&o.deadline, "deadline", 0, "how `long` a launch or start may take before it is given up, and again its setup script (default 30m)")
	flags.TextVar(&o.logLevel, "log-level", slog.LevelWarn, "debug, info, warn or error; logs go to stderr")
	if o.demo {
		flags.BoolVar(&o.real, "real", false, "use the real SkyPilot and the real cloud: costs money")
		flags.BoolVar(&o.yes, "yes", false, "with --real: do not ask")
	} else {
		flags.BoolVar(&o.simulate, "simulate", false, "use a simulated SkyPilot and cloud: nothing is started, nothing costs")
		flags.BoolVar(&o.wait, "wait", false, "at the end of stdin, wait for the operations that were started to end")
		flags.BoolVar(&version, "version", false, "print the version and end")
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, exitOK, true
		}
		return o, exitUsage, true
	}
	if o.deadline < 0 {
		fmt.Fprintf(stderr, "sidecar: --deadline %s is no time to wait\n", o.deadline)
		return o, exitUsage, true
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "sidecar: unexpected argument %q\n", flags.Arg(0))
		flags.Usage()
		return o, exitUsage, true
	}
	if version {
		v := readVersion()
		fmt.Fprintf(stdout, "sidecar %s (%s), protocol %d\n", v.version, v.commit, schema.ProtocolVersion)
		return o, exitOK, true
	}
	if !sky.ValidClusterName(o.name) {
		fmt.Fprintf(stderr, "sidecar: %q can't be a server's name: take a letter, then letters, digits, '.', '_' or '-', with a letter or digit last\n", o.name)
		return o, exitUsage, true
	}
	if err := o.resolve(); err != nil {
		fmt.Fprintln(stderr, "sidecar:", err)
		return o, exitError, true
	}
	return o, exitOK, false
}

// homeDir is the user's home folder. One that means another folder in each working
// folder is none.
func homeDir() (string, error) {
	home, err := os.UserHomeDir()
	if err == nil && !filepath.IsAbs(home) {
		err = fmt.Errorf("%q is no absolute path", home)
	}
	return home, err
}

// resolve makes the folders absolute: a desktop app's working directory may be
// anything (tauri/facts.md 25), and must not decide later.
func (o *options) resolve() error {
	if o.demo && !o.real {
		o.simulate = true
	}
	if o.demo && o.simulate {
		return nil // it makes folders of its own
	}
	if o.stateDir == "" {
		var err error
		if o.stateDir, err = o.defaultStateDir(); err != nil {
			return fmt.Errorf("there is no home folder for the state: %w; give one with --state-dir", err)
		}
	}
	for _, dir := range []*string{&o.stateDir, &o.projectDir} {
		absolute, err := filepath.Abs(*dir)
		if err != nil {
			return err
		}
		*dir = absolute
	}
	return nil
}

// defaultStateDir is the state folder where none is given. Real servers are none of
// the simulated cloud's.
func (o *options) defaultStateDir() (string, error) {
	home, err := homeDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, ".carapace")
	if o.simulate {
		dir = filepath.Join(dir, "simulate")
	}
	return dir, nil
}

// destroyCommand is a line for a shell that destroys the server of o, with the flags
// that tell it from others. program is how this process was called.
func (o *options) destroyCommand(program string) string {
	words := []string{shellWord(program), "--wait"}
	if filepath.Base(filepath.Dir(program)) == "exe" && strings.Contains(program, "go-build") {
		words[0] = "go run ./sidecar" // which has deleted its program by then
	}
	if o.name != schema.DefaultClusterName {
		words = append(words, "--name", shellWord(o.name))
	}
	if usual, err := o.defaultStateDir(); err != nil || usual != o.stateDir {
		words = append(words, "--state-dir", shellWord(o.stateDir))
	}
	// By its name: without one the request means the one server that there is.
	return fmt.Sprintf(`echo '{"jsonrpc":"2.0","id":1,"method":%q,"params":{"name":%q}}' | %s`,
		schema.ClusterDestroy.Name, o.name, strings.Join(words, " "))
}

// shellWord quotes a word for a POSIX shell where it has to be.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:,@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
