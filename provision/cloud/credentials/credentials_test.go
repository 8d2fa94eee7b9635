package credentials

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"carapace/provision/cloud"
	"carapace/schema"
)

// secret stands in every value that must never be shown.
const secret = "S3CR3Tvalue"

// fake is a machine with these files (by a path that may begin with ~/) and
// variables, and every program.
func fake(files, vars map[string]string) Environment {
	home := filepath.FromSlash("/home/u")
	return Environment{
		Home:     home,
		Getenv:   func(name string) string { return vars[name] },
		LookPath: func(string) bool { return true },
		ReadFile: func(path string) ([]byte, error) {
			for name, content := range files {
				if rest, found := strings.CutPrefix(name, "~/"); found {
					name = filepath.Join(home, filepath.FromSlash(rest))
				}
				if name != path {
					continue
				}
				if content == "DENIED" {
					return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
				}
				return []byte(content), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

type credentialCase struct {
	name, cloud, profile string
	files, vars          map[string]string
	kind                 schema.Kind // "": present
	source               string      // in Source
	says                 string      // in the message
}

func (tt credentialCase) check(t *testing.T) {
	c, found := cloud.Find(tt.cloud)
	if !found {
		t.Fatalf("no cloud %s", tt.cloud)
	}
	got, err := Find(c, fake(tt.files, tt.vars), tt.profile)
	var kind schema.Kind
	message := ""
	if err != nil {
		kind, message = err.Kind, err.Message
		if err.Hint == "" || err.Provider != c.ID || err.Docs == "" {
			t.Errorf("a refusal without hint, provider or page: %+v", err)
		}
	}
	if kind != tt.kind || got.Present != (tt.kind == "") {
		t.Fatalf("kind %q (%s), present %v; want kind %q", kind, message, got.Present, tt.kind)
	}
	if !strings.Contains(got.Source, tt.source) {
		t.Errorf("source %q does not hold %q", got.Source, tt.source)
	}
	if !strings.Contains(message, tt.says) {
		t.Errorf("message %q does not say %q", message, tt.says)
	}
	if shown := got.Source + strings.Join(got.Missing, "") + message; strings.Contains(shown, secret) {
		t.Errorf("a secret is shown: %s", shown)
	}
}

func TestCredentialsOfFiles(t *testing.T) {
	const missing, invalid = schema.KindCredentialsMissing, schema.KindCredentialsInvalid
	adc := "~/.config/gcloud/application_default_credentials.json"
	user := `{"type":"authorized_user","client_id":"i","client_secret":"` + secret + `","refresh_token":"` + secret + `"}`
	for _, tt := range []credentialCase{
		{name: "gcp none", cloud: "gcp", kind: missing, says: adc},
		{name: "gcp user", cloud: "gcp", files: map[string]string{adc: user}, source: adc},
		{
			name: "gcp service account by variable", cloud: "gcp", vars: map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": "/k.json"},
			files: map[string]string{"/k.json": `{"type":"service_account","client_email":"e","private_key":"` + secret + `","token_uri":"u"}`}, source: "/k.json",
		},
		{
			name: "gcp variable names nothing", cloud: "gcp", vars: map[string]string{"GOOGLE_APPLICATION_CREDENTIALS": "/k.json"},
			files: map[string]string{adc: user}, kind: missing, says: "/k.json",
		},
		{name: "gcp not JSON", cloud: "gcp", files: map[string]string{adc: "{" + secret}, kind: invalid, says: "not a JSON object"},
		{name: "gcp null", cloud: "gcp", files: map[string]string{adc: "null"}, kind: invalid, says: "not a JSON object"},
		{name: "gcp no type", cloud: "gcp", files: map[string]string{adc: `{"client_id":"` + secret + `"}`}, kind: invalid, says: "no type"},
		{name: "gcp other type", cloud: "gcp", files: map[string]string{adc: `{"type":"` + secret + `"}`}, kind: invalid, says: "none that Google's libraries know"},
		{name: "gcp half", cloud: "gcp", files: map[string]string{adc: `{"type":"authorized_user","client_id":"i"}`}, kind: invalid, says: "no client_secret"},
		{name: "gcp denied", cloud: "gcp", files: map[string]string{adc: "DENIED"}, kind: invalid, says: "permission denied"},

		{name: "azure", cloud: "azure", files: map[string]string{"~/.azure/msal_token_cache.json": "{}"}, source: "msal_token_cache"},
		{name: "azure empty", cloud: "azure", files: map[string]string{"~/.azure/msal_token_cache.json": " \n"}, kind: invalid, says: "empty"},

		{name: "kubernetes", cloud: "k8s", files: map[string]string{"~/.kube/config": "contexts:\n- name: a\n"}, source: "~/.kube/config"},
		{name: "kubernetes no context", cloud: "k8s", files: map[string]string{"~/.kube/config": "contexts: []\n"}, kind: invalid, says: "contexts is empty"},
		{name: "kubernetes no YAML", cloud: "k8s", files: map[string]string{"~/.kube/config": "\t" + secret}, kind: invalid, says: "not a YAML mapping"},

		{name: "lambda", cloud: "lambda", files: map[string]string{"~/.lambda_cloud/lambda_keys": "api_key = " + secret}, source: "lambda_keys"},
		{name: "lambda bare key", cloud: "lambda", files: map[string]string{"~/.lambda_cloud/lambda_keys": secret}, kind: invalid, says: "api_key is empty"},
		{name: "lambda placeholder", cloud: "lambda", files: map[string]string{"~/.lambda_cloud/lambda_keys": "api_key = [YOUR API KEY]"}, kind: invalid, says: "placeholder"},
		{name: "runpod", cloud: "runpod", files: map[string]string{"~/.runpod/config.toml": "[default]\napi_key = \"" + secret + "\"\n"}, source: "config.toml"},
		{name: "runpod empty key", cloud: "runpod", files: map[string]string{"~/.runpod/config.toml": "[default]\napi_key = \"\"\n"}, kind: invalid, says: "api_key is empty"},

		{name: "nebius token", cloud: "nebius", files: map[string]string{"~/.nebius/NEBIUS_IAM_TOKEN.txt": secret + "\n"}, source: "IAM_TOKEN"},
		{name: "nebius key file", cloud: "nebius", files: map[string]string{"~/.nebius/credentials.json": "{}"}, source: "credentials.json"},
		{name: "nebius two words", cloud: "nebius", files: map[string]string{"~/.nebius/NEBIUS_IAM_TOKEN.txt": "a " + secret}, kind: invalid, says: "more than one word"},

		{name: "oci", cloud: "oci", files: map[string]string{"~/.oci/config": "[DEFAULT]\nuser=u\nfingerprint=f\ntenancy=t\nregion=r\nkey_file=k\n"}, source: "~/.oci/config"},
		{name: "oci half", cloud: "oci", files: map[string]string{"~/.oci/config": "[DEFAULT]\nuser=u\n"}, kind: invalid, says: "fingerprint"},
		{name: "oci other section", cloud: "oci", files: map[string]string{"~/.oci/config": "[OTHER]\nuser=u\n"}, kind: invalid, says: "[DEFAULT]"},

		{name: "do by XDG", cloud: "do", vars: map[string]string{"XDG_CONFIG_HOME": "/x"}, files: map[string]string{filepath.FromSlash("/x/doctl/config.yaml"): "access-token: " + secret}, source: "doctl"},
		{name: "do on macOS", cloud: "do", files: map[string]string{"~/Library/Application Support/doctl/config.yaml": "access-token: x"}, source: "Application Support"},

		{name: "mithril variables", cloud: "mithril", vars: map[string]string{"MITHRIL_API_KEY": secret, "MITHRIL_PROJECT": "p"}, source: "MITHRIL_API_KEY"},
		{name: "mithril half, no file", cloud: "mithril", vars: map[string]string{"MITHRIL_API_KEY": secret}, kind: missing, says: "MITHRIL_PROJECT"},
		{name: "verda placeholder", cloud: "verda", vars: map[string]string{"VERDA_CLIENT_ID": "your-client-id", "VERDA_CLIENT_SECRET": secret}, kind: invalid, says: "placeholder"},
		{name: "verda file", cloud: "verda", files: map[string]string{"~/.verda/config.json": `{"client_id":"a","client_secret":"b"}`}, source: "config.json"},
		{name: "yotta", cloud: "yotta", files: map[string]string{"~/.yotta/credentials": "orgId=1\napikey=" + secret}, source: "credentials"},
	} {
		t.Run(tt.name, tt.check)
	}
}

func TestKubeconfigListNeedsOneFile(t *testing.T) {
	list := strings.Join([]string{"/a", "/b"}, string(os.PathListSeparator))
	e := fake(map[string]string{"/b": "users: []\n"}, map[string]string{"KUBECONFIG": list})
	c, _ := cloud.Find("kubernetes")
	if got, err := Find(c, e, ""); err != nil || got.Source != "/b" {
		t.Fatalf("a part of a merged kubeconfig was refused: %+v, %v", got, err)
	}
}

func TestWhatElseSkyPilotWillAskFor(t *testing.T) {
	e := fake(map[string]string{"~/.azure/msal_token_cache.json": "{}"}, nil)
	e.LookPath = func(string) bool { return false }
	c, _ := cloud.Find("azure")
	got, err := Find(c, e, "")
	if err != nil || !got.Present {
		t.Fatalf("missing programs must not refuse: SkyPilot's PATH is its own: %v", err)
	}
	if missing := strings.Join(got.Missing, "; "); !strings.Contains(missing, "the program az") || !strings.Contains(missing, "azureProfile") {
		t.Errorf("missing: %s", missing)
	}
}

func TestHostReadsOnlySmallRegularFiles(t *testing.T) {
	dir := t.TempDir()
	small, large := filepath.Join(dir, "small"), filepath.Join(dir, "large")
	if err := os.WriteFile(small, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxCredentialFile+1); err != nil {
		t.Fatal(err)
	}
	e := Host()
	if data, err := e.ReadFile(small); err != nil || string(data) != "x" {
		t.Errorf("small: %q, %v", data, err)
	}
	for path, what := range map[string]string{large: "too large", dir: "a folder"} {
		if _, err := e.ReadFile(path); err == nil {
			t.Errorf("%s was read", what)
		}
	}
	if _, err := e.ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if runtime.GOOS != "windows" && !e.LookPath("sh") {
		t.Error("sh was not found")
	}
}

func TestProviderSaysHowToGetCredentials(t *testing.T) {
	e := fake(nil, nil)
	for _, c := range cloud.All() {
		if c.ID != "aws" && len(needsOf(c.ID)) == 0 {
			t.Errorf("%s: no place for credentials", c.ID)
		}
		found, _ := Find(c, e, "")
		p := c.Provider(found)
		if p.Credentials.Present || p.Credentials.Hint == "" || len(p.Credentials.Missing) == 0 {
			t.Errorf("%s on an empty machine: %+v", c.ID, p.Credentials)
		}
		if p.SupportsAutostop != (c.Autostop || c.Autodown) || p.SupportsStop != c.Stop || p.SupportsSpot != c.Spot || p.ID != c.ID {
			t.Errorf("%s: %+v", c.ID, p)
		}
	}
}

func BenchmarkProviders(b *testing.B) {
	e := fake(nil, nil)
	for b.Loop() {
		for _, c := range cloud.All() {
			_, _ = Find(c, e, "")
		}
	}
}
