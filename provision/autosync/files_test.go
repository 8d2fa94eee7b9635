package autosync

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/fsevents"
	"carapace/schema"
)

// watched follows a folder's files; heard waits for a change of them.
func watched(t *testing.T, root string) (heard func(what string)) {
	t.Helper()
	changed := make(chan struct{}, 1)
	if fsevents.Check(root) != nil {
		t.Skip("NOT TESTED: the folder for tests is on a disk without events")
	}
	ctx, stop := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() {
		if err := events(ctx, map[schema.VaultName]string{schema.VaultPublic: root}, maxWatched, pace.Poll, func(schema.VaultName) { signal(changed) }); err != nil {
			t.Errorf("events: %v", err)
		}
	})
	t.Cleanup(func() { stop(); following.Wait() })
	// Until the folder is watched nothing is told of: the first word is waited for so.
	for ready, late := false, time.Now().Add(10*time.Second); !ready; {
		if time.Now().After(late) {
			t.Fatal("no change is told")
		}
		if err := os.WriteFile(filepath.Join(root, "first"), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
			ready = true
		case <-time.After(time.Millisecond):
		}
	}
	return func(what string) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not told", what)
		}
	}
}

func TestEventsTellOfEachChange(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	for name, root := range map[string]string{"a folder": t.TempDir(), "a link to one": link} {
		t.Run(name, func(t *testing.T) { eachChangeIsTold(t, root) })
	}
}

func eachChangeIsTold(t *testing.T, root string) {
	t.Helper()
	heard := watched(t, root)
	deep := filepath.Join(root, "new", "deep")
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"a new folder", func() error { return os.MkdirAll(deep, 0o755) }},
		{"a file in a folder that was just made", func() error { return os.WriteFile(filepath.Join(deep, "f"), []byte("1"), 0o644) }},
		{"other contents", func() error { return os.WriteFile(filepath.Join(deep, "f"), []byte("22"), 0o644) }},
		{"other permissions", func() error { return os.Chmod(filepath.Join(deep, "f"), 0o600) }},
		{"a link", func() error { return os.Symlink("f", filepath.Join(deep, "l")) }},
		{"another name", func() error { return os.Rename(filepath.Join(root, "new"), filepath.Join(root, "newer")) }},
		{"a file under the new name", func() error { return os.WriteFile(filepath.Join(root, "newer", "deep", "g"), nil, 0o644) }},
		{"a deletion", func() error { return os.RemoveAll(filepath.Join(root, "newer")) }},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		heard(step.what)
	}
}

// A folder that goes away has no events any more: it is looked through from then on.
func TestAFolderThatWentAwayIsPolled(t *testing.T) {
	root := filepath.Join(t.TempDir(), "vault")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if fsevents.Check(root) != nil {
		t.Skip("NOT TESTED: the folder for tests is on a disk without events")
	}
	ctx, stop := context.WithCancel(t.Context())
	changed, polling := make(chan struct{}, 1), make(chan struct{}, 1)
	opt := Options{Log: slog.New(slog.DiscardHandler), Pace: Pace{Poll: time.Millisecond}}
	var following sync.WaitGroup
	following.Go(func() {
		follow(ctx, map[schema.VaultName]string{schema.VaultPublic: root}, opt, func(schema.VaultName) { signal(changed) }, func() { signal(polling) })
	})
	t.Cleanup(func() { stop(); following.Wait() })
	for gone := false; !gone; { // once it is watched
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		select {
		case <-polling:
			gone = true
		case <-time.After(time.Millisecond):
			_ = os.Mkdir(root, 0o755)
		}
	}
	_ = os.Mkdir(root, 0o755)
	<-changed
	for told := false; !told; {
		if err := os.WriteFile(filepath.Join(root, time.Now().Format("05.000000000")), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
			told = true
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// A folder above the vault that gets another name is no event of the vault's, nor is a disk that is taken away: what was
// put into the folder that is there now nobody noticed.
func TestAFolderThatIsAnotherIsPolled(t *testing.T) {
	above := filepath.Join(t.TempDir(), "above")
	root := filepath.Join(above, "vault")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if fsevents.Check(root) != nil {
		t.Skip("NOT TESTED: the folder for tests is on a disk without events")
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	changed := make(chan struct{}, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- events(ctx, map[schema.VaultName]string{schema.VaultPublic: root}, maxWatched, 10*time.Millisecond, func(schema.VaultName) { signal(changed) })
	}()
	for watched := false; !watched; {
		if err := os.WriteFile(filepath.Join(root, "f"), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
			watched = true
		case <-time.After(time.Millisecond):
		}
	}
	if err := errors.Join(os.Rename(above, above+".away"), os.MkdirAll(root, 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, errGone) {
		t.Errorf("another folder is there, and it follows the events of the old one: %v", err)
	}
}

func TestPollTellsOfChanges(t *testing.T) {
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var told atomic.Int64
		var polling sync.WaitGroup
		polling.Go(func() {
			poll(ctx, map[schema.VaultName]string{schema.VaultPublic: root}, pace, func(schema.VaultName) { told.Add(1) })
		})
		look := func() int64 {
			time.Sleep(pace.Poll + time.Second)
			synctest.Wait()
			return told.Load()
		}
		if n := look(); n != 0 {
			t.Errorf("nothing has changed, and %d times it was told", n)
		}
		if err := os.WriteFile(filepath.Join(root, "f"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if n := look(); n != 1 {
			t.Errorf("%d changes, not 1", n)
		}
		if n := look(); n != 1 {
			t.Errorf("%d changes, not 1", n)
		}
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		if n := look(); n != 2 {
			t.Errorf("a folder that went away: %d changes, not 2", n)
		}
		stop()
		polling.Wait()
	})
}

func TestTooManyFoldersAreNotWatched(t *testing.T) {
	root := t.TempDir()
	if fsevents.Check(root) != nil {
		t.Skip("NOT TESTED: the folder for tests is on a disk without events")
	}
	for i := range 4 {
		if err := os.Mkdir(filepath.Join(root, time.Unix(int64(i), 0).UTC().Format("150405")), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := events(t.Context(), map[schema.VaultName]string{schema.VaultPublic: root}, 3, pace.Poll, func(schema.VaultName) {}); !errors.Is(err, errTooMany) {
		t.Errorf("%v", err)
	}
}

func TestWhichVaultHasChanged(t *testing.T) {
	folders := map[schema.VaultName]string{schema.VaultPublic: "/v/a", schema.VaultPrivate: "/v/ab"}
	for path, want := range map[string]schema.VaultName{"/v/a": schema.VaultPublic, "/v/a/x": schema.VaultPublic, "/v/ab": schema.VaultPrivate, "/v/ab/a": schema.VaultPrivate} {
		if got := vaultOf(folders, filepath.FromSlash(path)); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}
