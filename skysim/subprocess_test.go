package skysim

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carapace/e2e/ramdisk"
)

// TestMain makes the test's binary a simulated program when its environment says
// so, as the sidecar's binary does.
func TestMain(m *testing.M) {
	if env, ok := FromEnviron(os.Getenv); ok {
		os.Exit(Main(context.Background(), env, os.Args[1], os.Args[2:], os.Stdin, os.Stdout, os.Stderr))
	}
	ramdisk.Use()
	goleak.VerifyTestMain(m)
}

// process runs a simulated program as a process of its own.
func (l *lab) process(args ...string) *exec.Cmd {
	l.t.Helper()
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.CommandContext(l.t.Context(), self, args...)
	cmd.Env = append(os.Environ(), l.env.Environ()...)
	cmd.Dir = l.home
	return cmd
}

// TestProcessesShareAWorld launches in one process, kills it, and follows the
// launch to its end in another.
func TestProcessesShareAWorld(t *testing.T) {
	l := newLab(t)
	l.env.Scale = 0.02
	if out, err := l.process("sky", "api", "start").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	launch := l.process(append([]string{"sky"}, strings.Fields(launchLine)...)...)
	stdout, err := launch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := launch.Start(); err != nil {
		t.Fatal(err)
	}
	buffer, seen := make([]byte, 4096), ""
	for !strings.Contains(seen, "Considered resources") {
		n, err := stdout.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %q", err, seen)
		}
		seen += string(buffer[:n])
	}
	if err := launch.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = launch.Wait() // it was killed
	l.env.Scale = 0.02
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for l.lastJob() != jobSucceeded && ctx.Err() == nil {
		l.sky("status")
	}
	l.wantState(clusterUp)
	l.wantAlive(1)
}
