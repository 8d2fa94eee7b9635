package provision

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carapace/provision/redact"
	"carapace/schema"
)

// withSecrets is a launch of which no text may hold either value.
var withSecrets = schema.LaunchParams{Spec: schema.Spec{
	Cloud: "aws", Secrets: map[string]string{"PLAIN": "hunter22-swordfish"}, Envs: map[string]string{"API_TOKEN": "t0ken-of-the-env", "SHOWN": "in-plain-sight"},
}}

func (s *sidecar) masks(t *testing.T, values ...string) {
	t.Helper()
	for _, v := range values {
		if got := s.cfg.Redactor.String("x " + v); strings.Contains(got, v) {
			t.Errorf("%q is no secret to this sidecar", v)
		}
	}
}

// Whoever takes a launch up knows its secrets, as long as they are anywhere: they
// stand in the task file alone.
func TestASuccessorKnowsTheSecrets(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		first := w.start()
		if _, err := first.Launch(ctx, withSecrets); err != nil {
			t.Fatal(err)
		}
		first.stopNow()
		second := w.start()
		synctest.Wait()
		second.masks(t, "hunter22-swordfish", "t0ken-of-the-env")
		if got := second.cfg.Redactor.String("in-plain-sight"); got != "in-plain-sight" {
			t.Errorf("%s", got)
		}
	})
}

// A sidecar that was there all the while, and shows the other's server, knows what
// of its variables is a secret; and the launch itself when the other dies.
func TestASidecarBesideKnowsTheSecrets(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		own := func(c *Config) { c.Redactor = &redact.Redactor{} }
		first, second := w.start(own), w.start(own)
		if _, err := first.Launch(ctx, withSecrets); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		second.masks(t, "t0ken-of-the-env")
		first.stopNow()
		time.Sleep(time.Second)
		second.masks(t, "hunter22-swordfish")
	})
}
