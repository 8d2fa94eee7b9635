//go:build unix

package backend

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// The version of an installed SkyPilot is known without starting it: a `sky --version` takes
// two seconds and more before the first operation of each process.
func TestInstalledVersionStartsNothing(t *testing.T) {
	venv := t.TempDir()
	for _, folder := range []string{"bin", "lib/python3.11/site-packages/skypilot-0.14.1.dist-info"} {
		if err := os.MkdirAll(filepath.Join(venv, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(venv, "bin", "sky")
	if err := os.WriteFile(path, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	s := &SkyPilot{memory: &memory{}} // without a Runner: it would panic
	if version, err := s.InstalledVersion(context.Background(), path); err != nil || version.String() != "0.14.1" {
		t.Errorf("%s, %v", version, err)
	}
	if _, known := s.printedVersion(path, s.known.stamp); known {
		t.Error("it is taken for the proof that sky runs")
	}
}
