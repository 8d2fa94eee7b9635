package host

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// SkyPilot keeps a folder for each form of its catalogs; after an update the older one stays.
func TestTheNewestCatalogIsRead(t *testing.T) {
	home := t.TempDir()
	if _, _, err := Catalog(home, "aws"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without one: %v", err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for form, age := range map[string]time.Duration{"v8": time.Hour, "v10": 0, "v9": 2 * time.Hour} {
		path := filepath.Join(home, ".sky", "catalogs", form, "aws", "vms.csv")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("InstanceType,Region,Price\n"+form+",x,1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at.Add(-age), at.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	rows, fetched, err := Catalog(home, "aws")
	if err != nil || len(rows) != 1 || rows[0].InstanceType != "v10" || !fetched.Equal(at) {
		t.Errorf("%+v of %s, %v", rows, fetched, err)
	}
}
