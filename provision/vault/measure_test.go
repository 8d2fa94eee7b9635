//go:build unix

package vault

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carapace/schema"
)

var measure = flag.Bool("measure", false, "measure mirrors beside plain rsync: see bench/vaults.sh")

// measured is how often each is measured. The least is told: what others do on the machine only
// adds to it.
const measured = 3

// TestMirrorBesidePlainRsync prints what a mirror takes with all that goes before it (the look
// through the vault here, the comparison) beside rsync -a over the same sshd, in turns. Each
// rsync has a connection of its own, as on a server.
func TestMirrorBesidePlainRsync(t *testing.T) {
	if !*measure {
		t.Skip("only with -measure")
	}
	m := behindSSHD(t)
	m.SSH = append(m.SSH, "-o", "ControlPath=none")
	for _, size := range []struct {
		what  string
		files int
		bytes int64
	}{{"500 MB in one file", 1, 500 << 20}, {"100,000 files of 100 bytes", 100_000, 100}, {"10,000 files of 100 bytes", 10_000, 100}} {
		m.Local = t.TempDir()
		random := rand.NewChaCha8([32]byte{})
		for i := range size.files {
			folder := m.here(fmt.Sprint(i / 1000))
			m.must(os.MkdirAll(folder, 0o755))
			f, err := os.Create(filepath.Join(folder, fmt.Sprint(i)))
			m.must(err)
			_, err = io.CopyN(f, random, size.bytes)
			m.must(err, f.Close())
		}
		least := map[string]time.Duration{}
		timed := func(what string, work func()) {
			began := time.Now()
			work()
			if took := time.Since(began); least[what] == 0 || took < least[what] {
				least[what] = took
			}
		}
		plainTo := filepath.Join(t.TempDir(), "plain")
		run := func(args []string) {
			if _, errs, code := m.run(args, nil); code != 0 {
				t.Fatalf("exit %d: %s", code, errs)
			}
		}
		plain := func() {
			run([]string{"-a", "--delete", "-e", sshCommand(m.SSH), m.Local + "/", "node:" + plainTo + "/"})
		}
		through := func() {
			if _, problem := LookThrough(t.Context(), schema.VaultPublic, m.Local); problem != nil {
				t.Fatal(problem)
			}
		}
		for range measured {
			m.must(os.RemoveAll(plainTo), os.Mkdir(plainTo, 0o755))
			timed("plain", plain)
			timed("plain, nothing to do", plain)
			for _, by := range []schema.Comparison{schema.CompareSizeAndTime, schema.CompareContents} {
				m.Compare, m.Remote = by, filepath.Join(filepath.Dir(plainTo), "ours")
				m.must(os.Mkdir(m.Remote, 0o755))
				timed(string(by), func() {
					through()
					plan := m.look().plan(m.Local, 0)
					plan.Report = ReportTotals
					run(m.Mirror(plan))
				})
				timed(string(by)+", nothing to do", func() { through(); m.look() })
				m.must(os.RemoveAll(m.Remote))
			}
			timed("through", through)
		}
		for _, end := range []string{"", ", nothing to do"} {
			first := least["plain"+end].Seconds()
			for _, by := range []schema.Comparison{schema.CompareSizeAndTime, schema.CompareContents} {
				ours := least[string(by)+end].Seconds()
				t.Logf("%s%s: rsync -a %.2f s, a mirror by %s %.2f s: %.2f times", size.what, end, first, by, ours, ours/first)
			}
		}
		t.Logf("%s: the look through the vault here %.3f s of it", size.what, least["through"].Seconds())
		m.must(os.RemoveAll(m.Local), os.RemoveAll(plainTo))
	}
}
