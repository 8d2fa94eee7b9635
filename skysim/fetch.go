package skysim

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fetchCatalogs does what SkyPilot does before it compares machines: for each cloud that it may use it
// keeps a catalog in the user's home (catalog/common.py: read_catalog). One that is there stays.
func (w *world) fetchCatalogs(t *task) error {
	for _, v := range vendors() {
		if t.Cloud != "" && t.Cloud != v.id || !w.enabled(v.id) || v.sizes[0].price == 0 {
			continue
		}
		path := filepath.Join(Home(w.dir), ".sky", "catalogs", "v8", v.id, "vms.csv")
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path+".new", []byte(v.catalog()), 0o600); err != nil {
			return err
		}
		if err := os.Rename(path+".new", path); err != nil { // another program may be reading it
			return err
		}
	}
	return nil
}

// catalog is the cloud's machines as a catalog of SkyPilot's has them, a row for each zone.
func (v vendor) catalog() string {
	var rows strings.Builder
	rows.WriteString("InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone\n")
	number := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	for i, region := range v.regions {
		zones := v.zonesOf(region)
		if len(zones) == 0 {
			zones = []string{""}
		}
		for _, s := range v.sizes {
			spot := ""
			if v.has("p") {
				spot = number(s.priceIn(i, true))
			}
			for _, zone := range zones {
				rows.WriteString(strings.Join([]string{s.name, "", "", number(s.cpus), number(s.memory), "", number(s.priceIn(i, false)), spot, `"` + region + `"`, zone}, ",") + "\n")
			}
		}
	}
	return rows.String()
}
