package skysim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// busy is a world with something in each of its lists.
func busy() *world {
	w := written()
	w.Server, w.dir, w.scale, w.Made = server{Up: true, Born: time.Unix(1, 0).UTC()}, "dir", 2, 3
	w.Requests[0].Plan.Tried, w.Requests[0].Plan.Failures = []string{"a/b"}, []string{"full"}
	w.Clusters[0].Used, w.Past[0].Used = []span{{}}, []span{{}}
	w.Past[0].Jobs = []*job{{ID: 2}}
	w.Machines, w.Faults = []*machine{{ID: "m"}}, []Fault{{Name: faultThrottled}}
	return w
}

func TestACloneIsAWorldOfItsOwn(t *testing.T) {
	w := busy()
	c := w.clone()
	if !reflect.DeepEqual(w, c) {
		t.Errorf("%+v is %+v", w, c)
	}
	mine := map[uintptr]bool{}
	places(reflect.ValueOf(c), "clone", func(at uintptr, _ string) { mine[at] = true })
	places(reflect.ValueOf(w), "world", func(at uintptr, path string) {
		if mine[at] {
			t.Errorf("%s is the clone's as well", path)
		}
	})
	for _, list := range []any{w.Requests[0].Plan, *w.Clusters[0], *w, *w.Machines[0], *w.Clusters[0].Jobs[0]} {
		for v, i := reflect.ValueOf(list), 0; i < v.NumField(); i++ {
			if k := v.Field(i).Kind(); (k == reflect.Slice || k == reflect.Map) && v.Field(i).Len() == 0 {
				t.Errorf("%s.%s is empty: what it shares is not known", v.Type(), v.Type().Field(i).Name)
			}
		}
	}
}

// TestAChangeThatIsRefusedByTheDisk is not seen by who comes next.
func TestAChangeThatIsRefusedByTheDisk(t *testing.T) {
	s := store{dir: t.TempDir(), scale: 1}
	add := func(w *world) error { w.Made++; return nil }
	if err := s.update(add); err != nil {
		t.Fatal(err)
	}
	blocked := s.path() + ".new"
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.update(add); err == nil {
		t.Fatal("it was written")
	}
	made := 0
	err := errors.Join(s.read(func(w *world) { made = w.Made }), os.Remove(blocked))
	if err != nil || made != 1 {
		t.Errorf("%d, %v", made, err)
	}
	err = s.update(func(w *world) error { made = w.Made; return nil })
	if err != nil || made != 1 {
		t.Errorf("a change sees %d, %v", made, err)
	}
}

// TestOwnFileIsNotDecoded: what this process wrote last it has at hand.
func TestOwnFileIsNotDecoded(t *testing.T) {
	s := store{dir: t.TempDir(), scale: 1}
	err := s.update(func(w *world) error {
		for i := range keepRequests {
			w.Requests = append(w.Requests, &request{ID: fmt.Sprint(i), Status: requestSucceeded, Log: "line\n"})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := s.contents()
	if err != nil {
		t.Fatal(err)
	}
	decoding := testing.AllocsPerRun(5, func() {
		if _, err := s.decode(file); err != nil {
			t.Error(err)
		}
	})
	having := testing.AllocsPerRun(5, func() {
		if _, err := s.worldOf(file); err != nil {
			t.Error(err)
		}
	})
	if having > decoding/2 {
		t.Errorf("%v allocations to have the world, %v to decode it", having, decoding)
	}
}

// TestAnotherProcessesWriteIsSeen by its stamp alone: whatever the clock says, each file is later than the one before.
func TestAnotherProcessesWriteIsSeen(t *testing.T) {
	t.Setenv("TMPDIR", "") // a folder in memory uses no inode again
	s := store{dir: t.TempDir(), scale: 1}
	account := func(name string) func(*world) error {
		return func(w *world) error { w.Account = name; return nil }
	}
	if err := s.update(account("a")); err != nil {
		t.Fatal(err)
	}
	ahead := time.Now().Add(time.Hour) // when the clock is set back
	if err := os.Chtimes(s.path(), ahead, ahead); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "c", "d"} {
		if err := s.read(func(*world) {}); err != nil {
			t.Fatal(err)
		}
		mine := lastSeen.byFolder[s.dir]
		before, err := os.Stat(s.path())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.update(account(name)); err != nil {
			t.Fatal(err)
		}
		after, err := os.Stat(s.path())
		if err != nil || after.Size() != before.Size() || !after.ModTime().After(before.ModTime()) {
			t.Errorf("%v: of %d bytes and %s, after one of %d and %s", err, after.Size(), after.ModTime(), before.Size(), before.ModTime())
		}
		lastSeen.byFolder[s.dir] = mine // this process has not written it
		if err := s.read(func(w *world) {
			if w.Account != name {
				t.Errorf("the account is %q, want %q", w.Account, name)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAReadOfWhatIsKnown opens no file.
func TestAReadOfWhatIsKnown(t *testing.T) {
	s := store{dir: t.TempDir(), scale: 1}
	if err := s.update(func(w *world) error { w.Made = 7; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(filepath.Join(s.dir, "lock")), os.Mkdir(filepath.Join(s.dir, "lock"), 0o700)); err != nil {
		t.Fatal(err)
	}
	made := 0
	if err := s.read(func(w *world) { made = w.Made }); err != nil || made != 7 {
		t.Errorf("%d, %v", made, err)
	}
}

func BenchmarkWorld(b *testing.B) {
	w := &world{}
	for i := range 20 {
		one := busy()
		one.Requests[0].ID, one.Requests[0].Log = fmt.Sprint(i), fmt.Sprint(i, strings.Repeat("a line of a log\n", 100))
		w.Requests, w.Clusters, w.Past = append(w.Requests, one.Requests...), append(w.Clusters, one.Clusters...), append(w.Past, one.Past...)
	}
	file, err := encode(w)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if err := new(world).decode(file); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("clone", func(b *testing.B) {
		for b.Loop() {
			w.clone()
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := encode(w); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// places calls see for each place that a value refers to; in a task nobody changes anything.
func places(v reflect.Value, path string, see func(at uintptr, path string)) {
	switch v.Kind() {
	case reflect.Pointer:
		see(v.Pointer(), path)
		places(v.Elem(), path, see)
	case reflect.Map, reflect.Slice:
		if v.Len() > 0 {
			see(v.Pointer(), path)
		}
		for i := 0; v.Kind() == reflect.Slice && i < v.Len(); i++ {
			places(v.Index(i), fmt.Sprintf("%s[%d]", path, i), see)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField() && v.Type() != reflect.TypeFor[task]() && v.Type() != reflect.TypeFor[time.Time](); i++ {
			places(v.Field(i), path+"."+v.Type().Field(i).Name, see)
		}
	}
}
