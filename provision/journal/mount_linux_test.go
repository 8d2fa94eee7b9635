package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestRealFileSystems: a disk that is really full, and one that is really
// read-only. It needs the right to mount.
func TestRealFileSystems(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=0700"); err != nil {
		t.Skip("no right to mount a small disk:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	state := filepath.Join(dir, "state")
	j := open(t, state)
	update(t, j, increment("kept"))
	before := contents(t, j)

	filler := filepath.Join(dir, "filler")
	_ = os.WriteFile(filler, bytes.Repeat([]byte("x"), 64<<10), 0o600) // as much as fits
	names := list(t, state)
	if _, _, err := j.Update(t.Context(), increment("kept")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("on a full disk: %v", err)
	}
	if got := list(t, state); contents(t, j) != before || !slices.Equal(got, names) {
		t.Errorf("the full disk has %v: %q", got, contents(t, j))
	}
	take(t, NewLeases(filepath.Join(state, "locks"), ""), "a").Release()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	update(t, j, increment("kept"))

	if err := errors.Join(os.Chmod(state, 0o755), syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")); err != nil {
		t.Fatal(err)
	}
	j = open(t, state)
	if s, _, err := j.Read(); err != nil || s.Clusters["kept"].RunJob != 2 {
		t.Errorf("on a read-only disk: %+v, %v", s, err)
	}
	if _, _, err := j.Update(t.Context(), increment("kept")); !errors.Is(err, syscall.EROFS) {
		t.Errorf("on a read-only disk: %v", err)
	}
}
