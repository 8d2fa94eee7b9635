package cli

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// A continuous sync says what is not on the server yet, and why, in each of its states.
func TestContinuousSync(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.Local)
	why := &schema.Error{Kind: schema.KindUnreachable, Message: "It does not answer.", Hint: "Look at the network."}
	said := map[string]bool{}
	for _, state := range schema.VaultWatchWorks {
		w := schema.ContinuousSync{On: state != schema.WatchOff, State: state}
		text := continuous(w)
		if said[text] || !strings.HasSuffix(text, ".") || strings.HasSuffix(text, ": ") {
			t.Errorf("%s: %q", state, text)
		}
		said[text] = true
		switch state {
		case schema.WatchPaused, schema.WatchRefused:
			w.PendingSince, w.Reason = at, why
			if text := continuous(w); !strings.Contains(text, "since 24 November 2026, 12:00") || !strings.Contains(text, "It does not answer. Look at the network.") {
				t.Errorf("%s: %q", state, text)
			}
			w.Waiting = []schema.VaultName{schema.VaultPrivate}
			if text := continuous(w); !strings.Contains(text, "in the private vault since 24 November 2026, 12:00") {
				t.Errorf("%s: %q", state, text)
			}
		}
	}
}

// Who is told of a difference is told whether a sync would be refused.
func TestAVaultWhoseDeletionsNeedConsent(t *testing.T) {
	v := schema.VaultState{State: schema.VaultDiffers, Changes: &schema.VaultChange{Deleted: 25}}
	before := vaultWords(v)
	v.Changes.NeedsConsent = true
	if said := vaultWords(v); said != before+" It would be refused as long as nobody consents to the deletions. That is --allow-deletions." {
		t.Error(said)
	}
}

// A status tells of it where it is on, and asks for it nowhere else.
func TestStatusTellsWhatIsPending(t *testing.T) {
	for on, want := range map[bool]string{true: "  Continuous sync: on, and paused. It does not answer.\n", false: ""} {
		s := &stub{t: t, answers: map[string]func([]byte) (any, error){
			"cluster.status": func([]byte) (any, error) {
				return schema.Cluster{Name: "n", Status: schema.StatusRunning, Description: "It runs.", VaultWatch: on}, nil
			},
		}}
		if on {
			s.answers["vault.status"] = func([]byte) (any, error) {
				return schema.VaultStatusResult{Watch: schema.ContinuousSync{On: true, State: schema.WatchPaused, Reason: &schema.Error{Kind: schema.KindUnreachable, Message: "It does not answer."}}}, nil
			}
		}
		if stdout, _, code := s.run(t.Context(), false, "status"); code != 0 || stdout != "n: running\n  It runs.\n"+want {
			t.Errorf("%v: exit %d\n%s", on, code, stdout)
		}
	}
}
