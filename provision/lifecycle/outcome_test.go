package lifecycle

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
)

// A launch whose machine was seen, and then not found again, says nothing of that machine
// that the last look may have been wrong about.
func TestALaunchThatCanNotBeFoundOutContradictsNothing(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	failure := schema.NewError(schema.KindAPIServer, "SkyPilot does not answer.", "Look again.")
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
