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

// TestMirrorBesidePlainRsync prints what a look and a mirror take beside rsync -a over the
// same sshd, one after the other.
func TestMirrorBesidePlainRsync(t *testing.T) {
	if !*measure {
		t.Skip("only with -measure")
	}
	m := behindSSHD(t)
	m.Compare = schema.CompareSizeAndTime
	timed := func(work func()) time.Duration {
		began := time.Now()
		work()
		return time.Since(began)
	}
	for _, size := range []struct {
		what  string
		files int
		bytes int64
	}{{"500 MB in one file", 1, 500 << 20}, {"100,000 files of 100 bytes", 100_000, 100}, {"10,000 files of 100 bytes", 10_000, 100}} {
		m.Local, m.Remote = t.TempDir(), t.TempDir()
		random := rand.NewChaCha8([32]byte{})
		for i := range size.files {
			folder := m.here(fmt.Sprint(i / 1000))
			m.must(os.MkdirAll(folder, 0o755))
			f, err := os.Create(filepath.Join(folder, fmt.Sprint(i)))
			m.must(err)
			_, err = io.CopyN(f, random, size.bytes)
			m.must(err, f.Close())
		}
		plainTo := t.TempDir()
		plain := []string{"-a", "--delete", "-e", sshCommand(m.SSH), m.Local + "/", "node:" + plainTo + "/"}
		run := func(args []string) func() {
			return func() {
				if _, errs, code := m.run(args, nil); code != 0 {
					t.Fatalf("exit %d: %s", code, errs)
				}
			}
		}
		first := timed(run(plain))
		ours := timed(func() { m.look(); run(m.Mirror(Plan{MaxDelete: 0, Report: ReportTotals}))() })
		t.Logf("%s: rsync -a %.2f s, a look and a mirror %.2f s: %.2f times", size.what, first.Seconds(), ours.Seconds(), ours.Seconds()/first.Seconds())
		again := timed(run(plain))
		idle := timed(func() { m.look() })
		here := timed(func() {
			if _, problem := LookThrough(t.Context(), schema.VaultPublic, m.Local); problem != nil {
				t.Fatal(problem)
			}
		})
		t.Logf("%s, nothing to do: rsync -a %.2f s, a look %.2f s, the fingerprint alone %.3f s", size.what, again.Seconds(), idle.Seconds(), here.Seconds())
		m.must(os.RemoveAll(m.Local), os.RemoveAll(m.Remote), os.RemoveAll(plainTo))
	}
}
