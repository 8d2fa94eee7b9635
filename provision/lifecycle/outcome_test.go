package lifecycle

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
	"carapace/schema/text"
)

// A launch whose machine was seen, and then not found again, says nothing of that machine
// that the last look may have been wrong about.
func TestALaunchThatCanNotBeFoundOutContradictsNothing(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	failure := &schema.Error{Kind: schema.KindAPIServer, Message: "SkyPilot does not answer.", Hint: "Look again."}
	for name, c := range map[string]struct {
		seen      bool
		says, not string
	}{
		"never seen": {false, "Whether a machine is left", "What the machine is doing"},
		"seen":       {true, "What the machine is doing now", "Whether a machine is left"},
	} {
		t.Run(name, func(t *testing.T) {
			rec := &Cluster{View: schema.Cluster{Name: "c", Cloud: "aws"}}
			rec.Witness(EvidenceSubmitting, "", at)
			if c.seen {
				rec.Witness(EvidenceShown, "", at)
				rec.Machine = schema.MachineRunning
			}
			LaunchUnknown(failure, false).Settle(rec, at)
			if d := rec.View.Description; !strings.Contains(d, c.says) || strings.Contains(d, c.not) {
				t.Errorf("it says: %s", d)
			}
			if now := rec.Costs().Now; now != schema.SpendingUnknown {
				t.Errorf("it costs %s", now)
			}
		})
	}
}

// A state that was written before texts had codes goes on as it was: its words are said, once, with what
// is said of money after them.
func TestWordsOfAnOlderStateAreKept(t *testing.T) {
	s := Empty()
	rec := s.Ensure("c")
	rec.Exists.State, rec.Machine = ExistsSeen, schema.MachineRunning
	rec.View.Status, rec.View.Texts, rec.View.Description = schema.StatusError, nil, "The setup failed."
	rec.View.Error = &schema.Error{Kind: schema.KindSetupFailed, Message: "The setup failed.", Hint: "Read its log."}
	s = s.Clone()
	shown := s.View("c", Context{At: noon})
	if want := "The setup failed. The machine runs and costs money."; shown.Description != want || text.Join(shown.Texts...) != want {
		t.Errorf("it says %q, and as texts %q", shown.Description, text.Join(shown.Texts...))
	}
	if failure := withMoney(shown.Error, false, s.Clusters["c"]); failure.Message != "The setup failed." || failure.Hint != "Read its log. The machine costs money as long as it is there." {
		t.Errorf("with money: %s %s", failure.Message, failure.Hint)
	}
}
