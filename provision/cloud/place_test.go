package cloud

import "testing"

// The names are those of SkyPilot's catalogs.
func TestPlace(t *testing.T) {
	for _, tt := range []struct {
		cloud, name  string
		byZone       bool
		region, zone string
	}{
		{"aws", "us-east-1", false, "us-east-1", ""},
		{"aws", "us-east-1a", true, "us-east-1", "us-east-1a"},
		{"aws", "us-gov-west-1b", true, "us-gov-west-1", "us-gov-west-1b"},
		{"aws", "us-west-2-lax-1a", true, "us-west-2", "us-west-2-lax-1a"},
		{"aws", "eu-central-1", true, "eu-central-1", ""},
		{"gcp", "us-central1-a", false, "us-central1", "us-central1-a"}, // it compares zones of any machine
		{"gcp", "us-central1", false, "us-central1", ""},
		{"ibm", "us-south-1", true, "us-south", "us-south-1"},
		{"ibm", "eu-de", true, "eu-de", ""},
		{"runpod", "US-KS-2", true, "", "US-KS-2"},
		{"runpod", "US", false, "US", ""},
		{"oci", "EU-FRANKFURT-1-AD-1", true, "", "EU-FRANKFURT-1-AD-1"},
		{"azure", "eastus", true, "eastus", ""}, // no zones
		{"vast", "Germany, DE, EU", true, "Germany, DE, EU", ""},
		{"slurm", "my-slurm", true, "my-slurm", ""},
		{"kubernetes", "kind-carapace", true, "kind-carapace", ""},
	} {
		c, _ := Find(tt.cloud)
		if region, zone := c.Place(tt.name, tt.byZone); region != tt.region || zone != tt.zone {
			t.Errorf("%s %q: region %q and zone %q, want %q and %q", tt.cloud, tt.name, region, zone, tt.region, tt.zone)
		}
	}
}

func TestDiskPrices(t *testing.T) {
	aws, _ := Find("aws")
	for _, tt := range []struct {
		region, tier string
		want         float64 // of 100 GB
		known        bool
	}{
		{"us-east-1", "", 14.22, true},
		{"us-east-1", "medium", 14.22, true},
		{"us-east-1", "ultra", 0, false},
		{"eu-west-1", "", 0, false},
	} {
		price, known := aws.DiskPriceIn(tt.region, tt.tier)
		if got := price.Monthly(100); known != tt.known || got-tt.want > 1e-9 || tt.want-got > 1e-9 {
			t.Errorf("%s, tier %q: %v (%v), want %v (%v)", tt.region, tt.tier, got, known, tt.want, tt.known)
		}
	}
	for _, c := range All() {
		for _, p := range c.Disks {
			if len(p.Tiers) == 0 || len(p.Regions) == 0 || p.GBMonth <= 0 || p.Source == "" || len(p.AsOf) != len("2026-11") {
				t.Errorf("%s: a price without a place, a source or a date: %+v", c.ID, p)
			}
		}
	}
}
