//go:build unix

package vaulttest

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carapace/schema"
)

// names are what files may be called on this system: what means something to a shell, to
// rsync or to a terminal, what is no UTF-8, and what differs in letter case or composition
// alone.
var names = []string{
	"a", "A", "b c", " leading", "trailing ", "-rf", "--delete", ".hidden", ".gitignore", "*", "?", "[a]", "{x,y}", "$(touch pwned)", "`x`", "$HOME", "it's", `quo"te`,
	`back\slash`, `\#012`, "line\nbreak", "tab\there", "ä", "a\u0308", "Ü", "日本語", "🦀", "\xff\xfe", "caf\xe9", "a:b", "user@host:x", "#x", "~", "%41", ";ls", "|", "&", "<>", "=", "+", ",",
	strings.Repeat("n", 255), strings.Repeat("ü", 127), "con", "x.log", "*deleting   z", ">f+++++++++ z", "e\u202ev", "\x1b[31m",
}

// grower makes random trees and changes them.
type grower struct{ *rand.Rand }

// newGrower grows the same for a seed each time.
func newGrower(seed uint64) grower { return grower{rand.New(rand.NewPCG(seed, 14))} }

func (g grower) name() string {
	name := names[g.IntN(len(names))]
	if name == ".gitignore" || g.IntN(3) > 0 || len(name) > 200 {
		return name
	}
	return name + strconv.Itoa(g.IntN(5))
}

// entries are the folders of a tree, the root first, and all that is in it.
func entries(root string) (folders, all []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
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
	return folders, all, err
}

// grow makes so many changes.
func (g grower) grow(root string, changes int) error {
	for range changes {
		if err := g.change(root); err != nil {
			return err
		}
	}
	return nil
}

// change makes one change somewhere in a tree. What can't be done, as a file where a folder
// is, is left.
func (g grower) change(root string) error {
	folders, all, err := entries(root)
	if err != nil {
		return err
	}
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
	return nil
}

func (g grower) contents() []byte {
	contents := make([]byte, []int{0, 1, 100, 5000, 70000}[g.IntN(5)])
	for i := range contents {
		contents[i] = byte(g.IntN(4)) // it may be compressed, and blocks are the same again
	}
	return contents
}

// Tally is what has become of random trees. Its zero value is none. It is safe for concurrent use.
type Tally struct {
	mu                                      sync.Mutex
	trees, mirrors, entries, refused, links int
}

func (c *Tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%d trees: %d mirrors of %d entries, all the same afterwards; %d refused for their deletions, %d for a link",
		c.trees, c.mirrors, c.entries, c.refused, c.links)
}

func (c *Tally) add(trees, mirrors, entries, refused, links int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trees, c.mirrors, c.entries, c.refused, c.links = c.trees+trees, c.mirrors+mirrors, c.entries+entries, c.refused+refused, c.links+links
}

// RandomTree grows a tree, the same for a seed each time, changes both sides and mirrors it,
// three times. Whatever is done to them, after a mirror both are the same, or it was refused,
// with a reason, and nothing was changed there; and nothing here, whatever became of it.
func RandomTree(t testing.TB, m Machine, seed uint64, count *Tally) {
	t.Helper()
	g := newGrower(seed)
	m.Here("empty")
	m.There("empty")
	for round := range 3 {
		m.Here("grow", strconv.FormatUint(g.Uint64(), 10), strconv.Itoa(5+g.IntN(40)))
		if round > 0 {
			m.There("grow", strconv.FormatUint(g.Uint64(), 10), strconv.Itoa(g.IntN(15)))
			if g.IntN(8) == 0 { // a disk that is not there
				m.Here("empty")
			}
		}
		here, there := m.Here("summary"), m.There("summary")
		want := here
		allowed, held, gone := g.IntN(2) == 0, files(there), lost(there, here)
		refusal := m.Sync(allowed)
		switch {
		case refusal == nil && !allowed && gone > 10 && gone*10 > len(held):
			t.Fatalf("tree %d: %d of %d files were deleted without a question", seed, gone, len(held))
		case refusal == nil:
			count.add(0, 1, strings.Count(here, "\n"), 0, 0)
			if after := m.Look(schema.CompareContents); differs(after) {
				t.Fatalf("tree %d: after the mirror there are differences: %+v", seed, after)
			}
		case refusal.Kind == schema.KindDeletionsRefused:
			count.add(0, 0, 0, 1, 0)
			want = there
			if deleted := m.Look(schema.CompareContents).Deleted; deleted != gone || !strings.Contains(refusal.Message, strconv.Itoa(deleted)) {
				t.Fatalf("tree %d: %d files would go, %d are told of: %+v", seed, gone, deleted, refusal)
			}
		default:
			count.add(0, 0, 0, 0, 1)
			want = there
			if refusal.Kind != schema.KindInvalidSpec || refusal.Field != "spec.vaults.public" || refusal.Hint == "" {
				t.Fatalf("tree %d: %+v", seed, refusal)
			}
		}
		if got := m.There("summary"); got != want {
			t.Fatalf("tree %d: there\n%s\nwanted\n%s", seed, got, want)
		}
		if got := m.Here("summary"); got != here {
			t.Fatalf("tree %d: something was written into the vault: it was\n%s\nand is\n%s", seed, here, got)
		}
	}
	count.add(1, 0, 0, 0, 0)
}

// files are the names in a summary of what is no folder.
func files(summary string) map[string]bool {
	names := map[string]bool{}
	for line := range strings.Lines(summary) {
		if name, err := strconv.QuotedPrefix(line); err == nil && !strings.HasPrefix(line[len(name):], " d") {
			names[name] = true
		}
	}
	return names
}

// lost is how many files there a mirror has to delete: those whose name is no file's here.
func lost(there, here string) (n int) {
	kept := files(here)
	for name := range files(there) {
		if !kept[name] {
			n++
		}
	}
	return n
}
