package sky

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carapace/schema"
)

// SkyPilot's table of offers has whole cents, its catalog has the price.
func TestCatalogPrice(t *testing.T) {
	rows := []CatalogRow{
		{InstanceType: "t4g.micro", Region: "us-east-1", Price: 0.0104, SpotPrice: 0.0031},
		{InstanceType: "t4g.micro", Region: "us-west-2", Price: 0.0084},
		{InstanceType: "m6i.xlarge", Region: "us-east-1", Price: 0.192, SpotPrice: 0.0768},
	}
	for name, tt := range map[string]struct {
		offer schema.Offer
		want  float64
	}{
		"a cent":                   {schema.Offer{InstanceType: "t4g.micro", Region: "us-east-1", HourlyCost: 0.01}, 0.0104},
		"of its region":            {schema.Offer{InstanceType: "t4g.micro", Region: "us-west-2", HourlyCost: 0.01}, 0.0084},
		"less than half a cent":    {schema.Offer{InstanceType: "t4g.micro", Region: "us-east-1", UseSpot: true}, 0.0031},
		"spot":                     {schema.Offer{InstanceType: "m6i.xlarge", Region: "us-east-1", Zone: "us-east-1a", UseSpot: true, HourlyCost: 0.08}, 0.0768},
		"SkyPilot asked elsewhere": {schema.Offer{InstanceType: "m6i.xlarge", Region: "us-east-1", HourlyCost: 0.2}, 0},
		"no spot price":            {schema.Offer{InstanceType: "t4g.micro", Region: "us-west-2", UseSpot: true}, 0},
		"no such machine":          {schema.Offer{InstanceType: "m6i.large", Region: "us-east-1", HourlyCost: 0.1}, 0},
		"no such region":           {schema.Offer{InstanceType: "m6i.xlarge", Region: "", HourlyCost: 0.19}, 0},
	} {
		if got := CatalogPrice(rows, tt.offer); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// The columns of clouds differ; the heads are those of AWS, DigitalOcean and RunPod in SkyPilot's catalogs of form v8.
func TestParseCatalog(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []CatalogRow
	}{
		"zones are one, at the least price": {
			"InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,Arch\n" +
				"m6i.xlarge,,,4,16,,0.192,0.0768,us-east-1,use1-az6,x86_64\nm6i.xlarge,,,4,16,,0.192,0.05,us-east-1,use1-az1,x86_64\nm6i.xlarge,,,4,16,,0.2,,us-west-2,usw2-az2,x86_64\n",
			[]CatalogRow{
				{InstanceType: "m6i.xlarge", Region: "us-east-1", Arch: "x86_64", VCPUs: 4, MemoryGB: 16, Price: 0.192, SpotPrice: 0.05},
				{InstanceType: "m6i.xlarge", Region: "us-west-2", Arch: "x86_64", VCPUs: 4, MemoryGB: 16, Price: 0.2},
			},
		},
		"another order": {
			"InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice\ngpu_1x_a10,A10,1.0,30,200,0.75,\"East Coast (NY2)\",\"{'Gpus': [{'Name': 'A10'}]}\",\n",
			[]CatalogRow{{InstanceType: "gpu_1x_a10", Region: "East Coast (NY2)", Accelerator: "A10:1", VCPUs: 30, MemoryGB: 200, Price: 0.75}},
		},
		"what is no machine is left out": {
			"InstanceType,vCPUs,MemoryGiB,Price,Region\n,4,16,1,x\na,4,16,,x\nb,4,16,1,\nc,4,16,NaN,x\nd,4,16,-1,x\ne\nf,many,16,1,x,too,much\n",
			[]CatalogRow{{InstanceType: "f", Region: "x", MemoryGB: 16, Price: 1}},
		},
		"only a head": {"InstanceType,Region,Price\n", nil},
	} {
		got, err := ParseCatalog(strings.NewReader(c.file))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	if rows, err := ParseCatalog(strings.NewReader("")); err == nil {
		t.Errorf("an empty file has %v", rows)
	}
}
