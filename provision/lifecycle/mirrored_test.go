package lifecycle

import (
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

// A sync that only looks says that the real one would be refused.
func TestADrySyncSaysWhatNeedsConsent(t *testing.T) {
	for consent, want := range map[bool]string{
		false: "Nothing was changed.",
		true:  "Nothing was changed. It would be refused as long as nobody consents to the deletions.",
	} {
		said := text.Join(Mirrored([]schema.VaultChange{{Vault: schema.VaultPublic, Deleted: 25, NeedsConsent: consent}, {Vault: schema.VaultPrivate}}, true)...)
		if before := "The vaults on the server differ from those here, by the contents of every file: a sync would add 0 files there, change 0 and delete 25. "; said != before+want {
			t.Error(said)
		}
	}
}
