package main

import (
	"crypto/sha256"
	"encoding/hex"
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
	"carapace/sidecar/terminal"
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

	version  bool
	levelSet bool // --log-level was given
}

// common are the flags that every command takes.
func (o *options) common() *flag.FlagSet {
	flags := flag.NewFlagSet("sidecar", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.simulate, "simulate", false, "use a simulated SkyPilot and cloud, whose hour takes five minutes: nothing is started, nothing costs")
	flags.StringVar(&o.name, "name", schema.DefaultClusterName, "the server's `name`")
	flags.Var((*folderFlag)(&o.stateDir), "state-dir", "`folder` for what is remembered (default ~/.carapace, with --simulate ~/.carapace/simulate)")
	flags.Var((*folderFlag)(&o.projectDir), "project", "`folder` that holds data/public and data/private (default: the working directory)")
	flags.DurationVar(&o.deadline, "deadline", 0, "`time` that a launch or start may take before it is given up, and again its setup script (default 30m)")
	o.logLevel = slog.LevelWarn
	flags.Var(levelFlag{o}, "log-level", "`level` of what goes to stderr: debug, info, warn or error")
	return flags
}

// serving are the flags of the program without a command.
func (o *options) serving() *flag.FlagSet {
	flags := flag.NewFlagSet("sidecar", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.wait, "wait", false, "at the end of stdin, wait for the operations that were accepted to end; the exit code says how")
	flags.BoolVar(&o.version, "version", false, "print the version and end")
	return flags
}

// folderFlag is a folder. An empty one is refused: it is a variable of a shell that is not set, and no wish for the default.
type folderFlag string

func (f *folderFlag) String() string { return string(*f) }

func (f *folderFlag) Set(path string) error {
	if path == "" {
		return errors.New("it must be a folder")
	}
	*f = folderFlag(path)
	return nil
}

// levelFlag is --log-level.
type levelFlag struct{ o *options }

func (l levelFlag) String() string {
	if l.o == nil {
		return ""
	}
	return strings.ToLower(l.o.logLevel.String())
}

func (l levelFlag) Set(text string) error {
	if l.o.logLevel.UnmarshalText([]byte(text)) != nil {
		return errors.New("it must be debug, info, warn or error")
	}
	l.o.levelSet = true
	return nil
}

// parse reads a command line without a command, as a host gives it. served is false
// where it is none, or is wrong: package cli then says so.
func (o *options) parse(args []string) (served bool) {
	flags := o.common()
	o.serving().VisitAll(func(f *flag.Flag) { flags.Var(f.Value, f.Name, f.Usage) })
	return flags.Parse(args) == nil && flags.NArg() == 0
}

// check says what is wrong with the flags, and makes the folders absolute.
func (o *options) check() error {
	if o.deadline < 0 {
		return fmt.Errorf("--deadline %s is no time to wait", o.deadline)
	}
	if !sky.ValidClusterName(o.name) {
		return fmt.Errorf("%q can't be a server's name: take a letter, then letters, digits, '.', '_' or '-', with a letter or digit last", o.name)
	}
	return o.resolve()
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
// anything, and must not decide later.
func (o *options) resolve() error {
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
	words := []string{calledAs(program), "destroy", "--yes", "--name", terminal.Quote(o.name)}
	if usual, err := o.defaultStateDir(); err != nil || usual != o.stateDir {
		words = append(words, "--state-dir", terminal.Quote(o.stateDir))
	}
	return strings.Join(words, " ")
}

// calledAs is how a person calls this program again. Under `go run` it is in a folder that is deleted, or, from Go 1.24 on, in one of the
// build cache, that has a hash for a name.
func calledAs(program string) string {
	folder := filepath.Base(filepath.Dir(program))
	hash, cached := strings.CutSuffix(folder, "-d")
	if folder == "exe" && strings.Contains(program, "go-build") || cached && len(hash) == hex.EncodedLen(sha256.Size) {
		return "go run ./sidecar"
	}
	return terminal.Quote(program)
}
