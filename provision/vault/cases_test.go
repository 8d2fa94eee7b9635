//go:build unix

package vault

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"carapace/schema"
)

var largeFile = flag.Bool("large", false, "a file of more than 4 GiB is mirrored, too: it takes a minute, and that much of the disk")

// Each is a row of the table in docs/vaults.md, "Special cases", through a real sshd.
func TestSpecialCases(t *testing.T) {
	t.Parallel()
	m := behindSSHD(t)
	for name, play := range map[string]func(t *testing.T, m machine){
		"hard links": func(t *testing.T, m machine) {
			m.must(os.WriteFile(m.here("a"), []byte("1"), 0o644), os.Link(m.here("a"), m.here("b")))
			m.mirrored()
			a, errA := os.Stat(m.there("a"))
			b, errB := os.Stat(m.there("b"))
			if m.must(errA, errB); os.SameFile(a, b) {
				t.Error("they are one file there, too")
			}
		},
		"a hard link on the server to what is outside of the vault": func(t *testing.T, m machine) {
			outside := filepath.Join(t.TempDir(), "outside")
			m.must(os.WriteFile(outside, []byte("theirs"), 0o644), os.Link(outside, m.there("f")), os.WriteFile(m.here("f"), []byte("ours"), 0o644))
			m.mirrored()
			if kept, _ := os.ReadFile(outside); string(kept) != "theirs" {
				t.Errorf("what is outside became %q", kept)
			}
		},
		"a link on the server that leads out of the vault": func(t *testing.T, m machine) {
			outside := t.TempDir()
			m.must(os.WriteFile(filepath.Join(outside, "kept"), []byte("theirs"), 0o644), os.Symlink(outside, m.there("d")), os.Mkdir(m.here("d"), 0o755), os.WriteFile(m.here("d/f"), nil, 0o644))
			m.mirrored()
			if left, _ := os.ReadDir(outside); len(left) != 1 || left[0].Name() != "kept" {
				t.Errorf("the mirror followed it: %v", left)
			}
		},
		"a sparse file": func(t *testing.T, m machine) {
			m.must(os.WriteFile(m.here("s"), []byte("begin"), 0o644), os.Truncate(m.here("s"), 3<<20))
			m.mirrored()
			here, errHere := os.ReadFile(m.here("s"))
			there, errThere := os.ReadFile(m.there("s"))
			if m.must(errHere, errThere); !bytes.Equal(here, there) {
				t.Error("the contents differ")
			}
			if here, there := blocks(t, m.here("s")), blocks(t, m.there("s")); there < here {
				t.Errorf("%d blocks here, %d there", here, there)
			}
		},
		"extended attributes": func(t *testing.T, m machine) {
			m.must(os.WriteFile(m.here("x"), []byte("1"), 0o644))
			if err := unix.Setxattr(m.here("x"), "user.tag", []byte("red"), 0); err != nil {
				t.Skipf("NOT TESTED: no extended attributes here: %v", err)
			}
			m.mirrored()
			if _, err := unix.Getxattr(m.there("x"), "user.tag", make([]byte, 10)); err == nil {
				t.Error("they are brought")
			}
		},
		"names that differ in letter case or composition alone": func(t *testing.T, m machine) {
			all := []string{"README", "readme", "Readme", "a\u0308", "\u00e4"}
			for _, name := range all {
				m.must(os.WriteFile(m.here(name), []byte(name), 0o644))
			}
			if there, _ := os.ReadDir(m.Local); len(there) != len(all) {
				t.Skip("NOT TESTED: this disk takes some of them for one")
			}
			m.mirrored()
			for _, name := range all {
				if got, err := os.ReadFile(m.there(name)); err != nil || string(got) != name {
					t.Errorf("%q holds %q, %v", name, got, err)
				}
			}
		},
		"names in any encoding": func(t *testing.T, m machine) {
			for _, name := range names {
				if err := os.WriteFile(m.here(name), nil, 0o644); err != nil && !errors.Is(err, syscall.EILSEQ) {
					t.Fatal(err)
				}
			}
			m.mirrored()
			if got, want := summary(t, m.Remote), summary(t, m.Local); !slices.Equal(got, want) {
				t.Errorf("%q\n%q", got, want)
			}
		},
		"a pipe": func(t *testing.T, m machine) {
			m.must(syscall.Mkfifo(m.here("p"), 0o600))
			if _, problem := LookThrough(t.Context(), schema.VaultPublic, m.Local); problem == nil || problem.Kind != schema.KindInvalidSpec || !strings.Contains(problem.Message, "p in the public vault is a pipe") {
				t.Errorf("%+v", problem)
			}
		},
		"a socket": func(t *testing.T, m machine) {
			m.must(os.RemoveAll(m.Local))
			var err error
			m.Local, err = os.MkdirTemp("", "s") //nolint:usetesting // a socket's path is at most some 100 bytes long
			m.must(err)
			defer func() { _ = os.RemoveAll(m.Local) }()
			listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", m.here("s"))
			m.must(err)
			defer func() { _ = listener.Close() }()
			if upload, problems := Scan(t.Context(), Paths{Public: m.Local}); len(problems) != 0 || upload.Vaults[0].LeftOut != 1 {
				t.Errorf("%+v, %+v", upload, problems)
			}
			m.mirrored()
			if _, err := os.Lstat(m.there("s")); err == nil {
				t.Error("it is brought")
			}
		},
		"a pipe on the server": func(_ *testing.T, m machine) {
			m.must(syscall.Mkfifo(m.there("p"), 0o600), os.WriteFile(m.here("p"), []byte("file"), 0o644), syscall.Mkfifo(m.there("q"), 0o600))
			m.mirrored()
		},
		"the time of a folder, a link and a file": func(t *testing.T, m machine) {
			m.must(os.Mkdir(m.here("d"), 0o755), os.WriteFile(m.here("d/f"), nil, 0o644), os.Symlink("f", m.here("d/l")), os.Chtimes(m.here("d"), time.Unix(1, 0), time.Unix(1, 0)))
			m.mirrored()
			if info, err := os.Stat(m.there("d")); err != nil || info.ModTime().Unix() != 1 {
				t.Errorf("%v, %v", info, err)
			}
			at := time.Unix(1e9, 123456789)
			m.must(os.WriteFile(m.here("d/f"), []byte("brought"), 0o644), os.Chtimes(m.here("d/f"), at, at))
			m.mirrored()
			if info, err := os.Stat(m.there("d/f")); err != nil || !info.ModTime().Equal(at) {
				t.Errorf("the time of a file that is brought: %v, %v", info.ModTime(), err)
			}
			almost := at.Add(time.Millisecond)
			m.must(os.Chtimes(m.here("d/f"), almost, almost))
			if d := m.look(); d.Any {
				t.Errorf("rsync sees less than a second now, and docs/vaults.md says that it does not: %+v", d)
			}
		},
		"a file that was changed on the server with its size and time kept": func(t *testing.T, m machine) {
			at := time.Unix(1e9, 0)
			for path, contents := range map[string]string{m.here("f"): "ours!", m.there("f"): "their"} {
				m.must(os.WriteFile(path, []byte(contents), 0o644), os.Chtimes(path, at, at))
			}
			m.Compare = schema.CompareSizeAndTime
			if m.look().Changed != 0 {
				t.Error("size and time show it")
			}
			m.Compare = schema.CompareContents
			if m.look().Changed != 1 {
				t.Error("a checksum does not show it")
			}
			m.mirrored()
		},
		"a large file": func(t *testing.T, m machine) {
			if !*largeFile {
				t.Skip("only with -large")
			}
			m.must(os.WriteFile(m.here("f"), []byte("begin"), 0o644), os.Truncate(m.here("f"), 4<<30+5))
			f, err := os.OpenFile(m.here("f"), os.O_WRONLY, 0)
			m.must(err)
			_, err = f.WriteAt([]byte("end"), 4<<30+2)
			m.must(err, f.Close())
			m.Compare = schema.CompareSizeAndTime
			m.mirrored()
			end := make([]byte, 3)
			g, err := os.Open(m.there("f"))
			m.must(err)
			_, err = g.ReadAt(end, 4<<30+2)
			if m.must(err, g.Close()); string(end) != "end" {
				t.Errorf("it ends with %q", end)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			one := *m
			one.t, one.Local, one.Remote = t, t.TempDir(), t.TempDir()
			play(t, one)
		})
	}
}

func blocks(t *testing.T, path string) int64 {
	t.Helper()
	var at syscall.Stat_t
	if err := syscall.Stat(path, &at); err != nil {
		t.Fatal(err)
	}
	return at.Blocks
}

// What is changed here while it is on its way: whole files are there afterwards, which of
// them are not the same is found by the next look, and the next mirror makes them so.
func TestFilesThatChangeDuringAMirror(t *testing.T) {
	t.Parallel()
	m := behindSSHD(t)
	for name, tt := range map[string]struct {
		change func(m machine) error // while "b" is on its way
		code   int
		kind   schema.Kind // what is said; "": nothing
	}{
		"one that has not begun vanishes": {func(m machine) error { return os.Remove(m.here("c")) }, 24, ""},
		"a folder vanishes":               {func(m machine) error { return os.RemoveAll(m.here("d")) }, 24, ""},
		"one that has not begun grows":    {func(m machine) error { return appendTo(m.here("c"), "more") }, 0, ""},
		"one that has not begun shrinks":  {func(m machine) error { return os.Truncate(m.here("c"), 1) }, 0, ""},
		"one on its way grows":            {func(m machine) error { return appendTo(m.here("b"), "more") }, 0, ""},
		"one on its way is another":       {func(m machine) error { return replace(m.here("b"), "other") }, 0, ""},
		"one on its way vanishes":         {func(m machine) error { return os.Remove(m.here("b")) }, 0, ""},
		"one on its way shrinks":          {func(m machine) error { return os.Truncate(m.here("b"), 100) }, 23, schema.KindInterrupted},
		"a new one":                       {func(m machine) error { return os.WriteFile(m.here("e"), []byte("new"), 0o644) }, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := *m
			one.t, one.Local, one.Remote = t, t.TempDir(), t.TempDir()
			large := make([]byte, 4<<20)
			_, _ = rand.NewChaCha8([32]byte{}).Read(large)
			one.must(os.WriteFile(one.here("b"), large, 0o644), os.WriteFile(one.here("c"), []byte("small"), 0o644),
				os.Mkdir(one.here("d"), 0o755), os.WriteFile(one.here("d/f"), []byte("deep"), 0o644))
			args := append([]string{"--bwlimit=4096"}, one.Mirror(Plan{MaxDelete: 100, Report: ReportTotals})...)
			_, errs, code := one.run(args, func() { one.must(tt.change(one)) }) // the first number is printed with the first block of b
			problem := ExplainRsync(errs, code)
			if code != tt.code || tt.kind == "" && problem != nil || tt.kind != "" && (problem == nil || problem.Kind != tt.kind) {
				t.Errorf("exit %d, %+v: %s", code, problem, errs)
			}
			for _, line := range summary(t, one.Remote) {
				if strings.Contains(line, "/.") {
					t.Errorf("a part is seen: %s", line)
				}
			}
			one.mirrored()
			if got, want := summary(t, one.Remote), summary(t, one.Local); !slices.Equal(got, want) {
				t.Errorf("%q\n%q", got, want)
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
