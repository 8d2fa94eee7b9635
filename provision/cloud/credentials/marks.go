package credentials

import (
	"encoding/json"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// awsMarks goes through the places in findAWS's order.
func awsMarks(e Environment, profile string) []string {
	if f := findAWS(e, profile); !f.found || f.problem.hidesAccount() {
		return nil
	}
	if profile == "" {
		if findAWSVars(e).found {
			return awsVarMarks(e)
		}
		profile, _ = awsProfile(e)
	}
	files, _ := readAWSFiles(e)
	return files.marks(e, profile)
}

// awsVarMarks knows nothing of a container's credentials: their address is not
// that of an account.
func awsVarMarks(e Environment) []string {
	if id := e.Getenv("AWS_ACCESS_KEY_ID"); id != "" {
		return []string{"key", id}
	}
	return awsARNMarks(e.Getenv("AWS_ROLE_ARN"))
}

func (a awsFiles) marks(e Environment, name string) []string {
	const idKey = "aws_access_key_id"
	config, keys := a.sections(name)
	switch {
	case config["role_arn"] != "":
		return awsARNMarks(config["role_arn"])
	case keys["role_arn"] != "":
		return awsARNMarks(keys["role_arn"])
	case config["sso_session"] != "" || config["sso_start_url"] != "":
		return []string{"account", config["sso_account_id"]}
	case hasAWSKeys(keys):
		return []string{"key", keys[idKey]}
	case keys["credential_process"] != "":
		return a.processMarks(e, a.credentialsPath, name)
	case config["credential_process"] != "":
		return a.processMarks(e, a.configPath, name)
	case config["login_session"] != "":
		return awsARNMarks(config["login_session"])
	}
	return []string{"key", config[idKey]}
}

// processMarks does not take the command of a credential_process: a password may
// stand in it.
func (a awsFiles) processMarks(e Environment, path, name string) []string {
	marks := e.fileMarks(e.expand(path))
	if marks == nil {
		return nil
	}
	return append(marks, name)
}

// awsARNMarks is the account's number in an ARN (arn:aws:iam::123456789012:role/x):
// another role of the same account sees the same machines.
func awsARNMarks(arn string) []string {
	if arn == "" {
		return nil
	}
	parts := strings.Split(arn, ":")
	if len(parts) < 6 || parts[0] != "arn" || parts[4] == "" {
		return []string{"arn", arn}
	}
	return []string{"account", parts[4]}
}

// azureMarks is the default subscription and who is logged in to it, which is
// what SkyPilot compares. The file of tokens changes each time one is renewed and
// tells nothing.
func azureMarks(e Environment) []string {
	subscription, user := azureLogin(e.content(azureProfile))
	if subscription == "" {
		return nil
	}
	return []string{"subscription", subscription, "user", user}
}

// gcpMarks is whose the credentials are and the project that they work in. A
// user's credentials need not hold the account's name, and their client_id is
// gcloud's own: without the name there is only the file.
func (f finding) gcpMarks(e Environment) []string {
	value := formatGCP.reader(f.content)
	var marks []string
	switch value("type") {
	case "service_account":
		marks = public(value, "client_email")
	case "authorized_user":
		marks = public(value, "account")
	case "gdch_service_account":
		marks = public(value, "name")
	default:
		marks = public(value, "audience", "service_account_impersonation_url")
	}
	if marks == nil {
		marks = e.fileMarks(f.path)
	}
	if marks == nil {
		return nil
	}
	// The order is that of google.auth.default.
	for _, project := range []string{e.Getenv("GOOGLE_CLOUD_PROJECT"), value("project_id"), gcloudProject(e)} {
		if project != "" {
			return append(marks, "project", project)
		}
	}
	return marks
}

// gcloudProject is the project of gcloud's active configuration, "" where none is set.
func gcloudProject(e Environment) string {
	if project := e.Getenv("CLOUDSDK_CORE_PROJECT"); project != "" {
		return project
	}
	read := func(path string) []byte { return e.content("~/.config/gcloud/" + path) }
	active := e.Getenv("CLOUDSDK_ACTIVE_CONFIG_NAME")
	if active == "" {
		active = strings.TrimSpace(string(read("active_config")))
	}
	if active == "" {
		active = "default"
	}
	if strings.ContainsAny(active, `/\`) {
		return "" // a configuration's name has none, and the path would lead elsewhere
	}
	file, _ := parseINI(read("configurations/config_" + active))
	return file["core"]["project"]
}

// kubeconfig is the part of a kubeconfig that holds no secret.
type kubeconfig struct {
	CurrentContext string        `yaml:"current-context"`
	Contexts       []kubeContext `yaml:"contexts"`
	Clusters       []struct {
		Name    string `yaml:"name"`
		Cluster struct {
			Server string `yaml:"server"`
		} `yaml:"cluster"`
	} `yaml:"clusters"`
}

type kubeContext struct {
	Name    string `yaml:"name"`
	Context struct {
		Cluster   string `yaml:"cluster"`
		User      string `yaml:"user"`
		Namespace string `yaml:"namespace"`
	} `yaml:"context"`
}

// kubernetesMarks is the current context, its user and the address of its cluster.
// Of several files, the first that names a thing counts, as for kubectl.
func kubernetesMarks(paths []string, e Environment) []string {
	var merged kubeconfig
	for _, path := range paths {
		content, _, wrong := e.read(e.expand(path))
		var one kubeconfig
		if wrong.is() || yaml.Unmarshal(content, &one) != nil {
			return nil
		}
		if merged.CurrentContext == "" {
			merged.CurrentContext = one.CurrentContext
		}
		merged.Contexts = append(merged.Contexts, one.Contexts...)
		merged.Clusters = append(merged.Clusters, one.Clusters...)
	}
	for _, named := range merged.Contexts {
		if named.Name != merged.CurrentContext {
			continue
		}
		marks := []string{"context", named.Name, named.Context.User, named.Context.Namespace}
		for _, c := range merged.Clusters {
			if c.Name == named.Context.Cluster {
				return append(marks, c.Cluster.Server)
			}
		}
	}
	return nil
}

// nebiusMarks is the tenant, or the service account of a key file. A token is
// renewed every few hours: its file tells nothing about the account, but without
// the others there is nothing else.
func (f finding) nebiusMarks(e Environment) []string {
	if tenant := strings.TrimSpace(string(e.content("~/.nebius/NEBIUS_TENANT_ID.txt"))); tenant != "" {
		return []string{"tenant", tenant}
	}
	var key struct {
		Subject struct {
			Sub string `json:"sub"`
		} `json:"subject-credentials"`
	}
	if f.from.format == formatJSON && json.Unmarshal(f.content, &key) == nil && key.Subject.Sub != "" {
		return []string{"service account", key.Subject.Sub}
	}
	return e.fileMarks(f.path)
}

// vsphereMarks is every vCenter with the user's name there.
func vsphereMarks(content []byte) []string {
	var file struct {
		VCenters []struct {
			Name     string `yaml:"name"`
			Username string `yaml:"username"`
		} `yaml:"vcenters"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil
	}
	var marks []string
	for _, v := range file.VCenters {
		if v.Name != "" {
			marks = append(marks, v.Name+"\n"+v.Username)
		}
	}
	slices.Sort(marks)
	return marks
}
