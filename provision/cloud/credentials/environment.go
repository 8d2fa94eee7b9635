package credentials

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// maxCredentialFile bounds what is read of a credentials file. The largest real
// one is a kubeconfig with embedded certificates, some tens of kilobytes.
const maxCredentialFile = 4 << 20

// Environment is the part of a machine that credentials are looked for in. It
// must be that of SkyPilot's API server: its home, its variables, its PATH. All
// functions but Stat must be set; Host sets them all.
type Environment struct {
	// Home is the user's home folder; "~/" in the table stands for it.
	Home string
	// Getenv returns a variable's value, "" where it is not set.
	Getenv func(name string) string
	// LookPath reports whether a program is found.
	LookPath func(program string) bool
	// ReadFile returns a file's content; an error that is fs.ErrNotExist means
	// that there is none.
	ReadFile func(path string) ([]byte, error)
	// Stat returns a file's size in bytes and when it was last changed. Where it
	// is nil, Account can't tell clouds whose credentials hold nothing public.
	Stat func(path string) (size int64, modified time.Time, err error)
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

func readSmallFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if info.Size() > maxCredentialFile {
		return nil, fmt.Errorf("it is larger than %d MiB", maxCredentialFile>>20)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxCredentialFile))
}

// expand makes a path of the table absolute: "~/" is the home folder, "$NAME/"
// a variable's value; ok is false where that variable is not set.
func (e Environment) expand(path string) (expanded string, ok bool) {
	if rest, found := strings.CutPrefix(path, "~/"); found {
		return filepath.Join(e.Home, filepath.FromSlash(rest)), true
	}
	if !strings.HasPrefix(path, "$") {
		return path, true
	}
	name, rest, _ := strings.Cut(path[1:], "/")
	value := e.Getenv(name)
	return filepath.Join(value, filepath.FromSlash(rest)), value != ""
}

// read returns a file's content. found is false only where there is no such
// file; a file that is there and can't be read gives problem.
func (e Environment) read(path string) (data []byte, found bool, problem string) {
	data, err := e.ReadFile(path)
	switch {
	case err == nil:
		return data, true, ""
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, ""
	case errors.Is(err, fs.ErrPermission):
		return nil, true, "it can't be read: permission denied"
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	return nil, true, "it can't be read: " + err.Error()
}
