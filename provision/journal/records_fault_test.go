package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestEveryFailureKeepsTheOldRecord makes each operation on a file fail in each
// step of a server's life, and looks at what is left.
func TestEveryFailureKeepsTheOldRecord(t *testing.T) {
	steps := map[string]func(*Records) error{
		"begin":    func(r *Records) error { return r.Begin(began("a", "2"), false) },
		"identify": func(r *Records) error { return r.Identify("a", "1", "v", "i") },
		"end":      func(r *Records) error { return r.End("a", "1", launched) },
	}
	for _, op := range []string{"flock", "stat", "open", "read", "remove", "create", "write", "short write", "fstat", "sync", "close", "rename"} {
		for _, errno := range errnos {
			for name, step := range steps {
				t.Run(fmt.Sprint(op, " ", errno, " ", name), func(t *testing.T) {
					r := records(t)
					must(t, r.Begin(began("a", "1"), false))
					must(t, r.Identify("a", "1", "u", "h"))
					before, names := all(t, r), list(t, r.dir)
					r.disk = failing(op, errno)
					if err := step(r); !errors.Is(err, errno) {
						t.Errorf("got %v; want the error of the %s", err, op)
					}
					r.disk = osDisk()
					if got := all(t, r); !reflect.DeepEqual(got, before) {
						t.Errorf("the old record became %+v", got)
					}
					if got := list(t, r.dir); !slices.Equal(got, names) {
						t.Errorf("left behind: %v, before: %v", got, names)
					}
					must(t, step(r))
					if got := all(t, r); reflect.DeepEqual(got, before) {
						t.Errorf("nothing came of it afterwards: %+v", got)
					}
				})
			}
		}
	}
}

// TestFirstRecordThatFails leaves none.
func TestFirstRecordThatFails(t *testing.T) {
	for _, op := range []string{"flock", "create", "write", "short write", "sync", "close", "rename"} {
		t.Run(op, func(t *testing.T) {
			r := records(t)
			r.disk = failing(op, syscall.ENOSPC)
			if err := r.Begin(began("a", "1"), false); !errors.Is(err, syscall.ENOSPC) {
				t.Error(err)
			}
			r.disk = osDisk()
			if got := all(t, r); len(got) != 0 || len(temporary(t, r.dir)) != 0 {
				t.Errorf("%+v in %v", got, list(t, r.dir))
			}
		})
	}
}

// TestDamagedRecordStays where nothing can take its place: All goes on naming it.
func TestDamagedRecordStays(t *testing.T) {
	for _, op := range []string{"create", "write", "sync", "rename"} {
		t.Run(op, func(t *testing.T) {
			r := records(t)
			must(t, r.Begin(began("a", "1"), false))
			must(t, os.WriteFile(r.path("a"), []byte("{"), 0o600))
			r.disk = failing(op, syscall.EIO)
			if err := r.Begin(began("a", "2"), false); !errors.Is(err, syscall.EIO) {
				t.Error(err)
			}
			if got, err := r.All(); err == nil || len(got) != 0 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestRecordsThatCantBeRead are reported, and none is taken for missing.
func TestRecordsThatCantBeRead(t *testing.T) {
	for _, op := range []string{"list", "stat", "open", "read"} {
		t.Run(op, func(t *testing.T) {
			r := records(t)
			must(t, r.Begin(began("a", "1"), false))
			r.disk = failing(op, syscall.EIO)
			if got, err := r.All(); !errors.Is(err, syscall.EIO) || len(got) != 0 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	r := records(t)
	must(t, r.Begin(began("a", "1"), false))
	must(t, r.Begin(began("b", "1"), false))
	r.disk.open = func(path string) (file, error) {
		if path == r.path("a") {
			return nil, syscall.EACCES
		}
		return os.Open(path)
	}
	if got, err := r.All(); !errors.Is(err, syscall.EACCES) || len(got) != 1 || got[0].Name != "b" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestOldRecordsThatStay: a record that can't be removed does not undo the end.
func TestOldRecordsThatStay(t *testing.T) {
	r := records(t)
	must(t, r.Begin(began("last", "1"), false))
	for i := range endedLimit {
		data, err := storedRecord{Record: Record{Name: fmt.Sprint("s", i), Ended: launched.Add(time.Duration(i))}}.encode()
		must(t, err)
		must(t, os.WriteFile(r.path(fmt.Sprint("s", i)), data, 0o600))
	}
	remove := r.disk.remove
	r.disk.remove = func(path string) error {
		if strings.HasSuffix(path, recordSuffix) {
			return syscall.EIO
		}
		return remove(path)
	}
	if err := r.End("last", "1", launched.Add(time.Hour)); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	if got := all(t, r); len(got) != endedLimit+1 || got[0].Ended.IsZero() {
		t.Errorf("%d records, the first %+v", len(got), got[0])
	}
}

// TestRecordIsSynced before it takes its place.
func TestRecordIsSynced(t *testing.T) {
	r := records(t)
	var order []string
	r.disk.create = func(path string) (file, error) {
		f, err := osDisk().create(path)
		return synced{f, &order}, err
	}
	r.disk.rename = func(from, to string) error {
		order = append(order, "rename")
		return os.Rename(from, to)
	}
	must(t, r.Begin(began("a", "1"), false))
	if want := []string{"write", "sync", "rename"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
	if info, err := os.Stat(r.path("a")); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info, err)
	}
}

// TestRecordsInRefusedFolders: a link may lead into someone else's folder.
func TestRecordsInRefusedFolders(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), elsewhere); err != nil {
		t.Skip(err)
	}
	for name, dir := range map[string]string{"a link": elsewhere, "a file": recordless(t), "below a file": filepath.Join(recordless(t), "below")} {
		t.Run(name, func(t *testing.T) {
			r := NewRecords(dir, "endpoint")
			if err := r.Begin(began("a", "1"), false); err == nil {
				t.Error("written")
			}
			if got, err := r.All(); err == nil || got != nil {
				t.Errorf("read: %+v, %v", got, err)
			}
		})
	}
}

// TestRecordWithoutTheLock is not written: it is waited for lockPatience long.
func TestRecordWithoutTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := records(t)
		must(t, r.Begin(began("a", "1"), false))
		unlock, err := osDisk().tryLock(filepath.Join(r.dir, recordsLock))
		if unlock == nil {
			t.Fatal(err)
		}
		defer unlock()
		begun := time.Now()
		if err := r.Begin(began("a", "2"), false); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) < lockPatience {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		if got := all(t, r); got[0].Operation != "1" {
			t.Errorf("written without the lock: %+v", got)
		}
	})
}
