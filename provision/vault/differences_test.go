package vault

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

func read(lines ...string) (d Differences) {
	for _, line := range lines {
		d.Line(line)
	}
	return d
}

func TestDifferences(t *testing.T) {
	d := read(
		"*deleting   old/dir/f", "*deleting   old/dir/", "*deleting    two spaces", // rsync 3.5.0 printed these
		"<f.s....... ch", "<fc........ eq", ".f..t...... same", "cL+++++++++ l -> new", `<f+++++++++ line\#012break`, "cd+++++++++ sub/", ".d..t...... ./",
		"sending incremental file list", "", "created directory /x", "<f+++++++++",
	)
	if d.Added != 2 || d.Changed != 3 || d.Deleted != 2 || d.Deletions != 3 || !d.Any {
		t.Errorf("%+v", d)
	}
	if !slices.Equal(d.FirstDeleted, []string{"old/dir/f", " two spaces"}) || !slices.Equal(d.FirstAdded, []string{"l", "line\ufffdbreak"}) || !slices.Equal(d.FirstChanged, []string{"ch", "eq", "same"}) {
		t.Errorf("%q %q %q", d.FirstDeleted, d.FirstAdded, d.FirstChanged)
	}
	if old := read("*deleting gone", "<f.st.... ch", "<f+++++++ new"); old.Deleted != 1 || old.Changed != 1 || old.Added != 1 || old.FirstDeleted[0] != "gone" { // as rsync 2.6.9 writes them
		t.Errorf("%+v", old)
	}
	if same := read("", "total size is 3"); same.Any {
		t.Errorf("%+v", same)
	}
	if touched := read(".d..t...... ./"); !touched.Any || touched.Changed != 0 {
		t.Errorf("%+v", touched)
	}
}

// After a look by contents a mirror reads all again only where that makes a difference.
func TestAMirrorReadsAgainOnlyWhatALookByContentsAloneShows(t *testing.T) {
	for line, want := range map[string]bool{
		"<f+++++++++ new": false, "<fcst...... x": false, "<fcs....... x": false, "<fc.t...... x": false, "<f.st...... x": false, ".f...p..... x": false,
		"cd+++++++++ d/": false, ".d..t...... d/": false, "cLc.t...... l -> x": false, "*deleting   x": false, "<f+++++++ old": false, "<fcst.... old": false,
		"<fc........ evil": true, "<fc...p..... no flags of ours": false, "<fc...p.... x": true, ".f..t...... touched": true, "<fc...... old": true, ".f..t.... old": true,
	} {
		if got := read(line).ByContents; got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// What is on the server may be named by anybody.
func TestNamesAreForPeople(t *testing.T) {
	var d Differences
	for i := range maxNames + 5 {
		d.Line(fmt.Sprintf("*deleting   %d", i))
	}
	if d.Deleted != maxNames+5 || len(d.FirstDeleted) != maxNames {
		t.Errorf("%+v", d)
	}
	for name, want := range map[string]string{
		`\#303\#234bung`: "Übung", `\#033[31m`: "\ufffd[31m", "a\u202eb": "a\ufffdb", `\#377`: "\ufffd", `\#999`: `\#999`,
		strings.Repeat("ä", 150): strings.Repeat("ä", 48) + "…",
	} {
		if got := printable(unescape(name)); got != want {
			t.Errorf("%q is shown as %q, not %q", name, got, want)
		}
	}
}

// look runs the real rsync as a look.
func look(t *testing.T, to Transfer) (d Differences) {
	t.Helper()
	out, code := rsync(t, to.Look(), "")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	for line := range strings.Lines(out) {
		d.Line(strings.TrimSuffix(line, "\n"))
	}
	return d
}

// A look tells exactly what the mirror then does, and changes nothing.
func TestALookIsTheMirrorToCome(t *testing.T) {
	local := tree(t, map[string]string{"new": "1", "sub/new": "2", "same": "3", "longer": "long", "equal": "good", "größer\n": "4"})
	remote := tree(t, map[string]string{"same": "3", "longer": "x", "equal": "evil", "gone": "5", "old/gone": "6", "old/deep/gone": "7"})
	at := time.Unix(1e9, 0)
	for _, path := range []string{filepath.Join(local, "same"), filepath.Join(remote, "same"), filepath.Join(local, "equal"), filepath.Join(remote, "equal")} {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	before := listing(t, remote)
	to := Transfer{Local: local, Alias: "node", Remote: remote}
	d := look(t, to)
	if d.Added != 3 || d.Changed != 1 || d.Deleted != 3 || d.Deletions != 5 {
		t.Errorf("by size and time: %+v", d)
	}
	to.Compare = schema.CompareContents
	if d = look(t, to); d.Added != 3 || d.Changed != 2 || d.Deleted != 3 { // M6: size and time of "equal" were set back
		t.Errorf("by contents: %+v", d)
	}
	if after := listing(t, remote); !slices.Equal(before, after) {
		t.Errorf("a look changed the server: %q, not %q", after, before)
	}
	if out, code := rsync(t, to.Mirror(Plan{MaxDelete: d.Deletions - 1}), ""); code != 25 || ExplainRsync(out, code).Kind != schema.KindDeletionsRefused {
		t.Errorf("with fewer deletions allowed than there are: exit %d: %s", code, out)
	}
	if out, code := rsync(t, to.Mirror(Plan{MaxDelete: d.Deletions, Contents: d.ByContents}), ""); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	if got, want := listing(t, remote), listing(t, local); !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	if d = look(t, to); d.Any {
		t.Errorf("after the mirror: %+v", d)
	}
}

// A folder here that takes the place of a file there deletes it, of which --itemize-changes says nothing: eleven files went
// without a question, and a look showed no deletion.
func TestWhatGivesWayIsSeen(t *testing.T) {
	file, folder, full, toFile, toNowhere := map[string]string{"x": "1"}, map[string]string{"x/": ""}, map[string]string{"x/a": "1", "x/b/c": "1"}, "f", "nowhere"
	for name, tt := range map[string]struct {
		here, there             map[string]string
		linkHere, linkThere     string // what a link called x points to
		added, changed, deleted int
		first                   string // that is deleted
		deletions               int    // as rsync counts them
	}{
		"a folder in a file's place":         {here: folder, there: file, deleted: 1, first: "x"},
		"a full folder in a file's place":    {here: full, there: file, added: 2, deleted: 1, first: "x"},
		"a folder in a link's place":         {here: full, linkThere: toNowhere, added: 2, deleted: 1, first: "x"},
		"a new folder":                       {here: full, there: map[string]string{}, added: 2},
		"a file in a full folder's place":    {here: file, there: full, added: 1, deleted: 2, first: "x/b/c", deletions: 3},
		"a file in an empty folder's place":  {here: file, there: folder, added: 1},
		"a link in a full folder's place":    {linkHere: toFile, there: full, added: 1, deleted: 2, first: "x/b/c", deletions: 3},
		"a file in a link's place":           {here: file, linkThere: toNowhere, changed: 1},
		"a link in a link's place":           {linkHere: toFile, linkThere: toNowhere, changed: 1},
		"a link in a file's place":           {linkHere: toFile, there: file, added: 1}, // rsync does not tell that from a new one
		"one deep down, of a name that odd":  {here: map[string]string{"d/ü) mode=1\n/y": "1"}, there: map[string]string{"d/ü) mode=1\n": "1"}, added: 1, deleted: 1, first: "d/ü) mode=1\ufffd"},
		"others that are deleted beside one": {here: folder, there: map[string]string{"x": "1", "y/z": "1"}, deleted: 2, first: "y/z", deletions: 2},
	} {
		t.Run(name, func(t *testing.T) {
			local, remote := tree(t, tt.here), tree(t, tt.there)
			for root, target := range map[string]string{local: tt.linkHere, remote: tt.linkThere} {
				if target != "" {
					link(t, target, filepath.Join(root, "x"))
				}
			}
			to := Transfer{Local: local, Alias: "node", Remote: remote}
			d := look(t, to)
			if d.Added != tt.added || d.Changed != tt.changed || d.Deleted != tt.deleted || d.Deletions != tt.deletions {
				t.Errorf("%+v", d)
			}
			if tt.first != "" && (len(d.FirstDeleted) == 0 || d.FirstDeleted[0] != tt.first) {
				t.Errorf("%q would be deleted", d.FirstDeleted)
			}
			if out, code := rsync(t, to.Mirror(Plan{MaxDelete: d.Deletions, Contents: true}), ""); code != 0 {
				t.Fatalf("exit %d: %s", code, out)
			}
			if got, want := listing(t, remote), listing(t, local); !slices.Equal(got, want) {
				t.Errorf("%q\nwant\n%q", got, want)
			}
			if d = look(t, to); d.Any {
				t.Errorf("after the mirror: %+v", d)
			}
		})
	}
}

// An rsync on the server that does not know the option looks without it.
func TestALookWithAnOldRsyncThere(t *testing.T) {
	real, err := exec.LookPath("rsync")
	if err != nil {
		t.Skip("no rsync")
	}
	bin := t.TempDir()
	old := "#!/bin/sh\ncase \"$*\" in *--debug*) echo unknown option >&2; exit 1;; esac\nexec " + real + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "rsync"), []byte(old), 0o700); err != nil {
		t.Fatal(err)
	}
	to := Transfer{Local: tree(t, map[string]string{"new": "1"}), Alias: "node", Remote: tree(t, map[string]string{"gone": "1"})}
	out, code := rsync(t, to.Look(), "PATH="+bin+":$PATH; ")
	if d := read(strings.Split(out, "\n")...); code != 0 || d.Added != 1 || d.Deleted != 1 {
		t.Errorf("exit %d: %s", code, out)
	}
}

func FuzzDifferences(f *testing.F) {
	f.Add("*deleting   x/")
	f.Add(`<f+++++++++ \#303\#234 -> y`)
	f.Add("delete_item(a) mode=100644 flags=18")
	f.Fuzz(func(t *testing.T, line string) {
		d := read(line)
		for _, name := range slices.Concat(d.FirstAdded, d.FirstChanged, d.FirstDeleted) {
			if len(name) > maxName {
				t.Fatalf("%q", name)
			}
		}
	})
}
