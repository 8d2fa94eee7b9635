package credentials

import (
	"carapace/schema"
)

// The kinds of the cases' verdicts.
const (
	missingKind, invalidKind = schema.KindCredentialsMissing, schema.KindCredentialsInvalid

	malformedKind, emptyKind = schema.ProblemMalformed, schema.ProblemEmpty
	expiredKind, unreadKind  = schema.ProblemExpired, schema.ProblemUnreadable
	incompleteKind           = schema.ProblemIncomplete
	justThere                = "SkyPilot's check asks only whether the file is there; a launch would fail later"
	afterCloud               = "SkyPilot hands it to the cloud, which refuses it; the judge's stand-in for the cloud does not"
	asRoot                   = "the tests may run as root, whom no file is denied"
	aPlaceholder             = "a text out of a tutorial is no key; SkyPilot leaves that to the cloud"
)

// fileCases are the clouds whose credentials stand in files of their own. The first
// ones are those of which SkyPilot once thought otherwise than we did.
func fileCases() []credentialCase {
	of := func(path, content string) map[string]string { return map[string]string{path: content} }
	const (
		adc    = "~/.config/gcloud/application_default_credentials.json"
		user   = `{"type":"authorized_user","client_id":"i","client_secret":"` + secret + `","refresh_token":"` + secret + `"}`
		key    = `{"type":"service_account","client_email":"e","private_key":"` + secret + `","token_uri":"u"}`
		lambda = "~/.lambda_cloud/lambda_keys"
		scp    = "~/.scp/scp_credential"
		yotta  = "~/.yotta/credentials"
		seeweb = "~/.seeweb_cloud/seeweb_keys"
		fluid  = "~/.fluidstack/api_key"
		runpod = "~/.runpod/config.toml"
		doctl  = "~/.config/doctl/config.yaml"
		msal   = "~/.azure/msal_token_cache.json"
		oci    = "~/.oci/config"
		slurm  = "~/.slurm/config"
		cudo   = "~/.config/cudo/cudo.yml"
		kube   = "~/.kube/config"
		token  = "~/.nebius/NEBIUS_IAM_TOKEN.txt"
		tenant = "~/.nebius/NEBIUS_TENANT_ID.txt"
		vc     = "~/.vsphere/credential.yaml"

		loggedIn  = `{"subscriptions":[{"id":"s1","name":"one","state":"Enabled","isDefault":true,"tenantId":"t","environmentName":"AzureCloud","user":{"name":"u@x.org","type":"user"}}]}`
		loggedOut = `{"subscriptions":[]}`
		ociKey    = "user=ocid1.user.oc1..aaaa\nfingerprint=00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\ntenancy=ocid1.tenancy.oc1..aaaa\nregion=r\nkey_file=~/.oci/k.pem\n"
		oneCudo   = "configVersion: v0\ncurrent-context: c\ncontexts:\n- {name: c, key: k, project: p}\nkeys:\n- {name: k, key: " + secret + "}\n"
		context   = "apiVersion: v1\ncurrent-context: a\ncontexts:\n- name: a\n  context: {cluster: k, user: u}\nclusters:\n- name: k\n  cluster: {server: 'https://127.0.0.1:1'}\nusers:\n- name: u\n  user: {token: " + secret + "}\n"
		vcenter   = "vcenters:\n- name: v\n  username: u\n  password: " + secret + "\n  clusters: [{name: c}]\n"
	)
	azure := func(profile string) map[string]string {
		return map[string]string{msal: "{}", "~/.azure/azureProfile.json": profile}
	}
	withKey := func(content string) map[string]string {
		return map[string]string{oci: content, "~/.oci/k.pem": "a key"}
	}
	return []credentialCase{
		{name: "key alone", cloud: "seeweb", files: of(seeweb, secret), kind: invalidKind, problem: malformedKind, says: "line 1 is neither", mend: `under the line "[DEFAULT]"`},
		{name: "as SkyPilot reads it", cloud: "seeweb", files: of(seeweb, "[DEFAULT]\napi_key = "+secret+"\n"), source: seeweb},
		{name: "other section", cloud: "seeweb", files: of(seeweb, "[seeweb]\napi_key = "+secret+"\n"), kind: invalidKind, problem: malformedKind, says: "[DEFAULT]"},
		{name: "no key", cloud: "seeweb", files: of(seeweb, "[DEFAULT]\napi_key =\n"), kind: invalidKind, problem: malformedKind, says: "api_key is empty"},
		{name: "key alone", cloud: "fluidstack", files: of(fluid, secret), kind: invalidKind, problem: malformedKind, says: "does not begin with api_key"},
		{name: "as SkyPilot reads it", cloud: "fluidstack", files: of(fluid, "api_key"+secret+"\n"), source: fluid},
		{name: "without spaces", cloud: "lambda", files: of(lambda, "api_key="+secret), kind: invalidKind, problem: malformedKind, says: `begins with "api_key = "`, mend: "one space on each side"},
		{name: "in quotes", cloud: "lambda", files: of(lambda, `api_key = "`+secret+`"`), kind: invalidKind, problem: malformedKind, says: "in quotes"},
		{name: "two spaces", cloud: "lambda", files: of(lambda, "api_key =  "+secret), kind: invalidKind, problem: malformedKind, says: "spaces"},
		{name: "as SkyPilot reads it", cloud: "lambda", files: of(lambda, "# mine\napi_key = "+secret+"\n"), source: lambda},
		{name: "key alone", cloud: "lambda", files: of(lambda, secret), kind: invalidKind, problem: malformedKind, says: "it has no api_key"},
		{name: "placeholder", cloud: "lambda", files: of(lambda, "api_key = [YOUR_API_KEY]"), kind: invalidKind, problem: malformedKind, says: "placeholder"},
		{name: "without spaces", cloud: "scp", files: of(scp, "access_key=a\nsecret_key="+secret+"\nproject_id=p\n"), kind: invalidKind, problem: malformedKind, says: `"access_key = "`},
		{name: "as SkyPilot reads it", cloud: "scp", files: of(scp, "access_key = a\nsecret_key = "+secret+"\nproject_id = p\n"), source: scp},
		{name: "half", cloud: "scp", files: of(scp, "access_key = a\n"), kind: invalidKind, problem: malformedKind, says: "no secret_key"},
		{name: "with spaces", cloud: "yotta", files: of(yotta, "orgId = 1\napikey = "+secret), kind: invalidKind, problem: malformedKind, says: `"orgId="`, mend: "without a space"},
		{name: "a space before the value", cloud: "yotta", files: of(yotta, "orgId= 1\napikey="+secret), kind: invalidKind, problem: malformedKind, says: "spaces", differs: afterCloud},
		{name: "as SkyPilot reads it", cloud: "yotta", files: of(yotta, "orgId=1\napikey="+secret), source: yotta},
		{name: "other table", cloud: "runpod", files: of(runpod, "[work]\napi_key = \""+secret+"\"\n"), kind: invalidKind, problem: malformedKind, says: "no table [default]"},
		{name: "no table", cloud: "runpod", files: of(runpod, "api_key = \""+secret+"\"\n"), kind: invalidKind, problem: malformedKind, says: "no table [default]"},
		{name: "no TOML", cloud: "runpod", files: of(runpod, "[default]\napi_key = "+secret+"\n"), kind: invalidKind, problem: malformedKind, says: "not TOML", mend: `api_key = "KEY"`},
		{name: "as SkyPilot reads it", cloud: "runpod", files: of(runpod, "[default]\napi_key = \""+secret+"\"\n"), source: runpod},
		{name: "one line", cloud: "runpod", files: of(runpod, "default = {api_key = '"+secret+"'}\n"), source: runpod},
		{name: "one key", cloud: "runpod", files: of(runpod, "default.api_key = \""+secret+"\" # mine\n"), source: runpod},
		{name: "the table twice", cloud: "runpod", files: of(runpod, "[default]\napi_key = \""+secret+"\"\n[default]\n"), kind: invalidKind, problem: malformedKind, says: "not TOML"},
		{name: "a list of tables", cloud: "runpod", files: of(runpod, "[[default]]\napi_key = \""+secret+"\"\n"), kind: invalidKind, problem: malformedKind, says: "no table [default]"},
		{name: "empty key", cloud: "runpod", files: of(runpod, "[default]\napi_key = \"\"\n"), kind: invalidKind, problem: malformedKind, says: "api_key is empty"},
		{name: "logged out", cloud: "do", files: of(doctl, "access-token: \"\"\ncontext: default\n"), kind: invalidKind, problem: expiredKind, says: "nobody is logged in", mend: "doctl auth init"},
		{name: "logged out of all contexts", cloud: "do", files: of(doctl, "access-token: \"\"\nauth-contexts: {}\n"), kind: invalidKind, problem: expiredKind},
		{name: "default context", cloud: "do", files: of(doctl, "access-token: "+secret+"\n"), source: doctl},
		{name: "another context", cloud: "do", files: of(doctl, "access-token: \"\"\nauth-contexts: {work: "+secret+"}\n"), source: doctl},
		{name: "by XDG", cloud: "do", vars: map[string]string{"XDG_CONFIG_HOME": "~/x"}, files: of("~/x/doctl/config.yaml", "access-token: "+secret), source: "~/x/doctl"},
		{name: "XDG points elsewhere", cloud: "do", vars: map[string]string{"XDG_CONFIG_HOME": "~/x"}, files: of(doctl, "access-token: "+secret), kind: missingKind, says: "~/x/doctl"},
		{name: "on macOS", cloud: "do", files: of("~/Library/Application Support/doctl/config.yaml", "access-token: "+secret), source: "Application Support"},
		{name: "logged out", cloud: "azure", files: azure(loggedOut), kind: invalidKind, problem: expiredKind, says: "nobody is logged in", mend: "az login"},
		{name: "never logged in", cloud: "azure", files: azure("{}"), kind: invalidKind, problem: expiredKind},
		{name: "garbage", cloud: "azure", files: azure("garbage"), kind: invalidKind, problem: malformedKind, says: "not a JSON object"},
		{name: "logged in", cloud: "azure", files: azure(loggedIn), source: "azureProfile.json"},
		{name: "with a byte order mark", cloud: "azure", files: azure("\ufeff" + loggedIn), source: "azureProfile.json"},
		{name: "no profile", cloud: "azure", files: of(msal, "{}"), kind: missingKind, says: "azureProfile.json"},
		{name: "no tokens", cloud: "azure", files: of("~/.azure/azureProfile.json", loggedIn), kind: missingKind, says: msal},
		{name: "empty tokens", cloud: "azure", files: map[string]string{msal: " \n", "~/.azure/azureProfile.json": loggedIn}, kind: invalidKind, problem: emptyKind, differs: justThere},
		{name: "any text", cloud: "slurm", files: of(slurm, secret+"\n"), kind: invalidKind, problem: malformedKind, says: "line 1 is no keyword"},
		{name: "no host", cloud: "slurm", files: of(slurm, "Host *\n  User u\n"), kind: invalidKind, problem: malformedKind, says: "no Host"},
		{name: "no user", cloud: "slurm", files: of(slurm, "Host a\n  HostName h\n"), kind: invalidKind, problem: malformedKind, says: "User"},
		{name: "as SkyPilot reads it", cloud: "slurm", files: of(slurm, "# x\nHost a\n  HostName=h\n  User u\n  IdentityFile ~/k\n"), source: slurm},
		{name: "the user of all", cloud: "slurm", files: of(slurm, "Host a\n  HostName h\n  IdentityFile ~/k\nHost *\n  User u\n"), source: slurm},
		{name: "token without tenant", cloud: "nebius", files: of(token, secret), kind: missingKind, says: "TENANT"},
		{name: "token and tenant", cloud: "nebius", files: map[string]string{token: secret + "\n", tenant: "t"}, source: "IAM_TOKEN"},
		{name: "key file and tenant", cloud: "nebius", files: map[string]string{"~/.nebius/credentials.json": "{}", tenant: "t"}, source: "credentials.json"},
		{name: "tenant of SkyPilot's configuration", cloud: "nebius", files: map[string]string{token: secret, skyConfig: "nebius:\n  tenant_id: t\n"}, source: skyConfig},
		{name: "two words", cloud: "nebius", files: map[string]string{token: "a " + secret, tenant: "t"}, kind: invalidKind, problem: malformedKind, says: "more than one word", differs: afterCloud},

		{name: "whole", cloud: "oci", files: withKey("[DEFAULT]\n" + ociKey), source: oci},
		{name: "no key file", cloud: "oci", files: of(oci, "[DEFAULT]\n"+ociKey), kind: invalidKind, problem: incompleteKind, says: "key_file is not there", mend: "private key"},
		{name: "half", cloud: "oci", files: of(oci, "[DEFAULT]\nuser=u\n"), kind: invalidKind, problem: malformedKind, says: "fingerprint"},
		{name: "no OCID", cloud: "oci", files: withKey("[DEFAULT]\nuser=u\nfingerprint=f\ntenancy=t\nregion=r\nkey_file=~/.oci/k.pem\n"), kind: invalidKind, problem: malformedKind, says: "user is no OCID"},
		{name: "other section", cloud: "oci", files: withKey("[OTHER]\n" + ociKey), kind: invalidKind, problem: malformedKind, says: "[DEFAULT]"},
		{
			name: "the section that SkyPilot was told", cloud: "oci", source: oci,
			files: map[string]string{oci: "[OTHER]\n" + ociKey, "~/.oci/k.pem": "a key", skyConfig: "oci:\n  oci_config_profile: OTHER\n"},
		},
		{name: "none", cloud: "gcp", kind: missingKind, says: adc},
		{name: "user", cloud: "gcp", files: of(adc, user), source: adc, differs: "SkyPilot also wants gcloud's own login and a project, which are listed as missing"},
		{
			name: "user, gcloud and project", cloud: "gcp", source: adc,
			files: map[string]string{adc: user, "~/.config/gcloud/credentials.db": "x", "~/.config/gcloud/access_tokens.db": "x", "~/.config/gcloud/configurations/config_default": "[core]\nproject = p\n"},
		},
		{name: "service account by variable", cloud: "gcp", vars: map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": "~/k.json", "GOOGLE_CLOUD_PROJECT": "p"}, files: of("~/k.json", key), source: "~/k.json", unjudged: "the key must be a real one for Google's library to read it"},
		{name: "variable names nothing", cloud: "gcp", vars: map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": "~/k.json"}, files: of(adc, user), kind: missingKind, says: "~/k.json"},
		{name: "not JSON", cloud: "gcp", files: of(adc, "{"+secret), kind: invalidKind, problem: malformedKind, says: "not a JSON object"},
		{name: "null", cloud: "gcp", files: of(adc, "null"), kind: invalidKind, problem: malformedKind, says: "not a JSON object"},
		{name: "no type", cloud: "gcp", files: of(adc, `{"client_id":"`+secret+`"}`), kind: invalidKind, problem: malformedKind, says: "no type"},
		{name: "other type", cloud: "gcp", files: of(adc, `{"type":"`+secret+`"}`), kind: invalidKind, problem: malformedKind, says: "none that Google's libraries know"},
		{name: "half", cloud: "gcp", files: of(adc, `{"type":"authorized_user","client_id":"i"}`), kind: invalidKind, problem: malformedKind, says: "no client_secret"},
		{name: "denied", cloud: "gcp", files: of(adc, denied), kind: invalidKind, problem: unreadKind, says: "permission denied", mend: "chmod u+r ~/.config/gcloud", unjudged: asRoot},

		{name: "whole", cloud: "kubernetes", files: of(kube, context), source: kube},
		{name: "no context", cloud: "kubernetes", files: of(kube, "contexts: []\n"), kind: invalidKind, problem: malformedKind, says: "contexts is empty"},
		{name: "no current context", cloud: "kubernetes", files: of(kube, "contexts:\n- name: a\n"), kind: invalidKind, problem: incompleteKind, mend: "use-context"},
		{name: "no YAML", cloud: "kubernetes", files: of(kube, "\t"+secret), kind: invalidKind, problem: malformedKind, says: "not a YAML mapping"},

		{name: "whole", cloud: "cudo", files: of(cudo, oneCudo), source: cudo},
		{name: "any mapping", cloud: "cudo", files: of(cudo, "a: b\n"), kind: invalidKind, problem: malformedKind, says: "configVersion"},
		{name: "no project", cloud: "cudo", files: of(cudo, "configVersion: v0\ncurrent-context: c\ncontexts:\n- {name: c, key: k}\nkeys:\n- {name: k, key: x}\n"), kind: invalidKind, problem: incompleteKind, says: "project"},
		{name: "no such key", cloud: "cudo", files: of(cudo, "configVersion: v0\ncurrent-context: c\ncontexts:\n- {name: c, key: k, project: p}\n"), kind: invalidKind, problem: malformedKind, says: "key of its current context"},
		{name: "no such context", cloud: "cudo", files: of(cudo, "configVersion: v0\ncurrent-context: d\ncontexts:\n- {name: c, key: k, project: p}\n"), kind: invalidKind, problem: malformedKind, says: "current context is not in it"},
		{name: "whole", cloud: "vsphere", files: of(vc, vcenter), source: vc},
		{name: "no password", cloud: "vsphere", files: of(vc, "vcenters:\n- {name: v, username: u}\n"), kind: invalidKind, problem: malformedKind, says: "in its vCenter 1: it has no password"},
		{name: "no list", cloud: "vsphere", files: of(vc, "vcenters: 1\n"), kind: invalidKind, problem: malformedKind, says: "not a list"},

		{name: "whole", cloud: "ibm", files: of("~/.ibm/credentials.yaml", "iam_api_key: "+secret+"\nresource_group_id: r\n"), source: "credentials.yaml"},
		{name: "half", cloud: "ibm", files: of("~/.ibm/credentials.yaml", "iam_api_key: "+secret+"\n"), kind: invalidKind, problem: malformedKind, says: "resource_group_id"},
		{name: "whole", cloud: "hyperbolic", files: of("~/.hyperbolic/api_key", secret), source: "api_key"},
		{name: "empty", cloud: "hyperbolic", files: of("~/.hyperbolic/api_key", ""), kind: invalidKind, problem: emptyKind, differs: justThere},
		{name: "variables", cloud: "mithril", vars: map[string]string{"MITHRIL_API_KEY": secret, "MITHRIL_PROJECT": "p"}, source: "MITHRIL_API_KEY"},
		{name: "half of the variables", cloud: "mithril", vars: map[string]string{"MITHRIL_API_KEY": secret}, kind: missingKind, says: "MITHRIL_PROJECT"},
		{name: "file", cloud: "mithril", files: of("~/.config/mithril/config.yaml", "a: b\n"), source: "mithril"},
		{name: "whole", cloud: "paperspace", files: of("~/.paperspace/config.json", `{"apiKey":"`+secret+`"}`), source: "config.json"},
		{name: "other name", cloud: "paperspace", files: of("~/.paperspace/config.json", `{"api_key":"`+secret+`"}`), kind: invalidKind, problem: malformedKind, says: "no apiKey", mend: `"apiKey": "KEY"`},
		{name: "whole", cloud: "primeintellect", files: of("~/.prime/config.json", `{"api_key":"`+secret+`"}`), source: "config.json"},
		{name: "no key", cloud: "primeintellect", files: of("~/.prime/config.json", `{}`), kind: invalidKind, problem: malformedKind, says: "no api_key"},
		{name: "whole", cloud: "shadeform", files: of("~/.shadeform/api_key", secret), source: "api_key"},
		{name: "empty", cloud: "shadeform", files: of("~/.shadeform/api_key", "\n"), kind: invalidKind, problem: emptyKind},
		{name: "none", cloud: "ssh", kind: missingKind, says: "ssh_node_pools"},
		{name: "pools", cloud: "ssh", files: of("~/.sky/ssh_node_pools.yaml", "p:\n  hosts: [a]\n"), source: "ssh_node_pools", differs: `SkyPilot wants the pools to be up ("sky ssh up"), which only the cluster can tell`},
		{name: "whole", cloud: "vast", files: of("~/.config/vastai/vast_api_key", secret), source: "vast_api_key"},
		{name: "empty", cloud: "vast", files: of("~/.config/vastai/vast_api_key", ""), kind: invalidKind, problem: emptyKind, differs: justThere},
		{name: "placeholder", cloud: "verda", vars: map[string]string{"VERDA_CLIENT_ID": "your-client-id", "VERDA_CLIENT_SECRET": secret}, kind: invalidKind, problem: malformedKind, says: "placeholder", mend: "VERDA_CLIENT_ID", differs: aPlaceholder},
		{name: "file", cloud: "verda", files: of("~/.verda/config.json", `{"client_id":"a","client_secret":"b"}`), source: "config.json"},
		{name: "half", cloud: "verda", files: of("~/.verda/config.json", `{"client_id":"a"}`), kind: invalidKind, problem: malformedKind, says: "client_secret"},
	}
}
