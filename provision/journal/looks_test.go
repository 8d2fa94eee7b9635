package journal

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"carapace/provision/lifecycle"
)

var someLooks = map[string]lifecycle.Look{"node": {
	Begun: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), CheckedAt: time.Date(2026, 1, 2, 3, 4, 9, 0, time.UTC),
	Failures: 2, Since: time.Date(2026, 1, 2, 3, 5, 0, 0, time.UTC),
}}

func TestLooksAreShared(t *testing.T) {
	dir := t.TempDir()
	one, other := open(t, dir), open(t, dir)
	if looks, stamp := other.Looks(); looks != nil || !stamp.Same(Stamp{}) {
		t.Errorf("before the first look there is %v", looks)
	}
	wrote, err := one.ShareLooks(context.Background(), someLooks)
	if err != nil {
		t.Fatal(err)
	}
	looks, stamp := other.Looks()
	if !maps.Equal(looks, someLooks) {
		t.Errorf("got %v, want %v", looks, someLooks)
	}
	if !stamp.Same(wrote) || !other.LooksStamp().Same(wrote) {
		t.Error("the stamps differ for the same file")
	}
	again, err := one.ShareLooks(context.Background(), someLooks)
	if err != nil || again.Same(wrote) {
		t.Errorf("a second write has the stamp of the first (%v)", err)
	}
}

func TestDamagedLooksAreNone(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	if err := os.WriteFile(filepath.Join(dir, looksFile), []byte(`{"node":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if looks, _ := j.Looks(); looks != nil {
		t.Errorf("got %v out of a damaged file", looks)
	}
	if _, err := j.ShareLooks(context.Background(), someLooks); err != nil {
		t.Errorf("a damaged file can't be written anew: %v", err)
	}
}

func TestLooksThatTheDiskRefusesLeaveTheOldOnes(t *testing.T) {
	j := open(t, t.TempDir())
	if _, err := j.ShareLooks(context.Background(), someLooks); err != nil {
		t.Fatal(err)
	}
	j.disk.create = func(string) (file, error) { return nil, syscall.ENOSPC }
	if _, err := j.ShareLooks(context.Background(), nil); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want no space left", err)
	}
	if looks, _ := j.Looks(); !maps.Equal(looks, someLooks) {
		t.Errorf("the old looks are %v", looks)
	}
}

func TestALookThatWasCutShortIsSwept(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, "."+looksFile+".tmp")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
