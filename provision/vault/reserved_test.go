package vault

import (
	"path/filepath"
	"strings"
	"testing"

	"carapace/schema"
)

// The state folder could be in a vault: its task files, with the secrets in them, went
// to the server, and something was written into a vault.
func TestReservedFoldersAndVaultsAreApart(t *testing.T) {
	root := tree(t, map[string]string{"home/.ssh/": "", "home/.aws/sub/": "", "home/docs/": "", "home/docs/state/": "", "elsewhere/": "", "other/private/": ""})
	at := func(name string) string { return filepath.Join(root, filepath.FromSlash(name)) }
	link(t, at("other"), at("home/.sky")) // a folder that a link leads to
	for name, tt := range map[string]struct {
		public, private string
		field           string // "": they may
		says            string
	}{
		"apart":                        {"elsewhere", "home/docs/state", "", ""},
		"the state folder in it":       {"elsewhere", "home/docs", "spec.vaults.private", "would go to the server"},
		"~/.ssh itself":                {"home/.ssh", "elsewhere", "spec.vaults.public", "is not for files"},
		"inside ~/.aws":                {"elsewhere", "home/.aws/sub", "spec.vaults.private", "lies in"},
		"where ~/.sky leads":           {"elsewhere", "other", "spec.vaults.private", "lies in"},
		"inside of where ~/.sky leads": {"other/private", "elsewhere", "spec.vaults.public", "lies in"},
		"none":                         {"", "", "", ""},
	} {
		paths := Paths{}
		if tt.public != "" {
			paths = Paths{at(tt.public), at(tt.private)}
		}
		state := at("home/docs/state")
		if tt.private == "home/docs/state" {
			state = at("state that is not there yet")
		}
		refusal := paths.Clear(Reserved(at("home"), state))
		if tt.field == "" {
			if refusal != nil {
				t.Errorf("%s: %+v", name, refusal)
			}
			continue
		}
		if refusal == nil || refusal.Kind != schema.KindInvalidSpec || refusal.Field != tt.field || refusal.Hint == "" || !strings.Contains(refusal.Message, tt.says) {
			t.Errorf("%s: %+v", name, refusal)
		}
	}
	missing := filepath.Join(at("home/docs"), "not", "there")
	if refusal := (Paths{Public: at("home/docs"), Private: at("elsewhere")}).Clear(Reserved("", missing)); refusal == nil {
		t.Error("a folder that will be made in a vault is not refused")
	}
}
