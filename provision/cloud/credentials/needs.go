package credentials

import "carapace/schema/text"

// file is a need that one file meets.
func file(path string, f format, keys ...string) need {
	return need{sources: []source{{paths: []string{path}, format: f, keys: keys}}}
}

// public adds what Account may read of the file; see source.public.
func (n need) public(keys ...string) need {
	n.sources[0].public = keys
	return n
}

// checked adds what is special to the file; see source.check.
func (n need) checked(check func(Environment, []byte) problem) need {
	n.sources[0].check = check
	return n
}

// form adds what SkyPilot reads in the file; see source.form.
func (n need) form(form *text.Entry) need {
	n.sources[0].form = form
	return n
}

// needsOf is what SkyPilot asks for before it uses a cloud, by the cloud's id; all
// needs of a cloud must be met. Those of AWS depend on each other and have a
// function of their own, findAWS. It is a function so that nothing is built when
// the process starts.
func needsOf(id string) []need { //nolint:cyclop,funlen // a table, which as a map would be built with each call
	switch id {
	case "gcp":
		return []need{{sources: []source{
			{pathVar: "GOOGLE_APPLICATION_CREDENTIALS", paths: []string{"~/.config/gcloud/application_default_credentials.json"}, format: formatGCP},
		}}}
	case "azure":
		return []need{
			file("~/.azure/msal_token_cache.json", formatJSON),
			{unmarked: true, sources: []source{{paths: []string{azureProfile}, format: formatJSON, check: checkAzure}}},
		}
	case "kubernetes":
		return []need{{sources: []source{
			{pathVar: "KUBECONFIG", list: true, paths: []string{"~/.kube/config"}, format: formatYAML, keys: []string{"contexts"}, check: checkKubernetes},
		}}}
	case "lambda":
		return []need{file("~/.lambda_cloud/lambda_keys", formatSpaced, "api_key").form(&text.FormSpaced)}
	case "runpod":
		return []need{file("~/.runpod/config.toml", formatTOML, "api_key").form(&text.FormRunPod)}
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
	case "ibm":
		return []need{file("~/.ibm/credentials.yaml", formatYAML, "iam_api_key", "resource_group_id").form(&text.FormIBM)}
	case "cudo":
		return []need{file("~/.config/cudo/cudo.yml", formatYAML).checked(checkCudo)}
	case "fluidstack":
		return []need{file("~/.fluidstack/api_key", formatText).checked(checkFluidStack).form(&text.FormFluidStack)}
	case "hyperbolic":
		return []need{file("~/.hyperbolic/api_key", formatToken)}
	case "mithril":
		return []need{{sources: []source{
			{vars: []string{"MITHRIL_API_KEY", "MITHRIL_PROJECT"}, public: []string{"MITHRIL_PROJECT"}},
			{paths: []string{xdgConfig + "mithril/config.yaml"}, format: formatYAML},
		}}}
	case "paperspace":
		return []need{file("~/.paperspace/config.json", formatJSON, "apiKey").form(&text.FormPaperspace)}
	case "primeintellect":
		return []need{file("~/.prime/config.json", formatJSON, "api_key")}
	case "scp":
		return []need{
			file("~/.scp/scp_credential", formatSpaced, "access_key", "secret_key", "project_id").public("access_key", "project_id").
				form(&text.FormSamsung),
		}
	case "seeweb":
		return []need{file("~/.seeweb_cloud/seeweb_keys", formatINI, "api_key").form(&text.FormSeeweb)}
	case "shadeform":
		return []need{file("~/.shadeform/api_key", formatToken)}
	case "slurm":
		return []need{file("~/.slurm/config", formatText).checked(checkSlurm).form(&text.FormSlurm)}
	case "ssh":
		return []need{file("~/.sky/ssh_node_pools.yaml", formatYAML)}
	case "vast":
		return []need{file("~/.config/vastai/vast_api_key", formatToken)}
	case "verda":
		return []need{{sources: []source{
			{vars: []string{"VERDA_CLIENT_ID", "VERDA_CLIENT_SECRET"}, public: []string{"VERDA_CLIENT_ID"}},
			{vars: []string{"DATACRUNCH_CLIENT_ID", "DATACRUNCH_CLIENT_SECRET"}, public: []string{"DATACRUNCH_CLIENT_ID"}},
			{paths: []string{"~/.verda/config.json"}, format: formatJSON, keys: []string{"client_id", "client_secret"}, public: []string{"client_id"}},
		}}}
	case "vsphere":
		return []need{file("~/.vsphere/credential.yaml", formatYAML, "vcenters").checked(checkVSphere)}
	case "yotta":
		return []need{
			file("~/.yotta/credentials", formatUnspaced, "orgId", "apikey").public("orgId").
				form(&text.FormYotta),
		}
	}
	return nil
}
