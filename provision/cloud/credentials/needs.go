package credentials

// file is a need that one file meets.
func file(path string, f format, keys ...string) need {
	return need{sources: []source{{paths: []string{path}, format: f, keys: keys}}}
}

// public adds what Account may read of the file; see source.public.
func (n need) public(keys ...string) need {
	n.sources[0].public = keys
	return n
}

// needsOf is what SkyPilot asks for before it uses a cloud, by the cloud's id; all
// needs of a cloud must be met. Those of AWS depend on each other and have a
// function of their own, findAWS. It is a function so that nothing is built when
// the process starts.
func needsOf(id string) []need {
	return map[string][]need{
		"gcp": {
			{sources: []source{
				{pathVar: "GOOGLE_APPLICATION_CREDENTIALS", paths: []string{"~/.config/gcloud/application_default_credentials.json"}, format: formatGCP},
			}},
			{optional: true, sources: []source{{paths: []string{"~/.config/gcloud/credentials.db"}}}},
		},
		"azure": {
			file("~/.azure/msal_token_cache.json", formatText),
			{optional: true, sources: []source{{paths: []string{"~/.azure/azureProfile.json"}}}},
		},
		"kubernetes": {{sources: []source{
			{pathVar: "KUBECONFIG", list: true, paths: []string{"~/.kube/config"}, format: formatYAML, keys: []string{"contexts"}},
		}}},
		"lambda": {file("~/.lambda_cloud/lambda_keys", formatKeyValue, "api_key")},
		"runpod": {file("~/.runpod/config.toml", formatKeyValue, "api_key")},
		"nebius": {
			{sources: []source{
				{paths: []string{"~/.nebius/NEBIUS_IAM_TOKEN.txt"}, format: formatToken},
				{paths: []string{"~/.nebius/credentials.json"}, format: formatJSON},
			}},
			{optional: true, sources: []source{{paths: []string{"~/.nebius/NEBIUS_TENANT_ID.txt"}, format: formatToken}}},
		},
		"oci": {{sources: []source{
			{pathVar: "OCI_CONFIG", paths: []string{"~/.oci/config"}, format: formatINI, keys: []string{"user", "fingerprint", "tenancy", "region", "key_file"}, public: []string{"user", "tenancy", "fingerprint"}},
		}}},
		"do": {{sources: []source{{
			paths: []string{
				"$XDG_CONFIG_HOME/doctl/config.yaml", "~/.config/doctl/config.yaml",
				"~/Library/Application Support/doctl/config.yaml",
			},
			format: formatYAML,
		}}}},
		"ibm":        {file("~/.ibm/credentials.yaml", formatYAML, "iam_api_key", "resource_group_id")},
		"cudo":       {file("~/.config/cudo/cudo.yml", formatYAML)},
		"fluidstack": {file("~/.fluidstack/api_key", formatText)},
		"hyperbolic": {file("~/.hyperbolic/api_key", formatText)},
		"mithril": {{sources: []source{
			{vars: []string{"MITHRIL_API_KEY", "MITHRIL_PROJECT"}, public: []string{"MITHRIL_PROJECT"}},
			{paths: []string{"$XDG_CONFIG_HOME/mithril/config.yaml", "~/.config/mithril/config.yaml"}, format: formatYAML},
		}}},
		"paperspace":     {file("~/.paperspace/config.json", formatJSON, "apiKey")},
		"primeintellect": {file("~/.prime/config.json", formatJSON, "api_key")},
		"scp":            {file("~/.scp/scp_credential", formatKeyValue, "access_key", "secret_key", "project_id").public("access_key", "project_id")},
		"seeweb":         {file("~/.seeweb_cloud/seeweb_keys", formatText)},
		"shadeform":      {file("~/.shadeform/api_key", formatText)},
		"slurm":          {file("~/.slurm/config", formatText)},
		"ssh":            {file("~/.sky/ssh_node_pools.yaml", formatYAML)},
		"vast":           {file("~/.config/vastai/vast_api_key", formatToken)},
		"verda": {{sources: []source{
			{vars: []string{"VERDA_CLIENT_ID", "VERDA_CLIENT_SECRET"}, public: []string{"VERDA_CLIENT_ID"}},
			{vars: []string{"DATACRUNCH_CLIENT_ID", "DATACRUNCH_CLIENT_SECRET"}, public: []string{"DATACRUNCH_CLIENT_ID"}},
			{paths: []string{"~/.verda/config.json"}, format: formatJSON, keys: []string{"client_id", "client_secret"}, public: []string{"client_id"}},
		}}},
		"vsphere": {file("~/.vsphere/credential.yaml", formatYAML, "vcenters")},
		"yotta":   {file("~/.yotta/credentials", formatKeyValue, "orgId", "apikey").public("orgId")},
	}[id]
}
