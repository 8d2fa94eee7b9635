package lifecycle

import (
	"testing"

	"carapace/schema"
	"carapace/schema/text"
)

// What may begin now is worked out once for a view, however many errors it shows.
func TestAViewWorksItsSituationOutOnce(t *testing.T) {
	view := func(warnings int) (*State, func()) {
		s := Empty()
		rec := s.Ensure("node")
		rec.View.Status, rec.Exists.State, rec.Machine = schema.StatusRunning, ExistsSeen, schema.MachineRunning
		for range warnings {
			rec.View.Warnings = append(rec.View.Warnings, *schema.Fail(schema.KindRunFailed, &text.RunFailed))
		}
		return s, func() {
			if c := s.View("node", Context{Configured: "node"}); len(c.Warnings) != warnings || len(c.Warnings[0].Remedies) == 0 {
				t.Fatalf("the warnings are %+v", c.Warnings)
			}
		}
	}
	s, one := view(1)
	_, six := view(6)
	e := &s.Clusters["node"].View.Warnings[0]
	sit := s.situation("node", nil, Context{Configured: "node"})
	situation := testing.AllocsPerRun(20, func() { s.situation("node", nil, Context{Configured: "node"}) })
	buttons := testing.AllocsPerRun(20, func() { withRemedies(e, sit) })
	more := (testing.AllocsPerRun(20, six) - testing.AllocsPerRun(20, one)) / 5
	if situation < 10 || more >= buttons+situation {
		t.Errorf("each further warning costs a view %.1f allocations; its buttons cost %.1f, a situation %.1f", more, buttons, situation)
	}
}
