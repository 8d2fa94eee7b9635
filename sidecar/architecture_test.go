package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Imports point one way (design.md, "The house"); what is not in a package's list
// it may not import.
func TestImportsPointOneWay(t *testing.T) {
	leaf := []string{"carapace/schema"}
	allowed := map[string][]string{
		"carapace/schema": nil,
		"carapace/rpc":    nil,
		"carapace/sidecar": {
			"carapace/rpc", "carapace/schema", "carapace/provision", "carapace/provision/cloud",
			"carapace/provision/redact", "carapace/provision/sky", "carapace/skysim", "carapace/sidecar/demo",
		},
		"carapace/sidecar/demo": leaf,
		"carapace/provision": {
			"carapace/schema", "carapace/provision/cloud", "carapace/provision/journal", "carapace/provision/redact",
			"carapace/provision/sky", "carapace/provision/task", "carapace/provision/vault",
		},
		"carapace/provision/sky":     leaf,
		"carapace/provision/cloud":   leaf,
		"carapace/provision/journal": leaf,
		"carapace/provision/redact":  nil,
		"carapace/provision/vault":   leaf,
		"carapace/provision/task":    {"carapace/schema", "carapace/provision/cloud", "carapace/provision/sky"},
		"carapace/skysim":            {"carapace/schema", "carapace/provision/sky", "carapace/provision/cloud"},
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}:{{join .Imports " "}}`, "carapace/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		path, imports, _ := strings.Cut(strings.TrimSpace(line), ":")
		may, known := allowed[path]
		if !known {
			continue // generators and end-to-end tests are no part of the binary
		}
		seen++
		for _, imported := range strings.Fields(imports) {
			if strings.HasPrefix(imported, "carapace/") && !slices.Contains(may, imported) {
				t.Errorf("%s imports %s", path, imported)
			}
		}
	}
	if seen != len(allowed) {
		t.Errorf("%d packages were looked at, want %d", seen, len(allowed))
	}
}

// The binary must stay small and start at once: net/http alone costs a millisecond
// of start-up and megabytes.
func TestBinaryStaysSmall(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "carapace/sidecar").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, heavy := range []string{"net/http", "crypto/tls", "github.com/google/jsonschema-go/jsonschema", "carapace/schema/gen"} {
		if slices.Contains(strings.Fields(string(out)), heavy) {
			t.Errorf("the sidecar depends on %s", heavy)
		}
	}
}
