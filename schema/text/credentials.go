package text

// What is wrong with a cloud's credentials on this computer, and how to mend it.
var (
	CredentialsMissing = Entry{
		Code: "credentials.missing", Title: "There are no credentials for the cloud",
		Message: "There are no credentials for {cloud} on this machine: there is {looked}.",
	}
	CredentialsWrong = Entry{
		Code: "credentials.wrong", Title: "The cloud's credentials can't be used",
		Message: "The credentials for {cloud} in {source} can't be used: {fault}.",
	}
	CredentialsInShell = Entry{
		Code: "credentials.in_shell", Title: "The credentials are in your shell alone",
		Message: "{variable} is set in your login shell, but not where Carapace was started: neither it nor SkyPilot can use it for {cloud}.",
		Hint:    "Start Carapace from a terminal, or put the credentials where every program finds them.",
	}

	HintMakeReadable = Entry{Code: "hint.make_readable", Message: "Make a readable file of {path}."}
	HintChmod        = Entry{
		Code:    "hint.chmod",
		Message: `Give your user the right to read it: chmod u+r {path}. Where it belongs to another user, after sudo for example: sudo chown "$USER" {path}.`,
	}
	HintGiveRight        = Entry{Code: "hint.give_right", Message: "Give your user the right to read {path}."}
	HintCorrectForm      = Entry{Code: "hint.correct_form", Message: "Correct {source}: SkyPilot reads {form}."}
	HintCorrectFile      = Entry{Code: "hint.correct_file", Message: "Correct {source}, or make it anew."}
	HintUnsetVariable    = Entry{Code: "hint.unset_variable", Message: "Correct or unset {variable}, then start Carapace again."}
	HintUnsetVariables   = Entry{Code: "hint.unset_variables", Message: "Correct or unset them, then start Carapace again."}
	HintPutToken         = Entry{Code: "hint.put_token", Message: "Put the token there, or unset {variable}, then start Carapace again."}
	HintCorrectTokenPath = Entry{Code: "hint.correct_token_path", Message: "Put the token there, or correct that path."}
	HintCorrectLine      = Entry{Code: "hint.correct_line", Message: "Correct that line, or make the file anew with aws configure."}
	HintCorrectProfile   = Entry{Code: "hint.correct_profile", Message: "Correct it there, or run: aws configure --profile {profile}."}
	HintMakeProfile      = Entry{Code: "hint.make_profile", Message: "Make that profile (aws configure --profile {profile}), or correct source_profile."}
	HintNewSession       = Entry{Code: "hint.new_session", Message: "Get new session keys from where these came from."}
	HintConfigure        = Entry{Code: "hint.configure", Message: "Run: aws configure --profile {profile}."}
	HintConfigureSSO     = Entry{Code: "hint.configure_sso", Message: "Run: aws configure sso --profile {profile}."}
	HintConfigureAnySSO  = Entry{Code: "hint.configure_any_sso", Message: "Run: aws configure sso."}
	HintLoginSSO         = Entry{Code: "hint.login_sso", Message: "Run: aws sso login --profile {profile}."}
	HintInstallProcess   = Entry{Code: "hint.install_process", Message: "Install that program, or correct credential_process."}
	HintKubeContext      = Entry{Code: "hint.kube_context", Message: `Choose one: "kubectl config get-contexts" lists them, "kubectl config use-context NAME" takes one.`}
	HintKeyFile          = Entry{Code: "hint.key_file", Message: "Put the private key at the key_file that the profile {profile} names, or correct that path."}
	HintCudoProject      = Entry{Code: "hint.cudo_project", Message: `Run "cudoctl init" in a terminal and choose a project.`}
)

// How a person gets credentials of each cloud, with the exact command or file. The table of the clouds,
// provision/cloud/table.go, names them.
var (
	HintSetUpAWS            = Entry{Code: "hint.set_up_aws", Message: `Run "aws configure" (or "aws configure sso") in a terminal, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`}
	HintSetUpGoogle         = Entry{Code: "hint.set_up_google", Message: `Run "gcloud init" and then "gcloud auth application-default login" in a terminal.`}
	HintSetUpAzure          = Entry{Code: "hint.set_up_azure", Message: `Run "az login" and then "az account set -s SUBSCRIPTION" in a terminal.`}
	HintSetUpKubernetes     = Entry{Code: "hint.set_up_kubernetes", Message: `Put a kubeconfig at ~/.kube/config, or name it in KUBECONFIG; "kubectl config get-contexts" must list a context.`}
	HintSetUpLambda         = Entry{Code: "hint.set_up_lambda", Message: `Make an API key at https://cloud.lambdalabs.com/api-keys and write the line "api_key = KEY" into ~/.lambda_cloud/lambda_keys.`}
	HintSetUpRunPod         = Entry{Code: "hint.set_up_runpod", Message: `Run "pip install runpod" and "runpod config" in a terminal.`}
	HintSetUpNebius         = Entry{Code: "hint.set_up_nebius", Message: `Run "nebius iam get-access-token > ~/.nebius/NEBIUS_IAM_TOKEN.txt" and write your tenant's id into ~/.nebius/NEBIUS_TENANT_ID.txt.`}
	HintSetUpOracle         = Entry{Code: "hint.set_up_oracle", Message: "Make an API signing key in the Oracle console and put the configuration that it shows into ~/.oci/config, the key beside it."}
	HintSetUpDigitalOcean   = Entry{Code: "hint.set_up_digitalocean", Message: `Run "doctl auth init" in a terminal.`}
	HintSetUpIBM            = Entry{Code: "hint.set_up_ibm", Message: "Write iam_api_key and resource_group_id into ~/.ibm/credentials.yaml."}
	HintSetUpCudo           = Entry{Code: "hint.set_up_cudo", Message: `Run "cudoctl init" in a terminal.`}
	HintSetUpFluidStack     = Entry{Code: "hint.set_up_fluidstack", Message: "Make an API key at https://dashboard.fluidstack.io and save it to ~/.fluidstack/api_key, which must begin with api_key."}
	HintSetUpHyperbolic     = Entry{Code: "hint.set_up_hyperbolic", Message: "Save your API key to ~/.hyperbolic/api_key."}
	HintSetUpMithril        = Entry{Code: "hint.set_up_mithril", Message: "Set MITHRIL_API_KEY and MITHRIL_PROJECT, or write ~/.config/mithril/config.yaml."}
	HintSetUpPaperspace     = Entry{Code: "hint.set_up_paperspace", Message: `Make an API key and write it into ~/.paperspace/config.json, in JSON with the name "apiKey".`}
	HintSetUpPrimeIntellect = Entry{Code: "hint.set_up_primeintellect", Message: `Run "prime login" in a terminal.`}
	HintSetUpSamsung        = Entry{Code: "hint.set_up_scp", Message: `Write the lines "access_key = …", "secret_key = …" and "project_id = …" into ~/.scp/scp_credential.`}
	HintSetUpSeeweb         = Entry{Code: "hint.set_up_seeweb", Message: `Write the lines "[DEFAULT]" and "api_key = KEY" into ~/.seeweb_cloud/seeweb_keys.`}
	HintSetUpShadeform      = Entry{Code: "hint.set_up_shadeform", Message: "Save your API key to ~/.shadeform/api_key."}
	HintSetUpSlurm          = Entry{Code: "hint.set_up_slurm", Message: `Describe the cluster's login node in ~/.slurm/config, in the form of an SSH configuration: "Host NAME", and under it "HostName ADDRESS", "User USER" and "IdentityFile KEY".`}
	HintSetUpSSH            = Entry{Code: "hint.set_up_ssh", Message: `List your machines in ~/.sky/ssh_node_pools.yaml and run "sky ssh up" in a terminal.`}
	HintSetUpVast           = Entry{Code: "hint.set_up_vast", Message: "Save your API key to ~/.config/vastai/vast_api_key."}
	HintSetUpVerda          = Entry{Code: "hint.set_up_verda", Message: "Set VERDA_CLIENT_ID and VERDA_CLIENT_SECRET, or write client_id and client_secret into ~/.verda/config.json."}
	HintSetUpVSphere        = Entry{Code: "hint.set_up_vsphere", Message: "Describe your vCenters in ~/.vsphere/credential.yaml."}
	HintSetUpYotta          = Entry{Code: "hint.set_up_yotta", Message: `Make an API key at https://console.yottalabs.ai and write the lines "orgId=…" and "apikey=…" into ~/.yotta/credentials.`}
)
