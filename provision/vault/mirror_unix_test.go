//go:build unix

package vault

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A look changes no owner, and reads through a link of another owner, which rsync 3.5 as
// root refuses to follow itself.
func TestALookChangesNoOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can give files away")
	}
	const container, user = 4711, 4712
	local := tree(t, map[string]string{"same": "1", "new": "2"})
	base := tree(t, map[string]string{"real/same": "1", "real/of a container/deep": "3"})
	real, remote := filepath.Join(base, "real"), filepath.Join(base, "link")
	link(t, real, remote)
	for path, owner := range map[string]int{remote: user, filepath.Join(real, "of a container"): container, filepath.Join(real, "of a container", "deep"): container} {
		if err := os.Lchown(path, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	owners := func() (all []string) {
		for _, name := range []string{"link", "real/same", "real/of a container", "real/of a container/deep"} {
			info, err := os.Lstat(filepath.Join(base, name))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, fmt.Sprint(name, " ", info.Sys().(*syscall.Stat_t).Uid))
		}
		return all
	}
	before := owners()
	to := Transfer{Local: local, Alias: "node", Remote: remote}
	out, code := rsync(t, to.args(readIn(to.remote()), "./", []string{"--dry-run", "--itemize-changes"}), "")
	var d Differences
	for line := range strings.Lines(out) {
		d.Line(strings.TrimSuffix(line, "\n"))
	}
	if code != 0 || !slices.Equal(d.FirstAdded, []string{"new"}) || !slices.Equal(d.FirstDeleted, []string{"of a container/deep"}) {
		t.Errorf("exit %d: %s: %+v", code, out, d)
	}
	if after := owners(); !slices.Equal(after, before) {
		t.Errorf("%q became %q", before, after)
	}
}

// A line that breaks costs what was on its way, not what has arrived of a large file; until
// it is whole nothing of it is seen in the vault, and a mirror that succeeds leaves no part.
func TestABrokenMirrorGoesOnWhereItWas(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	large := make([]byte, 8<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(large) // it does not get smaller on its way
	local, remote := tree(t, map[string]string{"large": string(large)}), t.TempDir()
	parts := filepath.Join(home, ".carapace", "partial", "public")
	if err := os.MkdirAll(parts, 0o700); err != nil {
		t.Fatal(err)
	}
	to := Transfer{Local: local, Alias: "node", Remote: remote}
	args := to.args(goOn("public"), to.remote(), nil)
	if out, code := rsync(t, args, `dd bs=32k count=150 status=none | `); code == 0 { // the connection ends after some 4 MiB
		t.Fatalf("it did not break: %s", out)
	}
	part, err := os.Stat(filepath.Join(parts, "large"))
	if seen, _ := os.ReadDir(remote); err != nil || part.Size() < 1<<20 || len(seen) != 0 {
		t.Fatalf("the part: %v, in the vault: %v", err, seen)
	}
	out, code := rsync(t, append([]string{"--stats"}, args...), "")
	matched := regexp.MustCompile(`Matched data: ([\d,]+)`).FindStringSubmatch(out)
	if code != 0 || matched == nil || len(matched[1]) < len("1,000,000") {
		t.Errorf("exit %d: it began anew: %s", code, out)
	}
	if got, err := os.ReadFile(filepath.Join(remote, "large")); err != nil || !bytes.Equal(got, large) {
		t.Errorf("the file is another: %v", err)
	}
	if _, err := os.Stat(parts); !os.IsNotExist(err) {
		t.Errorf("the parts stay: %v", err)
	}
}
