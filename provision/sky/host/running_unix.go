//go:build unix

package host

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// flock is the system call syscall.Flock, or what a test puts in its place.
type flock func(fd, how int) error

// hold locks a submission's output file for as long as the submission runs: the
// lock belongs to the open file, which the child inherits, and the kernel
// releases it when the last of the two has closed it. The error says that the
// disk refuses the lock, or grants it and then does not heed it: a successor
// could not see the submission and would make a second machine.
func hold(output *os.File) error { return syscallFlock.hold(output) }

// SubmissionRuns reports whether the submission that prints to the file at output
// may still be running, though the process that started it may be dead: a successor
// must not submit again before it has ended. It is true also where that can't be
// told, for every reason but a missing file. It does not block.
func SubmissionRuns(output string) bool { return syscallFlock.runs(output) }

var syscallFlock flock = syscall.Flock

func (lock flock) hold(output *os.File) error {
	if err := lock.try(output, syscall.LOCK_EX); err != nil {
		return err
	}
	another, err := os.Open(output.Name())
	if err != nil {
		return err
	}
	defer another.Close()
	switch err := lock.try(another, syscall.LOCK_SH); {
	case err == nil:
		return errors.New("a file that was locked could be locked again")
	case !errors.Is(err, syscall.EWOULDBLOCK):
		return err
	}
	return nil
}

func (lock flock) runs(output string) bool {
	f, err := os.Open(output)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	return lock.try(f, syscall.LOCK_SH) != nil
}

// try does not wait for the lock.
func (lock flock) try(f *os.File, how int) error {
	for {
		if err := lock(int(f.Fd()), how|syscall.LOCK_NB); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
