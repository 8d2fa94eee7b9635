package provision

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/skysim"
)

// Whatever an estimate offers can be launched as it is handed back: a spot offer's place is
// a zone, which no launch takes for a region (SkyPilot: "Invalid region 'us-east-1a'"). The
// launches are SkyPilot's own: what a service does around one takes long.
func TestEachOfferCanBeLaunched(t *testing.T) {
	t.Parallel()
	for _, spot := range []bool{false, true} {
		inWorld(t, func(w *world) {
			s := w.start().unwatched()
			estimate, err := s.Estimate(ctx, schema.EstimateParams{Spec: schema.Spec{UseSpot: spot, CPUs: "8+", Memory: "8+"}})
			if err != nil {
				t.Fatal(err)
			}
			zones, machines := 0, map[string]skysim.Machine{}
			for i, o := range estimate.Offers {
				if o.Currency != "USD" || o.UseSpot != spot || o.HourlyCost > 0 && o.WorstMonthlyCost < 744*o.HourlyCost-0.005 {
					t.Errorf("%+v", o)
				}
				if o.Zone != "" {
					zones++
				}
				w.launchOffer(s, fmt.Sprintf("n%d", i), o)
			}
			time.Sleep(5 * time.Minute) // no request takes longer
			made, err := w.control.Machines()
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range made {
				machines[m.Cluster] = m
			}
			for i, o := range estimate.Offers {
				if m := machines[fmt.Sprintf("n%d", i)]; m.Cloud != o.Cloud || m.Spot != o.UseSpot || o.Region != "" && m.Region != o.Region || o.Zone != "" && m.Zone != o.Zone {
					t.Errorf("%+v: what was made is %+v", o, m)
				}
			}
			t.Logf("spot %v: %d offers, %d of them of a zone", spot, len(estimate.Offers), zones)
			if len(estimate.Offers) < 10 || spot && zones < 5 {
				t.Error("too few to show anything")
			}
		})
	}
}

func (w *world) launchOffer(s *sidecar, name string, o schema.Offer) {
	w.t.Helper()
	docker := false
	preview, err := s.Preview(ctx, schema.SpecParams{Spec: schema.Spec{
		Name: name, Cloud: o.Cloud, Region: o.Region, Zone: o.Zone, InstanceType: o.InstanceType, UseSpot: o.UseSpot, Docker: &docker,
	}})
	if err != nil || len(preview.Problems) > 0 {
		w.t.Errorf("%+v is refused: %+v, %v", o, preview.Problems, err)
		return
	}
	if err := os.WriteFile(filepath.Join(w.dir, "task.yaml"), []byte(preview.YAML), 0o600); err != nil {
		w.t.Fatal(err)
	}
	result, err := w.runner.Run(ctx, sky.Call{Program: "sky", Args: preview.Command[1:], Dir: w.dir})
	if err != nil || result.Code != 0 {
		w.t.Errorf("%+v: %v, exit %d: %s%s", o, err, result.Code, result.Stdout, result.Stderr)
	}
}

// The list holds what the spec's limit permits; nothing left is told with the cheapest.
func TestOffersAreBounded(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.start().unwatched()
		for _, tt := range []struct {
			limit float64
			none  bool
		}{{0.2, false}, {0.05, true}} {
			got, err := s.Estimate(ctx, schema.EstimateParams{Spec: schema.Spec{Cloud: "aws", InstanceType: "m6i.xlarge", MaxHourlyCost: tt.limit}})
			if !tt.none {
				if err != nil || len(got.Offers) != 1 || got.Offers[0].DiskMonthlyCost != 14.22 || got.Offers[0].HourlyCost != 0.192 || !strings.Contains(got.Sentence, "$0.192 an hour") {
					t.Errorf("at most %v: %+v, %v", tt.limit, got, err)
				}
				continue
			}
			if e := wantKind(t, err, schema.KindInvalidSpec); e.Field != "spec.maxHourlyCost" || !strings.Contains(e.Message, "$0.192") {
				t.Errorf("at most %v: %v", tt.limit, e)
			}
		}
	})
}
