package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// cited is a page that a comment names, perhaps with a heading: docs/protocol.md, "Transport".
var cited = regexp.MustCompile(`([\w./-]*\b[\w-]+\.md)\b(?:, "([^"\n]+)")?`)

// Whatever page the code's comments cite is in the repository, and has the heading that they name.
func TestCitedPagesExist(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "-C", "..", "ls-files", "*.go").Output()
	if err != nil {
		t.Skip("this is no clone: ", err)
	}
	pages, headings := 0, 0
	for path := range strings.FieldsSeq(string(out)) {
		text, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			continue // it is about to be removed
		}
		for _, comment := range comments(string(text)) {
			for _, found := range cited.FindAllStringSubmatch(comment, -1) {
				pages++
				page, err := os.ReadFile(filepath.Join("..", found[1]))
				if err != nil {
					page, err = os.ReadFile(filepath.Join("..", filepath.Dir(path), found[1]))
				}
				if err != nil {
					t.Errorf("%s cites %s, which is not there", path, found[1])
					continue
				}
				if found[2] == "" {
					continue
				}
				headings++
				if !regexp.MustCompile(`(?m)^#+ ` + regexp.QuoteMeta(found[2]) + `$`).Match(page) {
					t.Errorf("%s cites a heading %q of %s, which is not there", path, found[2], found[1])
				}
			}
		}
	}
	if pages < 40 || headings < 30 {
		t.Errorf("%d citations, %d of a heading: this tests too little", pages, headings)
	}
}

// comments are the line comments of a Go file, each group of lines as one line.
func comments(text string) (all []string) {
	group := ""
	for line := range strings.SplitSeq(text, "\n") {
		_, comment, found := strings.Cut(line, "//")
		switch {
		case !found && group != "":
			all, group = append(all, group), ""
		case found:
			group += " " + strings.TrimSpace(comment)
		}
	}
	return append(all, group)
}

var recorded = regexp.MustCompile("\\b([RT]) (`[^`]+`(?:, `[^`]+`)*)")

// Each recording that a fact about SkyPilot rests on is there.
func TestFactsOfSkyPilotAreRecorded(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/skypilot.md")
	if err != nil {
		t.Fatal(err)
	}
	_, facts, _ := strings.Cut(string(text), "\n## ")
	seen := 0
	for _, found := range recorded.FindAllStringSubmatch(facts, -1) {
		folder := map[string]string{"R": "recordings", "T": "transcripts"}[found[1]]
		for name := range strings.SplitSeq(found[2], ", ") {
			seen++
			name = strings.Trim(name, "`")
			if files, _ := filepath.Glob(filepath.Join("../provision/sky/testdata", folder, name+".*")); len(files) == 0 {
				t.Errorf("there is no %s in %s", name, folder)
			}
		}
	}
	if seen < 25 {
		t.Errorf("%d recordings are named", seen)
	}
}
