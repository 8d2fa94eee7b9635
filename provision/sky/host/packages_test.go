//go:build unix

package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carapace/schema/text"
)

// venv is an environment with SkyPilot and these packages; the path is of a link to
// its sky, as uv makes one.
func venv(t *testing.T, packages ...string) (sky, folder string) {
	t.Helper()
	home := machine(t, "tools/skypilot/bin/sky", ".local/bin/x")
	folder = filepath.Join(home, "tools/skypilot/lib/python3.11/site-packages")
	for _, p := range append(packages, "skypilot-0.14.1") {
		if err := os.MkdirAll(filepath.Join(folder, p+".dist-info"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	metadata := `Metadata-Version: 2.4
Name: skypilot
Provides-Extra: aws
Requires-Dist: requests
Requires-Dist: awscli>=1.27.10; extra == "aws"
Requires-Dist: Boto3<2,>=1.26.1; extra == "aws"
Requires-Dist: grpcio>=1.63.0; extra == "aws"
Provides-Extra: lambda
Requires-Dist: grpcio>=1.63.0; extra == "lambda"
Provides-Extra: verda
Provides-Extra: huggingface
Requires-Dist: huggingface_hub>=1.5; python_version >= "3.10" and extra == "huggingface"
Provides-Extra: nebius
Requires-Dist: nebius.sdk>=0.6; extra == "nebius"
Provides-Extra: server
Requires-Dist: grpcio>=1.63.0; extra == "server"

Requires-Dist: nothing; extra == "aws"
`
	if err := os.WriteFile(filepath.Join(folder, "skypilot-0.14.1.dist-info", "METADATA"), []byte(metadata), 0o600); err != nil {
		t.Fatal(err)
	}
	sky = filepath.Join(home, ".local/bin/sky")
	if err := os.Symlink(filepath.Join(home, "tools/skypilot/bin/sky"), sky); err != nil {
		t.Fatal(err)
	}
	return sky, folder
}

func TestExtras(t *testing.T) {
	sky, _ := venv(t, "awscli-1.46.3", "boto3-1.44.8")
	got, ok := Extras(sky)
	if !ok {
		t.Fatal("not told")
	}
	for extra, want := range map[string]bool{"aws": true, "lambda": true, "verda": true, "nebius": false} {
		if installed, known := got[extra]; !known || installed != want {
			t.Errorf("%s: installed %v, known %v", extra, installed, known)
		}
	}
	sky, _ = venv(t, "awscli-1.46.3", "nebius_sdk-1")
	if got, _ = Extras(sky); got["aws"] || !got["nebius"] {
		t.Errorf("%v", got)
	}
	for _, path := range []string{"/nonexistent", machine(t, "bin/sky") + "/bin/sky"} {
		if got, ok := Extras(path); ok {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// An update in place leaves the program and its link as they were.
func TestStampOfAnUpdate(t *testing.T) {
	sky, folder := venv(t)
	before := StampOf(sky)
	if before == (Stamp{}) || before != StampOf(sky) {
		t.Fatalf("%+v", before)
	}
	at := time.Now().Add(time.Minute)
	if err := os.Chtimes(folder, at, at); err != nil {
		t.Fatal(err)
	}
	if before == StampOf(sky) {
		t.Error("an update was not seen")
	}
	if StampOf("/nonexistent") != (Stamp{}) {
		t.Error("of nothing")
	}
}

// Each is updated with what installed it.
func TestUpdateHint(t *testing.T) {
	home := machine(t, ".local/share/uv/tools/skypilot/bin/sky", ".local/share/pipx/venvs/skypilot/bin/sky", "conda/envs/sky/bin/sky")
	for path, want := range map[string]string{
		".local/share/uv/tools/skypilot/bin/sky": "uv tool upgrade", ".local/share/pipx/venvs/skypilot/bin/sky": "pipx upgrade",
		"conda/envs/sky/bin/sky": "conda/envs/sky/bin/python -m pip install --upgrade",
	} {
		if hint := (Location{Path: filepath.Join(home, path)}).UpdateHint().Message(); !strings.Contains(hint, want) {
			t.Errorf("%s: %s", path, hint)
		}
	}
	if hint := (Location{Path: "/x", Source: text.New(&text.FinderOwn)}).UpdateHint().Message(); !strings.Contains(hint, "Let Carapace install") || strings.Contains(hint, "pip") {
		t.Error(hint)
	}
	if hint := (Location{Path: "/x", Source: text.New(&text.FinderVariable, text.Args{"variable": named})}).UpdateHint().Message(); !strings.Contains(hint, "CARAPACE_SKY") {
		t.Error(hint)
	}
}

func TestInstalledVersion(t *testing.T) {
	sky, folder := venv(t, "boto3-1.44.8", "skypilot_tools-9.9")
	if version, ok := InstalledVersion(sky); version != "0.14.1" || !ok {
		t.Errorf("%q, %v", version, ok)
	}
	if err := os.Mkdir(filepath.Join(folder, "skypilot_nightly-1.0.0.dev20261101.dist-info"), 0o700); err != nil {
		t.Fatal(err)
	}
	if version, ok := InstalledVersion(sky); ok {
		t.Errorf("of two it is %q", version)
	}
	if err := os.RemoveAll(filepath.Join(folder, "skypilot-0.14.1.dist-info")); err != nil {
		t.Fatal(err)
	}
	if version, ok := InstalledVersion(sky); version != "1.0.0.dev20261101" || !ok {
		t.Errorf("the nightly one is %q, %v", version, ok)
	}
	if version, ok := InstalledVersion(filepath.Join(folder, "none")); ok {
		t.Errorf("where there is none: %q", version)
	}
}
