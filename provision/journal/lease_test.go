package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carapace/provision/lifecycle"
)

func TestLease(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locks")
	leases := NewLeases(dir, "endpoint")
	lease := take(t, leases, "a")
	second, holder, err := leases.Try("a", "stop")
	if second != nil || err != nil {
		t.Fatal("one process has it twice", err)
	}
	if holder.PID != os.Getpid() || holder.Doing != "launch" || time.Since(holder.Since) > time.Minute {
		t.Errorf("%+v", holder)
	}
	if got := lifecycle.InProgress("a", nil, holder).Message; !strings.HasPrefix(got, fmt.Sprintf("Another Carapace is working on a (launch, process %d, since ", os.Getpid())) {
		t.Error(got)
	}
	take(t, leases, "b").Release()
	take(t, NewLeases(dir, "another endpoint"), "a").Release()
	lease.Release()
	take(t, leases, "a").Release()
	for _, name := range list(t, dir) {
		if !strings.HasSuffix(name, ".lock") {
			t.Errorf("%s is left", name)
		}
	}
}

func take(t *testing.T, l *Leases, key string) *Lease {
	t.Helper()
	lease, holder, err := l.Try(key, "launch")
	if lease == nil {
		t.Fatalf("not taken: %v, held by %v", err, holder)
	}
	return lease
}

// TestReleaseAgain: it must not touch what the next holder has.
func TestReleaseAgain(t *testing.T) {
	leases := NewLeases(t.TempDir(), "")
	first := take(t, leases, "a")
	first.Release()
	second := take(t, leases, "a")
	first.Release()
	third, holder, err := leases.Try("a", "stop")
	if third != nil || err != nil || holder.PID != os.Getpid() {
		t.Error("the second release took the lease, or its record, from its new holder:", holder, err)
	}
	second.Release()
	(*Lease)(nil).Release()
}

// TestLeaseIsReleasedByKill, also while a process that the holder started lives on.
func TestLeaseIsReleasedByKill(t *testing.T) {
	dir := t.TempDir()
	leases := NewLeases(dir, "scope")
	p := start(t, "hold", dir, "a")
	if got := p.line(t); got != "held" {
		t.Fatal(got)
	}
	lease, holder, err := leases.Try("a", "launch")
	if lease != nil || err != nil {
		t.Fatal("two processes have it", err)
	}
	if holder.PID != p.Process.Pid || holder.Doing != "hold" {
		t.Errorf("%+v, want process %d", holder, p.Process.Pid)
	}
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Process.Wait(); err != nil {
		t.Fatal(err)
	}
	lease = take(t, leases, "a")
	_, holder, err = leases.Try("a", "stop")
	if err != nil || holder.PID != os.Getpid() {
		t.Errorf("the killed holder's record is still there: %+v, %v", holder, err)
	}
	lease.Release()
}

// TestOneWinner of many processes and goroutines that try at once.
func TestOneWinner(t *testing.T) {
	dir := t.TempDir()
	var all []*process
	for range 4 {
		all = append(all, start(t, "race", dir, "a"))
	}
	won := 0
	for _, p := range all {
		if strings.HasPrefix(p.line(t), "true") {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}

	leases := NewLeases(dir, "goroutines")
	var wg sync.WaitGroup
	var winners atomic.Int32
	for range 16 {
		wg.Go(func() {
			if lease, _, err := leases.Try("a", "launch"); err != nil {
				t.Error(err)
			} else if lease != nil {
				winners.Add(1)
			}
		})
	}
	wg.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d goroutines won", winners.Load())
	}
}

// TestHolderRecords that can't be read say nothing, and do not stand in the way.
func TestHolderRecords(t *testing.T) {
	stale, err := json.Marshal(lifecycle.Holder{PID: 1, Since: time.Unix(0, 0), Doing: "nothing"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		record string
		want   lifecycle.Holder
	}{
		"stale":     {string(stale), lifecycle.Holder{PID: 1, Since: time.Unix(0, 0).UTC(), Doing: "nothing"}},
		"empty":     {"", lifecycle.Holder{}},
		"garbage":   {"\x00", lifecycle.Holder{}},
		"cut short": {string(stale[:20]), lifecycle.Holder{}},
		"half":      {`{"pid":7,"since":"never"}`, lifecycle.Holder{}},
	} {
		t.Run(name, func(t *testing.T) {
			leases := NewLeases(t.TempDir(), "")
			lease := take(t, leases, "a")
			record := recordOf(t, leases)
			if err := os.WriteFile(record, []byte(c.record), 0o600); err != nil {
				t.Fatal(err)
			}
			_, holder, err := leases.Try("a", "stop")
			if err != nil || !holder.Since.Equal(c.want.Since) || holder.PID != c.want.PID || holder.Doing != c.want.Doing {
				t.Errorf("%+v, %v", holder, err)
			}
			lease.unlock() // as the kernel does: the record stays
			take(t, leases, "a")
			if _, holder, err := leases.Try("a", "stop"); err != nil || holder.PID != os.Getpid() {
				t.Errorf("then: %+v, %v", holder, err)
			}
		})
	}
}

func recordOf(t *testing.T, l *Leases) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(l.dir, "*.json"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

// TestLeaseOnABadDisk: the lock decides, so a full disk, which can't take the
// record, stops no operation from being brought to its end.
func TestLeaseOnABadDisk(t *testing.T) {
	for _, op := range []string{"create", "write", "short write", "sync", "close", "rename"} {
		t.Run(op, func(t *testing.T) {
			leases := NewLeases(t.TempDir(), "")
			leases.disk = failing(op, syscall.ENOSPC)
			lease := take(t, leases, "a")
			second, holder, err := leases.Try("a", "stop")
			if second != nil || err != nil || holder != (lifecycle.Holder{}) {
				t.Errorf("%v, %+v, %v", second, holder, err)
			}
			if left := temporary(t, leases.dir); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
			lease.Release()
		})
	}
	leases := NewLeases(t.TempDir(), "")
	leases.disk = failing("flock", syscall.ENOSPC)
	if lease, _, err := leases.Try("a", "launch"); lease != nil || err == nil {
		t.Error("taken without a lock")
	}
	if lease, _, err := NewLeases(filepath.Join(recordless(t), "below"), "").Try("a", "launch"); lease != nil || err == nil {
		t.Error("taken in a folder that can't be made")
	}
}

// recordless is a file where a folder should be.
func recordless(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSweepInAnyFolder: a folder's name is no pattern.
func TestSweepInAnyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "locks [a-b]")
	l := NewLeases(dir, "scope")
	lease := take(t, l, "key")
	record := list(t, dir)
	lease.Release()
	for _, name := range record {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil { // as a killed holder leaves it
			t.Fatal(err)
		}
	}
	l.Sweep()
	if left := list(t, dir); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}
