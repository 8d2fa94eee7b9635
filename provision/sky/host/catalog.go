package host

import (
	"io"
	"os"
	"path/filepath"
	"time"

	"carapace/provision/sky"
)

// maxCatalog bounds what is read of a catalog, in bytes.
const maxCatalog = 128 << 20

// Catalog reads SkyPilot's catalog of a cloud, in the newest of its forms, and when SkyPilot fetched it.
// home is that of the user who runs sky. The error is os.ErrNotExist where SkyPilot has none yet. It
// blocks for reading the file.
func Catalog(home, cloud string) ([]sky.CatalogRow, time.Time, error) {
	found, err := filepath.Glob(filepath.Join(home, ".sky", filepath.FromSlash(sky.CatalogPattern(cloud))))
	if err != nil {
		return nil, time.Time{}, err
	}
	path, fetched := "", time.Time{}
	for _, one := range found {
		if info, err := os.Stat(one); err == nil && info.ModTime().After(fetched) {
			path, fetched = one, info.ModTime()
		}
	}
	if path == "" {
		return nil, time.Time{}, os.ErrNotExist
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer file.Close()
	rows, err := sky.ParseCatalog(io.LimitReader(file, maxCatalog))
	return rows, fetched, err
}
