package generate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/google/jsonschema-go/jsonschema"
)

// A type that goes both ways must be closed where it is sent and open where it
// is read.
func TestTypesInBothDirections(t *testing.T) {
	d := newDefinitions(realModel(t), "#/$defs/")
	autostop := realModel(t).byName["Autostop"]
	if in, out := d.define(autostop, input), d.define(autostop, output); in != "AutostopInput" || out != "Autostop" {
		t.Fatalf("defined as %s and %s", in, out)
	}
	if d.defs["AutostopInput"].AdditionalProperties == nil {
		t.Error("unknown fields of what is sent are accepted")
	}
	if d.defs["Autostop"].AdditionalProperties != nil {
		t.Error("unknown fields of what is read are not accepted")
	}
}

func TestDefaultsAreSaidOfParamsAlone(t *testing.T) {
	m := realModel(t)
	d := newDefinitions(m, "#/$defs/")
	size := field{Name: "diskSize", Type: ref{Kind: kindInteger}, Optional: true, Default: 100}
	for dir, want := range map[direction]string{input: "100", output: ""} {
		if got := string(d.property(size, dir).Default); got != want {
			t.Errorf("default %q, want %q", got, want)
		}
	}
	size.Optional = false
	if got := d.property(size, input).Default; got != nil {
		t.Errorf("a field that is needed has the default %s", got)
	}
}

func TestTypeMayHoldItself(t *testing.T) {
	node := &typ{Name: "Node"}
	node.Fields = []field{{Name: "next", Type: ref{Kind: kindNamed, Type: node}, Optional: true}}
	d := &definitions{"#/$defs/", nil, map[string]*jsonschema.Schema{}}
	d.define(node, output)
	if got := d.defs["Node"].Properties["next"].Ref; got != "#/$defs/Node" {
		t.Errorf("got %q", got)
	}
}

func TestJSONSchemaIsReadable(t *testing.T) {
	text, err := renderJSONSchema(realModel(t))
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) || strings.Contains(string(text), `\u003`) || text[len(text)-1] != '\n' {
		t.Error("not JSON, or escaped for HTML, or without a newline at its end")
	}
}

// The prose must not outlive what it is about.
func TestLeftOverNoteIsAnError(t *testing.T) {
	m := realModel(t)
	p := &page{model: m, templates: template.Must(template.New("").Parse(`{{define "cluster.explode"}}x{{end}}`))}
	if err := p.checkNotes(); err == nil || !strings.Contains(err.Error(), "cluster.explode") {
		t.Errorf("got %v", err)
	}
}

func TestPageWithoutSuchAnEnumeration(t *testing.T) {
	p := &page{model: realModel(t)}
	for _, name := range []string{"NoSuchType", "Cluster"} {
		if _, err := p.values(name); err == nil {
			t.Errorf("%s passes for an enumeration", name)
		}
	}
}

func TestMarkdownShowsEverything(t *testing.T) {
	m := realModel(t)
	text, err := renderMarkdown(m)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := renderMessages(m)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text) + string(messages) // codes are in the page of their own
	for _, method := range m.Methods {
		if !strings.Contains(page, "\n### "+method.Name+"\n") {
			t.Errorf("no section for %s", method.Name)
		}
	}
	for _, typ := range m.Types {
		for _, f := range typ.Fields {
			if !strings.Contains(page, "| `"+f.Name+"` |") {
				t.Errorf("%s.%s is not shown", typ.Name, f.Name)
			}
		}
		for _, v := range typ.Values {
			if !strings.Contains(page, "| `"+v.Name+"` |") {
				t.Errorf("%s %s is not shown", typ.Name, v.Name)
			}
		}
	}
}

func TestCommentsCantEndEarly(t *testing.T) {
	var out strings.Builder
	writeComment(&out, "", "a */ b")
	if strings.Count(out.String(), "*/") != 1 {
		t.Errorf("got %s", &out)
	}
}

func TestTextsForTables(t *testing.T) {
	if got := cell("a|b"); got != `a\|b` {
		t.Error(got)
	}
	for text, want := range map[string]string{"": "", "a": "a.", "a.": "a."} {
		if got := asSentence(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestFilesNamesTheFolderThatItCantRead(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	if _, err := Files(missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v", err)
	}
}

func TestRootIsFoundFromBelow(t *testing.T) {
	root, err := FindRoot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "schema", "doc.go")); err != nil {
		t.Error(err)
	}
	t.Chdir(t.TempDir())
	if root, err := FindRoot(); err == nil {
		t.Errorf("found %s above a temporary folder", root)
	}
}
