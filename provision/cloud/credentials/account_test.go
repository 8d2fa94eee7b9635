package credentials

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/provision/cloud"
)

// machine is what Account looks at: files, variables, and when all of the files
// were last changed.
type machine struct {
	files, vars map[string]string
	changed     int64
}

func (m machine) environment() Environment {
	e := fake(m.files, m.vars)
	e.Stat = func(path string) (int64, time.Time, error) {
		content, err := e.ReadFile(path)
		if err != nil {
			return 0, time.Time{}, err
		}
		return int64(len(content)), time.Unix(m.changed, 0), nil
	}
	return e
}

func (m machine) account(t *testing.T, id, profile string) string {
	t.Helper()
	c, found := cloud.Find(id)
	if !found {
		t.Fatalf("no cloud %s", id)
	}
	return Account(c, m.environment(), profile, "salt")
}

// with is the machine after a part of what stands in a file or variable was
// replaced and all files were written anew.
func (m machine) with(old, replacement string) machine {
	in := func(values map[string]string) map[string]string {
		out := maps.Clone(values)
		for key, value := range out {
			out[key] = strings.ReplaceAll(value, old, replacement)
		}
		return out
	}
	return machine{files: in(m.files), vars: in(m.vars), changed: m.changed + 1}
}

// samples are credentials as each kind stands on a machine; secret stands where a
// secret does.
func samples() map[string]machine {
	of := func(path, content string) machine { return machine{files: map[string]string{path: content}} }
	keys := "aws_access_key_id = AKIAONE\naws_secret_access_key = " + secret + "\n"
	adc := "~/.config/gcloud/application_default_credentials.json"
	return map[string]machine{
		"aws":               of("~/.aws/credentials", "[default]\n"+keys+"[work]\n"+strings.Replace(keys, "ONE", "TWO", 1)),
		"aws variables":     {vars: map[string]string{"AWS_ACCESS_KEY_ID": "AKIAONE", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": secret}},
		"aws web identity":  {vars: map[string]string{"AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/one", "AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}},
		"aws role":          of("~/.aws/config", "[default]\nrole_arn = arn:aws:iam::111111111111:role/one\nsource_profile = other\n"),
		"aws sso":           of("~/.aws/config", "[default]\nsso_session = s\nsso_account_id = 111111111111\nsso_role_name = one\n"),
		"aws process":       of("~/.aws/config", "[default]\ncredential_process = /bin/tool --password "+secret+"\n"),
		"aws login":         of("~/.aws/config", "[default]\nlogin_session = arn:aws:iam::111111111111:user/one\n"),
		"aws config keys":   of("~/.aws/config", "[default]\n"+keys),
		"gcp service":       of(adc, `{"type":"service_account","client_email":"one@p.iam","project_id":"p1","private_key":"`+secret+`","token_uri":"u"}`),
		"gcp user":          of(adc, `{"type":"authorized_user","account":"","client_id":"i","client_secret":"`+secret+`","refresh_token":"`+secret+`"}`),
		"gcp named user":    of(adc, `{"type":"authorized_user","account":"one@x.org","client_id":"i","client_secret":"`+secret+`","refresh_token":"`+secret+`"}`),
		"gcp federated":     of(adc, `{"type":"external_account","audience":"//iam/one"}`),
		"azure":             {files: map[string]string{"~/.azure/msal_token_cache.json": `{"t":"` + secret + `"}`, "~/.azure/azureProfile.json": "\ufeff" + `{"subscriptions":[{"id":"s0","user":{"name":"zero"}},{"id":"s1","isDefault":true,"user":{"name":"one@x.org"}}]}`}},
		"kubernetes":        of("~/.kube/config", "current-context: c1\ncontexts:\n- name: c0\n  context: {cluster: k0, user: u0}\n- name: c1\n  context: {cluster: k1, user: u1}\nclusters:\n- name: k1\n  cluster: {server: https://one}\nusers:\n- name: u1\n  user: {token: "+secret+"}\n"),
		"lambda":            of("~/.lambda_cloud/lambda_keys", "api_key = "+secret),
		"runpod":            of("~/.runpod/config.toml", "[default]\napi_key = \""+secret+"\"\n"),
		"nebius tenant":     {files: map[string]string{"~/.nebius/NEBIUS_IAM_TOKEN.txt": secret, "~/.nebius/NEBIUS_TENANT_ID.txt": "tenant-one\n"}},
		"nebius token":      of("~/.nebius/NEBIUS_IAM_TOKEN.txt", secret),
		"nebius key":        of("~/.nebius/credentials.json", `{"subject-credentials":{"sub":"serviceaccount-one","private-key":"`+secret+`"}}`),
		"oci":               of("~/.oci/config", "[DEFAULT]\nuser=ocid1.user.oc1..u-one\nfingerprint=00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff\ntenancy=ocid1.tenancy.oc1..t\nregion=r\nkey_file=k\npass_phrase="+secret+"\n"),
		"do":                of("~/.config/doctl/config.yaml", "access-token: "+secret),
		"ibm":               of("~/.ibm/credentials.yaml", "iam_api_key: "+secret+"\nresource_group_id: g\n"),
		"cudo":              of("~/.config/cudo/cudo.yml", "configVersion: v0\ncurrent-context: c\ncontexts:\n- {name: c, key: k, project: p}\nkeys:\n- {name: k, key: "+secret+"}\n"),
		"fluidstack":        of("~/.fluidstack/api_key", "api_key"+secret),
		"hyperbolic":        of("~/.hyperbolic/api_key", secret),
		"mithril":           of("~/.config/mithril/config.yaml", "api_key: "+secret),
		"mithril variables": {vars: map[string]string{"MITHRIL_API_KEY": secret, "MITHRIL_PROJECT": "proj-one"}},
		"paperspace":        of("~/.paperspace/config.json", `{"apiKey":"`+secret+`"}`),
		"primeintellect":    of("~/.prime/config.json", `{"api_key":"`+secret+`"}`),
		"scp":               of("~/.scp/scp_credential", "access_key = a-one\nsecret_key = "+secret+"\nproject_id = p\n"),
		"seeweb":            of("~/.seeweb_cloud/seeweb_keys", "[DEFAULT]\napi_key = "+secret),
		"shadeform":         of("~/.shadeform/api_key", secret),
		"slurm":             of("~/.slurm/config", "Host h\n  User u\n"),
		"ssh":               of("~/.sky/ssh_node_pools.yaml", "pool:\n  hosts: [a]\n  password: "+secret+"\n"),
		"vast":              of("~/.config/vastai/vast_api_key", secret),
		"verda":             of("~/.verda/config.json", `{"client_id":"c-one","client_secret":"`+secret+`"}`),
		"verda variables":   {vars: map[string]string{"VERDA_CLIENT_ID": "c-one", "VERDA_CLIENT_SECRET": secret}},
		"vsphere":           of("~/.vsphere/credential.yaml", "vcenters:\n- {name: v1, username: one, password: "+secret+", clusters: [{name: c}]}\n"),
		"yotta":             of("~/.yotta/credentials", "orgId=o-one\napikey="+secret),
	}
}

func cloudOf(sample string) string {
	id, _, _ := strings.Cut(sample, " ")
	return id
}

func TestAccountHoldsNoSecret(t *testing.T) {
	seen := map[string]bool{}
	for name, m := range samples() {
		seen[cloudOf(name)] = true
		before := m.account(t, cloudOf(name), "")
		other := m.with(secret, "T4DS4Uwbmvf")
		other.changed = m.changed // only the secret differs, as long as before
		if after := other.account(t, cloudOf(name), ""); before == "" || before != after {
			t.Errorf("%s: another secret makes %q of %q", name, after, before)
		}
		if len(before) != 64 || strings.Contains(before, "one") {
			t.Errorf("%s: %q is no fingerprint", name, before)
		}
	}
	for _, c := range cloud.All() {
		if !seen[c.ID] {
			t.Errorf("%s has no sample", c.ID)
		}
	}
}

// Where nothing about the credentials is public, a file that was written again is
// another account's as far as this machine can tell; where something is, it is not.
func TestAccountOfAFileWrittenAgain(t *testing.T) {
	byFile := []string{
		"aws process", "cudo", "do", "fluidstack", "gcp user", "hyperbolic", "ibm", "lambda", "mithril", "nebius token", "paperspace",
		"primeintellect", "runpod", "seeweb", "shadeform", "slurm", "ssh", "vast",
	}
	for name, m := range samples() {
		again := m
		again.changed++
		same := m.account(t, cloudOf(name), "") == again.account(t, cloudOf(name), "")
		if same == slices.Contains(byFile, name) {
			t.Errorf("%s: the same after its files were written again: %v", name, same)
		}
		c, _ := cloud.Find(cloudOf(name))
		blind := m.environment()
		blind.Stat = nil
		if told := Account(c, blind, "", "salt") != ""; told == slices.Contains(byFile, name) {
			t.Errorf("%s: without Stat, an account is told: %v", name, told)
		}
	}
}

func TestAccountChanges(t *testing.T) {
	all := samples()
	for _, tt := range []struct {
		sample, old, replacement string
		same                     bool
	}{
		{sample: "aws", old: "[default]", replacement: "# a comment\n[default]", same: true},
		{sample: "aws", old: "[work]", replacement: "[home]", same: true},
		{sample: "aws", old: "AKIAONE", replacement: "AKIATEN"},
		{sample: "aws variables", old: "AKIAONE", replacement: "AKIATEN"},
		{sample: "aws role", old: "role/one", replacement: "role/two", same: true}, // the same account
		{sample: "aws role", old: "1111", replacement: "2222"},
		{sample: "aws role", old: "source_profile", replacement: "region = x\nsource_profile", same: true},
		{sample: "aws web identity", old: "1111", replacement: "2222"},
		{sample: "aws sso", old: "1111", replacement: "2222"},
		{sample: "aws login", old: "1111", replacement: "2222"},
		{sample: "gcp service", old: "one@p", replacement: "two@p"},
		{sample: "gcp service", old: `"p1"`, replacement: `"p2"`},
		{sample: "gcp named user", old: "one@", replacement: "two@"},
		{sample: "gcp federated", old: "/one", replacement: "/two"},
		{sample: "azure", old: `"s1"`, replacement: `"s2"`},
		{sample: "azure", old: "one@", replacement: "two@"},
		{sample: "azure", old: "zero", replacement: "none", same: true}, // not the default subscription
		{sample: "kubernetes", old: "current-context: c1", replacement: "current-context: c0"},
		{sample: "kubernetes", old: "https://one", replacement: "https://two"},
		{sample: "kubernetes", old: "u0", replacement: "u9", same: true}, // not the current context
		{sample: "lambda", old: "api_key = ", replacement: "api_key = other"},
		{sample: "nebius tenant", old: "tenant-one", replacement: "tenant-two"},
		{sample: "nebius key", old: "account-one", replacement: "account-two"},
		{sample: "oci", old: "region=r", replacement: "region=q", same: true},
		{sample: "oci", old: "u-one", replacement: "u-two"},
		{sample: "mithril variables", old: "proj-one", replacement: "proj-two"},
		{sample: "scp", old: "a-one", replacement: "a-two"},
		{sample: "verda", old: "c-one", replacement: "c-two"},
		{sample: "verda variables", old: "c-one", replacement: "c-two"},
		{sample: "vsphere", old: "username: one", replacement: "username: two"},
		{sample: "yotta", old: "o-one", replacement: "o-two"},
	} {
		m, found := all[tt.sample]
		if !found {
			t.Fatalf("no sample %s", tt.sample)
		}
		before, after := m.account(t, cloudOf(tt.sample), ""), m.with(tt.old, tt.replacement).account(t, cloudOf(tt.sample), "")
		if (before == after) != tt.same {
			t.Errorf("%s: %q for %q: the same %v, want %v", tt.sample, tt.replacement, tt.old, before == after, tt.same)
		}
	}
}

// A copy that keeps the time of change is told by its size.
func TestAccountOfAnotherSize(t *testing.T) {
	m := samples()["lambda"]
	longer := m.with("api_key", "\napi_key")
	longer.changed = m.changed
	if m.account(t, "lambda", "") == longer.account(t, "lambda", "") {
		t.Error("the file's size does not count")
	}
}

func TestAccountOfAProfile(t *testing.T) {
	m := samples()["aws"]
	work := m.account(t, "aws", "work")
	if work == "" || work == m.account(t, "aws", "") {
		t.Errorf("the profile does not count: %q", work)
	}
	m.vars = map[string]string{"AWS_PROFILE": "work"}
	if m.account(t, "aws", "") != work {
		t.Error("the profile of the environment does not count")
	}
	if got := m.account(t, "aws", "none"); got != "" {
		t.Errorf("a profile that is not there has the account %q", got)
	}
}

func TestAccountThatCannotBeTold(t *testing.T) {
	for _, c := range cloud.All() {
		if got := Account(c, machine{}.environment(), "", "salt"); got != "" {
			t.Errorf("%s on an empty machine: %q", c.ID, got)
		}
	}
	for name, m := range map[string]machine{
		"aws container": {vars: map[string]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}},
		"aws broken":    {files: map[string]string{"~/.aws/credentials": "junk"}},
		"azure login":   {files: map[string]string{"~/.azure/msal_token_cache.json": "{}"}},
		"azure broken":  {files: map[string]string{"~/.azure/msal_token_cache.json": "{}", "~/.azure/azureProfile.json": "junk"}},
		"kubernetes no": {files: map[string]string{"~/.kube/config": "contexts:\n- name: a\n"}},
		"lambda denied": {files: map[string]string{"~/.lambda_cloud/lambda_keys": "DENIED"}},
	} {
		if got := m.account(t, cloudOf(name), ""); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAccountIsSalted(t *testing.T) {
	e := samples()["yotta"].environment()
	c, _ := cloud.Find("yotta")
	if Account(c, e, "", "a") == Account(c, e, "", "b") || Account(c, e, "", "") != "" {
		t.Error("the salt does not count")
	}
}

func TestAccountOfTwoKubeconfigs(t *testing.T) {
	whole := samples()["kubernetes"]
	content := whole.files["~/.kube/config"]
	at := strings.Index(content, "clusters:")
	list := strings.Join([]string{"/a", "/b", "/none"}, string(os.PathListSeparator))
	split := machine{files: map[string]string{"/a": content[:at], "/b": content[at:]}, vars: map[string]string{"KUBECONFIG": list}}
	if got := split.account(t, "kubernetes", ""); got == "" || got != whole.account(t, "kubernetes", "") {
		t.Errorf("the merged kubeconfig has the account %q", got)
	}
}

func TestAccountOfGcloudsProject(t *testing.T) {
	m := samples()["gcp named user"]
	none := m.account(t, "gcp", "")
	const folder = "~/.config/gcloud/"
	m.files[folder+"configurations/config_default"] = "[core]\nproject = p1\n"
	m.files[folder+"configurations/config_work"] = "[core]\nproject = p2\n"
	first := m.account(t, "gcp", "")
	m.files[folder+"active_config"] = "work\n"
	second := m.account(t, "gcp", "")
	m.vars = map[string]string{"GOOGLE_CLOUD_PROJECT": "p1"}
	byVariable := m.account(t, "gcp", "")
	if none == first || first == second || byVariable != first {
		t.Errorf("none %q, p1 %q, p2 %q, p1 by a variable %q", none, first, second, byVariable)
	}
}

func TestHostStat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	when := time.Unix(1_700_000_000, 0)
	if err := os.Chtimes(path, when, when); err != nil {
		t.Fatal(err)
	}
	if size, modified, err := Host().Stat(path); err != nil || size != 5 || !modified.Equal(when) {
		t.Errorf("%d, %s, %v", size, modified, err)
	}
	if _, _, err := Host().Stat(path + "x"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v, want %v", err, fs.ErrNotExist)
	}
}
