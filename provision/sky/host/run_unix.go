//go:build unix

package host

import (
	"os"
	"os/exec"
	"syscall"
)

// group is a call's process group.
type group struct{ cmd *exec.Cmd }

// newGroup makes the process that cmd will start the leader of its own group, so
// that a signal to our group (Ctrl-C, a host that kills it) is ours to pass on,
// and one to its group reaches what it starts.
func newGroup(cmd *exec.Cmd) *group {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	return &group{cmd}
}

func (g *group) started() {}
func (g *group) close()   {}

func (g *group) terminate() { g.signal(syscall.SIGTERM) }
func (g *group) kill()      { g.signal(syscall.SIGKILL) }

// signal reaches the group also after its leader was reaped: its id is not given
// away as long as it has a member. If it has none the kernel says so, and there
// is nothing to do.
func (g *group) signal(s syscall.Signal) { _ = syscall.Kill(-g.cmd.Process.Pid, s) }

// detach gives the process a session of its own: no signal for our group or
// terminal reaches it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func executableName(name string) string { return name }

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}
