package cli

import (
	"testing"

	"carapace/schema"
)

func TestForPeople(t *testing.T) {
	for text, want := range map[string]string{
		"ask again with allowDeletions.":            "ask again with --allow-deletions.",
		"Raise spec.maxHourlyCost.":                 "Raise --max-price.",
		"Install it (skypilot.install does).":       "Install it ('sidecar install' does).",
		"take it off the list with cluster.forget.": "take it off the list with 'sidecar call cluster.forget'.",
		"The server is running and costs $0.19.":    "The server is running and costs $0.19.",
	} {
		if got := forPeople(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	names := map[string]bool{}
	for _, m := range schema.Methods {
		names[m.Name] = true
	}
	for method := range commandOf() {
		if !names[method] {
			t.Errorf("there is no method %s", method)
		}
	}
}
