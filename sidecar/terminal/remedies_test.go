package terminal

import (
	"strings"
	"testing"

	"carapace/schema"
)

// What a person types, or opens, stands below the hint.
func TestRefusedShowsWhatIsTyped(t *testing.T) {
	var out strings.Builder
	s := New(Options{Out: &out})
	s.Refused(&schema.Error{Message: "There are no credentials.", Remedies: []schema.Remedy{
		{ID: "sign_in", Label: "Sign in", Command: "aws configure"},
		{ID: "keys_page", Label: "Open the page for keys", URL: "https://example.com/keys"},
		{ID: "check_cloud", Label: "Check again", Method: "provider.check"},
	}})
	want := "  ⊘ There are no credentials.\n    Sign in: aws configure\n    Open the page for keys: https://example.com/keys\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
