package journal

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carapace/provision/lifecycle"
)

// faulty is a file of which one operation fails.
type faulty struct {
	file
	op  string
	err error
}

func (f faulty) Read(p []byte) (int, error) {
	if f.op == "read" {
		return 0, f.err
	}
	return f.file.Read(p)
}

func (f faulty) Write(p []byte) (int, error) {
	switch f.op {
	case "write":
		return 0, f.err
	case "short write": // what a disk does that fills up
		n, _ := f.file.Write(p[:len(p)/2])
		return n, f.err
	}
	return f.file.Write(p)
}

func (f faulty) Sync() error {
	if f.op == "sync" {
		return f.err
	}
	return f.file.Sync()
}

func (f faulty) Stat() (fs.FileInfo, error) {
	if f.op == "fstat" {
		return nil, f.err
	}
	return f.file.Stat()
}

func (f faulty) Close() error {
	if err := f.file.Close(); f.op != "close" {
		return err
	}
	return f.err
}

// failing is the real disk, but for one operation.
func failing(op string, err error) disk {
	d := osDisk()
	fail := &fs.PathError{Op: op, Path: "state.json", Err: err}
	switch op {
	case "open":
		d.open = func(string) (file, error) { return nil, fail }
	case "create":
		d.create = func(string) (file, error) { return nil, fail }
	case "rename":
		d.rename = func(string, string) error { return fail }
	case "remove":
		d.remove = func(string) error { return fail }
	case "chtimes":
		d.chtimes = func(string, time.Time) error { return fail }
	case "stat":
		d.stat = func(string) (fs.FileInfo, error) { return nil, fail }
	case "flock":
		d.flock = func(string) (*heldLock, error) { return nil, fail }
	case "list":
		d.list = func(string) ([]fs.DirEntry, error) { return nil, fail }
	case "read":
		d.open = func(path string) (file, error) { return wrap(os.Open(path))(op, fail) }
	default:
		create := d.create
		d.create = func(path string) (file, error) {
			f, err := create(path)
			return faulty{f, op, fail}, err
		}
	}
	return d
}

func wrap(f *os.File, err error) func(string, error) (file, error) {
	return func(op string, fail error) (file, error) { return faulty{f, op, fail}, err }
}

var (
	operations = []string{"flock", "stat", "open", "read", "remove", "create", "write", "short write", "fstat", "chtimes", "sync", "close", "rename"}
	errnos     = []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EROFS, syscall.EACCES}
)

// TestEveryFailureKeepsTheOldState makes each operation on a file fail in each
// way, and looks at what is left.
func TestEveryFailureKeepsTheOldState(t *testing.T) {
	for _, op := range operations {
		for _, errno := range errnos {
			t.Run(op+" "+errno.Error(), func(t *testing.T) {
				dir := t.TempDir()
				j := open(t, dir)
				update(t, j, increment("kept"))
				future(t, j)
				before, names := contents(t, j), list(t, dir)
				j.disk = failing(op, errno)
				state, _, err := j.Update(t.Context(), increment("kept"))
				if !errors.Is(err, errno) || state != nil {
					t.Fatalf("got %v, %v; want the error of the %s and no state", state, err, op)
				}
				if errors.Is(err, fs.ErrPermission) != (errno == syscall.EACCES) {
					t.Errorf("%v does not tell a refusal from a failure", err)
				}
				j.disk = osDisk()
				if got := contents(t, j); got != before {
					t.Errorf("the old state became %q", got)
				}
				if got := list(t, dir); !slices.Equal(got, names) {
					t.Errorf("left behind: %v, before: %v", got, names)
				}
				if s := update(t, j, increment("kept")); s.Clusters["kept"].RunJob != 2 {
					t.Errorf("afterwards: %+v", s.Clusters["kept"])
				}
			})
		}
	}
}

// future sets the file's time ahead, so that a write has to set one later still.
func future(t *testing.T, j *Journal) {
	t.Helper()
	ahead := time.Now().Add(time.Hour)
	if err := os.Chtimes(j.path(), ahead, ahead); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, j *Journal) string {
	t.Helper()
	data, err := os.ReadFile(j.path())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestReadOnlyFolderIsServed: nothing can be created, not even the lock.
func TestReadOnlyFolderIsServed(t *testing.T) {
	readOnly := failing("create", syscall.EROFS)
	readOnly.flock = failing("flock", syscall.EROFS).flock
	readOnly.rename = failing("rename", syscall.EROFS).rename
	readOnly.remove = failing("remove", syscall.EROFS).remove
	dir := t.TempDir()
	j := open(t, dir)
	update(t, j, increment("kept"))
	j.disk = readOnly
	t.Run("a good file is read", func(t *testing.T) {
		s, _, err := j.Read()
		if err != nil || s.Clusters["kept"] == nil {
			t.Fatal(s, err)
		}
		if _, _, err := j.Update(t.Context(), increment("kept")); !errors.Is(err, syscall.EROFS) {
			t.Fatal(err)
		}
	})
	t.Run("a damaged file is said and stays", func(t *testing.T) {
		if err := os.WriteFile(j.path(), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		s, _, err := j.Read()
		damaged := (*DamagedError)(nil)
		if !errors.As(err, &damaged) || damaged.Aside != "" || !errors.Is(err, syscall.EROFS) || s.Clusters["kept"] == nil {
			t.Fatalf("%v, %v; want the state last known and a plain word", s, err)
		}
		if !strings.Contains(err.Error(), "could not be set aside") {
			t.Error(err)
		}
		if got := contents(t, j); got != "{" {
			t.Errorf("it became %q", got)
		}
	})
}

// TestDamageThatStaysIsNotWrittenOver: the lock can be had, the rename can't.
func TestDamageThatStaysIsNotWrittenOver(t *testing.T) {
	j := open(t, t.TempDir())
	if err := os.WriteFile(j.path(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	j.disk = failing("rename", syscall.EIO)
	state, _, err := j.Update(t.Context(), increment("new"))
	damaged := (*DamagedError)(nil)
	if !errors.As(err, &damaged) || !errors.Is(err, syscall.EIO) || state != nil {
		t.Fatal(state, err)
	}
	if got := contents(t, j); got != "{" {
		t.Errorf("it became %q", got)
	}
}

func TestChangeThatFailsChangesNothing(t *testing.T) {
	j := open(t, t.TempDir())
	update(t, j, increment("kept"))
	before := contents(t, j)
	for name, c := range map[string]struct {
		change func(*lifecycle.State) error
		want   string
	}{
		"its own error":   {func(*lifecycle.State) error { return errors.New("no reason") }, "no reason"},
		"a server's name": {func(s *lifecycle.State) error { s.Clusters["a"] = &lifecycle.Cluster{}; return nil }, "not whole"},
		"no server":       {func(s *lifecycle.State) error { s.Clusters["a"] = nil; return nil }, "not whole"},
		"operation, no id": {func(s *lifecycle.State) error {
			s.Operations = append(s.Operations, &lifecycle.Operation{})
			return nil
		}, "no id"},
		"what is not a figure": {func(s *lifecycle.State) error { s.Clusters["kept"].View.HourlyCost = nan(); return nil }, "NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, err := j.Update(t.Context(), c.change)
			if s != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v; want an error with %q", s, err, c.want)
			}
			if got := contents(t, j); got != before {
				t.Errorf("the old state became %q", got)
			}
		})
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

func TestLockThatIsNotToBeHad(t *testing.T) {
	j := open(t, t.TempDir())
	unlock, err := j.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := j.Update(ctx, increment("a")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(j.path()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("written without the lock: %v", err)
	}
}

// TestKilledWhileWriting: what a killed process leaves is gone after the next
// Open, and after the next Update of one that was open already.
func TestKilledWhileWriting(t *testing.T) {
	for _, next := range []string{"open", "update"} {
		t.Run(next, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir)
			update(t, j, increment("kept"))
			p := start(t, "die", dir)
			p.line(t)
			open(t, dir) // while the other writes, its file is left alone
			if left := temporary(t, dir); len(left) != 1 {
				t.Fatalf("while it writes: %v", left)
			}
			if err := p.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = p.Wait()
			if next == "open" {
				j = open(t, dir)
			} else {
				update(t, j, increment("kept"))
			}
			if left := temporary(t, dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			if s, _, err := j.Read(); err != nil || s.Clusters["lost"] != nil || s.Clusters["kept"] == nil {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// TestOlderTemporaryFiles have a random part in their name.
func TestOlderTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".state.json.12345", ".state.json.tmp", ".doctor.1", "state.json.damaged-1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
	if left := list(t, dir); !slices.Equal(left, []string{".doctor.1", "state.json.damaged-1", "state.lock"}) {
		t.Errorf("left: %v", left)
	}
}

func temporary(t *testing.T, dir string) (left []string) {
	t.Helper()
	for _, name := range list(t, dir) {
		if strings.HasPrefix(name, ".") {
			left = append(left, name)
		}
	}
	return left
}

// TestProbe: each way in which the folder can't be written to is told, and no try
// leaves anything behind.
func TestProbe(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	update(t, j, increment("kept"))
	before := list(t, dir)
	if err := j.Probe(t.Context()); err != nil {
		t.Error(err)
	}
	for _, op := range []string{"flock", "create", "write", "short write", "sync", "close"} {
		j.disk = failing(op, syscall.ENOSPC)
		if err := j.Probe(t.Context()); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", op, err)
		}
	}
	if left := list(t, dir); !slices.Equal(left, before) {
		t.Errorf("left behind: %v, before: %v", left, before)
	}
	if err := os.WriteFile(filepath.Join(dir, "."+stateFile+".probe"), nil, 0o600); err != nil { // of one that was killed
		t.Fatal(err)
	}
	open(t, dir)
	if left := list(t, dir); !slices.Equal(left, before) {
		t.Errorf("left behind: %v, before: %v", left, before)
	}
}
