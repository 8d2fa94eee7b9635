//go:build unix

package vaulttest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Do does one deed in a folder, or through a link in the folder that it points to, and returns
// what is to be told of it. On a server the program in there does it: names of any bytes need
// no quotes there, and no tool has to be on it.
func Do(root string, deed ...string) (string, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", err
	}
	if len(deed) == 0 {
		return "", errors.New("no deed is named")
	}
	does, known := deeds[deed[0]]
	if args := deed[1:]; known && len(args) == does.args {
		return does.do(root, args)
	}
	return "", fmt.Errorf("no deed is %q", deed)
}

// deeds are by their names. What they take are names in the folder, which may lead out of it.
var deeds = map[string]struct {
	args int
	do   func(root string, args []string) (string, error)
}{
	"empty": {0, func(root string, _ []string) (string, error) {
		all, err := os.ReadDir(root)
		for _, entry := range all {
			err = errors.Join(err, os.RemoveAll(filepath.Join(root, entry.Name())))
		}
		return "", err
	}},
	"grow": {2, func(root string, args []string) (string, error) { // by a seed, so many changes
		seed, _ := strconv.ParseUint(args[0], 10, 64)
		changes, err := strconv.Atoi(args[1])
		return "", errors.Join(err, newGrower(seed).grow(root, changes))
	}},
	"summary": {0, func(root string, _ []string) (string, error) { return summary(root) }},
	"write": {3, func(root string, args []string) (string, error) { // a name, its contents, its time in seconds
		at, _ := strconv.ParseInt(args[2], 10, 64)
		return "", write(filepath.Join(root, args[0]), args[1], time.Unix(at, 0))
	}},
	"link": {2, func(root string, args []string) (string, error) { // a hard one
		return "", os.Link(filepath.Join(root, args[0]), filepath.Join(root, args[1]))
	}},
	"symlink": {2, func(root string, args []string) (string, error) {
		return "", os.Symlink(args[0], filepath.Join(root, args[1]))
	}},
	"pipe": {1, func(root string, args []string) (string, error) {
		return "", syscall.Mkfifo(filepath.Join(root, args[0]), 0o600)
	}},
	"read": {1, func(root string, args []string) (string, error) {
		all, err := os.ReadFile(filepath.Join(root, args[0]))
		return string(all), err
	}},
	"last": {2, func(root string, args []string) (string, error) { // so many bytes of a file
		file, err := os.Open(filepath.Join(root, args[0]))
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }()
		n, _ := strconv.Atoi(args[1])
		info, err := file.Stat()
		if err != nil {
			return "", err
		}
		part := make([]byte, n)
		_, err = file.ReadAt(part, info.Size()-int64(n))
		return string(part), err
	}},
	"list": {1, func(root string, args []string) (string, error) {
		all, err := os.ReadDir(filepath.Join(root, args[0]))
		var names []string
		for _, entry := range all {
			names = append(names, fmt.Sprintf("%s %q", entry.Type(), entry.Name()))
		}
		return strings.Join(names, "\n"), err
	}},
	"time": {1, func(root string, args []string) (string, error) { // in nanoseconds
		info, err := os.Stat(filepath.Join(root, args[0]))
		if err != nil {
			return "", err
		}
		return strconv.FormatInt(info.ModTime().UnixNano(), 10), nil
	}},
	"same": {2, func(root string, args []string) (string, error) { // whether two names are one file
		a, errA := os.Stat(filepath.Join(root, args[0]))
		b, errB := os.Stat(filepath.Join(root, args[1]))
		if err := errors.Join(errA, errB); err != nil {
			return "", err
		}
		return strconv.FormatBool(os.SameFile(a, b)), nil
	}},
	"blocks": {1, func(root string, args []string) (string, error) { // that a file takes
		var at syscall.Stat_t
		err := syscall.Stat(filepath.Join(root, args[0]), &at)
		return strconv.FormatInt(at.Blocks, 10), err
	}},
	"attribute": {2, func(root string, args []string) (string, error) { // an extended one; "" where there is none
		value := make([]byte, 100)
		n, err := unix.Getxattr(filepath.Join(root, args[0]), args[1], value)
		if err != nil {
			return "", nil // each disk says in its own way that there is none
		}
		return string(value[:n]), nil
	}},
}

// write makes a file, and the folders that it is in.
func write(path, contents string, at time.Time) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, []byte(contents), 0o644), os.Chtimes(path, at, at))
}

// summary is every name with its kind, permissions, time, target and checksum, a line for each.
// rsync 3.5 leaves a time that differs by less than a second where nothing else does.
func summary(root string) (string, error) {
	var lines strings.Builder
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, what := strings.TrimPrefix(path, root), ""
		switch {
		case info.Mode().IsRegular():
			contents, err := os.ReadFile(path) //nolint:gosec // nobody changes the tree of a test meanwhile
			if err != nil {
				return err
			}
			what = fmt.Sprintf("%x", sha256.Sum256(contents))
		case info.Mode()&fs.ModeSymlink != 0:
			what, err = os.Readlink(path)
			fmt.Fprintf(&lines, "%q link %q\n", name, what)
			return err
		}
		fmt.Fprintf(&lines, "%q %v %d %s\n", name, info.Mode(), info.ModTime().Unix(), what)
		return nil
	})
	return lines.String(), err
}
