package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// TestNoUpdateIsLost, by goroutines with one journal and with one each.
func TestNoUpdateIsLost(t *testing.T) {
	dir := t.TempDir()
	shared := open(t, dir)
	const writers, times = 8, 10
	var wg sync.WaitGroup
	for i := range writers {
		j := shared
		if i%2 == 0 {
			j = open(t, dir)
		}
		wg.Go(func() {
			for range times {
				if _, _, err := j.Update(t.Context(), increment("a")); err != nil {
					t.Error(err)
				}
				if s, _, err := j.Read(); err != nil || s.Clusters["a"].RunJob == 0 {
					t.Errorf("%+v, %v", s, err)
				}
			}
		})
	}
	wg.Wait()
	if s, _, err := shared.Read(); err != nil || s.Clusters["a"].RunJob != writers*times {
		t.Errorf("%+v, %v", s.Clusters["a"], err)
	}
}

// TestNoUpdateIsLostByProcesses: each adds to a figure of its own and to nobody
// else's, and all of them to the same file.
func TestNoUpdateIsLostByProcesses(t *testing.T) {
	dir := t.TempDir()
	const processes, times = 4, 15
	var all []*process
	for i := range processes {
		all = append(all, start(t, "count", dir, strconv.Itoa(i%2), strconv.Itoa(times)))
	}
	for _, p := range all {
		if err := p.Wait(); err != nil {
			out, _ := p.out.ReadString(0)
			t.Fatal(err, out)
		}
	}
	s, _, err := open(t, dir).Read()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if got := s.Clusters[strconv.Itoa(i)].RunJob; got != processes/2*times {
			t.Errorf("%d of %d updates are there", got, processes/2*times)
		}
	}
}

// TestFolderRemovedMeanwhile: it is made again.
func TestFolderRemovedMeanwhile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	j := open(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	update(t, j, increment("a"))
	if s, _, err := j.Read(); err != nil || s.Clusters["a"] == nil {
		t.Error(s, err)
	}
}

func TestStamp(t *testing.T) {
	t.Setenv("TMPDIR", "") // a folder in memory uses no inode again
	j := open(t, t.TempDir())
	if !j.Stamp().Same(Stamp{}) {
		t.Error("a missing file has a stamp")
	}
	seen := []Stamp{j.Stamp()}
	future(t, func() *Journal { update(t, j, increment("a")); return j }())
	for range 20 { // of the same size, within the clock's resolution, with inodes used again
		_, stamp, err := open(t, j.Dir()).Update(t.Context(), func(s *lifecycle.State) error {
			s.Clusters["a"].RunJob = 10 + (s.Clusters["a"].RunJob+1)%10
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !stamp.Same(j.Stamp()) {
			t.Fatal("the written state's stamp is not the file's")
		}
		for _, earlier := range seen {
			if stamp.Same(earlier) || earlier.Same(stamp) {
				t.Fatal("a write was not seen")
			}
		}
		seen = append(seen, stamp)
	}
	_, stamp, err := j.Read()
	if err != nil || !stamp.Same(j.Stamp()) {
		t.Error("the state that was read has another stamp than the file", err)
	}
}

// TestClockGoesBack: a write's time is later than its predecessor's all the same.
func TestClockGoesBack(t *testing.T) {
	j := open(t, t.TempDir())
	update(t, j, increment("a"))
	future(t, j)
	before := j.Stamp()
	update(t, j, increment("a"))
	if after := j.Stamp(); !after.modified().After(before.modified()) {
		t.Errorf("%v after %v", after.modified(), before.modified())
	}
}

func TestPrune(t *testing.T) {
	for _, c := range []struct {
		name         string
		ended, alive int
		want         int
	}{
		{"few", 3, 1, 4},
		{"exactly", lifecycle.KeepOperations, 0, lifecycle.KeepOperations},
		{"one too many", lifecycle.KeepOperations + 1, 0, lifecycle.KeepOperations},
		{"those in progress stay", lifecycle.KeepOperations, 5, lifecycle.KeepOperations},
		{"more in progress than is kept", 10, lifecycle.KeepOperations + 5, lifecycle.KeepOperations + 5},
		{"none", 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := operationsOf(c.alive, c.ended)
			last := ""
			if n := len(s.Operations); n > 0 {
				last = s.Operations[n-1].ID
			}
			s.Prune()
			if len(s.Operations) != c.want {
				t.Errorf("%d are left", len(s.Operations))
			}
			alive := 0
			for _, op := range s.Operations {
				if !op.Ended() {
					alive++
				}
			}
			if alive != c.alive {
				t.Errorf("%d in progress are left", alive)
			}
			if c.ended > 0 && c.alive < lifecycle.KeepOperations && s.Operation(last) == nil {
				t.Error("the newest is gone")
			}
		})
	}
}

// operationsOf has those in progress first: the oldest, which go first.
func operationsOf(alive, ended int) *lifecycle.State {
	s := lifecycle.Empty()
	for i := range alive + ended {
		op := &lifecycle.Operation{Operation: schema.Operation{ID: fmt.Sprint(i), State: schema.OperationSucceeded, StartedAt: time.Unix(int64(i), 0)}}
		if i < alive {
			op.State = schema.OperationRunning
		}
		s.Operations = append(s.Operations, op)
	}
	return s
}

func TestRunning(t *testing.T) {
	s := operationsOf(1, 2)
	s.Operations[0].Cluster, s.Operations[1].Cluster = "a", "b"
	if op := s.Running("a"); op == nil || op.ID != "0" {
		t.Error(op)
	}
	for _, name := range []string{"b", "c", ""} {
		if op := s.Running(name); op != nil {
			t.Errorf("%q: %+v", name, op)
		}
	}
	if s.Operation("1").Cluster != "b" || s.Operation("9") != nil {
		t.Error("found by another id")
	}
}

func BenchmarkUpdate(b *testing.B) {
	j, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := j.Update(b.Context(), increment("a")); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	j, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	fill := func(s *lifecycle.State) error {
		s.Operations = operationsOf(0, lifecycle.KeepOperations).Operations
		return nil
	}
	if _, _, err := j.Update(b.Context(), fill); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := j.Read(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestForgetting: a damaged file that nothing took the place of is not forgotten
// before somebody has found out what there is, also if he is killed meanwhile.
func TestForgetting(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if s, _, err := j.Read(); err != nil || s.Forgot {
		t.Fatalf("a new folder: %+v, %v", s, err)
	}
	if err := os.WriteFile(j.path(), []byte(`{"version":1,"clus`), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := (*DamagedError)(nil)
	if s, _, err := j.Read(); !errors.As(err, &damaged) || !s.Forgot {
		t.Errorf("the damage: %+v, %v", s, err)
	}
	j = open(t, dir)
	if s, _, err := j.Read(); err != nil || !s.Forgot {
		t.Errorf("the next process: %+v, %v", s, err)
	}
	if s := update(t, j, increment("another")); !s.Forgot {
		t.Error("a change has made it forget")
	}
	if s, _, err := open(t, dir).Read(); err != nil || !s.Forgot {
		t.Errorf("the next process, after a change: %+v, %v", s, err)
	}
	update(t, j, func(s *lifecycle.State) error { s.Forgot = false; return nil })
	if s, _, err := open(t, dir).Read(); err != nil || s.Forgot {
		t.Errorf("once it is known: %+v, %v", s, err)
	}
}
