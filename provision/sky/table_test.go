package sky

import (
	"reflect"
	"strings"
	"testing"

	"carapace/schema"
)

const wideTable = `Considered resources (1 node):
-------------------------------------------------------------------------------------------
 INFRA                       INSTANCE             vCPUs   Mem(GB)   GPUS   COST ($)   CHOSEN
-------------------------------------------------------------------------------------------
 Lambda (us-east-1)          cpu_4x_general       4       16        -      0.08          ✔
 GCP (us-central1-a)         n2-standard-4[Spot]  4.5     16        V100:1 0.19
 RunPod (US-KS-2)            cpu5c-4-8[Spot]      4       8         -      0.10
 Kubernetes (my context)     -                    4       16        -      0.00
-------------------------------------------------------------------------------------------
 AWS (nothing)   after       the                  end     16        -      0.08
`

func TestOffers(t *testing.T) {
	want := []schema.Offer{
		{Cloud: "lambda", Region: "us-east-1", InstanceType: "cpu_4x_general", VCPUs: 4, MemoryGB: 16, Currency: "USD", HourlyCost: 0.08, Chosen: true},
		{Cloud: "gcp", Region: "us-central1", Zone: "us-central1-a", InstanceType: "n2-standard-4", UseSpot: true, VCPUs: 4.5, MemoryGB: 16, Currency: "USD", HourlyCost: 0.19},
		{Cloud: "runpod", Zone: "US-KS-2", InstanceType: "cpu5c-4-8", UseSpot: true, VCPUs: 4, MemoryGB: 8, Currency: "USD", HourlyCost: 0.1},
		{Cloud: "kubernetes", Region: "my context", VCPUs: 4, MemoryGB: 16, Currency: "USD"},
	}
	if got := parseOffers(wideTable); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := parseOffers(wideTable + recording(t, "launch-dryrun").Stdout); len(got) != 1 || got[0].InstanceType != "m6i.xlarge" {
		t.Errorf("of two tables: %+v", got)
	}
	cut := " INFRA                                   INSTANCE   COST ($)\n Kubernetes (arn:aws:eks...cluster/dev)   -          0.00\n"
	if got := parseOffers(cut); len(got) != 1 || got[0].Region != "" {
		t.Errorf("a name that is cut in its middle is launched nowhere: %+v", got)
	}
	if got := parseOffers(" AWS (x)  m6i  4  16  -  0.19\n"); len(got) != 0 {
		t.Errorf("without a header: %+v", got)
	}
}

func FuzzOffers(f *testing.F) {
	f.Add(wideTable)
	f.Add(recording(f, "launch-dryrun").Stdout)
	f.Add(" INFRA  COST\n x  1\n")
	f.Add("---\n INFRA  COST ($)\n---\nä  1")
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range parseOffers(s) {
			if o.Cloud == "" || o.Cloud != strings.TrimSpace(o.Cloud) {
				t.Errorf("%+v", o)
			}
		}
	})
}
