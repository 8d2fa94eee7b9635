package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var updateNotices = flag.Bool("update-notices", false, "write THIRD_PARTY_NOTICES.md anew")

// Whoever gets the binary gets the licenses of what is in it. The modules are those of
// every platform; the text of each license is the module's own.
func TestThirdPartyNotices(t *testing.T) {
	t.Parallel()
	const path = "../THIRD_PARTY_NOTICES.md"
	want := notices(t)
	if *updateNotices {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the binary holds (%v); run: go test ./sidecar -run TestThirdPartyNotices -update-notices", path, err)
	}
}

func notices(t *testing.T) string {
	t.Helper()
	dirs := map[string]string{} // by module and version
	for _, platform := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}|{{.Dir}}{{end}}{{end}}`, ".")
		cmd.Env = append(os.Environ(), "GOOS="+platform, "GOARCH=amd64", "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			if module, dir, ok := strings.Cut(strings.TrimSpace(line), "|"); ok {
				dirs[module] = dir
			}
		}
	}
	var modules []string
	for module := range dirs {
		modules = append(modules, module)
	}
	slices.Sort(modules)
	var text strings.Builder
	text.WriteString("# Third-party notices\n\nThe sidecar's binary holds code of these Go modules, and of Go's own library (BSD 3-Clause, The Go Authors).\n")
	for _, module := range modules {
		fmt.Fprintf(&text, "\n## %s\n", module)
		files, err := filepath.Glob(filepath.Join(dirs[module], "[CLN][OI][CPT][EYI][NIC][SNE]*"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no license (%v)", module, err)
		}
		for _, file := range files {
			license, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&text, "\n```\n%s\n```\n", strings.TrimSpace(strings.ReplaceAll(string(license), "\r\n", "\n")))
		}
	}
	return text.String()
}
