//go:build unix

package vaulttest

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// Run runs a program. heard is called once with the first that it prints on stdout, while it stands still; nil: nobody
// hears it. A program that can't be started fails the test; it blocks until the program has ended.
func Run(t testing.TB, command *exec.Cmd, heard func()) (stdout, stderr string, code int) {
	t.Helper()
	var errs strings.Builder
	command.Stderr = &errs
	pipe, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	if heard != nil {
		_, _ = out.ReadByte()
		send(t, command, syscall.SIGSTOP) // a busy machine may let it end before
		heard()
		send(t, command, syscall.SIGCONT)
	}
	all, _ := io.ReadAll(out)
	_ = command.Wait() // its outcome is in ProcessState
	return string(all), errs.String(), command.ProcessState.ExitCode()
}

func send(t testing.TB, command *exec.Cmd, signal syscall.Signal) {
	t.Helper()
	if err := command.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}
