package credentials

import (
	"strings"

	"carapace/schema/text"
)

// files are the clouds of which one file is all that SkyPilot asks for; see source for the fields. Keys are
// parted by commas. A table of plain values takes no work when the process starts, and a third of the code.
var files = [...]struct {
	cloud, path  string
	format       format
	keys, public string
	check        func(Environment, []byte) problem
	form         *text.Entry
}{
	{cloud: "lambda", path: "~/.lambda_cloud/lambda_keys", format: formatSpaced, keys: "api_key", form: &text.FormSpaced},
	{cloud: "runpod", path: "~/.runpod/config.toml", format: formatTOML, keys: "api_key", form: &text.FormRunPod},
	{cloud: "ibm", path: "~/.ibm/credentials.yaml", format: formatYAML, keys: "iam_api_key,resource_group_id", form: &text.FormIBM},
	{cloud: "cudo", path: "~/.config/cudo/cudo.yml", format: formatYAML, check: checkCudo},
	{cloud: "fluidstack", path: "~/.fluidstack/api_key", format: formatText, check: checkFluidStack, form: &text.FormFluidStack},
	{cloud: "hyperbolic", path: "~/.hyperbolic/api_key", format: formatToken},
	{cloud: "paperspace", path: "~/.paperspace/config.json", format: formatJSON, keys: "apiKey", form: &text.FormPaperspace},
	{cloud: "primeintellect", path: "~/.prime/config.json", format: formatJSON, keys: "api_key"},
	{cloud: "scp", path: "~/.scp/scp_credential", format: formatSpaced, keys: "access_key,secret_key,project_id", public: "access_key,project_id", form: &text.FormSamsung},
	{cloud: "seeweb", path: "~/.seeweb_cloud/seeweb_keys", format: formatINI, keys: "api_key", form: &text.FormSeeweb},
	{cloud: "shadeform", path: "~/.shadeform/api_key", format: formatToken},
	{cloud: "slurm", path: "~/.slurm/config", format: formatText, check: checkSlurm, form: &text.FormSlurm},
	{cloud: "ssh", path: "~/.sky/ssh_node_pools.yaml", format: formatYAML},
	{cloud: "vast", path: "~/.config/vastai/vast_api_key", format: formatToken},
	{cloud: "vsphere", path: "~/.vsphere/credential.yaml", format: formatYAML, keys: "vcenters", check: checkVSphere},
	{cloud: "yotta", path: "~/.yotta/credentials", format: formatUnspaced, keys: "orgId,apikey", public: "orgId", form: &text.FormYotta},
}

// needsOf is what SkyPilot asks for before it uses a cloud, by the cloud's id; all
// needs of a cloud must be met. Those of AWS depend on each other and have a
// function of their own, findAWS. It is a function so that nothing is built when
// the process starts.
func needsOf(id string) []need {
	switch id {
	case "gcp":
		return []need{{sources: []source{
			{pathVar: "GOOGLE_APPLICATION_CREDENTIALS", paths: []string{"~/.config/gcloud/application_default_credentials.json"}, format: formatGCP},
		}}}
	case "azure":
		return []need{
			{sources: []source{{paths: []string{"~/.azure/msal_token_cache.json"}, format: formatJSON}}},
			{unmarked: true, sources: []source{{paths: []string{azureProfile}, format: formatJSON, check: checkAzure}}},
		}
	case "kubernetes":
		return []need{{sources: []source{
			{pathVar: "KUBECONFIG", list: true, paths: []string{"~/.kube/config"}, format: formatYAML, keys: []string{"contexts"}, check: checkKubernetes},
		}}}
	case "nebius":
		return []need{
			{sources: []source{
				{paths: []string{"~/.nebius/NEBIUS_IAM_TOKEN.txt"}, format: formatToken},
				{paths: []string{"~/.nebius/credentials.json"}, format: formatJSON},
			}},
			{unmarked: true, setting: []string{"nebius", "tenant_id"}, sources: []source{
				{paths: []string{"~/.nebius/NEBIUS_TENANT_ID.txt"}, format: formatToken},
			}},
		}
	case "oci":
		return []need{{sources: []source{
			{pathVar: "OCI_CONFIG", paths: []string{"~/.oci/config"}, check: checkOCI, format: formatINI, public: []string{"user", "tenancy", "fingerprint"}},
		}}}
	case "do":
		return []need{{sources: []source{{
			// The last that is there wins in SkyPilot.
			paths:  []string{xdgConfig + "doctl/config.yaml", "~/Library/Application Support/doctl/config.yaml"},
			format: formatYAML, check: checkDO,
		}}}}
	case "mithril":
		return []need{{sources: []source{
			{vars: []string{"MITHRIL_API_KEY", "MITHRIL_PROJECT"}, public: []string{"MITHRIL_PROJECT"}},
			{paths: []string{xdgConfig + "mithril/config.yaml"}, format: formatYAML},
		}}}
	case "verda":
		return []need{{sources: []source{
			{vars: []string{"VERDA_CLIENT_ID", "VERDA_CLIENT_SECRET"}, public: []string{"VERDA_CLIENT_ID"}},
			{vars: []string{"DATACRUNCH_CLIENT_ID", "DATACRUNCH_CLIENT_SECRET"}, public: []string{"DATACRUNCH_CLIENT_ID"}},
			{paths: []string{"~/.verda/config.json"}, format: formatJSON, keys: []string{"client_id", "client_secret"}, public: []string{"client_id"}},
		}}}
	}
	for i := range files {
		if f := &files[i]; f.cloud == id {
			return []need{{sources: []source{{
				paths: []string{f.path}, format: f.format, keys: list(f.keys), public: list(f.public), check: f.check, form: f.form,
			}}}}
		}
	}
	return nil
}

func list(of string) []string {
	if of == "" {
		return nil
	}
	return strings.Split(of, ",")
}
