package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"carapace/provision/sky/host"
	"carapace/provision/wsl"
)

// insideWSL runs Linux's sidecar in place of this one, where the switch says so, and returns its exit
// code: all that it needs of SkyPilot, ssh and rsync is on Linux, and so are the files that it shares
// with them. Its stdin and stdout are this one's, so that it hears at once when the host has gone.
func insideWSL(args []string) (code int, handed bool) {
	distribution := os.Getenv(wsl.Variable)
	if distribution == "" {
		return 0, false
	}
	self, err := os.Executable()
	argv, reachable := wsl.Command(distribution, self, args)
	if err == nil && !reachable {
		err = fmt.Errorf("Linux can't reach the folder of %s", self)
	}
	if err == nil {
		err = host.EndWithUs()
	}
	if err == nil {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = wsl.Environ(os.Environ(), distribution)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		err = cmd.Run()
		if _, ended := errors.AsType[*exec.ExitError](err); ended {
			return cmd.ProcessState.ExitCode(), true
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "sidecar: %s is set, and this can't be run in WSL: %v\n", wsl.Variable, err)
		return exitError, true
	}
	return exitOK, true
}
