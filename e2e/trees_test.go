//go:build e2e && linux

package e2e

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// treeNames mean something to a shell, to rsync or to a terminal, are no UTF-8, or differ in
// letter case or composition alone.
var treeNames = []string{
	"a", "A", "two words", " first", "last ", "-rf", "--delete", ".gitignore", ".skyignore", "*", "[b]", "$(touch x)", "`id`", "it's", `"`, `\`, `\#012`,
	"of two\nlines", "ä", "a\u0308", "日本", "\xff", "user@host:x", "*deleting   z", strings.Repeat("n", 255),
}

// treed is a sidecar with one running server, whose public vault is grown at random.
type treed struct {
	lab.World
	*scenario.Peer
	*rand.Rand
	here, there string
}

// TestTrees mirrors random trees, with random edits on both sides, into the lab's machine by the
// sidecar's own sync: names, kinds, permissions and contents are the same afterwards, or it was
// refused, which names the vault, and the server is as it was. TREES is how many.
//
//	TREES=1000 go test -tags e2e -run TestTrees -v -timeout 12h ./e2e
func TestTrees(t *testing.T) {
	trees, _ := strconv.Atoi(os.Getenv("TREES"))
	if trees < 1 {
		t.Skip("set TREES to how many are mirrored: a launch, and a quarter of a minute for each")
	}
	w := treed{}
	w.Clear(t)
	t.Cleanup(func() { w.Clear(t) })
	stage := scenario.NewStage(t, t.TempDir())
	w.Peer = scenario.Start(t, w.Command(t, stage))
	launched := scenario.Call(t, w.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.AWS().Small()})
	if f := w.end(t, launched); f.Operation.State != schema.OperationSucceeded {
		t.Fatalf("the launch ended %s: %+v", f.Operation.State, f.Operation.Error)
	}
	w.here, w.there = filepath.Join(stage.Project, "data", "public"), scenario.Inside(w.Disk(t, stage), scenario.RemotePublic)
	same, entries, refused := 0, 0, 0
	for seed := range trees {
		w.Rand = rand.New(rand.NewPCG(uint64(seed), 14)) // the same trees each time
		for range 5 + w.IntN(30) {
			w.edit(t, w.here)
		}
		for range w.IntN(15) {
			w.edit(t, w.there)
		}
		before := list(t, w.there)
		f := w.end(t, scenario.Call(t, w.Peer, schema.ClusterSync, schema.SyncParams{Name: scenario.ClusterName, AllowDeletions: w.IntN(2) == 0}))
		want := before
		switch e := f.Operation.Error; {
		case f.Operation.State == schema.OperationSucceeded:
			same++
			want = list(t, w.here)
			entries += len(want)
		case e != nil && e.Field == schema.VaultPublic.Field() && e.Hint != "" && (e.Kind == schema.KindDeletionsRefused || e.Kind == schema.KindInvalidSpec):
			refused++
		default:
			t.Fatalf("tree %d: the sync ended %s: %+v", seed, f.Operation.State, e)
		}
		if got := list(t, w.there); !slices.Equal(got, want) {
			t.Fatalf("tree %d, the sync %s: on the server\n%s\nnot\n%s", seed, f.Operation.State, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	t.Logf("%d trees in the lab: %d mirrors of %d entries, all the same afterwards; %d refused, and nothing was changed", trees, same, entries, refused)
}

// end waits for an operation's end.
func (w treed) end(t *testing.T, accepted schema.OperationResult) schema.Finished {
	t.Helper()
	return scenario.Await(t, w.Peer, schema.OperationFinished, "the end of the "+string(accepted.Operation.Kind), w.Patience(),
		func(f schema.Finished) bool { return f.Operation.ID == accepted.Operation.ID })
}

// edit makes one change somewhere below a folder. What can't be done is left.
func (w treed) edit(t *testing.T, root string) {
	t.Helper()
	folders, all := []string{}, []string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		if path != root {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(folders[w.IntN(len(folders))], treeNames[w.IntN(len(treeNames))])
	if len(all) > 0 && w.IntN(3) == 0 {
		at = all[w.IntN(len(all))]
	}
	switch w.IntN(8) {
	case 0:
		_ = os.Mkdir(at, 0o755)
	case 1, 2, 3:
		_ = os.WriteFile(at, w.contents(), 0o644)
	case 4:
		_ = os.Symlink(treeNames[w.IntN(len(treeNames))], at)
	case 5:
		_ = os.RemoveAll(at)
	case 6: // other contents of the same size and time
		info, err := os.Lstat(at)
		if err != nil || !info.Mode().IsRegular() {
			return
		}
		contents := make([]byte, info.Size())
		for i := range contents {
			contents[i] = byte(w.Uint32())
		}
		_ = os.WriteFile(at, contents, 0o600)
		_ = os.Chtimes(at, info.ModTime(), info.ModTime())
	case 7: // a file in a folder's place, or a folder in a file's
		info, err := os.Lstat(at)
		_ = os.RemoveAll(at)
		if err == nil && info.IsDir() {
			_ = os.WriteFile(at, w.contents(), 0o600)
		} else {
			_ = os.Mkdir(at, 0o700)
		}
	}
}

func (w treed) contents() []byte {
	contents := make([]byte, []int{0, 1, 100, 70000}[w.IntN(4)])
	for i := range contents {
		contents[i] = byte(w.IntN(4))
	}
	return contents
}

// list is every name below a folder with its kind, permissions, target and checksum.
func list(t *testing.T, root string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		what := ""
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			what, err = os.Readlink(path)
		case entry.Type().IsRegular():
			var contents []byte
			contents, err = os.ReadFile(path)
			what = fmt.Sprintf("%x", sha256.Sum256(contents))
		}
		lines = append(lines, fmt.Sprintf("%q %v %q", strings.TrimPrefix(path, root), info.Mode(), what))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
