package install

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A process counts by the path that it was started with, also through a link: an environment's
// Python is a link to the system's.
func TestRunningFrom(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	folder := filepath.Join(state, "skypilot-0.14.1-1")
	if err := os.MkdirAll(Bin(folder), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := RunningFrom(folder); got != (Running{Known: true}) {
		t.Errorf("nothing runs: %+v", got)
	}
	if got := RunningFrom(filepath.Join(state, "none")); got != (Running{Known: true}) {
		t.Errorf("there is no folder: %+v", got)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(shell, Python(folder)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want Running
	}{
		{"a program", nil, Running{Known: true, Any: true}},
		{"the API server", []string{"-u", "-m", serverModule}, Running{Known: true, Any: true, Server: true}},
	} {
		cmd := exec.Command(Python(folder), append([]string{"-c", "echo; read x", "x"}, tt.args...)...)
		hold, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		says, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = says.Read(make([]byte, 1)) // now it runs under its own name
		got := RunningFrom(folder)
		_, _ = io.WriteString(hold, "\n")
		_ = cmd.Wait()
		if got != tt.want {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	if free, err := Free(state); err != nil || free == 0 {
		t.Errorf("%d bytes are free, %v", free, err)
	}
}
