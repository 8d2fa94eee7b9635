package provision

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carapace/provision/sky"
	"carapace/provision/sky/host"
	"carapace/schema"
	"carapace/skysim"
)

// The regions and sizes of a cloud are those that a launch takes. SkyPilot is asked once, until it
// has a catalog.
func TestRegionsAndSizes(t *testing.T) {
	inWorld(t, func(w *world) {
		calls := &counted{Runner: w.runner}
		s := w.start(func(c *Config) { c.Runner = calls })
		regions, err := s.Regions(ctx, schema.ProviderRegionsParams{Cloud: "AWS"})
		if err != nil || len(regions.Regions) != 5 || regions.Regions[0] != (schema.Region{ID: "eu-central-1", Name: "Frankfurt, Germany", Sizes: 6}) || regions.AsOf.IsZero() {
			t.Fatalf("%+v, %v", regions, err)
		}
		asked := calls.dryRuns()
		sizes, err := s.Sizes(ctx, schema.ProviderSizesParams{Cloud: "aws"})
		if err != nil || sizes.More || sizes.Currency != "USD" || sizes.Basis == "" || len(sizes.Sizes) != 4 {
			t.Fatalf("%+v, %v", sizes, err)
		}
		first := sizes.Sizes[0]
		if first.InstanceType != "m6i.xlarge" || first.Region != "us-east-1" || first.HourlyCost != 0.192 || first.SpotHourlyCost != 0.077 || first.Name != "4 vCPUs, 16 GB memory" {
			t.Errorf("the cheapest is %+v", first)
		}
		if !slices.IsSortedFunc(sizes.Sizes, func(a, b schema.Size) int { return int(1e6 * (a.HourlyCost - b.HourlyCost)) }) {
			t.Errorf("not the cheapest first: %+v", sizes.Sizes)
		}
		there, err := s.Sizes(ctx, schema.ProviderSizesParams{Cloud: "aws", Region: "us-east-2", CPUs: "8", Memory: "0+"})
		if err != nil || len(there.Sizes) != 1 || there.Sizes[0].InstanceType != "m6i.2xlarge" || there.Sizes[0].Region != "us-east-2" || there.Sizes[0].HourlyCost <= 0.384 {
			t.Errorf("%+v, %v", there, err)
		}
		if asked != 1 || calls.dryRuns() != 1 {
			t.Errorf("SkyPilot was asked %d times at first, then %d", asked, calls.dryRuns())
		}
	})
}

// counted counts the estimates that SkyPilot is asked for.
type counted struct {
	sky.Runner
	n int
}

func (c *counted) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if slices.Contains(call.Args, "--dryrun") {
		c.n++
	}
	return c.Runner.Run(ctx, call)
}

func (c *counted) dryRuns() int { return c.n }

func TestRegionsAndSizesThatAreRefused(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.start()
		for _, c := range []struct {
			p     schema.ProviderSizesParams
			kind  schema.Kind
			field string
		}{
			{schema.ProviderSizesParams{Cloud: "nowhere"}, schema.KindInvalidParams, "cloud"},
			{schema.ProviderSizesParams{Cloud: "kubernetes"}, schema.KindUnsupported, "cloud"},
			{schema.ProviderSizesParams{Cloud: "aws", CPUs: "lots"}, schema.KindInvalidParams, "cpus"},
			{schema.ProviderSizesParams{Cloud: "aws", Memory: "-1"}, schema.KindInvalidParams, "memory"},
			{schema.ProviderSizesParams{Cloud: "aws", Region: "mars-1"}, schema.KindInvalidParams, "region"},
		} {
			_, err := s.Sizes(ctx, c.p)
			if e := wantKind(t, err, c.kind); e.Field != c.field {
				t.Errorf("%+v: the field is %q", c.p, e.Field)
			}
		}
		w.inject("credentials_invalid", "")
		_, err := s.Regions(ctx, schema.ProviderRegionsParams{Cloud: "azure"}) // of which there is no catalog yet
		if e, ok := err.(*schema.Error); !ok || e.Hint == "" {                 //nolint:errorlint // the service wraps none
			t.Errorf("without a catalog, and without credentials to get one: %v", err)
		}
		remote := w.start(func(c *Config) {
			c.StateDir, c.Endpoint = filepath.Join(w.dir, "other"), host.Endpoint{URL: "https://sky.example"}
		})
		_, err = remote.Regions(ctx, schema.ProviderRegionsParams{Cloud: "aws"})
		wantKind(t, err, schema.KindUnsupported)
	})
}

// A cloud has more machine types than fit into a message: the cheapest are told.
func TestManySizes(t *testing.T) {
	inWorld(t, func(w *world) {
		path := filepath.Join(skysim.Home(filepath.Join(w.dir, "cloud")), ".sky", "catalogs", "v8", "aws", "vms.csv")
		rows := "InstanceType,vCPUs,MemoryGiB,Price,Region\n"
		for i := range 2000 {
			rows += fmt.Sprintf("type%d,8,32,%d,us-east-1\n", i, 2000-i)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
		sizes, err := w.start().Sizes(ctx, schema.ProviderSizesParams{Cloud: "aws"})
		if err != nil || !sizes.More || sizes.Sizes[0].InstanceType != "type1999" || len(sizes.Sizes) < 50 || sizeOf(sizes) > maxList+1024 {
			t.Errorf("%d sizes, %d bytes, more: %t, %v", len(sizes.Sizes), sizeOf(sizes), sizes.More, err)
		}
		if strings.Contains(sizes.Basis, "{") {
			t.Errorf("the basis is %q", sizes.Basis)
		}
	})
}
