//go:build unix

package journal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestModes: 0700 and 0600, with no umask to help and in a folder that was open.
func TestModes(t *testing.T) {
	for name, c := range map[string]struct {
		umask int
		make  fs.FileMode // of a folder that is there already; 0: none is
	}{
		"a new folder":             {0o022, 0},
		"no umask":                 {0, 0},
		"readable by all":          {0o022, 0o755},
		"writable by all":          {0, 0o777},
		"writable by all, sticky":  {0, 0o777 | fs.ModeSticky},
		"readable by the group":    {0o027, 0o750},
		"the user's alone already": {0o077, 0o700},
	} {
		t.Run(name, func(t *testing.T) {
			old := syscall.Umask(c.umask)
			defer syscall.Umask(old)
			dir := filepath.Join(t.TempDir(), "state")
			if c.make != 0 {
				if err := errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, c.make)); err != nil {
					t.Fatal(err)
				}
			}
			update(t, open(t, dir), increment("a"))
			lease := take(t, NewLeases(filepath.Join(dir, "locks"), ""), "a")
			defer lease.Release()
			testModes(t, dir)
		})
	}
}

func testModes(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v", path, got)
		}
		return nil
	})
	if err != nil || files < 4 { // the state, its lock, a lease's lock and record
		t.Errorf("%d files, %v", files, err)
	}
}

// TestLaxFileIsReplaced: whatever mode the old file had, the new one is 0600.
func TestLaxFileIsReplaced(t *testing.T) {
	j := open(t, t.TempDir())
	update(t, j, increment("a"))
	if err := os.Chmod(j.path(), 0o666); err != nil {
		t.Fatal(err)
	}
	update(t, j, increment("a"))
	testMode(t, j.path(), 0o600)
}

func testMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Error(info.Mode(), err)
	}
}

func TestRefusedFolders(t *testing.T) {
	base := t.TempDir()
	real := filepath.Join(base, "real")
	file := filepath.Join(base, "file")
	link := filepath.Join(base, "link")
	dangling := filepath.Join(base, "dangling")
	err := errors.Join(os.Mkdir(real, 0o700), os.WriteFile(file, nil, 0o600), os.Symlink(real, link), os.Symlink(base+"/none", dangling))
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		link:            "is a symbolic link",
		link + "/":      "is a symbolic link",
		dangling:        "exists",
		file:            "not a directory",
		file + "/below": "not a directory",
	} {
		if j, err := Open(dir); j != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", dir, err, want)
		}
		if l, _, err := NewLeases(strings.TrimSuffix(dir, "/"), "").Try("a", "launch"); l != nil || err == nil {
			t.Errorf("a lease in %s: %v", dir, err)
		}
	}
	if names := list(t, real); len(names) != 0 {
		t.Errorf("written through the link: %v", names)
	}
	open(t, filepath.Join(link, "below")) // a link on the way there is the user's business
}

// TestForeign needs to be root, to give a folder or a file to another user.
func TestForeign(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	const nobody = 65534
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Error(err)
		}
		if l, _, err := NewLeases(dir, "").Try("a", "launch"); l != nil || err == nil {
			t.Error(err)
		}
	})
	t.Run("planted", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		open(t, dir) // nobody has used that
		planted := filepath.Join(dir, "skypilot")
		if err := errors.Join(os.Symlink("/", planted), os.Lchown(planted, nobody, nobody), os.Chmod(dir, 0o777)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // nor once it was looked at
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "skypilot belongs to another user") {
				t.Error(err)
			}
		}
	})
	t.Run("changes hands", func(t *testing.T) {
		j := open(t, t.TempDir())
		if err := os.Chown(j.Dir(), nobody, nobody); err != nil {
			t.Fatal(err)
		}
		if _, _, err := j.Update(t.Context(), increment("a")); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Error(err)
		}
	})
	t.Run("state file", func(t *testing.T) {
		j := open(t, t.TempDir())
		if err := errors.Join(os.WriteFile(j.path(), []byte(`{"version":1}`), 0o600), os.Chown(j.path(), nobody, nobody)); err != nil {
			t.Fatal(err)
		}
		_, _, err := j.Read()
		if damaged := (*DamagedError)(nil); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "belongs to another user") {
			t.Error(err)
		}
	})
}

// TestPipe: opening one blocks until somebody opens its other end.
func TestPipe(t *testing.T) {
	j := open(t, t.TempDir())
	if err := syscall.Mkfifo(j.path(), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := j.Read()
	if damaged := (*DamagedError)(nil); !errors.As(err, &damaged) {
		t.Error(err)
	}
	lock := filepath.Join(j.Dir(), lockFile)
	if err := errors.Join(os.Remove(lock), syscall.Mkfifo(lock, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := j.Update(t.Context(), increment("a")); err == nil || !strings.Contains(err.Error(), "not an ordinary file") {
		t.Error(err)
	}
}
