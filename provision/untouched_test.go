//go:build unix

package provision

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"carapace/schema"
)

// untouched is what would tell of any change to what is in the vaults here, if only for a
// moment: every name with its inode, permissions, owner, size, and the times of its contents
// and of its inode.
func (w *world) untouched() (lines []string) {
	w.t.Helper()
	for _, name := range []schema.VaultName{schema.VaultPublic, schema.VaultPrivate} {
		err := filepath.WalkDir(w.vault(name), func(path string, _ fs.DirEntry, err error) error {
			var is unix.Stat_t
			if err == nil {
				err = unix.Lstat(path, &is)
			}
			lines = append(lines, fmt.Sprint(path, is.Dev, is.Ino, is.Mode, is.Uid, is.Nlink, is.Size, is.Mtim, is.Ctim))
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return lines
}

// Nothing is ever written into a vault, whatever is done: beside this, with a real rsync,
// vault.TestRandomTrees.
func TestNothingIsWrittenIntoAVault(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.fill(schema.VaultPublic, 30)
		for _, err := range []error{
			os.Mkdir(filepath.Join(w.vault(schema.VaultPublic), "folder"), 0o750),
			os.Symlink("folder", filepath.Join(w.vault(schema.VaultPublic), "link")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		before := w.untouched()
		same := func(after string) {
			t.Helper()
			if now := w.untouched(); !slices.Equal(now, before) {
				t.Errorf("%s has changed a vault: it was\n%q\nand is\n%q", after, before, now)
			}
		}
		s := w.start()
		if _, err := s.Preview(ctx, schema.SpecParams{Spec: onAWS.Spec}); err != nil {
			t.Fatal(err)
		}
		same("a preview")
		s.succeeds(s.Launch(ctx, onAWS))
		same("a launch")
		for _, p := range []schema.VaultStatusParams{{}, {Refresh: true}, {Refresh: true, Contents: true}} {
			if _, err := s.VaultStatus(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		same("vault.status")
		s.succeeds(s.Sync(ctx, schema.SyncParams{}))
		s.succeeds(s.Sync(ctx, schema.SyncParams{DryRun: true}))
		same("a sync with nothing to do")

		w.write(schema.VaultPrivate, "new", "1")
		before = w.untouched()
		s.succeeds(s.Sync(ctx, schema.SyncParams{}))
		same("a sync")

		w.empty(schema.VaultPublic)
		before = w.untouched()
		result, err := s.Sync(ctx, schema.SyncParams{})
		s.fails(schema.KindDeletionsRefused, result, err)
		same("a sync that was refused")
		s.succeeds(s.Sync(ctx, schema.SyncParams{AllowDeletions: true}))
		same("a sync that deletes")

		s.watchVaults(true)
		s.watchIs(schema.WatchIdle)
		w.write(schema.VaultPublic, "watched", "1")
		before = w.untouched()
		w.soon("a change", func() bool { return w.has(schema.VaultPublic, "watched") })
		s.watchIs(schema.WatchIdle)
		same("the continuous sync")
		s.succeeds(s.Stop(ctx, schema.ChangeParams{}))
		s.succeeds(s.Start(ctx, schema.StartParams{}))
		s.succeeds(s.Destroy(ctx, schema.DestroyParams{}))
		time.Sleep(time.Minute)
		same("the rest of a server's life")
	})
}
