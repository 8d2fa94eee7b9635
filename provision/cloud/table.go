package cloud

import (
	"sync"

	"carapace/schema/text"
)

// installation is SkyPilot's page on setting clouds up; it has a part for each
// of those whose anchor stands in SkyPilot's own messages.
const installation = "https://docs.skypilot.co/en/latest/getting-started/installation.html"

var (
	upToHigh  = []string{"low", "medium", "high"}
	everyTier = []string{"low", "medium", "high", "ultra"}
)

// table is every cloud of SkyPilot 0.14.1, the best known first. The abilities
// are those that are not in a cloud class's list of unsupported features, on
// demand and spot, Autostop apart (see there). A spot machine on Kubernetes and on
// SSH pools, and a container image on Slurm, also depend on the cluster, which
// only SkyPilot can ask: they are true.
//
// Stopped is what a page of the provider says, and StoppedUnknown where no such
// page was found (mithril's says that the disk is kept, not what it costs) or
// where the owner of the machines is no provider (vsphere).
//
// IdentityCheck is whether the class's get_user_identities returns anything; the
// base class's, which do, hyperbolic, ibm, mithril, primeintellect and slurm
// have, does not. ssh has that of kubernetes.
//
// MapsPorts is whether the provisioner's query_ports looks the endpoint up, and does not
// take the machine's address with the port (provision/common.py: query_ports_passthrough).
//
// DiskTiers is the class's _SUPPORTED_DISK_TIERS: slurm has the base class's, which is best alone.
//
// Zones is whether the class makes zones of its catalog's, or hands partitions on as
// such (slurm); the others refuse one.
//
// It is built when it is first asked for: nothing is when the process starts.
var table = sync.OnceValue(func() []Cloud {
	return []Cloud{
		{
			ID: "aws", Name: "Amazon Web Services", Short: "AWS", Zones: true,
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTiers: everyTier, DockerImage: true, IdentityCheck: true,
			Stopped: StoppedDisk, StoppedSource: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html",
			Docs:  "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/aws.html",
			Setup: &text.HintSetUpAWS,
			Tools: []string{"aws"},
			Disks: []DiskPrice{{
				// The page itself was not opened: 0.08 is in the EBS guide of AWS's own agent-toolkit-for-aws (early 2026)
				// and, as the rest, in what others quote of the page in 2026.
				// gp3 at 0.08, with 3,500 IOPS at 0.005 above 3,000, and 218 MB/s at 0.04 above 125 (clouds/aws.py: _get_disk_specs).
				Tiers: []string{"medium"}, Regions: []string{"us-east-1"}, GBMonth: 0.08, Month: 500*0.005 + 93*0.04,
				Source: "https://aws.amazon.com/ebs/pricing/", AsOf: "2026-09",
			}},
		},
		{
			ID: "gcp", Name: "Google Cloud", Zones: true,
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTiers: everyTier, DockerImage: true, IdentityCheck: true,
			Stopped: StoppedDisk, StoppedSource: "https://cloud.google.com/compute/docs/reference/rest/beta/instances/stop",
			Docs:  installation + "#google-cloud-platform-gcp",
			Setup: &text.HintSetUpGoogle,
			Tools: []string{"gcloud"},
			Disks: []DiskPrice{
				// pd-standard and pd-ssd (clouds/gcp.py: _get_disk_type), by the page's example of 200 GB "based off US pricing",
				// read in undated copies of it.
				{Tiers: []string{"low"}, Regions: []string{"us-central1"}, GBMonth: 0.04, Source: "https://cloud.google.com/compute/disks-image-pricing", AsOf: "2026-11"},
				{Tiers: []string{"high"}, Regions: []string{"us-central1"}, GBMonth: 0.17, Source: "https://cloud.google.com/compute/disks-image-pricing", AsOf: "2026-11"},
			},
		},
		{
			ID: "azure", Name: "Microsoft Azure", Short: "Azure",
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTiers: upToHigh, DockerImage: true, IdentityCheck: true,
			// SkyPilot's stop is "deallocate"; a machine that was only powered off bills on.
			Stopped: StoppedDisk, StoppedSource: "https://learn.microsoft.com/en-us/azure/virtual-machines/states-billing",
			Docs:  installation,
			Setup: &text.HintSetUpAzure,
			Tools: []string{"az"},
		},
		{
			ID: "kubernetes", Name: "Kubernetes", Aliases: []string{"k8s"},
			Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true, IdentityCheck: true,
			Docs:  installation,
			Setup: &text.HintSetUpKubernetes,
			Tools: []string{"kubectl", "socat", "nc"},
		},
		{
			ID: "lambda", Name: "Lambda",
			Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			Setup: &text.HintSetUpLambda,
		},
		{
			ID: "runpod", Name: "RunPod", Zones: true,
			Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true,
			Docs:  installation + "#runpod",
			Setup: &text.HintSetUpRunPod,
		},
		{
			ID: "nebius", Name: "Nebius",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTiers: upToHigh, DockerImage: true, IdentityCheck: true,
			Stopped: StoppedDisk, StoppedSource: "https://docs.nebius.com/legal/specific-terms/compute",
			Docs:  installation + "#nebius",
			Setup: &text.HintSetUpNebius,
		},
		{
			ID: "oci", Name: "Oracle Cloud", Zones: true,
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTiers: upToHigh,
			// Standard types bill for the disk; dense I/O, HPC and all GPU types but A10 bill on in full.
			Stopped: StoppedUnknown, StoppedSource: "https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/resource-billing-stopped-instances.htm",
			Docs:  installation + "#oracle-cloud-infrastructure-oci",
			Setup: &text.HintSetUpOracle,
		},
		{
			ID: "do", Name: "DigitalOcean", Aliases: []string{"digitalocean"},
			Stop: true, Autostop: true, Autodown: true, Ports: true, ImageID: true, DockerImage: true,
			Stopped: StoppedMachine, StoppedSource: "https://docs.digitalocean.com/reference/doctl/reference/compute/droplet-action/shutdown",
			Docs:  installation,
			Setup: &text.HintSetUpDigitalOcean,
		},
		{
			ID: "ibm", Name: "IBM Cloud", Zones: true,
			Stop: true, Autostop: true, Autodown: true, Spot: true, ImageID: true,
			Stopped: StoppedDisk, StoppedSource: "https://cloud.ibm.com/docs/vpc?topic=vpc-suspend-billing",
			Docs:  installation,
			Setup: &text.HintSetUpIBM,
		},
		{
			ID: "cudo", Name: "Cudo Compute",
			Autodown: true, Ports: true,
			Docs:  installation,
			Setup: &text.HintSetUpCudo,
			Tools: []string{"cudoctl"},
		},
		{
			ID: "fluidstack", Name: "FluidStack",
			Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			Setup: &text.HintSetUpFluidStack,
		},
		{
			ID: "hyperbolic", Name: "Hyperbolic",
			Docs:  installation,
			Setup: &text.HintSetUpHyperbolic,
		},
		{
			ID: "mithril", Name: "Mithril",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, DockerImage: true,
			Docs:  installation,
			Setup: &text.HintSetUpMithril,
		},
		{
			ID: "paperspace", Name: "Paperspace",
			Stop: true, Autostop: true, Autodown: true, Ports: true, DockerImage: true,
			// An hourly machine bills for its disk, a monthly one in full; SkyPilot asks for neither.
			Stopped: StoppedUnknown, StoppedSource: "https://support.paperspace.com/hc/en-us/articles/360057895553-Virtual-Machine-Billing-Overview",
			Docs:  installation + "#paperspace",
			Setup: &text.HintSetUpPaperspace,
		},
		{
			ID: "primeintellect", Name: "Prime Intellect", Zones: true,
			Spot: true, Ports: true,
			Docs:  installation,
			Setup: &text.HintSetUpPrimeIntellect,
		},
		{
			ID: "scp", Name: "Samsung Cloud Platform", Short: "Samsung Cloud",
			Stop: true, Autostop: true, Autodown: true, Ports: true,
			Docs:  installation,
			Setup: &text.HintSetUpSamsung,
		},
		{
			ID: "seeweb", Name: "Seeweb",
			Stop: true, Autostop: true, Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			Setup: &text.HintSetUpSeeweb,
		},
		{
			ID: "shadeform", Name: "Shadeform",
			Autodown: true, Ports: true,
			Docs:  installation,
			Setup: &text.HintSetUpShadeform,
		},
		{
			ID: "slurm", Name: "Slurm", Zones: true,
			Autodown: true, ImageID: true, DockerImage: true,
			Docs:  installation,
			Setup: &text.HintSetUpSlurm,
		},
		{
			ID: "ssh", Name: "Own machines over SSH", Short: text.CloudOwnMachines.Message,
			Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true, IdentityCheck: true,
			Docs:  installation,
			Setup: &text.HintSetUpSSH,
			Tools: []string{"socat", "nc"},
		},
		{
			ID: "vast", Name: "Vast.ai",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true,
			Stopped: StoppedDisk, StoppedSource: "https://docs.vast.ai/billing",
			Docs:  installation + "#vast",
			Setup: &text.HintSetUpVast,
		},
		{
			ID: "verda", Name: "Verda",
			Spot: true, ImageID: true,
			Docs:  installation,
			Setup: &text.HintSetUpVerda,
		},
		{
			ID: "vsphere", Name: "VMware vSphere", Short: "vSphere", Zones: true,
			Stop: true, Autostop: true, Autodown: true,
			Docs:  installation + "#vmware-vsphere",
			Setup: &text.HintSetUpVSphere,
		},
		{
			ID: "yotta", Name: "Yotta", Zones: true,
			Ports: true, MapsPorts: true, ImageID: true, DockerImage: true,
			Docs:  installation,
			Setup: &text.HintSetUpYotta,
		},
	}
})
