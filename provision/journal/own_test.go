package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

// A process does not decode a file that holds what it wrote itself. These tests hold that nobody can see
// that it does not.

// TestEachSeesTheOthersLast: two journals of one process in turns, each of which writes once and twice in a row.
func TestEachSeesTheOthersLast(t *testing.T) {
	dir := t.TempDir()
	journals := []*Journal{open(t, dir), open(t, dir)}
	for i := range 40 {
		seen := -1
		update(t, journals[i%3%2], func(s *lifecycle.State) error { seen = s.Ensure("a").RunJob; return increment("a")(s) })
		if seen != i {
			t.Fatalf("it sees %d of %d changes", seen, i)
		}
	}
}

// TestEachProcessSeesTheOthersLast: two processes, each of which writes when the other has, as fast as they
// can.
func TestEachProcessSeesTheOthersLast(t *testing.T) {
	dir := t.TempDir()
	const times = 10
	processes := []*process{start(t, "alternate", dir, "0", strconv.Itoa(times)), start(t, "alternate", dir, "1", strconv.Itoa(times))}
	for _, p := range processes {
		out, _ := p.out.ReadString(0)
		if err := p.Wait(); err != nil {
			t.Error(err, out)
		}
	}
	s, _, err := open(t, dir).Read()
	if err != nil || s.Ensure("0").RunJob != times || s.Ensure("1").RunJob != times {
		t.Errorf("%+v, %v", s.Clusters, err)
	}
}

// alternate counts up a figure of its own each time that the other's has become the same, or one more for the
// second of the two. It fails where a figure goes back, which is where a change was not seen.
func alternate(dir string, me, times int) error {
	j, err := Open(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // whoever does not see the other's waits for ever
	defer cancel()
	errTurn := errors.New("it is the other's turn")
	mine, other := 0, 0
	for mine < times {
		stamp := j.Stamp()
		_, _, err := j.Update(ctx, func(s *lifecycle.State) error {
			rec := s.Ensure(strconv.Itoa(me))
			found := s.Ensure(strconv.Itoa(1 - me)).RunJob
			if rec.RunJob != mine || found < other || found > mine+1 {
				return fmt.Errorf("%d: %d and %d after %d and %d", me, rec.RunJob, found, mine, other)
			}
			other = found
			if other-mine != me {
				return errTurn
			}
			rec.RunJob++
			return nil
		})
		switch {
		case err == nil:
			mine++
		case !errors.Is(err, errTurn):
			return err
		}
		for err != nil && ctx.Err() == nil && stamp.Same(j.Stamp()) { // without the lock, which the other needs
			runtime.Gosched()
		}
	}
	return nil
}

// TestAFileThatIsReplacedIsReadAgain, also where all that the file system says of it is as it was.
func TestAFileThatIsReplacedIsReadAgain(t *testing.T) {
	for name, c := range map[string]struct {
		replace func(path string, older []byte) error
		want    int // changes that the next one sees, of two
		same    bool
	}{
		"by nothing": {func(string, []byte) error { return nil }, 2, true},
		"by an older copy": {func(path string, older []byte) error {
			return errors.Join(os.WriteFile(path+".copy", older, 0o600), os.Rename(path+".copy", path))
		}, 1, false},
		"by an older copy, with the inode, the size and the time as they were": {overwrite, 1, true},
		"by a part of it":  {func(path string, _ []byte) error { return os.Truncate(path, 40) }, 2, false}, // which is set aside
		"by an empty file": {func(path string, _ []byte) error { return os.Truncate(path, 0) }, 2, false},
		"by no file":       {func(path string, _ []byte) error { return os.Remove(path) }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir())
			update(t, j, increment("a"))
			older := []byte(contents(t, j))
			update(t, j, increment("a"))
			stamp := j.Stamp()
			if err := c.replace(j.path(), older); err != nil {
				t.Fatal(err)
			}
			if same := j.Stamp().Same(stamp); same != c.same {
				t.Fatalf("the stamp stays: %v", same)
			}
			seen := -1
			update(t, j, func(s *lifecycle.State) error { seen = s.Ensure("a").RunJob; return increment("a")(s) })
			if seen != c.want {
				t.Errorf("the next change sees %d", seen)
			}
			if s, _, err := open(t, j.Dir()).Read(); err != nil || s.Ensure("a").RunJob != c.want+1 {
				t.Errorf("afterwards the file holds %+v, %v", s, err)
			}
		})
	}
}

// overwrite writes into a file that is there, and sets its time as it was.
func overwrite(path string, data []byte) error {
	info, err := os.Stat(path)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err == nil {
		err = os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	return err
}

// TestWhatWasNotWrittenIsNotSeen by the next change: neither what a change did that failed, nor what was done to a state
// that was given out.
func TestWhatWasNotWrittenIsNotSeen(t *testing.T) {
	spoil := func(s *lifecycle.State) {
		s.Ensure("a").RunJob = 99
		s.Ensure("a").Spec.Labels["key"] = "spoiled"
		s.Operations[0].Message = "spoiled"
		s.Operations = s.Operations[:0]
		s.Ensure("b")
	}
	launched := &schema.Spec{Name: "a", Labels: map[string]string{"key": "value"}}
	for name, spoiled := range map[string]func(*testing.T, *Journal, *lifecycle.State){
		"a change that fails": func(t *testing.T, j *Journal, _ *lifecycle.State) {
			refused := errors.New("refused")
			if _, _, err := j.Update(t.Context(), func(s *lifecycle.State) error { spoil(s); return refused }); !errors.Is(err, refused) {
				t.Error(err)
			}
		},
		"a change that panics": func(t *testing.T, j *Journal, _ *lifecycle.State) {
			defer func() { _ = recover() }()
			_, _, _ = j.Update(t.Context(), func(s *lifecycle.State) error { spoil(s); panic("a mistake") })
		},
		"a change that breaks a rule": func(t *testing.T, j *Journal, _ *lifecycle.State) {
			if _, _, err := j.Update(t.Context(), func(s *lifecycle.State) error { spoil(s); s.Clusters["c"] = nil; return nil }); err == nil {
				t.Error("it was written")
			}
		},
		"a change that the disk refuses": func(t *testing.T, j *Journal, _ *lifecycle.State) {
			j.disk = failing("rename", syscall.ENOSPC)
			if _, _, err := j.Update(t.Context(), func(s *lifecycle.State) error { spoil(s); return nil }); err == nil {
				t.Error("it was written")
			}
			j.disk = osDisk()
		},
		"who got the state of a change":       func(_ *testing.T, _ *Journal, s *lifecycle.State) { spoil(s) },
		"who made what was put into a change": func(*testing.T, *Journal, *lifecycle.State) { launched.Labels["key"] = "spoiled" },
		"who has read the state": func(t *testing.T, j *Journal, _ *lifecycle.State) {
			s, _, err := j.Read()
			if err != nil {
				t.Fatal(err)
			}
			spoil(s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir())
			launched.Labels["key"] = "value"
			given := update(t, j, func(s *lifecycle.State) error {
				s.Ensure("a").Spec = launched
				s.Operations = operationsOf(0, 2).Operations
				return nil
			})
			before := contents(t, j)
			spoiled(t, j, given)
			read, _, err := j.Read()
			if err != nil {
				t.Fatal(err)
			}
			next := update(t, j, func(*lifecycle.State) error { return nil })
			next.Generation = read.Generation
			for who, s := range map[string]*lifecycle.State{"a reader": read, "the next change": next} {
				if data, err := encode(s); err != nil || string(data) != before {
					t.Errorf("%s finds\n%s, %v, not\n%s", who, data, err, before)
				}
			}
		})
	}
}

// TestWhatTheFileDoesNotHoldIsNotKept: bytes that are not UTF-8 are other ones after a restart, and so they have to
// be before it.
func TestWhatTheFileDoesNotHoldIsNotKept(t *testing.T) {
	j := open(t, t.TempDir())
	update(t, j, func(s *lifecycle.State) error { s.Ensure("a").View.Description = "a\xffb"; return nil })
	here, _, err := j.Read()
	if err != nil {
		t.Fatal(err)
	}
	if got := here.Ensure("a").View.Description; got != "a\ufffdb" {
		t.Errorf("%q", got)
	}
}

// TestOwnFileIsNotDecoded: a change costs less than it would to decode the file.
func TestOwnFileIsNotDecoded(t *testing.T) {
	j := open(t, t.TempDir())
	full := func(s *lifecycle.State) error {
		s.Operations = operationsOf(0, lifecycle.KeepOperations).Operations
		return nil
	}
	update(t, j, full)
	data := []byte(contents(t, j))
	decoding := testing.AllocsPerRun(5, func() {
		if _, err := decode(data); err != nil {
			t.Error(err)
		}
	})
	reading := testing.AllocsPerRun(5, func() {
		if _, _, err := j.Read(); err != nil {
			t.Error(err)
		}
	})
	changing := testing.AllocsPerRun(5, func() { update(t, j, increment("a")) })
	if reading > decoding/2 || changing > decoding {
		t.Errorf("%v allocations to read, %v to change, %v to decode", reading, changing, decoding)
	}
}
