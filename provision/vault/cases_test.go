//go:build unix

package vault

import (
	"flag"
	"os"
	"testing"

	"carapace/provision/vault/vaulttest"
	"carapace/schema"
)

var largeFile = flag.Bool("large", false, "a file of more than 4 GiB is mirrored, too: it takes a minute, and that much of the disk")

// The rows of the tables in docs/vaults.md, "Special cases", through a real sshd.
func TestSpecialCases(t *testing.T) {
	t.Parallel()
	vaulttest.SpecialCases(t, behindSSHD(t).another(t))
}

// A file of more than 4 GiB is compared by size and time.
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
	if end, err := vaulttest.Do(m.Remote, "last", "f", "3"); err != nil || end != "end" {
		t.Errorf("it ends with %q, %v", end, err)
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
