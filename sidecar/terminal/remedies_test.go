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

// With the words of a command line, what calls a method is a command of this program, unless it takes more than a flag.
func TestRefusedShowsThisProgramsCommands(t *testing.T) {
	var out strings.Builder
	words := strings.NewReplacer("cluster.", "sidecar ", "allowDeletions", "--allow-deletions").Replace
	s := New(Options{Out: &out, Words: words, Command: func(text, server string) string {
		return strings.TrimSpace(words(text) + " " + server)
	}})
	s.Refused(&schema.Error{Message: "No.", Hint: "Wait, or ask cluster.status.", Remedies: []schema.Remedy{
		{ID: "forget", Label: "Delete it from the list", Method: "cluster.forget", Params: []byte(`{"name":"a"}`)},
		{ID: "look", Label: "Look again", Method: "cluster.status", Params: []byte(`{"name":"a","refresh":true}`)},
		{ID: "allow", Label: "Sync", Method: "cluster.sync", Params: []byte(`{"name":"a","allowDeletions":true}`)},
		{ID: "allow", Label: "Launch", Method: "cluster.launch", Params: []byte(`{"allowDeletions":true,"spec":{"name":"a"}}`)},
		{ID: "launch_again", Label: "Launch again", Method: "cluster.launch", Params: []byte(`{"again":true,"spec":{"name":"a"}}`)},
	}})
	want := "  ⊘ No.\n    Wait, or ask sidecar status.\n    Delete it from the list: sidecar forget a\n    Sync: sidecar sync --allow-deletions a\n    Launch: --allow-deletions\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
