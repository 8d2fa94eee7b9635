package vault

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// What rsyncs of macOS print: 2.6.9 of older ones, openrsync (Apple's rsync-182) of newer. Both
// were built from their sources and run on Linux against rsync 3.5.0 over a real sshd, on a vault
// with a new file, a changed one, one with other contents alone, a link and a name with a line's
// end, whose folder on the server had three entries more.
var macs = []string{"rsync2.6.9", "openrsync182"}

func recorded(t *testing.T, what, by string) string {
	t.Helper()
	all, err := os.ReadFile(filepath.Join("testdata", what+"_"+by+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestRecordedLooks(t *testing.T) {
	for _, by := range macs {
		for what, changed := range map[string][]string{"look": {"f1"}, "look_contents": {"f1", "same"}} {
			var d Differences
			for line := range strings.Lines(recorded(t, what, by)) {
				d.Line(strings.TrimSuffix(line, "\n"))
			}
			added, deleted := []string{"big", "line\ufffdbreak", "link", "Ü b", "d/x"}, []string{"old/gone", "gone"}
			if !slices.Equal(d.FirstAdded, added) || !slices.Equal(d.FirstChanged, changed) || !slices.Equal(d.FirstDeleted, deleted) || d.Deletions != 3 {
				t.Errorf("%s of %s: %+v", what, by, d)
			}
			if d.ByContents != (what == "look_contents") || d.Brought.Files != len(added)-1+len(changed) {
				t.Errorf("%s of %s: %+v", what, by, d)
			}
		}
	}
}

func TestRecordedProgress(t *testing.T) {
	for _, by := range macs {
		if got := ReportOf(recorded(t, "version", by)); got != ReportItems {
			t.Errorf("%s: %v", by, got)
		}
		asked := map[string]bool{}
		m := Meter{Total: Amount{100, 100}, Size: func(name string) int64 { asked[name] = true; return 2 }}
		m.Take([]byte(recorded(t, "itemize", by)), time.Unix(0, 0))
		if m.Done != (Amount{6, 12}) || !asked["line\nbreak"] || !asked["d/x"] || asked["link"] {
			t.Errorf("%s: %+v of %v", by, m.Done, asked)
		}
	}
}

// openrsync ends without a line "rsync error"; the exit code is the same.
func TestRecordedMaxDelete(t *testing.T) {
	for _, by := range macs {
		said := recorded(t, "max_delete", by)
		if e := ExplainRsync(said, 25); e == nil || e.Kind != schema.KindDeletionsRefused || e.Hint == "" || SaidNothing(said) {
			t.Errorf("%s: %+v", by, e)
		}
	}
}
