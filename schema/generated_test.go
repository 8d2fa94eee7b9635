package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"carapace/schema"
	"carapace/schema/gen/generate"
)

func generated(t *testing.T) []generate.File {
	t.Helper()
	files, err := generate.Files(".")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGeneratedIsCurrent(t *testing.T) {
	for _, f := range generated(t) {
		onDisk, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(f.Path)))
		if err != nil {
			t.Errorf("%v; run: go generate ./schema", err)
			continue
		}
		if !bytes.Equal(onDisk, f.Content) {
			t.Errorf("%s is not what its generator writes (first difference in line %d); run: go generate ./schema",
				f.Path, firstDifference(onDisk, f.Content))
		}
	}
}

func firstDifference(a, b []byte) int {
	linesA, linesB := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(linesA), len(linesB)) {
		if !bytes.Equal(linesA[i], linesB[i]) {
			return i + 1
		}
	}
	return min(len(linesA), len(linesB)) + 1
}

func TestGeneratingTwiceGivesTheSame(t *testing.T) {
	first, second := generated(t), generated(t)
	for i := range first {
		if !bytes.Equal(first[i].Content, second[i].Content) {
			t.Errorf("%s differs from run to run", first[i].Path)
		}
	}
}

// rpc.discover must pass the document through encoding/json unchanged, on one
// line: what a host gets is then the committed file.
func TestOpenRPCDocumentIsOneCompactLine(t *testing.T) {
	doc := schema.OpenRPCDocument()
	again, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, doc) {
		t.Error("encoding/json writes the document in another form than the embedded one")
	}
	if bytes.ContainsAny(doc, "\r\n") {
		t.Error("the document has a line break")
	}
}

// What the program holds of it is the file that others read.
func TestOpenRPCDocumentIsTheFile(t *testing.T) {
	file, err := os.ReadFile("openrpc.json")
	if err != nil || !bytes.Equal(schema.OpenRPCDocument(), file) {
		t.Errorf("it is not openrpc.json (%v); run: go generate ./schema", err)
	}
}

func TestOpenRPCDocumentNamesEverything(t *testing.T) {
	var doc struct {
		Methods []struct {
			Name         string
			SimulateOnly bool `json:"x-simulate-only"`
		}
		Notifications []struct{ Name string } `json:"x-notifications"`
		Components    struct {
			Errors map[string]struct{ Code int }
		}
	}
	if err := json.Unmarshal(schema.OpenRPCDocument(), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Methods) != len(schema.Methods) || len(doc.Notifications) != len(schema.Notifications) {
		t.Fatalf("%d methods, %d notifications; want %d, %d",
			len(doc.Methods), len(doc.Notifications), len(schema.Methods), len(schema.Notifications))
	}
	for i, m := range schema.Methods {
		if doc.Methods[i].Name != m.Name || doc.Methods[i].SimulateOnly != m.SimulateOnly {
			t.Errorf("method %d: %+v, want %s", i, doc.Methods[i], m.Name)
		}
	}
	for _, k := range schema.Kinds {
		if doc.Components.Errors[string(k.Kind)].Code != k.Code {
			t.Errorf("%s has the code %d, want %d", k.Kind, doc.Components.Errors[string(k.Kind)].Code, k.Code)
		}
	}
}

func TestEveryReferenceResolves(t *testing.T) {
	reference := regexp.MustCompile(`"\$ref": ?"#/([^"]+)"`)
	for _, path := range []string{"openrpc.json", "protocol.schema.json"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		found := reference.FindAllSubmatch(text, -1)
		if len(found) < 50 {
			t.Errorf("%s: only %d references", path, len(found))
		}
		for _, m := range found {
			if !has(doc, strings.Split(string(m[1]), "/")) {
				t.Errorf("%s: nothing at %s", path, m[1])
			}
		}
	}
}

func has(doc map[string]any, path []string) bool {
	inner, ok := doc[path[0]]
	if len(path) == 1 || !ok {
		return ok
	}
	object, ok := inner.(map[string]any)
	return ok && has(object, path[1:])
}

// Every link inside docs/protocol.md goes to a heading, by GitHub's rule: lower
// case, spaces to hyphens, punctuation left out.
func TestDocumentationLinksResolve(t *testing.T) {
	text, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]int{}
	dropped := regexp.MustCompile(`[^a-z0-9 -]`)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllSubmatch(text, -1) {
		anchor := dropped.ReplaceAllString(strings.ToLower(string(m[1])), "")
		anchors[strings.ReplaceAll(anchor, " ", "-")]++
	}
	for anchor, n := range anchors {
		if n > 1 {
			t.Errorf("%d headings have the anchor #%s", n, anchor)
		}
	}
	for _, m := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllSubmatch(text, -1) {
		if anchors[string(m[1])] == 0 {
			t.Errorf("no heading for the link to #%s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\((\.\./[^)]+)\)`).FindAllSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("../docs", string(m[1]))); err != nil {
			t.Error(err)
		}
	}
}
