package generate

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

func TestTypesWithoutAShapeAreErrors(t *testing.T) {
	type colour string
	type deep struct {
		List []map[string]chan int `json:"list"`
	}
	type inner struct {
		X complex128 `json:"x"`
	}
	type embedding struct{ inner }
	type nameless struct{ X int }
	for want, v := range map[string]any{
		"no JSON shape for the Go type chan int":              deep{},
		"no JSON shape for the Go type complex128":            embedding{},
		"no JSON shape for the Go type map[int]string":        map[int]string{},
		"the generator knows no list of the values of colour": colour(""),
		"nameless.X: no JSON name":                            nameless{},
	} {
		_, err := realModel(t).refOf(reflect.TypeOf(v))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v, want %q", v, err, want)
		}
	}
}

func TestShapes(t *testing.T) {
	m := realModel(t)
	for want, v := range map[string]any{
		"string": "", "number": 0.0, "boolean": new(bool), "Cluster[]": []schema.Cluster{}, "Status": schema.Status(""),
		"Record<string, string>": map[string]string{}, "Record<string, unknown>": schema.OpenRPC{}, "ErrorData": &schema.Error{},
	} {
		r, err := m.refOf(reflect.TypeOf(v))
		if err != nil {
			t.Error(err)
		} else if got := typescriptRef(r, false); got != want {
			t.Errorf("%T: %s, want %s", v, got, want)
		}
	}
	for v, want := range map[any]kind{0: kindInteger, int64(0): kindInteger, uint64(0): kindCount, time.Time{}: kindTime} {
		if r, err := m.refOf(reflect.TypeOf(v)); err != nil || r.Kind != want {
			t.Errorf("%T: %v, %v", v, r.Kind, err)
		}
	}
}

func TestListsAreHeldToConstants(t *testing.T) {
	for name, change := range map[string]func(*docs){
		"no constant": func(d *docs) {
			d.constants["Status"] = slices.DeleteFunc(d.constants["Status"], func(v string) bool { return v == "running" })
		},
		"not in the list": func(d *docs) { d.constants["Kind"] = append(d.constants["Kind"], "forgotten") },
	} {
		m := realModel(t)
		change(m.docs)
		if err := m.checkEnums(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDefaultsComeFromWithDefaults(t *testing.T) {
	want := map[string]any{"Name": "carapace-node", "CPUs": "4+", "Memory": "16+", "DiskSize": 100, "Docker": true}
	if got := defaultsOf(reflect.TypeFor[schema.Spec]()); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if got := defaultsOf(reflect.TypeFor[schema.Cluster]()); len(got) != 0 {
		t.Errorf("a type without WithDefaults has %v", got)
	}
}

func TestEmbeddedFieldsAreTheTypesOwn(t *testing.T) {
	var names []string
	for _, f := range realModel(t).fieldsOf("ProviderCheckResult") {
		names = append(names, f.Name)
		if f.Doc == "" {
			t.Errorf("%s has no doc", f.Name)
		}
	}
	if names[0] != "id" || !slices.Contains(names, "enabled") {
		t.Errorf("got %v", names)
	}
}
