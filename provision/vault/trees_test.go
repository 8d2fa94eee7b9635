//go:build unix

package vault

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/schema"
)

var trees = flag.Int("trees", 1, "how many random trees are mirrored")

// names are what files may be called on this system: what means something to a shell, to
// rsync or to a terminal, what is no UTF-8, and what differs in letter case or composition
// alone.
var names = []string{
	"a", "A", "b c", " leading", "trailing ", "-rf", "--delete", ".hidden", ".gitignore", "*", "?", "[a]", "{x,y}", "$(touch pwned)", "`x`", "$HOME", "it's", `quo"te`,
	`back\slash`, `\#012`, "line\nbreak", "tab\there", "ä", "a\u0308", "Ü", "日本語", "🦀", "\xff\xfe", "caf\xe9", "a:b", "user@host:x", "#x", "~", "%41", ";ls", "|", "&", "<>", "=", "+", ",",
	strings.Repeat("n", 255), strings.Repeat("ü", 127), "con", "x.log", "*deleting   z", ">f+++++++++ z", "e\u202ev", "\x1b[31m",
}

// grower makes random trees and changes them.
type grower struct {
	*rand.Rand
	t testing.TB
}

func (g grower) name() string {
	name := names[g.IntN(len(names))]
	if name == ".gitignore" || g.IntN(3) > 0 || len(name) > 200 {
		return name
	}
	return name + fmt.Sprint(g.IntN(5))
}

// folders are those of a tree, the root first.
func (g grower) entries(root string) (folders, all []string) {
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			folders = append(folders, path)
		}
		if path != root {
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return folders, all
}

// change makes one change somewhere in a tree. What can't be done, as a file where a folder
// is, is left.
func (g grower) change(root string) {
	folders, all := g.entries(root)
	at := filepath.Join(folders[g.IntN(len(folders))], g.name())
	some := at
	if len(all) > 0 {
		some = all[g.IntN(len(all))]
	}
	info, err := os.Lstat(some)
	regular := err == nil && info.Mode().IsRegular()
	switch g.IntN(10) {
	case 0, 1:
		_ = os.Mkdir(at, 0o755)
	case 2, 3, 4:
		_ = os.WriteFile(at, g.contents(), 0o644)
		old := time.Unix(int64(g.IntN(2e9)), int64(g.IntN(1e9)))
		_ = os.Chtimes(at, old, old)
	case 5:
		target := g.name()
		switch g.IntN(60) { // these may leave the vault
		case 0:
			target = filepath.Join("/nonexistent", target)
		case 1:
			target = filepath.Join("..", target)
		}
		_ = os.Symlink(target, at)
	case 6:
		_ = os.RemoveAll(some)
	case 7:
		if regular || err == nil && info.IsDir() {
			_ = os.Chmod(some, []fs.FileMode{0o700, 0o755, 0o750, 0o777, 0o500 | 0o200}[g.IntN(5)])
		}
	case 8: // the same size and time, other contents: only a checksum shows it
		if regular && info.Size() > 0 {
			contents := make([]byte, info.Size())
			for i := range contents {
				contents[i] = byte(g.Uint32())
			}
			_ = os.WriteFile(some, contents, info.Mode().Perm())
			_ = os.Chtimes(some, info.ModTime(), info.ModTime())
		}
	case 9: // a file takes a folder's place, or the other way round
		_ = os.RemoveAll(some)
		if regular {
			_ = os.Mkdir(some, 0o755)
		} else {
			_ = os.WriteFile(some, g.contents(), 0o600)
		}
	}
}

func (g grower) contents() []byte {
	contents := make([]byte, []int{0, 1, 100, 5000, 70000}[g.IntN(5)])
	for i := range contents {
		contents[i] = byte(g.IntN(4)) // it may be compressed, and blocks are the same again
	}
	return contents
}

// summary is every name with its kind, permissions, time, target and checksum. rsync 3.5 leaves
// a time that differs by less than a second where nothing else does.
func summary(t testing.TB, root string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		what := ""
		switch {
		case info.Mode().IsRegular():
			contents, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			what = fmt.Sprintf("%x", sha256.Sum256(contents))
		case info.Mode()&fs.ModeSymlink != 0:
			what, _ = os.Readlink(path)
			lines = append(lines, fmt.Sprintf("%q link %q", strings.TrimPrefix(path, root), what))
			return nil
		}
		lines = append(lines, fmt.Sprintf("%q %v %d %s", strings.TrimPrefix(path, root), info.Mode(), info.ModTime().Unix(), what))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// tally is what has become of random trees. Its zero value is none.
type tally struct {
	sync.Mutex

	trees, mirrors, entries, refused, links int
}

func (c *tally) String() string {
	return fmt.Sprintf("%d trees: %d mirrors of %d entries, all the same afterwards; %d refused for their deletions, %d for a link",
		c.trees, c.mirrors, c.entries, c.refused, c.links)
}

// Whatever is done to both sides, after a mirror they are the same, or it was refused, with
// a reason, and nothing was changed there; and nothing here, whatever became of it. Two
// trees at a time: rsync mostly waits for its own processes to end.
//
//	go test ./provision/vault -run TestRandomTrees -trees 1000 -timeout 1h -v
func TestRandomTrees(t *testing.T) {
	t.Parallel()
	m, count := behindSSHD(t), &tally{}
	t.Run("grown", func(t *testing.T) {
		for first := range min(*trees, 2) {
			t.Run(fmt.Sprint(first), func(t *testing.T) {
				t.Parallel()
				for seed := first; seed < *trees && !t.Failed(); seed += 2 {
					t.Run(fmt.Sprint(seed), func(t *testing.T) {
						mirrorTree(t, *m, uint64(seed), count)
					})
					count.Lock()
					if count.trees++; count.trees%50 == 0 {
						t.Log(count)
					}
					count.Unlock()
				}
			})
		}
	})
	t.Log(count)
}

// mirrorTree grows a tree, the same for a seed each time, changes both sides and mirrors it,
// three times.
func mirrorTree(t *testing.T, m machine, seed uint64, count *tally) {
	g := grower{rand.New(rand.NewPCG(seed, 14)), t}
	m.t, m.Local, m.Remote = t, t.TempDir(), t.TempDir()
	var before *lifecycle.MirroredVault
	for round := range 3 {
		for range 5 + g.IntN(40) {
			g.change(m.Local)
		}
		if round > 0 {
			for range g.IntN(15) {
				g.change(m.Remote)
			}
			if g.IntN(8) == 0 { // a disk that is not there
				m.must(os.RemoveAll(m.Local), os.Mkdir(m.Local, 0o755))
			}
		}
		here, there := summary(t, m.Local), summary(t, m.Remote)
		now, problem := LookThrough(t.Context(), schema.VaultPublic, m.Local)
		if problem != nil {
			if problem.Field != "spec.vaults.public" || problem.Hint == "" {
				t.Fatalf("%+v", problem)
			}
			count.add(0, 0, 0, 1)
			continue
		}
		differences := m.look()
		guard := Guard{Vault: schema.VaultPublic, Local: m.Local, Before: before, Now: now, Differences: differences, Allowed: g.IntN(2) == 0}
		refusal := guard.Refusal()
		want := here
		if refusal != nil {
			if want = there; refusal.Kind != schema.KindDeletionsRefused || !strings.Contains(refusal.Message, fmt.Sprint(differences.Deleted)) {
				t.Fatalf("%+v", refusal)
			}
			count.add(0, 0, 1, 0)
		} else {
			if _, errs, code := m.run(m.Mirror(differences.plan(m.Local, guard.MaxDelete())), nil); code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
			if !differences.Any && !slices.Equal(there, here) {
				t.Fatal("the look has found no difference, and there was one")
			}
			if after := m.look(); after.Any {
				t.Fatalf("after the mirror there are differences: %+v", after)
			}
			same := now.MirroredVault
			before = &same
			count.add(1, len(here), 0, 0)
		}
		if got := summary(t, m.Remote); !slices.Equal(got, want) {
			t.Fatalf("there\n%s\nwanted\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := summary(t, m.Local); !slices.Equal(got, here) {
			t.Fatalf("something was written into the vault: it was\n%s\nand is\n%s", strings.Join(here, "\n"), strings.Join(got, "\n"))
		}
	}
}

func (c *tally) add(mirrors, entries, refused, links int) {
	c.Lock()
	defer c.Unlock()
	c.mirrors, c.entries, c.refused, c.links = c.mirrors+mirrors, c.entries+entries, c.refused+refused, c.links+links
}
