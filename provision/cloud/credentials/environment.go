package credentials

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// maxCredentialFile bounds what is read of a credentials file. The largest real
// one is a kubeconfig with embedded certificates, some tens of kilobytes.
const maxCredentialFile = 4 << 20

// Environment is the part of a machine that credentials are looked for in. It
// must be that of SkyPilot's API server: its home, its variables, its PATH. Getenv,
// LookPath and ReadFile must be set; Host sets all but InShell.
type Environment struct {
	// Home is the user's home folder; "~/" in the table stands for it.
	Home string
	// Getenv returns a variable's value, "" where it is not set.
	Getenv func(name string) string
	// LookPath reports whether a program is found, by its name or its absolute path.
	LookPath func(program string) bool
	// ReadFile returns a file's content; an error that is fs.ErrNotExist means
	// that there is none.
	ReadFile func(path string) ([]byte, error)
	// Stat returns a file's size in bytes and when it was last changed. Where it
	// is nil, Account can't tell clouds whose credentials hold nothing public.
	Stat func(path string) (size int64, modified time.Time, err error)
	// InShell reports whether the login shell sets a variable. It may start that
	// shell and take seconds. Where it is nil nobody knows.
	InShell func(name string) bool
	// Now is what dates are compared with. Where it is nil it is time.Now.
	Now func() time.Time
}

// Host is the Environment of this process. ReadFile refuses what is not a
// regular file of at most 4 MiB, so that a look never blocks on a pipe.
func Host() Environment {
	home, _ := os.UserHomeDir()
	return Environment{
		Home:   home,
		Getenv: os.Getenv,
		LookPath: func(program string) bool {
			_, err := exec.LookPath(program)
			return err == nil
		},
		ReadFile: readSmallFile,
		Stat: func(path string) (int64, time.Time, error) {
			info, err := os.Stat(path)
			if err != nil {
				return 0, time.Time{}, err
			}
			return info.Size(), info.ModTime(), nil
		},
	}
}

// Why a file that is there is not read.
var (
	errNotRegular = errors.New("not a regular file")
	errTooLarge   = errors.New("too large")
)

func readSmallFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	if info.Size() > maxCredentialFile {
		return nil, errTooLarge
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxCredentialFile))
}

// xdgConfig begins the paths of the table that are under the user's folder of
// configurations.
const xdgConfig = "$XDG_CONFIG_HOME/"

// expand makes a path of the table, or one out of a file, absolute.
func (e Environment) expand(path string) string {
	if rest, found := strings.CutPrefix(path, xdgConfig); found {
		dir := e.Getenv("XDG_CONFIG_HOME")
		if dir == "" {
			dir = filepath.Join(e.Home, ".config")
		}
		return filepath.Join(dir, filepath.FromSlash(rest))
	}
	if rest, found := strings.CutPrefix(path, "~/"); found {
		return filepath.Join(e.Home, filepath.FromSlash(rest))
	}
	return path
}

// read returns a file's content. found is false only where there is no such
// file; a file that is there and can't be read gives a problem.
func (e Environment) read(path string) (data []byte, found bool, wrong problem) {
	data, err := e.ReadFile(path)
	switch {
	case err == nil:
		return data, true, problem{}
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, problem{}
	case errors.Is(err, fs.ErrPermission):
		return nil, true, unreadable(e.homeless(path), fs.ErrPermission)
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return nil, true, unreadable(e.homeless(path), err)
}

// content is a file's content where it can be read, nil otherwise.
func (e Environment) content(path string) []byte {
	data, _, wrong := e.read(e.expand(path))
	if wrong.is() {
		return nil
	}
	return data
}

// exists reports whether there is a file that a path out of a credentials file
// names.
func (e Environment) exists(path string) bool {
	_, found, _ := e.read(e.expand(path))
	return found
}

func (e Environment) now() time.Time {
	if e.Now == nil {
		return time.Now()
	}
	return e.Now()
}

// skyConfig is SkyPilot's own configuration.
const skyConfig = "~/.sky/config.yaml"

// setting is a text in SkyPilot's configuration by its path there; "" where there is
// none.
func (e Environment) setting(path ...string) string {
	if len(path) == 0 {
		return ""
	}
	var value any
	if yaml.Unmarshal(e.content(skyConfig), &value) != nil {
		return ""
	}
	for _, key := range path {
		mapping, _ := value.(map[string]any)
		value = mapping[key]
	}
	text, _ := value.(string)
	return text
}
