package host

import "syscall"

// dieWithParent has the kernel end the process when we are killed and can't:
// nobody is left then to insist with one that does not heed SIGTERM. The signal is
// tied to the thread that started the process; Go ends a thread only with a
// goroutine that locked it, which none of ours does.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
