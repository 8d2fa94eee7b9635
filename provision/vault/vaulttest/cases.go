//go:build unix

package vaulttest

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"carapace/schema"
)

// Machine is the public vault here, the folder on a server that it is mirrored to, and what
// brings it there. Its methods fail the test.
type Machine interface {
	// Local is the vault's folder.
	Local() string
	// Here and There do a deed of Do in the vault, and in the folder on the server.
	Here(deed ...string) string
	There(deed ...string) string
	// Sync makes the folder there the same by contents, or returns why it is refused.
	Sync(allowDeletions bool) *schema.Error
	// Look says what a mirror would do.
	Look(by schema.Comparison) schema.VaultChange
}

func differs(c schema.VaultChange) bool { return c.Added+c.Changed+c.Deleted > 0 }

// special is a row of the tables in docs/vaults.md, "Special cases".
type special struct {
	name    string
	prepare func(m Machine) error // why it can't be tested here
	check   func(t *testing.T, m Machine)
}

// at is the time of a file that is given one.
const at = "1000000000"

var cases = []special{
	{"hard links", func(m Machine) error {
		m.Here("write", "hard/a", "1", at)
		m.Here("link", "hard/a", "hard/b")
		return nil
	}, func(t *testing.T, m Machine) {
		if m.There("same", "hard/a", "hard/b") != "false" || m.There("read", "hard/a")+m.There("read", "hard/b") != "11" {
			t.Error("they are one file there, too, or not the same")
		}
	}},
	{"a hard link on the server to what is outside of the vault", func(m Machine) error {
		m.There("write", "../outside/linked", "theirs", at)
		m.There("write", "outer/other", "", at)
		m.There("link", "../outside/linked", "outer/f")
		m.Here("write", "outer/f", "ours", at)
		return nil
	}, func(t *testing.T, m Machine) {
		if kept := m.There("read", "../outside/linked"); kept != "theirs" || m.There("read", "outer/f") != "ours" {
			t.Errorf("what is outside became %q", kept)
		}
	}},
	{"a link on the server that leads out of the vault", func(m Machine) error {
		m.There("write", "../outside/folder/kept", "theirs", at)
		m.There("symlink", "../outside/folder", "leads out")
		m.Here("write", "leads out/f", "ours", at)
		return nil
	}, func(t *testing.T, m Machine) {
		if left := m.There("list", "../outside/folder"); left != `---------- "kept"` || m.There("read", "leads out/f") != "ours" {
			t.Errorf("the mirror followed it: %v", left)
		}
	}},
	{"a sparse file", func(m Machine) error {
		m.Here("write", "sparse", "begin", at)
		return os.Truncate(filepath.Join(m.Local(), "sparse"), 3<<20)
	}, func(t *testing.T, m Machine) {
		if m.There("read", "sparse") != m.Here("read", "sparse") {
			t.Error("the contents differ")
		}
		here, errHere := strconv.Atoi(m.Here("blocks", "sparse"))
		there, errThere := strconv.Atoi(m.There("blocks", "sparse"))
		if errHere != nil || errThere != nil || there < here {
			t.Errorf("%d blocks here, %d there", here, there)
		}
	}},
	{"extended attributes", func(m Machine) error {
		m.Here("write", "attributes", "1", at)
		return unix.Setxattr(filepath.Join(m.Local(), "attributes"), "user.tag", []byte("red"), 0)
	}, func(t *testing.T, m Machine) {
		if m.Here("attribute", "attributes", "user.tag") != "red" || m.There("attribute", "attributes", "user.tag") != "" {
			t.Error("they are brought, or were not there")
		}
	}},
	{"names that differ in letter case or composition alone", func(m Machine) error {
		for _, name := range alike {
			m.Here("write", "alike/"+name, name, at)
		}
		if strings.Count(m.Here("list", "alike"), "\n") != len(alike)-1 {
			return errors.New("this disk takes some of them for one")
		}
		return nil
	}, func(t *testing.T, m Machine) {
		for _, name := range alike {
			if got := m.There("read", "alike/"+name); got != name {
				t.Errorf("%q holds %q", name, got)
			}
		}
	}},
	{"names in any encoding", func(m Machine) error {
		m.Here("write", "names/a", "", at)
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(m.Local(), "names", name), nil, 0o644); err != nil && !errors.Is(err, syscall.EILSEQ) {
				return err
			}
		}
		return nil
	}, func(t *testing.T, m Machine) {
		if got, want := m.There("list", "names"), m.Here("list", "names"); got != want || got == "" {
			t.Errorf("%q\n%q", got, want)
		}
	}},
	{"a socket", func(m Machine) error {
		m.There("write", "taken", "theirs", at)
		return errors.Join(socket(filepath.Join(m.Local(), "socket")), socket(filepath.Join(m.Local(), "taken")))
	}, func(t *testing.T, m Machine) {
		if here, there := m.Here("list", "."), m.There("list", "."); !strings.Contains(here, `"socket"`) || strings.Contains(there, `"socket"`) {
			t.Errorf("here\n%s\nthere\n%s", here, there)
		}
		if m.There("read", "taken") != "theirs" {
			t.Error("what has its name there does not stay")
		}
	}},
	{"a pipe on the server", func(m Machine) error {
		m.There("write", "pipes/other", "", at)
		m.There("pipe", "pipes/p")
		m.There("pipe", "pipes/q")
		m.Here("write", "pipes/p", "file", at)
		return nil
	}, func(t *testing.T, m Machine) {
		if got := m.There("list", "pipes"); got != `---------- "p"` || m.There("read", "pipes/p") != "file" {
			t.Errorf("it has %s", got)
		}
	}},
	{"a folder in a file's place, and a file in a folder's", func(m Machine) error {
		m.There("write", "swap/becomes a folder", "1", at)
		m.There("write", "swap/becomes a file/f", "1", at)
		m.Here("write", "swap/becomes a folder/f", "2", at)
		m.Here("write", "swap/becomes a file", "2", at)
		return nil
	}, func(t *testing.T, m Machine) {
		if m.There("read", "swap/becomes a folder/f") != "2" || m.There("read", "swap/becomes a file") != "2" {
			t.Error("they are not the ones here")
		}
	}},
	{"the time of a folder and of a file", func(m Machine) error {
		m.Here("write", "times/f", "brought", at)
		m.Here("symlink", "f", "times/l")
		file, folder := time.Unix(1e9, 123456789), time.Unix(1, 0)
		return errors.Join(os.Chtimes(filepath.Join(m.Local(), "times/f"), file, file), os.Chtimes(filepath.Join(m.Local(), "times"), folder, folder))
	}, func(t *testing.T, m Machine) {
		if file, folder := m.There("time", "times/f"), m.There("time", "times"); file != "1000000000123456789" || folder != "1000000000" {
			t.Errorf("of the file %s, of the folder %s", file, folder)
		}
	}},
	{"a file that was changed on the server with its size and time kept", func(m Machine) error {
		m.Here("write", "kept", "ours!", at)
		m.There("write", "kept", "their", at)
		return nil
	}, func(t *testing.T, m Machine) {
		if got := m.There("read", "kept"); got != "ours!" {
			t.Errorf("it holds %q", got)
		}
	}},
}

// socket makes one. Its path when it is made is at most some 100 bytes long.
func socket(path string) error {
	short, err := os.MkdirTemp("", "s")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(short) }()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(short, "s"), Net: "unix"})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	return errors.Join(listener.Close(), os.Rename(filepath.Join(short, "s"), path))
}

var alike = []string{"README", "readme", "Readme", "a\u0308", "\u00e4"}

// SpecialCases plays each row of the tables, all of them in one mirror: each has names of its own.
func SpecialCases(t *testing.T, m Machine) {
	t.Helper()
	m.Here("empty")
	m.There("empty")
	untested := map[string]error{}
	for _, one := range cases {
		if err := one.prepare(m); err != nil {
			untested[one.name] = err
		}
	}
	bySize, byContents := m.Look(schema.CompareSizeAndTime), m.Look(schema.CompareContents)
	if slices.Contains(bySize.FirstChanged, "kept") {
		t.Error("size and time show other contents")
	}
	if !slices.Contains(byContents.FirstChanged, "kept") {
		t.Error("a checksum does not show other contents")
	}
	for _, name := range []string{"swap/becomes a folder", "swap/becomes a file/f"} {
		if !slices.Contains(bySize.FirstDeleted, name) {
			t.Errorf("a look tells only of %q that they would be deleted", bySize.FirstDeleted)
		}
	}
	mirror(t, m)
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			if err := untested[one.name]; err != nil {
				t.Skipf("NOT TESTED: %v", err)
			}
			one.check(t, m)
		})
	}

	almost := time.Unix(1e9, 123456789).Add(time.Millisecond)
	if err := os.Chtimes(filepath.Join(m.Local(), "times/f"), almost, almost); err != nil {
		t.Fatal(err)
	}
	if d := m.Look(schema.CompareContents); differs(d) {
		t.Errorf("rsync sees less than a second now, and docs/vaults.md says that it does not: %+v", d)
	}
	before := m.There("summary")
	for name, make := range map[string]func(path string) error{
		"pipe": func(path string) error { return unix.Mkfifo(path, 0o600) },
		"device": func(path string) error {
			return unix.Mknod(path, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))) // only root can
		},
	} {
		t.Run("a "+name, func(t *testing.T) {
			if err := make(filepath.Join(m.Local(), name)); err != nil {
				t.Skipf("NOT TESTED: %v", err)
			}
			if refusal := m.Sync(true); refusal == nil || refusal.Kind != schema.KindInvalidSpec || !strings.Contains(refusal.Message, name+" in the public vault is a pipe or a device") {
				t.Errorf("%+v", refusal)
			}
			if m.There("summary") != before {
				t.Error("a mirror that was refused has changed something there")
			}
			if err := os.Remove(filepath.Join(m.Local(), name)); err != nil {
				t.Error(err)
			}
		})
	}
}

// mirror makes the server's the same, whatever goes there.
func mirror(t testing.TB, m Machine) {
	t.Helper()
	if refusal := m.Sync(true); refusal != nil {
		t.Fatalf("%+v", refusal)
	}
	if d := m.Look(schema.CompareContents); differs(d) {
		t.Fatalf("after the mirror there are differences: %+v", d)
	}
}
