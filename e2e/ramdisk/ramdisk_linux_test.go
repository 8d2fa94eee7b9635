package ramdisk

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestUse(t *testing.T) {
	t.Setenv("TMPDIR", "/chosen")
	if Use(); os.TempDir() != "/chosen" {
		t.Errorf("a chosen folder became %s", os.TempDir())
	}
	t.Setenv("TMPDIR", "")
	Use()
	if got := strings.HasPrefix(t.TempDir(), folder); got != usable(folder) {
		t.Errorf("temporary folders are in memory: %t, want %t", got, usable(folder))
	}
	for _, other := range []string{"/proc", "/nonexistent"} {
		if usable(other) {
			t.Errorf("%s is usable", other)
		}
	}
}
