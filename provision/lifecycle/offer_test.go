package lifecycle

import (
	"strings"
	"testing"

	"carapace/schema"
)

func TestOffers(t *testing.T) {
	at := func(cloud, region string, cost float64) Offer {
		return Offer{schema.Offer{Cloud: cloud, Region: region, InstanceType: "m6i.xlarge", HourlyCost: cost, Currency: "USD"}, false}
	}
	offers := []Offer{at("kubernetes", "kind", 0), at("aws", "us-east-1", 0.19), at("aws", "eu-west-1", 0.21), at("lambda", "us-east-1", 0.5)}
	for name, tt := range map[string]struct {
		limit float64
		want  []string
	}{
		"no limit":                  {0, []string{"kind", "us-east-1", "eu-west-1", "us-east-1"}},
		"a limit":                   {0.3, []string{"kind", "us-east-1", "eu-west-1"}},
		"what the rounding decides": {0.207, []string{"kind", "us-east-1", "eu-west-1"}}, // 0.21 may be 0.2051
		"below the rounding":        {0.2, []string{"kind", "us-east-1"}},
	} {
		got, refusal := Offers(offers, schema.Spec{DiskSize: 100, MaxHourlyCost: tt.limit})
		var regions []string
		for _, o := range got {
			regions = append(regions, o.Region)
		}
		if refusal != nil || strings.Join(regions, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%s: %v, %v, want %v", name, regions, refusal, tt.want)
		}
	}
	_, refusal := Offers(offers[1:], schema.Spec{MaxHourlyCost: 0.1})
	if refusal == nil || refusal.Kind != schema.KindInvalidSpec || refusal.Field != "spec.maxHourlyCost" || !strings.Contains(refusal.Message, "$0.19 an hour in AWS us-east-1") {
		t.Errorf("all are dearer: %v", refusal)
	}
	exact := []Offer{{at("aws", "us-east-1", 0.192).Offer, true}}
	if _, refusal := Offers(exact, schema.Spec{MaxHourlyCost: 0.19}); refusal == nil {
		t.Error("a price that is known is taken for one that is rounded")
	}
	if got, refusal := Offers(nil, schema.Spec{MaxHourlyCost: 0.1}); len(got) != 0 || refusal != nil {
		t.Errorf("of no offers: %v, %v", got, refusal)
	}
}

func TestPricesOfOffers(t *testing.T) {
	for name, tt := range map[string]struct {
		offer              Offer
		disk               int
		tier               string
		diskMonthly, worst float64
		says               string
	}{
		"the disk's price is known":     {Offer{schema.Offer{Cloud: "aws", Region: "us-east-1", HourlyCost: 0.19}, false}, 100, "", 14.22, 159.3, "ebs/pricing"}, // 744 × 0.195 + 14.22
		"of this size":                  {Offer{schema.Offer{Cloud: "gcp", Region: "us-central1", Zone: "us-central1-a", HourlyCost: 0.2}, false}, 200, "high", 34, 186.52, "as of 20"},
		"it is not known of the region": {Offer{schema.Offer{Cloud: "aws", Region: "eu-west-1", HourlyCost: 0.19}, false}, 100, "", 0, 145.08, "without the disk"},
		"a price below a cent":          {Offer{schema.Offer{Cloud: "aws", Region: "eu-west-1"}, false}, 100, "", 0, 3.72, "whole cents"},
		"the catalog's own price":       {Offer{schema.Offer{Cloud: "aws", Region: "us-east-1", HourlyCost: 0.0104}, true}, 100, "", 14.22, 21.96, "SkyPilot's catalog, and for the disk"}, // 744 × 0.0104 + 14.22
		"that, without the disk's":      {Offer{schema.Offer{Cloud: "aws", Region: "eu-west-1", HourlyCost: 0.0104}, true}, 100, "", 0, 7.74, "SkyPilot's catalog; without traffic"},
		"the user's own machines":       {Offer{schema.Offer{Cloud: "kubernetes", Region: "kind"}, false}, 100, "", 0, 0, ""},
	} {
		got, _ := Offers([]Offer{tt.offer}, schema.Spec{DiskSize: tt.disk, DiskTier: tt.tier})
		if o := got[0]; o.DiskMonthlyCost != tt.diskMonthly || o.WorstMonthlyCost != tt.worst || !strings.Contains(o.Basis, tt.says) || (o.Basis == "") != (tt.says == "") {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
