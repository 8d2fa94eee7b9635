//go:build unix

package vault

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/vault/vaulttest"
	"carapace/schema"
)

var largeFile = flag.Bool("large", false, "a file of more than 4 GiB is mirrored, too: it takes a minute, and that much of the disk")

// The rows of the tables in docs/vaults.md, "Special cases", through a real sshd.
func TestSpecialCases(t *testing.T) {
	t.Parallel()
	vaulttest.SpecialCases(t, behindSSHD(t).another(t))
}

// A file of more than 4 GiB is compared by size and time, and arrives whole.
func TestALargeFile(t *testing.T) {
	t.Parallel()
	if !*largeFile {
		t.Skip("only with -large")
	}
	m := behindSSHD(t)
	m.must(os.WriteFile(m.here("f"), []byte("begin"), 0o644), os.Truncate(m.here("f"), 4<<30+5))
	f, err := os.OpenFile(m.here("f"), os.O_WRONLY, 0)
	m.must(err)
	_, err = f.WriteAt([]byte("end"), 4<<30+2)
	m.must(err, f.Close())
	m.Compare = schema.CompareSizeAndTime
	m.mirrored()
	var sums [2]string
	for i, path := range []string{m.here("f"), m.there("f")} {
		file, err := os.Open(path)
		m.must(err)
		sum := sha256.New()
		n, err := io.Copy(sum, file)
		m.must(err, file.Close())
		sums[i] = fmt.Sprintf("%d bytes, SHA-256 %x", n, sum.Sum(nil))
	}
	if sums[0] != sums[1] {
		t.Errorf("here %s, there %s", sums[0], sums[1])
	}
	t.Log(sums[1])
}

// A file that is changed in the second in which it was brought has the same size and time there for rsync: the next
// mirror by size and time left it as it was.
func TestAChangeInTheSecondOfAMirror(t *testing.T) {
	t.Parallel()
	m := behindSSHD(t)
	second := time.Now().Truncate(time.Second)
	var last *lifecycle.MirroredVault
	for i, contents := range []string{"one", "two"} {
		at := second.Add(time.Duration(i+1) * 100 * time.Millisecond)
		m.must(os.WriteFile(m.here("f"), []byte(contents), 0o644), os.Chtimes(m.here("f"), at, at))
		now, problem := LookThrough(t.Context(), schema.VaultPublic, m.Local, last)
		if problem != nil {
			t.Fatal(problem)
		}
		m.Compare = Compare(false, now)
		d := m.compare(now)
		if _, errs, code := m.run(m.Mirror(d.plan(m.Local, 0)), nil); code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		if got, err := os.ReadFile(m.there("f")); err != nil || string(got) != contents {
			t.Errorf("by %s it is %q there, %v", m.Compare, got, err)
		}
		last = &now.MirroredVault
		last.Began, last.At = now.Began, time.Now()
	}
}

// The table of what changes here while it is on its way, likewise.
func TestFilesThatChangeDuringAMirror(t *testing.T) {
	t.Parallel()
	m := behindSSHD(t)
	vaulttest.ChangesDuringAMirror(t, func(t *testing.T) vaulttest.Slow {
		t.Helper()
		t.Parallel()
		return m.another(t)
	})
}
