package scenario

import (
	"strings"
	"testing"

	"carapace/schema"
)

// instead fails the test unless a refusal names the cloud and says what can be done in
// place of what was asked.
func (s *scene) instead(t *testing.T, e *schema.Error, possible string) {
	t.Helper()
	if !strings.Contains(e.Message, s.Name) {
		t.Errorf("the refusal does not name %s: %s", s.Name, e.Message)
	}
	if !strings.Contains(e.Hint, possible) {
		t.Errorf("the refusal does not say %q: %s", possible, e.Hint)
	}
}

// spotRefused: where there are no spot machines, a launch of one is refused before
// SkyPilot is asked.
func spotRefused(t *testing.T, s *scene) {
	spec := s.Small(func(sp *schema.Spec) { sp.UseSpot = true })
	e := Refused(t, s.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: spec}, schema.KindInvalidSpec)
	s.instead(t, e, "Leave useSpot out")
	if e.Field != "spec.useSpot" {
		t.Errorf("the refused field is %q", e.Field)
	}
	s.is(t, s.status(t), schema.StatusNoServer)
	s.nothingLeft(t)
}

// stopUnsupported: where a server can't be stopped, a stop and an autostop that stops
// are refused before SkyPilot is asked: it would do nothing and report success
// (docs/skypilot.md, "Stop, start and down").
func stopUnsupported(t *testing.T, s *scene) {
	e := Refused(t, s.Peer, schema.ClusterStop, schema.ChangeParams{Name: ClusterName}, schema.KindUnsupported)
	s.instead(t, e, "Destroy it instead")
	e = Refused(t, s.Peer, schema.ClusterAutostop, schema.AutostopParams{Name: ClusterName, IdleMinutes: 90}, schema.KindUnsupported)
	s.instead(t, e, "down")
	c := s.status(t)
	s.is(t, c, schema.StatusRunning)
	if c.Autostop != nil {
		t.Errorf("the autostop is %+v", c.Autostop)
	}
	s.machine(t, "running")
}
