package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A newcomer reads the table of packages in docs/architecture.md first. Every
// package of the service has one row there, no row is without a package, and what a
// package imports of ours stands in its row.
func TestArchitectureDocument(t *testing.T) {
	t.Parallel()
	rows := packageRows(t, "../docs/architecture.md")
	packages := maps.Clone(imports(t))
	maps.DeleteFunc(packages, func(path string, _ []string) bool {
		return path != "carapace/provision" && !strings.HasPrefix(path, "carapace/provision/")
	})
	for path, imported := range packages {
		row, there := rows[strings.TrimPrefix(path, "carapace/")]
		if !there {
			t.Errorf("%s has no row in docs/architecture.md", path)
			continue
		}
		for _, other := range imported {
			rest, ours := strings.CutPrefix(other, "carapace/")
			if ours && !slices.Contains(row, strings.TrimPrefix(rest, "provision/")) {
				t.Errorf("%s imports %s, which its row in docs/architecture.md does not name", path, other)
			}
		}
	}
	for name := range rows {
		if _, there := packages["carapace/"+name]; !there {
			t.Errorf("docs/architecture.md has a row for %s, and there is no such package", name)
		}
	}
}

// packageRows are the rows of a document's table of packages: by package, what its
// last column names.
func packageRows(t *testing.T, path string) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "\n## Packages\n")
	section, _, ends := strings.Cut(section, "\n## ")
	if !found || !ends {
		t.Fatalf("%s has no section Packages with another after it", path)
	}
	name := regexp.MustCompile("`([^`]+)`")
	rows := map[string][]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		first := name.FindStringSubmatch(cells[0])
		if !strings.HasPrefix(line, "| `") || first == nil {
			continue
		}
		if _, twice := rows[first[1]]; twice {
			t.Errorf("%s has two rows for %s", path, first[1])
		}
		row := []string{}
		for _, match := range name.FindAllStringSubmatch(cells[len(cells)-1], -1) {
			row = append(row, match[1])
		}
		rows[first[1]] = row
	}
	return rows
}
