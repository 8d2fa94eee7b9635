package preflight

import (
	"testing"

	"carapace/provision/task"
	"carapace/schema"
)

// A list of machine types takes what a spec takes, and nothing else: what it shows is launched next.
func TestSizesTakeWhatASpecTakes(t *testing.T) {
	pre := &Preflight{}
	for _, value := range []string{"4", "4+", "0.5", " 4", "4 +", "4e2", "+4", "0x4", "Inf", "NaN", ".5", "5.", "-1", "four"} {
		problems := false
		for _, p := range task.Validate(schema.Spec{CPUs: value}) {
			problems = problems || p.Field == "spec.cpus"
		}
		_, err := pre.Sizes(t.Context(), schema.ProviderSizesParams{Cloud: "no cloud", CPUs: value})
		e, _ := err.(*schema.Error) //nolint:errorlint // it wraps none
		if refused := e != nil && e.Field == "cpus"; refused != problems {
			t.Errorf("%q: a spec is refused %v, the list %v", value, problems, refused)
		}
	}
}
