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
		return expired(text.New(&text.FaultNoSubscription), text.Text{})
	}
	return problem{}
}

// checkKubernetes: kubernetes.config reads no contexts out of a file that does not
// name the current one.
func checkKubernetes(_ Environment, content []byte) problem {
	var file kubeconfig
	if yaml.Unmarshal(content, &file) != nil {
		return malformed(text.New(&text.FaultContexts))
	}
	if !slices.ContainsFunc(file.Contexts, func(c kubeContext) bool { return c.Name == file.CurrentContext }) {
		return incomplete(text.New(&text.FaultNoContext), text.New(&text.HintKubeContext))
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
		return malformed(text.New(&text.FaultOCID, text.Args{"key": "user"}))
	case !ocid.MatchString(section["tenancy"]):
		return malformed(text.New(&text.FaultOCID, text.Args{"key": "tenancy"}))
	case !fingerprint.MatchString(section["fingerprint"]):
		return malformed(text.New(&text.FaultFingerprint))
	case !e.exists(section["key_file"]):
		return incomplete(text.New(&text.FaultNoKeyFile), text.New(&text.HintKeyFile, text.Args{"profile": profile}))
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
		if written, ok := token.(string); ok && strings.TrimSpace(written) != "" {
			return problem{}
		}
	}
	return expired(text.New(&text.FaultNoToken), text.Text{})
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
		return malformed(text.New(&text.FaultCudo))
	}
	if file.Version != "v0" {
		return malformed(text.New(&text.FaultVersion, text.Args{"key": "configVersion", "version": "v0"}))
	}
	for _, c := range file.Contexts {
		if c.Name != file.Current {
			continue
		}
		for _, key := range file.Keys {
			if key.Name == c.Key && key.Key != "" {
				if c.Project == "" {
					return incomplete(text.New(&text.FaultNoProject), text.New(&text.HintCudoProject))
				}
				return problem{}
			}
		}
		return malformed(text.New(&text.FaultCurrentKey))
	}
	return malformed(text.New(&text.FaultCurrent))
}

// checkVSphere: VSphere._check_compute_credentials asks each vCenter for its keys.
func checkVSphere(_ Environment, content []byte) problem {
	mapping, _ := yamlMapping(content)
	vcenters, ok := mapping["vcenters"].([]any)
	if !ok {
		return malformed(text.New(&text.FaultNotList, text.Args{"key": "vcenters"}))
	}
	for i, entry := range vcenters {
		vcenter, _ := entry.(map[string]any)
		fault := missingKey([]string{"name", "username", "password", "clusters"}, func(key string) any { return vcenter[key] })
		if fault.Code != "" {
			return malformed(text.New(&text.FaultInVCenter, text.Args{"number": i + 1, "fault": fault}))
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
			return malformed(text.New(&text.FaultLineKeyword, text.Args{"line": n}))
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
		return malformed(text.New(&text.FaultNoHost))
	}
	for _, user := range users {
		if user || all {
			return problem{}
		}
	}
	return malformed(text.New(&text.FaultNoUser))
}

// checkFluidStack: the class's own test of the key.
func checkFluidStack(_ Environment, content []byte) problem {
	if !strings.HasPrefix(strings.TrimSpace(string(content)), "api_key") {
		return malformed(text.New(&text.FaultFluidStack))
	}
	return problem{}
}

// wantingGCP is what SkyPilot asks for besides the key: a project, and of a person's
// login, which it copies to the server, gcloud's own files.
func wantingGCP(e Environment) []text.Text {
	f := needsOf("gcp")[0].find(e)
	value := formatGCP.reader(f.content)
	var absent []text.Text
	if value("type") == gcpUser {
		for _, path := range []string{"~/.config/gcloud/credentials.db", "~/.config/gcloud/access_tokens.db"} {
			if !e.exists(path) {
				absent = append(absent, fileAt(path))
			}
		}
	}
	if e.Getenv("GOOGLE_CLOUD_PROJECT") == "" && value("project_id") == "" && gcloudProject(e) == "" && e.setting("gcp", "project_id") == "" {
		absent = append(absent, text.New(&text.AbsentProject))
	}
	return absent
}
