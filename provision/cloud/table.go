package cloud

import "sync"

// installation is SkyPilot's page on setting clouds up; it has a part for each
// of those whose anchor stands in SkyPilot's own messages.
const installation = "https://docs.skypilot.co/en/latest/getting-started/installation.html"

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
// Zones is whether the class makes zones of its catalog's, or hands partitions on as
// such (slurm); the others refuse one.
//
// It is built when it is first asked for: nothing is when the process starts.
var table = sync.OnceValue(func() []Cloud {
	return []Cloud{
		{
			ID: "aws", Name: "Amazon Web Services", Short: "AWS", Zones: true,
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true, IdentityCheck: true,
			Stopped: StoppedDisk, StoppedSource: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html",
			Docs:  "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/aws.html",
			Setup: `Run "aws configure" (or "aws configure sso") in a terminal, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
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
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true, IdentityCheck: true,
			Stopped: StoppedDisk, StoppedSource: "https://cloud.google.com/compute/docs/reference/rest/beta/instances/stop",
			Docs:  installation + "#google-cloud-platform-gcp",
			Setup: `Run "gcloud init" and then "gcloud auth application-default login" in a terminal.`,
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
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true, IdentityCheck: true,
			// SkyPilot's stop is "deallocate"; a machine that was only powered off bills on.
			Stopped: StoppedDisk, StoppedSource: "https://learn.microsoft.com/en-us/azure/virtual-machines/states-billing",
			Docs:  installation,
			Setup: `Run "az login" and then "az account set -s SUBSCRIPTION" in a terminal.`,
			Tools: []string{"az"},
		},
		{
			ID: "kubernetes", Name: "Kubernetes", Aliases: []string{"k8s"},
			Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true, IdentityCheck: true,
			Docs:  installation,
			Setup: `Put a kubeconfig at ~/.kube/config, or name it in KUBECONFIG; "kubectl config get-contexts" must list a context.`,
			Tools: []string{"kubectl", "socat", "nc"},
		},
		{
			ID: "lambda", Name: "Lambda",
			Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			Setup: `Make an API key at https://cloud.lambdalabs.com/api-keys and write the line "api_key = KEY" into ~/.lambda_cloud/lambda_keys.`,
		},
		{
			ID: "runpod", Name: "RunPod", Zones: true,
			Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true,
			Docs:  installation + "#runpod",
			Setup: `Run "pip install runpod" and "runpod config" in a terminal.`,
		},
		{
			ID: "nebius", Name: "Nebius",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true, IdentityCheck: true,
			Stopped: StoppedDisk, StoppedSource: "https://docs.nebius.com/legal/specific-terms/compute",
			Docs:  installation + "#nebius",
			Setup: `Run "nebius iam get-access-token > ~/.nebius/NEBIUS_IAM_TOKEN.txt" and write your tenant's id into ~/.nebius/NEBIUS_TENANT_ID.txt.`,
		},
		{
			ID: "oci", Name: "Oracle Cloud", Zones: true,
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true,
			// Standard types bill for the disk; dense I/O, HPC and all GPU types but A10 bill on in full.
			Stopped: StoppedUnknown, StoppedSource: "https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/resource-billing-stopped-instances.htm",
			Docs:  installation + "#oracle-cloud-infrastructure-oci",
			Setup: `Make an API signing key in the Oracle console and put the configuration that it shows into ~/.oci/config, the key beside it.`,
		},
		{
			ID: "do", Name: "DigitalOcean", Aliases: []string{"digitalocean"},
			Stop: true, Autostop: true, Autodown: true, Ports: true, ImageID: true, DockerImage: true,
			Stopped: StoppedMachine, StoppedSource: "https://docs.digitalocean.com/reference/doctl/reference/compute/droplet-action/shutdown",
			Docs:  installation,
			Setup: `Run "doctl auth init" in a terminal.`,
		},
		{
			ID: "ibm", Name: "IBM Cloud", Zones: true,
			Stop: true, Autostop: true, Autodown: true, Spot: true, ImageID: true,
			Stopped: StoppedDisk, StoppedSource: "https://cloud.ibm.com/docs/vpc?topic=vpc-suspend-billing",
			Docs:  installation,
			Setup: `Write iam_api_key and resource_group_id into ~/.ibm/credentials.yaml.`,
		},
		{
			ID: "cudo", Name: "Cudo Compute",
			Autodown: true, Ports: true,
			Docs:  installation,
			Setup: `Run "cudoctl init" in a terminal.`,
			Tools: []string{"cudoctl"},
		},
		{
			ID: "fluidstack", Name: "FluidStack",
			Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			Setup: `Make an API key at https://dashboard.fluidstack.io and save it to ~/.fluidstack/api_key, which must begin with api_key.`,
		},
		{
			ID: "hyperbolic", Name: "Hyperbolic",
			Docs:  installation,
			Setup: `Save your API key to ~/.hyperbolic/api_key.`,
		},
		{
			ID: "mithril", Name: "Mithril",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, DockerImage: true,
			Docs:  installation,
			Setup: `Set MITHRIL_API_KEY and MITHRIL_PROJECT, or write ~/.config/mithril/config.yaml.`,
		},
		{
			ID: "paperspace", Name: "Paperspace",
			Stop: true, Autostop: true, Autodown: true, Ports: true, DockerImage: true,
			// An hourly machine bills for its disk, a monthly one in full; SkyPilot asks for neither.
			Stopped: StoppedUnknown, StoppedSource: "https://support.paperspace.com/hc/en-us/articles/360057895553-Virtual-Machine-Billing-Overview",
			Docs:  installation + "#paperspace",
			Setup: `Make an API key and write {"apiKey": "KEY"} into ~/.paperspace/config.json.`,
		},
		{
			ID: "primeintellect", Name: "Prime Intellect", Zones: true,
			Spot: true, Ports: true,
			Docs:  installation,
			Setup: `Run "prime login" in a terminal.`,
		},
		{
			ID: "scp", Name: "Samsung Cloud Platform", Short: "Samsung Cloud",
			Stop: true, Autostop: true, Autodown: true, Ports: true,
			Docs:  installation,
			Setup: `Write the lines "access_key = …", "secret_key = …" and "project_id = …" into ~/.scp/scp_credential.`,
		},
		{
			ID: "seeweb", Name: "Seeweb",
			Stop: true, Autostop: true, Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			Setup: `Write the lines "[DEFAULT]" and "api_key = KEY" into ~/.seeweb_cloud/seeweb_keys.`,
		},
		{
			ID: "shadeform", Name: "Shadeform",
			Autodown: true, Ports: true,
			Docs:  installation,
			Setup: `Save your API key to ~/.shadeform/api_key.`,
		},
		{
			ID: "slurm", Name: "Slurm", Zones: true,
			Autodown: true, ImageID: true, DiskTier: true, DockerImage: true,
			Docs:  installation,
			Setup: `Describe the cluster's login node in ~/.slurm/config, in the form of an SSH configuration: "Host NAME", and under it "HostName ADDRESS", "User USER" and "IdentityFile KEY".`,
		},
		{
			ID: "ssh", Name: "Own machines over SSH", Short: "the SSH pool",
			Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true, IdentityCheck: true,
			Docs:  installation,
			Setup: `List your machines in ~/.sky/ssh_node_pools.yaml and run "sky ssh up" in a terminal.`,
			Tools: []string{"socat", "nc"},
		},
		{
			ID: "vast", Name: "Vast.ai",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, MapsPorts: true, ImageID: true, DockerImage: true,
			Stopped: StoppedDisk, StoppedSource: "https://vast.ai/docs/billing/billing",
			Docs:  installation + "#vast",
			Setup: `Save your API key to ~/.config/vastai/vast_api_key.`,
		},
		{
			ID: "verda", Name: "Verda",
			Spot: true, ImageID: true,
			Docs:  installation,
			Setup: `Set VERDA_CLIENT_ID and VERDA_CLIENT_SECRET, or write client_id and client_secret into ~/.verda/config.json.`,
		},
		{
			ID: "vsphere", Name: "VMware vSphere", Short: "vSphere", Zones: true,
			Stop: true, Autostop: true, Autodown: true,
			Docs:  installation + "#vmware-vsphere",
			Setup: `Describe your vCenters in ~/.vsphere/credential.yaml.`,
		},
		{
			ID: "yotta", Name: "Yotta", Zones: true,
			Ports: true, MapsPorts: true, ImageID: true, DockerImage: true,
			Docs:  installation,
			Setup: `Make an API key at https://console.yottalabs.ai and write the lines "orgId=…" and "apikey=…" into ~/.yotta/credentials.`,
		},
	}
})
