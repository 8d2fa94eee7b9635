//go:build unix

package vaulttest

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carapace/schema"
)

// Slow is a Machine whose mirror can be slowed down.
type Slow interface {
	Machine
	// Slowly is a mirror of 4 MiB a second at most. midway is called once while the first file
	// is on its way, and stands still. It returns rsync's exit code and what is said of it.
	Slowly(midway func()) (code int, problem *schema.Error)
}

// ChangesDuringAMirror is the table in docs/vaults.md of what changes while a mirror is under way. What is
// changed here while it is on its way: whole files are there afterwards, which of them are not
// the same is found by the next look, and the next mirror makes them so. machine is called for
// each row.
func ChangesDuringAMirror(t *testing.T, machine func(t *testing.T) Slow) {
	t.Helper()
	large := make([]byte, 4<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(large) // it does not get smaller on its way
	for name, tt := range map[string]struct {
		change func(vault string) error // while "b" is on its way
		code   int
		kind   schema.Kind // what is said; "": nothing
	}{
		"one that has not begun vanishes": {func(in string) error { return os.Remove(filepath.Join(in, "c")) }, 24, ""},
		"a folder vanishes":               {func(in string) error { return os.RemoveAll(filepath.Join(in, "d")) }, 24, ""},
		"one that has not begun grows":    {func(in string) error { return appendTo(filepath.Join(in, "c"), "more") }, 0, ""},
		"one that has not begun shrinks":  {func(in string) error { return os.Truncate(filepath.Join(in, "c"), 1) }, 0, ""},
		"one on its way grows":            {func(in string) error { return appendTo(filepath.Join(in, "b"), "more") }, 0, ""},
		"one on its way is another":       {func(in string) error { return replace(filepath.Join(in, "b"), "other") }, 0, ""},
		"one on its way vanishes":         {func(in string) error { return os.Remove(filepath.Join(in, "b")) }, 0, ""},
		"one on its way shrinks":          {func(in string) error { return os.Truncate(filepath.Join(in, "b"), 100) }, 23, schema.KindInterrupted},
		"a new one":                       {func(in string) error { return os.WriteFile(filepath.Join(in, "e"), []byte("new"), 0o644) }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine(t)
			m.Here("empty")
			m.There("empty")
			m.Here("write", "b", string(large), at)
			m.Here("write", "c", "small", at)
			m.Here("write", "d/f", "deep", at)
			code, problem := m.Slowly(func() {
				if err := tt.change(m.Local()); err != nil {
					t.Error(err)
				}
			})
			if code != tt.code || tt.kind == "" && problem != nil || tt.kind != "" && (problem == nil || problem.Kind != tt.kind) {
				t.Errorf("exit %d, %+v", code, problem)
			}
			if there := m.There("summary"); strings.Contains(there, "/.") {
				t.Errorf("a part is seen: %s", there)
			}
			mirror(t, m)
			if got, want := m.There("summary"), m.Here("summary"); got != want {
				t.Errorf("%s\n%s", got, want)
			}
		})
	}
}

func appendTo(path, more string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(more)
	return errors.Join(err, f.Close())
}

// replace puts another file in one's place, as editors do.
func replace(path, contents string) error {
	beside := path + ".new"
	return errors.Join(os.WriteFile(beside, []byte(contents), 0o644), os.Rename(beside, path))
}
