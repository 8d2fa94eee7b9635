package skysim

import (
	"slices"
	"strings"
)

// vendor is one cloud as the simulator knows it: real region names and a few
// real sizes, with prices close to the public ones (USD an hour). Prices of the
// first region; the others cost a little more, so that SkyPilot's order of
// trying them is the table's.
type vendor struct {
	id, repr string
	regions  []string
	zones    string // one zone a letter, "" where the cloud has none
	sizes    []size
	// What it can: S stop, s stop a spot machine, A autostop, D autodown, p spot
	// machines, m maps ports. b: it bills a stopped machine in full (docs/clouds.md,
	// "DigitalOcean (do)").
	can string
}

// size is one instance type.
type size struct {
	name        string
	cpus        float64
	memory      float64 // GiB
	price, spot float64
}

// vendors is the table of clouds; abilities are those of SkyPilot 0.14.1 (its
// feature tables, contract section 4).
func vendors() []vendor {
	return slices.Concat(big, smallVendors(), clusters)
}

// big are the clouds with several regions and sizes.
var big = []vendor{
	{"aws", "AWS", []string{"us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-1"}, "abc", []size{
		{"m6i.large", 2, 8, 0.096, 0.04},
		{"m6i.xlarge", 4, 16, 0.192, 0.077},
		{"m6i.2xlarge", 8, 32, 0.384, 0.154},
		{"m6i.4xlarge", 16, 64, 0.768, 0.307},
		{"m6i.8xlarge", 32, 128, 1.536, 0.614},
		{"t3.medium", 2, 4, 0.0416, 0.0125},
	}, "SADp"},
	{"azure", "Azure", []string{"eastus", "westus2", "westeurope", "germanywestcentral"}, "", []size{
		{"Standard_D2s_v5", 2, 8, 0.097, 0.0194},
		{"Standard_D4s_v5", 4, 16, 0.193, 0.0386},
		{"Standard_D8s_v5", 8, 32, 0.385, 0.077},
		{"Standard_D16s_v5", 16, 64, 0.769, 0.154},
	}, "SADp"},
	{"gcp", "GCP", []string{"us-central1", "us-east4", "europe-west3", "europe-west4"}, "abc", []size{
		{"n2-standard-2", 2, 8, 0.0981, 0.0235},
		{"n2-standard-4", 4, 16, 0.1962, 0.047},
		{"n2-standard-8", 8, 32, 0.3924, 0.094},
		{"n2-standard-16", 16, 64, 0.7848, 0.188},
	}, "SsADp"},
	{"oci", "OCI", []string{"us-ashburn-1", "eu-frankfurt-1"}, "123", []size{
		{"VM.Standard.E4.Flex$_4_16", 4, 16, 0.198, 0.099}, {"VM.Standard.E4.Flex$_8_32", 8, 32, 0.396, 0.198},
	}, "SADp"},
	{"ibm", "IBM", []string{"us-south", "eu-de"}, "123", []size{
		{"bx2-4x16", 4, 16, 0.213, 0.107}, {"bx2-8x32", 8, 32, 0.426, 0.213},
	}, "SADp"},
}

// single are the clouds with one region and one size, as a table of plain values: it takes no work when the process starts.
var single = [...]struct {
	id, repr, can, region, zones, size string
	cpus, memory, price                float64
}{
	{"runpod", "RunPod", "Dpm", "US", "2", "cpu5c-8-16", 8, 16, 0.28},
	{"primeintellect", "PrimeIntellect", "p", "united_states", "1", "CPU_NODE_8_32", 8, 32, 0.3},
	{"nebius", "Nebius", "SsADp", "eu-north1", "", "cpu-d3_8vcpu-32gb", 8, 32, 0.2},
	{"do", "DO", "SADb", "nyc1", "", "s-8vcpu-16gb", 8, 16, 0.143},
	{"mithril", "Mithril", "SsADp", "us-central2-a", "", "a100-40gb.sxm.1x", 16, 120, 1.5},
	{"paperspace", "Paperspace", "SAD", "East Coast (NY2)", "", "C7", 8, 30, 0.3},
	{"scp", "SCP", "SAD", "KR-WEST-1", "", "s1v8m32", 8, 32, 0.41},
	{"seeweb", "Seeweb", "SAD", "it-fr2", "", "ECS3", 8, 16, 0.2},
	{"vast", "Vast", "SsADpm", "Germany, DE, EU", "", "1x-RTX_3060-8-32768", 8, 32, 0.25},
	{"vsphere", "vSphere", "SAD", "vcenter", "", "cpu.large", 8, 32, 0.2},
	{"lambda", "Lambda", "D", "us-east-1", "", "cpu_4x_general", 8, 32, 0.25},
	{"fluidstack", "Fluidstack", "D", "norway_4_eu", "", "RTX_A4000_48GB::1", 8, 48, 0.4},
	{"cudo", "Cudo", "D", "no-luster-1", "", "epyc-milan_8x32gb", 8, 32, 0.24},
	{"shadeform", "Shadeform", "D", "desmoines-usa-1", "", "hyperstack_A4000", 8, 24, 0.4},
	{"hyperbolic", "Hyperbolic", "", "default", "", "1x-RTX-4090-16-64", 16, 64, 0.5},
	{"verda", "Verda", "p", "FIN-01", "", "CPU.8V.32G", 8, 32, 0.2},
	{"yotta", "Yotta", "", "us-east-1", "", "1x-RTX4090-16-64", 16, 64, 0.6},
}

func smallVendors() (all []vendor) {
	for i := range single {
		v := &single[i]
		all = append(all, vendor{v.id, v.repr, []string{v.region}, v.zones, []size{{v.size, v.cpus, v.memory, v.price, v.price / 2}}, v.can})
	}
	return all
}

// clusters are machines of the user's own: no price.
var clusters = []vendor{
	{"kubernetes", "Kubernetes", []string{"kind-carapace"}, "", []size{{"4CPU--16GB", 4, 16, 0, 0}, {"8CPU--32GB", 8, 32, 0, 0}}, "Dp"},
	{"ssh", "SSH", []string{"my-node-pool"}, "", []size{{"4CPU--16GB", 4, 16, 0, 0}, {"8CPU--32GB", 8, 32, 0, 0}}, "Dp"},
	{"slurm", "Slurm", []string{"my-slurm"}, "", []size{{"4CPU--16GB", 4, 16, 0, 0}, {"8CPU--32GB", 8, 32, 0, 0}}, "D"},
}

// vendorOf finds a cloud by what a task calls it.
func vendorOf(id string) (vendor, bool) {
	switch id = strings.ToLower(id); id {
	case "k8s":
		id = "kubernetes"
	case "digitalocean":
		id = "do"
	}
	for _, v := range vendors() {
		if v.id == id {
			return v, true
		}
	}
	return vendor{}, false
}

// cloudOrder is the order in which SkyPilot's own message lists the clouds.
const cloudOrder = "'gcp', 'verda', 'aws', 'azure', 'cudo', 'do', 'fluidstack', 'hyperbolic', 'ibm', 'kubernetes', 'lambda', " +
	"'mithril', 'nebius', 'oci', 'paperspace', 'primeintellect', 'runpod', 'scp', 'seeweb', 'shadeform', 'slurm', 'ssh', " +
	"'vast', 'vsphere', 'yotta', 'digitalocean', 'k8s'"

func (v vendor) has(ability string) bool { return strings.Contains(v.can, ability) }

// canStop says whether a machine can be stopped and keep its disk.
func (v vendor) canStop(spot bool) bool {
	if spot {
		return v.has("s")
	}
	return v.has("S")
}

// zonesOf lists a region's zones as the launch line does, with names in each cloud's form.
func (v vendor) zonesOf(region string) []string {
	zones := make([]string, 0, len(v.zones))
	for _, letter := range v.zones {
		switch v.id {
		case "aws":
			zones = append(zones, region+string(letter))
		case "oci":
			zones = append(zones, strings.ToUpper(region)+"-AD-"+string(letter))
		case "runpod":
			zones = append(zones, region+"-KS-"+string(letter))
		default:
			zones = append(zones, region+"-"+string(letter))
		}
	}
	return zones
}

// regionOf is the region of a zone, "" where there is no such zone.
func (v vendor) regionOf(zone string) string {
	for _, region := range v.regions {
		if slices.Contains(v.zonesOf(region), zone) {
			return region
		}
	}
	return ""
}
