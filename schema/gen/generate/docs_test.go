package generate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func parse(t *testing.T, source string) *docs {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := readDocs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDocComments(t *testing.T) {
	d := parse(t, `package x

// Thing is one
// thing.
//
// Its zero value is for Go's reader alone.
type Thing struct {
	// Lead comments count.
	//
	// Not this.
	A int
	B int // so do those beside a field
	// Both.
	C, D int // together
	E int
}

// The colours.
const (
	// Red is warm.
	Red Colour = "red"
	Blue Colour = "blue" // cold
	Green Colour = "green"
	Untyped = "untyped"
	Number int = 3
)

var Variable Colour = "no constant"

func (Thing) Method() {}
`)
	for key, want := range map[string]string{
		"Thing":        "Thing is one thing.",
		"Thing.A":      "Lead comments count.",
		"Thing.B":      "so do those beside a field",
		"Thing.C":      "Both. together",
		"Thing.D":      "Both. together",
		"Thing.E":      "",
		"Colour=red":   "Red is warm.",
		"Colour=blue":  "cold",
		"Colour=green": "",
	} {
		if got := d.text[key]; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if got := strings.Join(d.constants["Colour"], " "); got != "red blue green" {
		t.Errorf("constants: %s", got)
	}
}

func TestDocCommentsThatCantBeRead(t *testing.T) {
	if _, err := readDocs(t.TempDir()); err == nil {
		t.Error("a folder without Go files is no error")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte("package"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readDocs(dir); err == nil {
		t.Error("a broken Go file is no error")
	}
}

func TestGoNamesBecomeJSONNames(t *testing.T) {
	m := realModel(t)
	for text, want := range map[string]string{
		"as in Spec.Cloud, or Provider.ID.": "as in Spec.cloud, or Provider.id.",
		"Spec.NoSuchField stays":            "Spec.NoSuchField stays",
		"So.Does this":                      "So.Does this",
		"a.b":                               "a.b",
	} {
		if got := m.rename(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	f := field{Name: "cpus", goName: "CPUs", Doc: "CPUs is a number."}
	if got := m.fieldDoc(f); got != "cpus is a number." {
		t.Errorf("got %q", got)
	}
}
