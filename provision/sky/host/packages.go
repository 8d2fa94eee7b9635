package host

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stamp tells one installation of sky from the next at the same path. The zero value
// is that of none.
type Stamp struct {
	program  string // what the path leads to
	file     mark
	packages int64 // when a package beside it came, went or changed its version last
}

// StampOf looks at an installation, a few calls of stat. An update in place changes
// the packages, and not always the program.
func StampOf(sky string) Stamp {
	program, err := filepath.EvalSymlinks(sky)
	if err != nil {
		return Stamp{}
	}
	return Stamp{program, markOf(program), markOf(packagesOf(program)).modified}
}

// packagesOf is the folder of the Python packages that a program of a virtual, conda
// or uv environment runs with; "" where it is none.
func packagesOf(program string) string {
	env := filepath.Dir(filepath.Dir(program))
	for _, pattern := range []string{"lib/python3.*/site-packages", "Lib/site-packages"} {
		if found, _ := filepath.Glob(filepath.Join(env, pattern)); len(found) > 0 {
			return found[0]
		}
	}
	return ""
}

// Extras says of each of SkyPilot's extras whether the packages that it needs are
// installed beside sky; ok is false where that can't be told. It reads a folder and
// SkyPilot's own description of itself, no Python. What only an API server that
// others use needs, the extra "server", is left out of account.
func Extras(sky string) (installed map[string]bool, ok bool) {
	program, err := filepath.EvalSymlinks(sky)
	if err != nil {
		return nil, false
	}
	packages := packagesOf(program)
	entries, err := os.ReadDir(packages)
	if packages == "" || err != nil {
		return nil, false
	}
	there := map[string]bool{}
	about := ""
	for _, entry := range entries {
		name, isPackage := strings.CutSuffix(entry.Name(), ".dist-info")
		if name, _, _ = strings.Cut(name, "-"); isPackage {
			name = distribution(name)
			there[name] = true
			if isSkyPilot(name) {
				about = entry.Name()
			}
		}
	}
	metadata, err := os.ReadFile(filepath.Join(packages, about, "METADATA"))
	if about == "" || err != nil {
		return nil, false
	}
	return extrasIn(string(metadata), there), true
}

// extrasIn reads the fields Provides-Extra and Requires-Dist of a distribution's
// metadata (https://packaging.python.org/specifications/core-metadata).
func extrasIn(metadata string, there map[string]bool) map[string]bool {
	head, _, _ := strings.Cut(metadata, "\n\n")
	needs := map[string][]string{}
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "Provides-Extra":
			if _, known := needs[value]; !known {
				needs[value] = nil
			}
		case "Requires-Dist":
			what, marker, _ := strings.Cut(value, ";")
			of, conditional := strings.CutPrefix(strings.TrimSpace(marker), "extra == ")
			if !conditional {
				continue // of all, or of some Pythons only
			}
			of = strings.Trim(of, `"'`)
			needs[of] = append(needs[of], distribution(what))
		}
	}
	installed := map[string]bool{}
	for extra, all := range needs {
		installed[extra] = !slices.ContainsFunc(all, func(name string) bool {
			return !there[name] && !slices.Contains(needs["server"], name)
		})
	}
	return installed
}

// InstalledVersion is the version of SkyPilot that is installed beside sky, as the name of its
// folder has it (packaging.python.org, "Recording installed projects"), without Python. ok is
// false where that can't be told, or where there are several. It blocks for reading a folder.
func InstalledVersion(sky string) (version string, ok bool) {
	program, err := filepath.EvalSymlinks(sky)
	if err != nil {
		return "", false
	}
	entries, err := os.ReadDir(packagesOf(program))
	if err != nil {
		return "", false
	}
	for _, entry := range entries {
		about, isPackage := strings.CutSuffix(entry.Name(), ".dist-info")
		name, release, _ := strings.Cut(about, "-")
		if !isPackage || !isSkyPilot(distribution(name)) {
			continue
		}
		if version != "" {
			return "", false
		}
		version = release
	}
	return version, version != ""
}

func isSkyPilot(distribution string) bool {
	return distribution == "skypilot" || distribution == "skypilot-nightly"
}

// distribution is a distribution's name, normalized: "grpcio>=1.63" is grpcio.
func distribution(requirement string) string {
	if end := strings.IndexAny(requirement, " <>=!~[(;@"); end >= 0 {
		requirement = requirement[:end]
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(requirement), "_", "-"), ".", "-")
}
