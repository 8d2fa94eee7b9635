//go:build unix && !linux

package host

import "syscall"

// dieWithParent: only Linux can. Elsewhere the process ends when it next writes
// to a pipe that nobody reads.
func dieWithParent(*syscall.SysProcAttr) {}
