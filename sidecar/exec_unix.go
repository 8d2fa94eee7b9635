//go:build unix

package main

import (
	"os"
	"syscall"
)

// execShell makes this process become a shell command with further arguments. It
// returns only if that fails.
func execShell(command string, args []string) error {
	return syscall.Exec("/bin/sh", append([]string{"sh", "-c", "exec " + command + ` "$@"`, "sidecar"}, args...), os.Environ())
}
