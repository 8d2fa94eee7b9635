//go:build unix

package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"carapace/provision/sky"
	"carapace/schema"
)

// answers is a disk's flock that gives one answer after the other, and then the
// system's own.
func answers(errs ...error) flock {
	return func(fd, how int) error {
		if len(errs) == 0 {
			return syscall.Flock(fd, how)
		}
		err := errs[0]
		errs = errs[1:]
		return err
	}
}

// TestHold: a lock that others do not heed is none.
func TestHold(t *testing.T) {
	for name, c := range map[string]struct {
		disk flock
		held bool
	}{
		"locks hold":                {answers(), true},
		"interrupted by a signal":   {answers(syscall.EINTR, syscall.EINTR), true},
		"no locks on the disk":      {answers(syscall.ENOLCK), false},
		"no such call":              {answers(syscall.ENOSYS), false},
		"not supported":             {answers(syscall.EOPNOTSUPP), false},
		"another has it":            {answers(syscall.EWOULDBLOCK), false},
		"granted to everyone":       {answers(nil, nil), false},
		"lost while it was checked": {answers(nil, syscall.EIO), false},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := os.Create(filepath.Join(t.TempDir(), "out"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := c.disk.hold(file); (err == nil) != c.held {
				t.Errorf("held: %v, want %v", err, c.held)
			}
		})
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := os.Remove(file.Name()); err != nil {
		t.Fatal(err)
	}
	if err := hold(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v for a file that nobody can find", err)
	}
}

// TestRuns: what can't be told may run, for a second submission could make a
// second machine.
func TestRuns(t *testing.T) {
	output := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(output, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		disk flock
		path string
		want bool
	}{
		"ended":                   {answers(), output, false},
		"interrupted by a signal": {answers(syscall.EINTR), output, false},
		"runs":                    {answers(syscall.EWOULDBLOCK), output, true},
		"no locks on the disk":    {answers(syscall.ENOLCK), output, true},
		"no such call":            {answers(syscall.ENOSYS), output, true},
		"never submitted":         {answers(), output + "x", false},
		"can't be opened":         {answers(), filepath.Join(output, "below a file"), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.disk.runs(c.path); got != c.want {
				t.Errorf("may run: %v, want %v", got, c.want)
			}
		})
	}
}

// TestSubmitWithoutLocks starts nothing and leaves no file that a successor would
// ask about.
func TestSubmitWithoutLocks(t *testing.T) {
	dir := t.TempDir()
	output := filepath.Join(dir, "out")
	r := childRunner(t, "submit")
	r.hold = answers(syscall.ENOLCK).hold
	_, err := r.Submit(context.Background(), sky.Call{Program: "sky"}, output)
	checkKind(t, err, schema.KindStateUnwritable)
	if e, ok := errors.AsType[*schema.Error](err); !ok || !strings.Contains(e.Message, "does not support locks") || !strings.Contains(e.Detail, output) {
		t.Errorf("%#v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 || SubmissionRuns(output) {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	r.hold = hold
	if res, err := r.Submit(context.Background(), sky.Call{Program: "sky"}, output); err != nil || res.Code != 0 {
		t.Errorf("with locks again: %+v, %v", res, err)
	}
}
