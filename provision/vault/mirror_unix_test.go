//go:build unix

package vault

import (
	"fmt"
	"os"
	"path/filepath"
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
	out, code := rsync(t, to.args(readIn(to.remote()), "./", "--dry-run", "--itemize-changes"))
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
