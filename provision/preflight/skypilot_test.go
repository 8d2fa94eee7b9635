package preflight

import (
	"strings"
	"testing"

	"carapace/provision/sky"
)

// What a SkyPilot lacks is said of the versions that lack it.
func TestLimitsOfAVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string][]string{
		"0.12.0":   {"can't limit what a machine costs", "some seconds later"},
		"0.12.1":   {"some seconds later"},
		"0.13.0":   {"some seconds later"},
		"0.15.0":   {"some seconds later"},
		sky.Tested: nil,
	} {
		v, ok := sky.ParseVersion(version)
		if !ok {
			t.Fatal(version)
		}
		said := limits(v)
		if len(said) != len(want) {
			t.Errorf("%s: %v, want %q", version, said, want)
			continue
		}
		for i, limit := range said {
			if !strings.Contains(limit.Message(), want[i]) {
				t.Errorf("%s: %q, want %q", version, limit.Message(), want[i])
			}
		}
	}
}
