//go:build unix

package host

import (
	"os"
	"syscall"
)

// hold locks a submission's output file for as long as the submission runs: the
// lock belongs to the open file, which the child inherits, and the kernel
// releases it when the last of the two has closed it. Best effort: a file system
// without locks only makes a successor look elsewhere.
func hold(output *os.File) { _ = syscall.Flock(int(output.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// SubmissionRuns reports whether the submission that prints to the file at output
// is still running, though the process that started it may be dead: a successor
// must not submit again before it has ended. It does not block.
func SubmissionRuns(output string) bool {
	f, err := os.Open(output)
	if err != nil {
		return false
	}
	defer f.Close()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) == syscall.EWOULDBLOCK
}
