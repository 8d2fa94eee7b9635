package journal

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// synced notes in which order a file was written, synced and put in its place.
type synced struct {
	file
	order *[]string
}

func (s synced) Write(p []byte) (int, error) {
	*s.order = append(*s.order, "write")
	return s.file.Write(p)
}

func (s synced) Sync() error {
	*s.order = append(*s.order, "sync")
	return s.file.Sync()
}

// TestKeepLasts: a power cut after Keep must not leave a file with a name and
// nothing in it.
func TestKeepLasts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "operations", "id", "task.yaml")
	var order []string
	d := osDisk()
	d.create = func(path string) (file, error) {
		f, err := osDisk().create(path)
		return synced{f, &order}, err
	}
	d.rename = func(from, to string) error {
		order = append(order, "rename")
		return os.Rename(from, to)
	}
	for _, text := range []string{"first", "second"} {
		order = nil
		if err := d.writeDurably(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if want := []string{"write", "sync", "rename"}; !slices.Equal(order, want) {
			t.Errorf("%v, want %v", order, want)
		}
		data, err := os.ReadFile(path)
		info, statErr := os.Stat(path)
		if err != nil || statErr != nil || string(data) != text || info.Mode().Perm() != 0o600 {
			t.Errorf("%q, %v; %v, %v", data, info.Mode(), err, statErr)
		}
	}
}

// TestKeepThatFails leaves what was there, and nothing else.
func TestKeepThatFails(t *testing.T) {
	for _, op := range []string{"create", "write", "short write", "sync", "close", "rename"} {
		t.Run(op, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "task.yaml")
			if err := WriteDurably(path, []byte("kept")); err != nil {
				t.Fatal(err)
			}
			if err := failing(op, syscall.ENOSPC).writeDurably(path, []byte("lost")); !errors.Is(err, syscall.ENOSPC) {
				t.Error(err)
			}
			if data, err := os.ReadFile(path); string(data) != "kept" || len(list(t, dir)) != 1 {
				t.Errorf("%q, %v, in %v", data, err, list(t, dir))
			}
		})
	}
	elsewhere := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), elsewhere); err != nil {
		t.Skip(err)
	}
	if err := WriteDurably(filepath.Join(elsewhere, "task.yaml"), nil); err == nil {
		t.Error("it was written where a link leads to")
	}
}
