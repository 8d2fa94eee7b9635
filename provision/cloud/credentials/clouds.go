package credentials

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"carapace/schema/text"
)

// What is special to one cloud's files. Each follows the code of SkyPilot 0.14.1, or
// of the library that it hands the file to, and says which.

const (
	azureProfile = "~/.azure/azureProfile.json"
	gcpUser      = "authorized_user"
)

// azureLogin is the subscription in use and who is logged in to it, as the az
// program keeps them; "" where nobody is.
func azureLogin(content []byte) (subscription, user string) {
	object, _ := jsonObject(content)
	subscriptions, _ := object["subscriptions"].([]any)
	for _, entry := range subscriptions {
		s, _ := entry.(map[string]any)
		id, _ := s["id"].(string)
		if inUse, _ := s["isDefault"].(bool); inUse && id != "" {
			of, _ := s["user"].(map[string]any)
			name, _ := of["name"].(string)
			return id, name
		}
	}
	return "", ""
}

// checkAzure: Azure.get_user_identities asks the az program's library for the
// account in use, which "az logout" takes away.
func checkAzure(_ Environment, content []byte) problem {
	if subscription, _ := azureLogin(content); subscription == "" {
		return expired("nobody is logged in, or no subscription is in use", text.Text{})
	}
	return problem{}
}

// checkKubernetes: kubernetes.config reads no contexts out of a file that does not
// name the current one.
func checkKubernetes(_ Environment, content []byte) problem {
	var file kubeconfig
	if yaml.Unmarshal(content, &file) != nil {
		return malformed("its contexts are no list of mappings")
	}
	if !slices.ContainsFunc(file.Contexts, func(c kubeContext) bool { return c.Name == file.CurrentContext }) {
		return incomplete("it names no current context, or one that is not in it", text.New(&text.HintKubeContext))
	}
	return problem{}
}

// checkOCI: oci.config.from_file and validate_config.
func checkOCI(e Environment, content []byte) problem {
	profile := ociProfile(e)
	keys := []string{"user", "fingerprint", "tenancy", "key_file"}
	if e.Getenv("OCI_REGION") == "" {
		keys = append(keys, "region")
	}
	if p := malformed(malformedINI(content, profile, keys)); p.is() {
		return p
	}
	file, _ := parseINI(content)
	section := file.withDefaults(file[profile])
	ocid, fingerprint := ociForms()
	switch {
	case !ocid.MatchString(section["user"]):
		return malformed("user is no OCID")
	case !ocid.MatchString(section["tenancy"]):
		return malformed("tenancy is no OCID")
	case !fingerprint.MatchString(section["fingerprint"]):
		return malformed("fingerprint is not sixteen pairs of hexadecimal digits with colons between them")
	case !e.exists(section["key_file"]):
		return incomplete("its key_file is not there", text.New(&text.HintKeyFile, text.Args{"profile": profile}))
	}
	return problem{}
}

// ociForms are those of an OCID and of a key's fingerprint; made once, when first
// needed.
var ociForms = sync.OnceValues(func() (ocid, fingerprint *regexp.Regexp) {
	return regexp.MustCompile(`^[0-9a-zA-Z_-]+[.:](?:[0-9a-zA-Z_-]*[.:]){3,}[0-9a-zA-Z_-]+$`), regexp.MustCompile(`^(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$`)
})

// ociProfile is the section of OCI's file that SkyPilot reads.
func ociProfile(e Environment) string {
	return cmp.Or(e.setting("oci", "oci_config_profile"), defaultSection)
}

// checkDO: provision/do/utils.py takes the token, else those of the contexts. What
// "doctl auth remove" leaves has neither.
func checkDO(_ Environment, content []byte) problem {
	mapping, _ := yamlMapping(content)
	contexts, _ := mapping["auth-contexts"].(map[string]any)
	for _, token := range append(slices.Collect(maps.Values(contexts)), mapping["access-token"]) {
		if text, ok := token.(string); ok && strings.TrimSpace(text) != "" {
			return problem{}
		}
	}
	return expired("no token is in it: nobody is logged in", text.Text{})
}

// checkCudo: cudo_compute.auth_config, and SkyPilot's own question for the project.
func checkCudo(_ Environment, content []byte) problem {
	var file struct {
		Version  string `yaml:"configVersion"`
		Current  string `yaml:"current-context"`
		Contexts []struct {
			Name    string `yaml:"name"`
			Key     string `yaml:"key"`
			Project string `yaml:"project"`
		} `yaml:"contexts"`
		Keys []struct {
			Name string `yaml:"name"`
			Key  string `yaml:"key"`
		} `yaml:"keys"`
	}
	if yaml.Unmarshal(content, &file) != nil {
		return malformed("it is not as cudoctl writes it")
	}
	if file.Version != "v0" {
		return malformed("its configVersion is not v0")
	}
	for _, c := range file.Contexts {
		if c.Name != file.Current {
			continue
		}
		for _, key := range file.Keys {
			if key.Name == c.Key && key.Key != "" {
				if c.Project == "" {
					return incomplete("no project is chosen", text.New(&text.HintCudoProject))
				}
				return problem{}
			}
		}
		return malformed("the key of its current context is not in it")
	}
	return malformed("its current context is not in it")
}

// checkVSphere: VSphere._check_compute_credentials asks each vCenter for its keys.
func checkVSphere(_ Environment, content []byte) problem {
	mapping, _ := yamlMapping(content)
	vcenters, ok := mapping["vcenters"].([]any)
	if !ok {
		return malformed("vcenters is not a list")
	}
	for i, entry := range vcenters {
		vcenter, _ := entry.(map[string]any)
		if text := missingKey([]string{"name", "username", "password", "clusters"}, func(key string) any { return vcenter[key] }); text != "" {
			return malformedf("in its vCenter %d: %s", i+1, text)
		}
	}
	return problem{}
}

// checkSlurm: paramiko.SSHConfig refuses a line that is no keyword with a value, and
// SkyPilot a file without a host or a host without a user.
func checkSlurm(_ Environment, content []byte) problem {
	var hosts []string
	users := map[string]bool{}
	all := false
	n := 0
	for line := range strings.Lines(string(content)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.IndexFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '=' })
		if at <= 0 || strings.Trim(line[at:], " \t=") == "" {
			return malformedf("line %d is no keyword with a value", n)
		}
		switch strings.ToLower(line[:at]) {
		case "host":
			hosts = strings.Fields(strings.Trim(line[at:], " \t="))
			for _, host := range hosts {
				if _, known := users[host]; !known {
					users[host] = false
				}
			}
		case "user":
			for _, host := range hosts {
				users[host] = true
			}
			all = all || slices.Contains(hosts, "*")
		}
	}
	delete(users, "*")
	if len(users) == 0 {
		return malformed("no Host is in it")
	}
	for _, user := range users {
		if user || all {
			return problem{}
		}
	}
	return malformed("no Host in it has a User")
}

// checkFluidStack: the class's own test of the key.
func checkFluidStack(_ Environment, content []byte) problem {
	if !strings.HasPrefix(strings.TrimSpace(string(content)), "api_key") {
		return malformed("it does not begin with api_key, and SkyPilot refuses every other")
	}
	return problem{}
}

// wantingGCP is what SkyPilot asks for besides the key: a project, and of a person's
// login, which it copies to the server, gcloud's own files.
func wantingGCP(e Environment) []string {
	f := needsOf("gcp")[0].find(e)
	value := formatGCP.reader(f.content)
	var absent []string
	if value("type") == gcpUser {
		for _, path := range []string{"~/.config/gcloud/credentials.db", "~/.config/gcloud/access_tokens.db"} {
			if !e.exists(path) {
				absent = append(absent, path)
			}
		}
	}
	if e.Getenv("GOOGLE_CLOUD_PROJECT") == "" && value("project_id") == "" && gcloudProject(e) == "" && e.setting("gcp", "project_id") == "" {
		absent = append(absent, "a project (gcloud config set project PROJECT)")
	}
	return absent
}
