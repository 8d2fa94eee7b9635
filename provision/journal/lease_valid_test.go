package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestLeaseIsValid as long as the lock at its path is the one that it holds.
func TestLeaseIsValid(t *testing.T) {
	for name, c := range map[string]struct {
		change func(dir string) error
		valid  bool
	}{
		"nothing happened":   {func(string) error { return nil }, true},
		"a look by another":  {func(dir string) error { _, _, err := NewLeases(dir, "").Try("a", "look"); return err }, true},
		"the folder removed": {os.RemoveAll, false},
		"the lock removed":   {func(dir string) error { return os.Remove(lockOf(dir)) }, false},
		"the folder replaced, and the lease taken there": {func(dir string) error {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			lease, _, err := NewLeases(dir, "").Try("a", "launch")
			if lease == nil {
				return fmt.Errorf("not taken: %w", err)
			}
			return nil
		}, false},
		"the lock replaced by a link to it": {func(dir string) error {
			lock := lockOf(dir)
			if err := os.Rename(lock, lock+".moved"); err != nil {
				return err
			}
			return os.Symlink(lock+".moved", lock)
		}, false},
		"the folder moved": {func(dir string) error { return os.Rename(dir, dir+".moved") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			leases := NewLeases(filepath.Join(t.TempDir(), "locks"), "")
			lease := take(t, leases, "a")
			must(t, lease.Valid())
			if err := c.change(leases.dir); err != nil {
				t.Skip(err) // Windows lets no open file go
			}
			err := lease.Valid()
			if (err == nil) != c.valid || err != nil && !strings.Contains(err.Error(), leases.dir) {
				t.Errorf("%v, want valid: %v", err, c.valid)
			}
			lease.Release()
			if lease.Valid() == nil {
				t.Error("valid after its release")
			}
		})
	}
	if (*Lease)(nil).Valid() == nil {
		t.Error("a lease that was not taken is valid")
	}
}

// lockOf is the one lock's file in a folder.
func lockOf(dir string) string {
	found, _ := filepath.Glob(filepath.Join(dir, "*.lock"))
	return found[0]
}

// TestLeaseThatCantBeChecked is not taken for valid.
func TestLeaseThatCantBeChecked(t *testing.T) {
	leases := NewLeases(t.TempDir(), "")
	lease := take(t, leases, "a")
	leases.disk.stat = failing("stat", syscall.EIO).stat
	if err := lease.Valid(); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	leases.disk = osDisk()
	lease.statLocked = func() (fs.FileInfo, error) { return nil, syscall.ESTALE } // the server of a network disk has dropped it
	if err := lease.Valid(); !errors.Is(err, syscall.ESTALE) {
		t.Error(err)
	}
}

// TestLeasesProbe tells a folder whose locks hold from one whose locks don't.
func TestLeasesProbe(t *testing.T) {
	pretended := func(string) (*heldLock, error) { return &heldLock{unlock: func() {}}, nil }
	second := func(err error) func(string) (*heldLock, error) {
		first := true
		return func(path string) (*heldLock, error) {
			if first {
				first = false
				return pretended(path)
			}
			return nil, err
		}
	}
	for name, c := range map[string]struct {
		flock func(string) (*heldLock, error)
		holds bool
	}{
		"a real disk":          {tryFlock, true},
		"granted to everyone":  {pretended, false},
		"refused to everyone":  {failing("flock", syscall.ENOLCK).flock, false},
		"the second one fails": {second(syscall.EIO), false},
		"another probe has it": {func(string) (*heldLock, error) { return nil, nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			leases := NewLeases(filepath.Join(t.TempDir(), "locks"), "")
			leases.disk.flock = c.flock
			err := leases.Probe()
			if (err == nil) != c.holds || err != nil && !strings.Contains(err.Error(), leases.dir) {
				t.Errorf("%v, want holds: %v", err, c.holds)
			}
			var asked atomic.Int32
			leases.disk.flock = func(path string) (*heldLock, error) {
				asked.Add(1)
				return tryFlock(path)
			}
			must(t, leases.Probe()) // by now they hold
			if (asked.Load() == 0) != c.holds {
				t.Errorf("asked %d times: a success is remembered, a failure is not", asked.Load())
			}
		})
	}
	if err := NewLeases(filepath.Join(recordless(t), "below"), "").Probe(); err == nil {
		t.Error("locks hold in a folder that can't be made")
	}
}

// TestProbeLocksNothing that a second probe, or a lease, needs.
func TestProbeLocksNothing(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		must(t, NewLeases(dir, "").Probe())
	}
	unlock, err := osDisk().tryLock(filepath.Join(dir, "probe.lock"))
	if unlock == nil {
		t.Fatal("the probe kept its lock:", err)
	}
	unlock()
}
