package sky

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
