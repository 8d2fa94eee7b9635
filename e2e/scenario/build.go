package scenario

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Build builds the sidecar into dir and returns its path. Under the race detector
// the sidecar is built with it too, so that a data race in it fails the test. go run keeps
// what it has linked, go build does not.
func Build(dir string) (string, error) {
	path, cp := filepath.Join(dir, "sidecar"), "cp"
	if runtime.GOOS == "windows" {
		path, cp = path+".exe", "cmd /c copy"
	}
	args := []string{"run", "-exec", cp}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "carapace/sidecar", path)...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go run: %w\n%s", err, out)
	}
	return path, nil
}

// Statuses reads the states out of what `sky status -o json` printed. Prose may
// come first (transcript status-unknown).
func Statuses(t testing.TB, printed string) []string {
	t.Helper()
	at := strings.LastIndex("\n"+printed, "\n[")
	if at < 0 {
		t.Fatalf("sky status printed no list: %q", printed)
	}
	var clusters []struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal([]byte(printed[at:]), &clusters); err != nil {
		t.Fatalf("sky status: %v in %q", err, printed)
	}
	var states []string
	for _, c := range clusters {
		states = append(states, c.Status)
	}
	return states
}
