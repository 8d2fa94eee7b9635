package cloud

// installation is SkyPilot's page on setting clouds up; it has a part for each
// of those whose anchor stands in SkyPilot's own messages.
const installation = "https://docs.skypilot.co/en/latest/getting-started/installation.html"

// file is a need that one file meets.
func file(path string, f format, keys ...string) need {
	return need{sources: []source{{paths: []string{path}, format: f, keys: keys}}}
}

// table is every cloud of SkyPilot 0.14.1, the best known first. The abilities
// are those that are not in a cloud class's list of unsupported features, on
// demand and spot, Autostop apart (see there). A spot machine on Kubernetes and on
// SSH pools, and a container image on Slurm, also depend on the cluster, which
// only SkyPilot can ask: they are true.
//
// It is a function so that nothing is built when the process starts.
func table() []Cloud {
	return []Cloud{
		{
			ID: "aws", Name: "Amazon Web Services",
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true,
			Docs:  "https://docs.skypilot.co/en/latest/cloud-setup/cloud-permissions/aws.html",
			setup: `Run "aws configure" (or "aws configure sso") in a terminal, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
			tools: []string{"aws"},
		},
		{
			ID: "gcp", Name: "Google Cloud",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true,
			Docs:  installation + "#google-cloud-platform-gcp",
			setup: `Run "gcloud init" and then "gcloud auth application-default login" in a terminal.`,
			needs: []need{
				{sources: []source{
					{pathVar: "GOOGLE_APPLICATION_CREDENTIALS", paths: []string{"~/.config/gcloud/application_default_credentials.json"}, format: formatGCP},
				}},
				{optional: true, sources: []source{{paths: []string{"~/.config/gcloud/credentials.db"}}}},
			},
			tools: []string{"gcloud"},
		},
		{
			ID: "azure", Name: "Microsoft Azure",
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true,
			Docs:  installation,
			setup: `Run "az login" and then "az account set -s SUBSCRIPTION" in a terminal.`,
			needs: []need{
				file("~/.azure/msal_token_cache.json", formatText),
				{optional: true, sources: []source{{paths: []string{"~/.azure/azureProfile.json"}}}},
			},
			tools: []string{"az"},
		},
		{
			ID: "kubernetes", Name: "Kubernetes", Aliases: []string{"k8s"},
			Autodown: true, Spot: true, Ports: true, ImageID: true, DockerImage: true,
			Docs:  installation,
			setup: `Put a kubeconfig at ~/.kube/config, or name it in KUBECONFIG; "kubectl config get-contexts" must list a context.`,
			needs: []need{{sources: []source{
				{pathVar: "KUBECONFIG", list: true, paths: []string{"~/.kube/config"}, format: formatYAML, keys: []string{"contexts"}},
			}}},
			tools: []string{"kubectl", "socat", "nc"},
		},
		{
			ID: "lambda", Name: "Lambda",
			Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			setup: `Make an API key at https://cloud.lambdalabs.com/api-keys and write the line "api_key = KEY" into ~/.lambda_cloud/lambda_keys.`,
			needs: []need{file("~/.lambda_cloud/lambda_keys", formatKeyValue, "api_key")},
		},
		{
			ID: "runpod", Name: "RunPod",
			Autodown: true, Spot: true, Ports: true, ImageID: true, DockerImage: true,
			Docs:  installation + "#runpod",
			setup: `Run "pip install runpod" and "runpod config" in a terminal.`,
			needs: []need{file("~/.runpod/config.toml", formatKeyValue, "api_key")},
		},
		{
			ID: "nebius", Name: "Nebius",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true, DockerImage: true,
			Docs:  installation + "#nebius",
			setup: `Run "nebius iam get-access-token > ~/.nebius/NEBIUS_IAM_TOKEN.txt" and write your tenant's id into ~/.nebius/NEBIUS_TENANT_ID.txt.`,
			needs: []need{
				{sources: []source{
					{paths: []string{"~/.nebius/NEBIUS_IAM_TOKEN.txt"}, format: formatToken},
					{paths: []string{"~/.nebius/credentials.json"}, format: formatJSON},
				}},
				{optional: true, sources: []source{{paths: []string{"~/.nebius/NEBIUS_TENANT_ID.txt"}, format: formatToken}}},
			},
		},
		{
			ID: "oci", Name: "Oracle Cloud",
			Stop: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DiskTier: true,
			Docs:  installation + "#oracle-cloud-infrastructure-oci",
			setup: `Make an API signing key in the Oracle console and put the configuration that it shows into ~/.oci/config, the key beside it.`,
			needs: []need{{sources: []source{
				{pathVar: "OCI_CONFIG", paths: []string{"~/.oci/config"}, format: formatINI, keys: []string{"user", "fingerprint", "tenancy", "region", "key_file"}},
			}}},
		},
		{
			ID: "do", Name: "DigitalOcean", Aliases: []string{"digitalocean"},
			Stop: true, Autostop: true, Autodown: true, Ports: true, ImageID: true, DockerImage: true,
			Docs:  installation,
			setup: `Run "doctl auth init" in a terminal.`,
			needs: []need{{sources: []source{{
				paths: []string{
					"$XDG_CONFIG_HOME/doctl/config.yaml", "~/.config/doctl/config.yaml",
					"~/Library/Application Support/doctl/config.yaml",
				},
				format: formatYAML,
			}}}},
		},
		{
			ID: "ibm", Name: "IBM Cloud",
			Stop: true, Autostop: true, Autodown: true, Spot: true, ImageID: true,
			Docs:  installation,
			setup: `Write iam_api_key and resource_group_id into ~/.ibm/credentials.yaml.`,
			needs: []need{file("~/.ibm/credentials.yaml", formatYAML, "iam_api_key", "resource_group_id")},
		},
		{
			ID: "cudo", Name: "Cudo Compute",
			Autodown: true, Ports: true,
			Docs:  installation,
			setup: `Run "cudoctl init" in a terminal.`,
			needs: []need{file("~/.config/cudo/cudo.yml", formatYAML)},
			tools: []string{"cudoctl"},
		},
		{
			ID: "fluidstack", Name: "FluidStack",
			Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			setup: `Make an API key at https://dashboard.fluidstack.io and save it to ~/.fluidstack/api_key.`,
			needs: []need{file("~/.fluidstack/api_key", formatText)},
		},
		{
			ID: "hyperbolic", Name: "Hyperbolic",
			Docs:  installation,
			setup: `Save your API key to ~/.hyperbolic/api_key.`,
			needs: []need{file("~/.hyperbolic/api_key", formatText)},
		},
		{
			ID: "mithril", Name: "Mithril",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, DockerImage: true,
			Docs:  installation,
			setup: `Set MITHRIL_API_KEY and MITHRIL_PROJECT, or write ~/.config/mithril/config.yaml.`,
			needs: []need{{sources: []source{
				{vars: []string{"MITHRIL_API_KEY", "MITHRIL_PROJECT"}},
				{paths: []string{"$XDG_CONFIG_HOME/mithril/config.yaml", "~/.config/mithril/config.yaml"}, format: formatYAML},
			}}},
		},
		{
			ID: "paperspace", Name: "Paperspace",
			Stop: true, Autostop: true, Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation + "#paperspace",
			setup: `Make an API key and write {"apiKey": "KEY"} into ~/.paperspace/config.json.`,
			needs: []need{file("~/.paperspace/config.json", formatJSON, "apiKey")},
		},
		{
			ID: "primeintellect", Name: "Prime Intellect",
			Spot: true, Ports: true,
			Docs:  installation,
			setup: `Run "prime login" in a terminal.`,
			needs: []need{file("~/.prime/config.json", formatJSON, "api_key")},
		},
		{
			ID: "scp", Name: "Samsung Cloud Platform",
			Stop: true, Autostop: true, Autodown: true, Ports: true,
			Docs:  installation,
			setup: `Write the lines "access_key = …", "secret_key = …" and "project_id = …" into ~/.scp/scp_credential.`,
			needs: []need{file("~/.scp/scp_credential", formatKeyValue, "access_key", "secret_key", "project_id")},
		},
		{
			ID: "seeweb", Name: "Seeweb",
			Stop: true, Autostop: true, Autodown: true, Ports: true, DockerImage: true,
			Docs:  installation,
			setup: `Save your API key to ~/.seeweb_cloud/seeweb_keys.`,
			needs: []need{file("~/.seeweb_cloud/seeweb_keys", formatText)},
		},
		{
			ID: "shadeform", Name: "Shadeform",
			Autodown: true, Ports: true,
			Docs:  installation,
			setup: `Save your API key to ~/.shadeform/api_key.`,
			needs: []need{file("~/.shadeform/api_key", formatText)},
		},
		{
			ID: "slurm", Name: "Slurm",
			Autodown: true, ImageID: true, DiskTier: true, DockerImage: true,
			Docs:  installation,
			setup: `Describe the cluster's login node in ~/.slurm/config, in the form of an SSH configuration.`,
			needs: []need{file("~/.slurm/config", formatText)},
		},
		{
			ID: "ssh", Name: "Own machines over SSH",
			Autodown: true, Spot: true, Ports: true, ImageID: true, DockerImage: true,
			Docs:  installation,
			setup: `List your machines in ~/.sky/ssh_node_pools.yaml and run "sky ssh up" in a terminal.`,
			needs: []need{file("~/.sky/ssh_node_pools.yaml", formatYAML)},
			tools: []string{"socat", "nc"},
		},
		{
			ID: "vast", Name: "Vast.ai",
			Stop: true, StopSpot: true, Autostop: true, Autodown: true, Spot: true, Ports: true, ImageID: true, DockerImage: true,
			Docs:  installation + "#vast",
			setup: `Save your API key to ~/.config/vastai/vast_api_key.`,
			needs: []need{file("~/.config/vastai/vast_api_key", formatToken)},
		},
		{
			ID: "verda", Name: "Verda",
			Spot: true, ImageID: true,
			Docs:  installation,
			setup: `Set VERDA_CLIENT_ID and VERDA_CLIENT_SECRET, or write client_id and client_secret into ~/.verda/config.json.`,
			needs: []need{{sources: []source{
				{vars: []string{"VERDA_CLIENT_ID", "VERDA_CLIENT_SECRET"}},
				{vars: []string{"DATACRUNCH_CLIENT_ID", "DATACRUNCH_CLIENT_SECRET"}},
				{paths: []string{"~/.verda/config.json"}, format: formatJSON, keys: []string{"client_id", "client_secret"}},
			}}},
		},
		{
			ID: "vsphere", Name: "VMware vSphere",
			Stop: true, Autostop: true, Autodown: true,
			Docs:  installation + "#vmware-vsphere",
			setup: `Describe your vCenters in ~/.vsphere/credential.yaml.`,
			needs: []need{file("~/.vsphere/credential.yaml", formatYAML, "vcenters")},
		},
		{
			ID: "yotta", Name: "Yotta",
			Ports: true, ImageID: true, DockerImage: true,
			Docs:  installation,
			setup: `Make an API key at https://console.yottalabs.ai and write the lines "orgId=…" and "apikey=…" into ~/.yotta/credentials.`,
			needs: []need{file("~/.yotta/credentials", formatKeyValue, "orgId", "apikey")},
		},
	}
}
