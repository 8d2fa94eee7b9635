package task

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"carapace/provision/sky"
	"carapace/schema"
)

// hostile is values that a YAML, a shell or a template engine likes to change.
// All of them arrived on a machine of the lab byte for byte (SkyPilot 0.14.1).
func hostile() map[string]string {
	return map[string]string{
		"COLON": "a: b", "LINES": "one\ntwo\n", "QUOTES": `it's "q" ` + "`id` $(id)", "TEMPLATE": "{{ x }} {% y %} ${HOME} %s {0}",
		"EMOJI": "😀 ü \u2028 \u0085", "BLANKS": "  lead and trail  ", "YES": "yes", "TILDE": "~", "VAR": "$YES ${YES}", "EMPTY": "",
		"BACKSLASH": "a\\b\\n\\", "CR": "a\r\nb\rc", "TAB": "\ta\tb", "CONTROL": "\x01\x1b[31m\x7f", "NUMBER": "0123", "EQUALS": "=",
		"SEXAGESIMAL": "12:30:45", "DATE": "2024-01-01", "BOM": "\ufeffx\uffff", "HASH": "# not", "BANG": "!x !! *a &b", "MERGE": "<<",
		"LONG": strings.Repeat("x y ", 2000), "TRAILING": "a\n\n\n", "BLOCK": "|\n  a", "DOCUMENT": "---\n...\n", "ML_BANG": "a\nb!c \"x!y\"\n!q",
	}
}

type document struct {
	Resources  map[string]any    `yaml:"resources"`
	FileMounts map[string]string `yaml:"file_mounts"`
	Envs       map[string]string `yaml:"envs"`
	Secrets    map[string]string `yaml:"secrets"`
	Setup      string            `yaml:"setup"`
	Run        string            `yaml:"run"`
}

func render(t testing.TB, in Input) document {
	t.Helper()
	data, err := Render(in)
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&doc); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return doc
}

func off() *bool { b := false; return &b }

func TestRenderNothing(t *testing.T) {
	data, err := Render(Input{Spec: schema.Spec{Docker: off(), Run: "true"}})
	if want := "resources: {}\nrun: \"set +H\\ntrue\"\n"; err != nil || string(data) != want {
		t.Fatalf("%v\n%s\nwant\n%s", err, data, want)
	}
}

func TestRenderEverything(t *testing.T) {
	spec := schema.Spec{
		Name: "n", Cloud: "aws", Region: "us-east-1", Zone: "us-east-1a", InstanceType: "m6i.large", CPUs: "4+", Memory: "16", DiskSize: 100,
		DiskTier: "high", UseSpot: true, Ports: []string{"443", "8000-8010"}, Health: &schema.Health{Port: 443}, ImageID: "ami-1", Labels: map[string]string{"a": "b"},
		Autostop: &schema.Autostop{IdleMinutes: 30, Down: true}, Profile: "p", Envs: map[string]string{"E": "1"}, Secrets: map[string]string{"S": "2"},
		Docker: off(), Setup: "echo setup\n", Run: "echo run\n", MaxHourlyCost: 0.5, RetryUntilUp: true,
	}
	got := render(t, Input{Spec: spec, Public: "/p", Private: "/q", Mounts: map[string]string{"~/x": "/y"}})
	want := document{
		Resources: map[string]any{
			"infra": "aws/us-east-1/us-east-1a", "instance_type": "m6i.large", "cpus": "4+", "memory": "16", "disk_size": 100,
			"disk_tier": "high", "use_spot": true, "ports": []any{"443", "8000-8010"}, "image_id": "ami-1", "labels": map[string]any{"a": "b"},
			"autostop": map[string]any{"idle_minutes": 30, "down": true}, "max_hourly_cost": 0.5,
		},
		FileMounts: map[string]string{RemotePublic: "/p", RemotePrivate: "/q", "~/x": "/y"},
		Envs:       map[string]string{"E": "1"}, Secrets: map[string]string{"S": "2"},
		Setup: "set +H\necho setup\n", Run: "set +H\necho run\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestInfra(t *testing.T) {
	for want, spec := range map[string]schema.Spec{
		"": {}, "gcp": {Cloud: "gcp"}, "do/nyc3": {Cloud: "digitalocean", Region: "nyc3"}, "nocloud": {Cloud: "nocloud"}, "aws/us-east-1": {Cloud: "aws", Region: "us-east-1"},
		"kubernetes/arn:aws:eks:x:1:cluster/c": {Cloud: "kubernetes", Region: "arn:aws:eks:x:1:cluster/c"},
	} {
		if got := infra(spec); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestHostileValuesStayAsTheyAre(t *testing.T) {
	spec := schema.Spec{Docker: off(), Envs: hostile(), Secrets: hostile(), Labels: hostile(), Run: "true"}
	got := render(t, Input{Spec: spec})
	if diff := cmp.Diff(hostile(), got.Envs); diff != "" {
		t.Errorf("envs: %s", diff)
	}
	if diff := cmp.Diff(hostile(), got.Secrets); diff != "" {
		t.Errorf("secrets: %s", diff)
	}
	for name, script := range hostile() {
		got := render(t, Input{Spec: schema.Spec{Docker: off(), Setup: script + "x", Run: script + "x"}})
		if got.Setup != noHistory+script+"x" || got.Run != noHistory+script+"x" {
			t.Errorf("%s: setup %q, run %q", name, got.Setup, got.Run)
		}
	}
}

func TestKeysStayStrings(t *testing.T) {
	for _, key := range []string{"y", "yes", "on", "null", "true", "NO", "A1", "x"} {
		if got := render(t, Input{Spec: schema.Spec{Envs: map[string]string{key: "v"}}}).Envs; got[key] != "v" {
			t.Errorf("%s: %v", key, got)
		}
	}
	data, err := Render(Input{Spec: schema.Spec{Envs: map[string]string{"yes": "v"}}})
	if err != nil || !bytes.Contains(data, []byte(`"yes": "v"`)) {
		t.Errorf("a word of YAML 1.1 is not quoted:\n%s", data)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	in := Input{Spec: schema.Spec{Envs: hostile(), Labels: hostile()}, Public: "/p", Private: "/q"}
	first, _ := Render(in)
	for range 20 {
		if again, _ := Render(in); !bytes.Equal(first, again) {
			t.Fatal("two renderings differ")
		}
	}
}

func TestCostLimitNeedsANewSkyPilot(t *testing.T) {
	for text, refused := range map[string]bool{
		"0.12.0": true, "0.12": true, "0.11.2": true, "0.9.3": true, "0.12.0rc2": true, "0.12.1.dev1": true,
		"0.12.1": false, "0.12.3.post1": false, "0.14.1": false, "0.14.1rc1": false, "1.0.0-dev0": false, "1.0.0.dev20260101": false,
	} {
		version, ok := sky.ParseVersion(text)
		if !ok {
			t.Fatalf("%s is no version", text)
		}
		refusal := TooOld(schema.Spec{MaxHourlyCost: 1}, version)
		if got := refusal != nil; got != refused {
			t.Errorf("%s: refused %v, want %v", text, got, refused)
			continue
		}
		if refused && (refusal.Kind != schema.KindUnsupported || refusal.Field != "spec.maxHourlyCost" || refusal.Hint == "") {
			t.Errorf("%s: %+v", text, refusal)
		}
		if refusal := TooOld(schema.Spec{}, version); refusal != nil {
			t.Errorf("%s: without a limit it is refused: %+v", text, refusal)
		}
	}
}

func TestRenderRunIsSmall(t *testing.T) {
	data, err := RenderRun(Input{Spec: schema.Spec{Cloud: "aws", Envs: map[string]string{"A": "b"}, Secrets: map[string]string{"S": "t"}, Run: "x", Setup: "y"}, Public: "/p"})
	want := "envs:\n  \"A\": \"b\"\nsecrets:\n  \"S\": \"t\"\nrun: \"set +H\\nx\"\n"
	if err != nil || string(data) != want {
		t.Fatalf("%v\n%s\nwant\n%s", err, data, want)
	}
}

func TestSecretsAreReadBack(t *testing.T) {
	data, err := Render(Input{Spec: schema.Spec{Docker: off(), Envs: map[string]string{"E": "1"}, Secrets: hostile(), Run: "true"}})
	if diff := cmp.Diff(hostile(), Secrets(data)); err != nil || diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	for _, text := range []string{"", "\x00", "secrets: [a]", "run: x", "{"} {
		if got := Secrets([]byte(text)); len(got) > 0 {
			t.Errorf("%q holds %v", text, got)
		}
	}
}

func TestRedactedHidesSecretsAndLeavesTheSpec(t *testing.T) {
	spec := schema.Spec{Secrets: map[string]string{"TOKEN": "hunter2"}, Envs: map[string]string{"E": "shown"}}
	data, err := Render(Input{Spec: Redacted(spec)})
	if err != nil || bytes.Contains(data, []byte("hunter2")) || !bytes.Contains(data, []byte("TOKEN")) || !bytes.Contains(data, []byte("shown")) {
		t.Errorf("%v\n%s", err, data)
	}
	if spec.Secrets["TOKEN"] != "hunter2" {
		t.Error("the spec itself was changed")
	}
}

func TestDockerIsTheDefault(t *testing.T) {
	for name, tt := range map[string]struct {
		spec        schema.Spec
		docker, own bool
	}{
		"left out":   {schema.Spec{}, true, false},
		"with setup": {schema.Spec{Setup: "echo own"}, true, true},
		"off":        {schema.Spec{Docker: off(), Setup: "echo own"}, false, true},
		"off, none":  {schema.Spec{Docker: off()}, false, false},
	} {
		got := render(t, Input{Spec: tt.spec}).Setup
		if strings.Contains(got, "carapace_docker") != tt.docker || strings.HasSuffix(got, "echo own") != tt.own {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	if run := render(t, Input{}).Run; !strings.Contains(run, "carapace_gatekeeper") {
		t.Errorf("the default run is\n%s", run)
	}
}

func TestScriptsAreValidShell(t *testing.T) {
	for name, script := range map[string]string{"setup": noHistory + setupDocker, "run": noHistory + runGatekeeper} {
		for _, shell := range []string{"bash", "sh"} {
			path, err := exec.LookPath(shell)
			if err != nil {
				continue
			}
			command := exec.Command(path, "-n")
			command.Stdin = strings.NewReader(script)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s -n %s: %v\n%s", shell, name, err, out)
			}
		}
		if !isBlockSafe(script) {
			t.Errorf("%s can't be read in a preview", name)
		}
	}
}

// runScripts runs a script with stand-ins for the programs that it calls.
func runScripts(t *testing.T, script string, programs map[string]string) (output string, failed bool) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	bin := t.TempDir()
	for name, body := range programs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!"+bash+"\n"+body+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, tool := range []string{"sh", "grep", "cut", "tail", "head", "date", "mktemp", "rm", "cat", "ls", "sleep"} {
		if path, err := exec.LookPath(tool); err == nil && programs[tool] == "" {
			_ = os.Symlink(path, filepath.Join(bin, tool))
		}
	}
	command := exec.Command(bash, "-c", script)
	command.Env = []string{"PATH=" + bin, "HOME=" + t.TempDir()}
	out, err := command.CombinedOutput()
	return string(out), err != nil
}

func TestSetupEndsWithASentence(t *testing.T) {
	pass := `while [ $# -gt 0 ]; do case "$1" in -n|env|timeout|900) shift;; *=*) shift;; *) break;; esac; done; exec "$@"`
	engine := `case "$1" in info) exit 0;; compose) echo "Docker Compose version v2";; --version) echo "Docker version 28";; esac`
	for name, tt := range map[string]struct {
		programs map[string]string
		failed   bool
		last     string
	}{
		"installed": {map[string]string{"id": "echo 0", "docker": engine, "dockerd": "exit 0"}, false, "user's own"},
		"no sudo": {
			map[string]string{"id": `[ "$1" = -u ] && echo 7 || echo ubuntu`, "sudo": "exit 1"},
			true,
			"Docker setup failed: user ubuntu may not use sudo without a password on this machine",
		},
		"no network, no apt": {
			map[string]string{"id": "echo 0", "curl": "echo 'curl: (6) Could not resolve host' >&2; exit 6"},
			true,
			"Docker setup failed: this machine has no apt-get, and get.docker.com can't be used: curl: (6) Could not resolve host",
		},
		"no package": {
			map[string]string{
				"id": "echo 0", "curl": "exit 6", "timeout": pass, "env": pass,
				"apt-get": `case "$*" in *update*) exit 0;; esac; echo "E: Unable to locate package docker.io"; exit 100`,
			},
			true,
			"Docker setup failed: the package docker.io could not be installed: E: Unable to locate package docker.io",
		},
	} {
		out, failed := runScripts(t, noHistory+setupDocker+"\necho \"user's own\"", tt.programs)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if failed != tt.failed || lines[len(lines)-1] != tt.last {
			t.Errorf("%s: failed %v, output\n%s", name, failed, out)
		}
	}
}

func TestEncodeRefusesNothing(t *testing.T) {
	if _, err := encode(quoted("x")); err != nil {
		t.Fatal(err)
	}
}

func FuzzRender(f *testing.F) {
	for _, value := range hostile() {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		spec := schema.Spec{Docker: off(), Envs: map[string]string{"E": value}, Secrets: map[string]string{"S": value}, Setup: value, Run: value}
		if !isText(value) {
			t.Skip("Validate refuses it")
		}
		got := render(t, Input{Spec: spec, Public: "/p"})
		if got.Envs["E"] != value || got.Secrets["S"] != value {
			t.Fatalf("%q became %q and %q", value, got.Envs["E"], got.Secrets["S"])
		}
		if value != "" && got.Setup != noHistory+value {
			t.Fatalf("setup %q became %q", value, got.Setup)
		}
	})
}

func isText(value string) bool {
	v := &validator{}
	return v.clean("", value)
}

func BenchmarkRender(b *testing.B) {
	in := Input{Spec: schema.Spec{Envs: hostile()}.WithDefaults(), Public: "/p", Private: "/q"}
	for b.Loop() {
		if _, err := Render(in); err != nil {
			b.Fatal(err)
		}
	}
}
