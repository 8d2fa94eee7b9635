package fsevents

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// following follows folders below a new one; heard waits for a change of them.
func following(t *testing.T, folders ...string) (root string, heard func(what string)) {
	t.Helper()
	root = t.TempDir()
	if Check(root) != nil {
		t.Skip("NOT TESTED: the folder for tests is on a disk without events")
	}
	for i := range folders {
		folders[i] = filepath.Join(root, folders[i])
	}
	changed := make(chan struct{}, 1)
	ctx, stop := context.WithCancel(t.Context())
	var follow sync.WaitGroup
	follow.Go(func() {
		if err := Follow(ctx, folders, func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		}); err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); follow.Wait() })
	heard = func(what string) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not told", what)
		}
		for again := true; again; { // one change may be several events
			select {
			case <-changed:
			case <-time.After(5 * time.Millisecond):
				again = false
			}
		}
	}
	heard("that the folders are followed")
	return root, heard
}

// A folder that is made, filled, removed and made again, with what is above it.
func TestAFolderThatComesAndGoes(t *testing.T) {
	root, heard := following(t, "home/.sky", "home/.sky/api_server")
	deep := filepath.Join(root, "home", ".sky", "api_server")
	for range 2 {
		for _, step := range []struct {
			what string
			do   func() error
		}{
			{"a new folder", func() error { return os.MkdirAll(deep, 0o700) }},
			{"a file in the upper one", func() error {
				return os.WriteFile(filepath.Join(root, "home", ".sky", "state.db-wal"), []byte("x"), 0o600)
			}},
			{"a file in the lower one", func() error { return os.WriteFile(filepath.Join(deep, "requests.db-wal"), []byte("x"), 0o600) }},
			{"a file that grows", func() error { return os.WriteFile(filepath.Join(deep, "requests.db-wal"), []byte("xy"), 0o600) }},
			{"that both have gone", func() error { return os.RemoveAll(filepath.Join(root, "home")) }},
		} {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			heard(step.what)
		}
	}
}

// What is beside a folder that is not there yet is no news.
func TestWhatIsBesideIsNotTold(t *testing.T) {
	root := t.TempDir()
	f := follower{watched: map[string]string{filepath.Join(root, ".sky"): root}}
	for name, want := range map[string]bool{
		filepath.Join(root, ".sky"): true, filepath.Join(root, ".sky", "state.db"): true, root: true,
		filepath.Join(root, ".bash_history"): false, filepath.Join(root, ".skyline"): false, filepath.Join(root, ".sky", "logs", "one"): false,
	} {
		if got := f.tells(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A folder that is not there is on no network disk: one that goes while it is looked at is waited for.
func TestAFolderThatWentIsNotRemote(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	if err := Check(filepath.Dir(gone)); err != nil {
		t.Skip("NOT TESTED: the folder for tests is on a disk without events")
	}
	if err := Check(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
