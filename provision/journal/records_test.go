package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var launched = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// began is a record as the launch with that id writes it.
func began(name, operation string) Record {
	return Record{Name: name, Operation: operation, Endpoint: "endpoint", At: launched, StateDir: "/state", Generation: 3}
}

func records(t *testing.T) *Records {
	t.Helper()
	return NewRecords(filepath.Join(t.TempDir(), "carapace", "servers"), "endpoint")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func all(t *testing.T, r *Records) []Record {
	t.Helper()
	found, err := r.All()
	must(t, err)
	return found
}

// TestRecords: a server's life, step by step, and what stands on the disk then.
func TestRecords(t *testing.T) {
	begin := func(rec Record) func(*Records) error { return func(r *Records) error { return r.Begin(rec, false) } }
	identify := func(launch, user, hash string) func(*Records) error {
		return func(r *Records) error { return r.Identify("a", launch, user, hash) }
	}
	end := func(launch string, after time.Duration) func(*Records) error {
		return func(r *Records) error { return r.End("a", launch, launched.Add(after)) }
	}
	with := func(change func(*Record)) []Record {
		rec := began("a", "1")
		change(&rec)
		return []Record{rec}
	}
	for name, c := range map[string]struct {
		steps []func(*Records) error
		want  []Record
	}{
		"nothing": {},
		"found, not launched": {
			[]func(*Records) error{identify("1", "u", "h"), end("1", 0)}, nil,
		},
		"launched": {
			[]func(*Records) error{begin(began("a", "1"))}, with(func(*Record) {}),
		},
		"identified in two looks": {
			[]func(*Records) error{begin(began("a", "1")), identify("1", "u", ""), identify("1", "", "h"), identify("1", "", "")},
			with(func(r *Record) { r.User, r.Hash = "u", "h" }),
		},
		"relaunched": {
			[]func(*Records) error{begin(began("a", "0")), identify("0", "u", "h"), begin(began("a", "1"))},
			with(func(r *Record) { r.User, r.Hash = "u", "h" }),
		},
		"another server of that name": {
			[]func(*Records) error{begin(began("a", "1")), identify("1", "u", "h"), identify("1", "v", "i")},
			with(func(r *Record) { r.User, r.Hash, r.Earlier = "v", "i", []string{"h"} }),
		},
		"another launch's is told late": {
			[]func(*Records) error{begin(began("a", "0")), end("0", time.Hour), begin(began("a", "1")), identify("0", "u", "h")}, with(func(*Record) {}),
		},
		"ended": {
			[]func(*Records) error{begin(began("a", "1")), identify("1", "u", "h"), end("1", time.Hour), end("1", 2*time.Hour)},
			with(func(r *Record) { r.User, r.Hash, r.Ended = "u", "h", launched.Add(time.Hour) }),
		},
		"seen after its end": {
			[]func(*Records) error{begin(began("a", "1")), end("1", time.Hour), identify("1", "u", "h")},
			with(func(r *Record) { r.Ended = launched.Add(time.Hour) }),
		},
		"launched after its end": {
			[]func(*Records) error{begin(began("a", "0")), identify("0", "u", "h"), end("0", time.Hour), begin(began("a", "1"))},
			with(func(r *Record) { r.Earlier = []string{"h"} }),
		},
		"never seen, launched after its end": {
			[]func(*Records) error{begin(began("a", "0")), end("0", time.Hour), begin(began("a", "1"))}, with(func(*Record) {}),
		},
		"launched again before its end is told": {
			[]func(*Records) error{begin(began("a", "0")), begin(began("a", "1")), end("0", time.Hour)}, with(func(*Record) {}),
		},
		"launched after an end that no record tells of": {
			[]func(*Records) error{begin(began("a", "0")), identify("0", "u", "h"), func(r *Records) error { return r.Begin(began("a", "1"), true) }},
			with(func(r *Record) { r.Earlier = []string{"h"} }),
		},
		"an end that the caller sets": {
			[]func(*Records) error{begin(with(func(r *Record) { r.Ended = launched })[0])}, with(func(*Record) {}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := records(t)
			for _, step := range c.steps {
				must(t, step(r))
			}
			if got := all(t, r); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v\nwant %+v", got, c.want)
			}
		})
	}
	if err := records(t).Begin(Record{}, false); err == nil {
		t.Error("a record without a name")
	}
}

func TestEndWithoutATime(t *testing.T) {
	r := records(t)
	must(t, r.Begin(began("a", "1"), false))
	must(t, r.End("a", "1", time.Time{}))
	if got := all(t, r); len(got) != 1 || time.Since(got[0].Ended) > time.Minute {
		t.Errorf("%+v", got)
	}
}

func TestEarlierIsBounded(t *testing.T) {
	r := records(t)
	var want []string
	for i := range 15 {
		must(t, r.Begin(began("a", "1"), false))
		must(t, r.Identify("a", "1", "u", fmt.Sprint("h", i)))
		must(t, r.End("a", "1", launched))
		want = append([]string{fmt.Sprint("h", i)}, want...)
	}
	must(t, r.Begin(began("a", "1"), false))
	if got := all(t, r); !slices.Equal(got[0].Earlier, want[:10]) {
		t.Errorf("%v, want %v", got[0].Earlier, want[:10])
	}
	must(t, r.Identify("a", "1", "u", "h14")) // it is back
	if got := all(t, r); !slices.Equal(got[0].Earlier, want[1:10]) {
		t.Errorf("%v, want %v", got[0].Earlier, want[1:10])
	}
}

// TestScopes: a record of another API server's is not seen, not even if damaged,
// and one of the same name is another's.
func TestScopes(t *testing.T) {
	r := records(t)
	other := NewRecords(r.dir, "another endpoint")
	must(t, other.Begin(began("a", "other"), false))
	must(t, r.Begin(began("a", "1"), false))
	must(t, r.Begin(began("B", "1"), false))
	must(t, os.WriteFile(other.path("c"), []byte("{"), 0o600))
	must(t, r.End("a", "1", launched))
	if got := all(t, r); len(got) != 2 || got[0].Name != "B" || got[1].Name != "a" {
		t.Errorf("%+v", got)
	}
	if got, err := other.All(); err == nil || len(got) != 1 || got[0].Operation != "other" || !got[0].Ended.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestEndedRecordsAreBounded: those that ended last are kept, and all that may exist.
func TestEndedRecordsAreBounded(t *testing.T) {
	r := records(t)
	must(t, NewRecords(r.dir, "another endpoint").Begin(began("other", "1"), false))
	must(t, NewRecords(r.dir, "another endpoint").End("other", "1", launched.Add(-time.Hour)))
	must(t, r.Begin(began("alive", "1"), false))
	for i := range endedLimit {
		data, err := storedRecord{Record: Record{Name: fmt.Sprint("s", i), Ended: launched.Add(time.Duration(i) * time.Second)}}.encode()
		must(t, err)
		must(t, os.WriteFile(r.path(fmt.Sprint("s", i)), data, 0o600))
	}
	must(t, r.Begin(began("last", "1"), false))
	if got := all(t, r); len(got) != endedLimit+2 {
		t.Errorf("%d records before the end", len(got))
	}
	must(t, r.End("last", "1", launched.Add(time.Hour)))
	got := all(t, r)
	missing := !slices.ContainsFunc(got, func(rec Record) bool { return rec.Name == "s0" })
	if len(got) != endedLimit+1 || !missing || got[0].Name != "alive" {
		t.Errorf("%d records, the oldest is gone: %v", len(got), missing)
	}
	if got := all(t, NewRecords(r.dir, "another endpoint")); len(got) != 1 {
		t.Errorf("of the other scope: %+v", got)
	}
}

// TestNewerMembersSurvive: a newer sidecar finds again what it wrote.
func TestNewerMembersSurvive(t *testing.T) {
	r := records(t)
	must(t, r.Begin(began("a", "0"), false))
	must(t, r.Identify("a", "0", "u", "h"))
	path := r.path("a")
	data, err := os.ReadFile(path)
	must(t, err)
	newer := strings.Replace(string(data), "{", `{"later":{"n":12345678901234567890,"list":[1, null]},"null":null,`, 1)
	must(t, os.WriteFile(path, []byte(newer), 0o600))
	for _, step := range []func() error{
		func() error { return r.Identify("a", "0", "v", "h") },
		func() error { return r.End("a", "0", launched) },
		func() error { return r.Begin(began("a", "1"), false) },
	} {
		must(t, step())
		data, err := os.ReadFile(path)
		must(t, err)
		var members map[string]json.RawMessage
		must(t, json.Unmarshal(data, &members))
		if string(members["later"]) != `{"n":12345678901234567890,"list":[1,null]}` || string(members["null"]) != "null" {
			t.Errorf("%s", data)
		}
	}
	want := began("a", "1")
	want.Earlier = []string{"h"}
	if got := all(t, r); !reflect.DeepEqual(got, []Record{want}) { // what is known does not survive: user, hash, ended
		t.Errorf("%+v", got)
	}
}

// TestLongMembers: what a newer sidecar wrote must not stand in the way of a launch.
func TestLongMembers(t *testing.T) {
	r := records(t)
	must(t, r.Begin(began("a", "0"), false))
	data, err := os.ReadFile(r.path("a"))
	must(t, err)
	room := recordLimit - len(data) - len(`"x":"",`)
	must(t, os.WriteFile(r.path("a"), []byte(strings.Replace(string(data), "{", `{"x":"`+strings.Repeat("x", room)+`",`, 1)), 0o600))
	if got := all(t, r); len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	must(t, r.Begin(began("a", "longer than the zero"), false))
	if got := all(t, r); len(got) != 1 || got[0].Operation != "longer than the zero" {
		t.Errorf("%+v", got)
	}
	long := began("a", strings.Repeat("x", recordLimit))
	if err := r.Begin(long, false); !errors.Is(err, errLongRecord) {
		t.Errorf("%v for a record that could not be read again", err)
	}
	if got := all(t, r); len(got) != 1 || got[0].Operation != "longer than the zero" {
		t.Errorf("%+v", got)
	}
}

// TestDamagedRecords are named, the others returned, and a launch or an end of that
// server sets them aside.
func TestDamagedRecords(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	whole, err := storedRecord{Record: began("damaged", "1")}.encode()
	must(t, err)
	must(t, os.WriteFile(elsewhere, whole, 0o600))
	text := func(text string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
	}
	for name, plant := range map[string]func(path string) error{
		"empty":        text(""),
		"cut short":    text(string(whole[:len(whole)/2])),
		"null":         text("null"),
		"a list":       text("[]"),
		"another type": text(`{"name":"damaged","hash":7}`),
		"no name":      text(`{"operation":"1"}`),
		"another name": text(`{"name":"a"}`),
		"too long":     text(`{"name":"damaged"}` + strings.Repeat(" ", recordLimit)),
		"a link":       func(path string) error { return os.Symlink(elsewhere, path) },
		"a folder":     func(path string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			r := records(t)
			must(t, r.Begin(began("a", "1"), false))
			path := r.path("damaged")
			planted := func() {
				t.Helper()
				must(t, plant(path))
				got, err := r.All()
				if err == nil || !strings.Contains(err.Error(), path) || len(got) != 1 || got[0].Name != "a" {
					t.Fatalf("%+v, %v", got, err)
				}
			}
			planted()
			if err := r.Identify("damaged", "1", "u", "h"); err == nil {
				t.Error("a damaged record was identified")
			}
			if err := r.End("damaged", "1", launched); err == nil {
				t.Error("a damaged record was ended")
			}
			if _, err := r.All(); err == nil {
				t.Error("the damaged record is no longer told of")
			}
			must(t, r.Begin(began("damaged", "2"), false))
			if got := all(t, r); len(got) != 2 || !reflect.DeepEqual(got[1], began("damaged", "2")) {
				t.Errorf("after the launch: %+v", got)
			}
			if _, err := os.Lstat(path + recordDamaged); err != nil {
				t.Error("it was not set aside:", err)
			}
			if data, err := os.ReadFile(elsewhere); err != nil || string(data) != string(whole) {
				t.Errorf("the link was followed: %q, %v", data, err)
			}
		})
	}
}

// TestNothingIsWrittenForNothing: a look that shows nothing new takes no lock and
// makes no folder.
func TestNothingIsWrittenForNothing(t *testing.T) {
	r := records(t)
	must(t, r.Identify("a", "1", "u", "h"))
	must(t, r.End("a", "1", launched))
	if got := all(t, r); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Dir(r.dir)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a folder was made:", err)
	}
	must(t, r.Begin(began("a", "1"), false))
	must(t, r.Identify("a", "1", "u", "h"))
	before, err := os.Stat(r.path("a"))
	must(t, err)
	r.disk.flock = func(string) (*heldLock, error) { return nil, errors.New("locked for nothing") }
	must(t, r.Identify("a", "1", "u", "h"))
	if after, err := os.Stat(r.path("a")); err != nil || !os.SameFile(before, after) {
		t.Error("written for nothing:", err)
	}
}

// TestTemporaryRecordsAreSwept, which a killed process left.
func TestTemporaryRecordsAreSwept(t *testing.T) {
	r := records(t)
	must(t, r.Begin(began("a", "1"), false))
	left := filepath.Join(r.dir, "."+filepath.Base(r.path("b"))+".tmp")
	must(t, os.WriteFile(left, []byte("{"), 0o600))
	if got := all(t, r); len(got) != 1 {
		t.Errorf("%+v", got)
	}
	want := []string{filepath.Base(r.path("a")), recordsLock}
	r.Sweep()
	if got := list(t, r.dir); !slices.Equal(got, want) {
		t.Errorf("by itself: %v, want %v", got, want)
	}
	must(t, os.WriteFile(left, []byte("{"), 0o600))
	must(t, r.Begin(began("a", "2"), false))
	if got := list(t, r.dir); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestRecordsOfManyWriters: no step of any of them is lost.
func TestRecordsOfManyWriters(t *testing.T) {
	r := records(t)
	var all4 []*process
	const times = 8
	for i := range 4 {
		all4 = append(all4, start(t, "records", r.dir, fmt.Sprint("process", i), fmt.Sprint(times)))
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if err := recordMany(r.dir, fmt.Sprint("goroutine", i), times); err != nil {
				t.Error(err)
			}
			if _, err := r.All(); err != nil {
				t.Error("while others write:", err)
			}
		})
	}
	wg.Wait()
	for _, p := range all4 {
		if err := p.Wait(); err != nil {
			out, _ := p.out.ReadString(0)
			t.Fatal(err, out)
		}
	}
	got := all(t, r)
	if len(got) != 9 {
		t.Fatalf("%d records", len(got))
	}
	for _, rec := range got {
		switch {
		case rec.Name == "shared": // each writer's last hash is the current one, or an earlier one
			if n := len(rec.Earlier); rec.Hash == "" || n != 7 {
				t.Errorf("%d earlier servers in %+v", n, rec)
			}
		case rec.Ended.IsZero() || len(rec.Earlier) != times-1:
			t.Errorf("%+v", rec)
		}
	}
}
