package cli

import (
	"testing"

	"github.com/spf13/pflag"
)

// A line that runs this program again names the server only where that makes a difference.
func TestCommandFor(t *testing.T) {
	given := pflag.NewFlagSet("sidecar", pflag.ContinueOnError)
	given.String("name", "", "")
	given.String("project", "", "")
	given.Bool("yes", false, "")
	if err := given.Parse([]string{"--name", "mine", "--project", "my files", "--yes"}); err != nil {
		t.Fatal(err)
	}
	a := &app{given: given}
	a.Name = "sidecar"
	for _, tt := range []struct {
		server string
		words  []string
		want   string
	}{
		{"", []string{"destroy"}, "sidecar destroy --name mine --project 'my files'"},
		{"other", []string{"destroy"}, "sidecar destroy --name other --project 'my files'"},
		{"other", []string{"list"}, "sidecar list --project 'my files'"},
		{"", []string{"clouds CLOUD"}, "sidecar clouds CLOUD --project 'my files'"},
		{"other", []string{"install"}, "sidecar install --project 'my files'"},
	} {
		if got := a.commandFor(tt.server, tt.words...); got != tt.want {
			t.Errorf("%v about %q is %s, want %s", tt.words, tt.server, got, tt.want)
		}
	}
}
