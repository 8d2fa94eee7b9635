package lifecycle

import (
	"reflect"
	"slices"
	"testing"

	"carapace/schema"
)

// A half-done launch is finished only with what makes no other machine: each field of the spec is refused
// where it differs from what stands there, or is given to a machine that exists, too.
func TestFinishingALaunchWithAnotherSpec(t *testing.T) {
	given := []string{"Name", "Autostop", "Envs", "Secrets", "Vaults", "Mounts", "Docker", "Health", "Setup", "Run", "RetryUntilUp"}
	fields := reflect.TypeFor[schema.Spec]()
	for i := range fields.NumField() {
		field := fields.Field(i)
		var spec schema.Spec
		value := reflect.ValueOf(&spec).Elem().Field(i)
		switch value.Kind() {
		case reflect.String:
			value.SetString("x")
		case reflect.Int:
			value.SetInt(1)
		case reflect.Float64:
			value.SetFloat(1)
		case reflect.Bool:
			value.SetBool(true)
		case reflect.Slice:
			value.Set(reflect.MakeSlice(field.Type, 1, 1))
		case reflect.Map:
			value.Set(reflect.ValueOf(map[string]string{"x": "y"}))
		case reflect.Pointer:
			value.Set(reflect.New(field.Type.Elem()))
		default:
			t.Fatalf("%s is of a kind that this does not know", field.Name)
		}
		rec := &Cluster{View: schema.Cluster{Status: schema.StatusError}, Incomplete: true, Spec: &schema.Spec{Name: spec.Name}}
		rec.Exists.State = ExistsSeen
		st := &State{Clusters: map[string]*Cluster{spec.Name: rec}}
		refusal := st.AdmitLaunch(spec, schema.Vaults{}, nil)
		if refused := refusal != nil; refused == slices.Contains(given, field.Name) {
			t.Errorf("another %s is refused: %v", field.Name, refusal)
		}
	}
}

// The vaults are compared as they were resolved: which folders were meant the spec need not say.
func TestFinishingALaunchWithOtherVaults(t *testing.T) {
	was := schema.Vaults{Public: "/a/public", Private: "/a/private"}
	rec := &Cluster{View: schema.Cluster{Status: schema.StatusError}, Incomplete: true, Spec: &schema.Spec{Name: "n"}, Vaults: &was}
	rec.Exists.State = ExistsSeen
	st := &State{Clusters: map[string]*Cluster{"n": rec}}
	for _, test := range []struct {
		vaults schema.Vaults
		field  string
	}{
		{was, ""},
		{schema.Vaults{}, ""}, // they could not be resolved, which is refused by itself
		{schema.Vaults{Public: "/b/public", Private: "/a/private"}, "spec.vaults"},
		{schema.Vaults{Public: "/a/public"}, "spec.vaults"},
	} {
		switch refusal := st.AdmitLaunch(schema.Spec{Name: "n"}, test.vaults, nil); {
		case refusal == nil && test.field != "":
			t.Errorf("%+v is accepted", test.vaults)
		case refusal != nil && refusal.Field != test.field:
			t.Errorf("%+v is refused: %+v", test.vaults, refusal)
		}
	}
}
