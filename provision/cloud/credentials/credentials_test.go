package credentials

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/provision/cloud"
	"carapace/schema"
)

// secret stands in every value that must never be shown.
const secret = "S3CR3Tvalue"

// now is the time on every fake machine.
var now = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// fake is a machine with these files and variables, and every program. Both a file's
// path and a variable's value may begin with ~/.
func fake(files, vars map[string]string) Environment {
	home := filepath.FromSlash("/home/u")
	under := func(path string) string {
		if rest, found := strings.CutPrefix(path, "~/"); found {
			return filepath.Join(home, filepath.FromSlash(rest))
		}
		return path
	}
	return Environment{
		Home:     home,
		Getenv:   func(name string) string { return under(vars[name]) },
		LookPath: func(string) bool { return true },
		Now:      func() time.Time { return now },
		ReadFile: func(path string) ([]byte, error) {
			for name, content := range files {
				if under(name) != path {
					continue
				}
				if content == denied {
					return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
				}
				return []byte(content), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

// denied stands for the content of a file that the user may not read.
const denied = "DENIED"

// credentialCase is a home folder, what we say of it, and, where SkyPilot's own
// functions say otherwise, why.
type credentialCase struct {
	name, cloud, profile string
	files, vars          map[string]string
	without              string             // a program that is not there
	kind                 schema.Kind        // "": present
	problem              schema.ProblemKind // "": nothing is wrong with what is there
	source               string             // in Source
	says                 string             // in the message
	mend                 string             // in the problem's hint

	// differs is why SkyPilot says the opposite; "": it agrees.
	differs string
	// unjudged is why SkyPilot can't be asked; "": it is.
	unjudged string
}

func (tt credentialCase) check(t *testing.T) {
	c, found := cloud.Find(tt.cloud)
	if !found {
		t.Fatalf("no cloud %s", tt.cloud)
	}
	e := fake(tt.files, tt.vars)
	e.LookPath = func(program string) bool { return program != tt.without }
	got, err := Find(c, e, tt.profile)
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
	shown := got.Source + strings.Join(got.Missing, "") + message + strings.Join(got.Profiles, "")
	if p := got.Problem; p != nil {
		if p.Kind != tt.problem || p.Message != message || p.Hint != err.Hint || !strings.Contains(p.Hint, tt.mend) {
			t.Errorf("the problem is %+v, want a %s that is mended by %q", p, tt.problem, tt.mend)
		}
		shown += p.Message + p.Hint
	} else if tt.problem != "" {
		t.Errorf("no problem is told, want %s", tt.problem)
	}
	if strings.Contains(shown, secret) {
		t.Errorf("a secret is shown: %s", shown)
	}
}

func TestCredentials(t *testing.T) {
	for _, tt := range allCases() {
		t.Run(tt.cloud+" "+tt.name, tt.check)
	}
}

// allCases is every home folder that a verdict is held for.
func allCases() []credentialCase { return slices.Concat(fileCases(), awsCases()) }

func TestKubeconfigListNeedsOneFile(t *testing.T) {
	list := strings.Join([]string{"/a", "/b"}, string(os.PathListSeparator))
	e := fake(map[string]string{"/b": "users: []\n"}, map[string]string{"KUBECONFIG": list})
	c, _ := cloud.Find("kubernetes")
	if got, err := Find(c, e, ""); err != nil || got.Source != "/b" {
		t.Fatalf("a part of a merged kubeconfig was refused: %+v, %v", got, err)
	}
}

func TestWhatElseSkyPilotWillAskFor(t *testing.T) {
	adc := `{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r"}`
	e := fake(map[string]string{"~/.config/gcloud/application_default_credentials.json": adc}, nil)
	e.LookPath = func(string) bool { return false }
	c, _ := cloud.Find("gcp")
	got, err := Find(c, e, "")
	if err != nil || !got.Present {
		t.Fatalf("missing programs must not refuse: SkyPilot's PATH is its own: %v", err)
	}
	if missing := strings.Join(got.Missing, "; "); !strings.Contains(missing, "the program gcloud") || !strings.Contains(missing, "credentials.db") || !strings.Contains(missing, "a project") {
		t.Errorf("missing: %s", missing)
	}
	account := `{"type":"service_account","project_id":"p","client_email":"e","private_key":"k","token_uri":"u"}`
	got, _ = Find(c, fake(map[string]string{"~/.config/gcloud/application_default_credentials.json": account}, nil), "")
	if len(got.Missing) != 0 {
		t.Errorf("a service account's key needs nothing of gcloud's: %v", got.Missing)
	}
}

// The names of the profiles are told whatever is wrong with one of them.
func TestProfiles(t *testing.T) {
	files := map[string]string{
		"~/.aws/credentials": "[work]\naws_access_key_id = A1\naws_secret_access_key = " + secret + "\n",
		"~/.aws/config":      "[profile home]\nsso_session = s\n[sso-session s]\nsso_region = r\n",
	}
	c, _ := cloud.Find("aws")
	got, err := Find(c, fake(files, nil), "")
	if err == nil || got.Present || strings.Join(got.Profiles, " ") != "home work" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = Find(c, fake(files, nil), "home"); err == nil || got.Problem == nil || len(got.Profiles) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// What stands in a shell's start-up file alone is named, and not taken.
func TestCredentialsInTheShellAlone(t *testing.T) {
	for _, tt := range []struct {
		name, cloud, profile string
		inShell              []string
		vars                 map[string]string
		want                 string // "": nothing is said of it
	}{
		{"keys", "aws", "", []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, nil, "AWS_ACCESS_KEY_ID is set in your login shell"},
		{"half here, half there", "mithril", "", []string{"MITHRIL_PROJECT"}, map[string]string{"MITHRIL_API_KEY": secret}, "MITHRIL_PROJECT"},
		{"a file's name", "gcp", "", []string{"GOOGLE_APPLICATION_CREDENTIALS"}, nil, "GOOGLE_APPLICATION_CREDENTIALS"},
		{"half of the keys", "aws", "", []string{"AWS_SECRET_ACCESS_KEY"}, nil, ""},
		{"a profile was asked for", "aws", "work", []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, nil, ""},
		{"another cloud's", "lambda", "", []string{"AWS_ACCESS_KEY_ID"}, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fake(nil, tt.vars)
			e.InShell = func(name string) bool { return slices.Contains(tt.inShell, name) }
			c, _ := cloud.Find(tt.cloud)
			got, err := Find(c, e, tt.profile)
			if err == nil || err.Kind != schema.KindCredentialsMissing || got.Present {
				t.Fatalf("%+v, %v", got, err)
			}
			if told := got.Problem != nil && got.Problem.Kind == schema.ProblemShellOnly; told != (tt.want != "") || !strings.Contains(err.Message, tt.want) {
				t.Errorf("told %v: %s", told, err.Message)
			}
		})
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
