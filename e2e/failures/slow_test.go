//go:build e2e

package failures

import (
	"testing"

	"carapace/e2e/lab"
	"carapace/e2e/scenario"
	"carapace/schema"
)

// What SkyPilot itself needs many minutes to give up. Each begins without a server
// and leaves none.
var slowFailures = []failure{
	{"Rate limit, to its end", "`lab fault RunInstances RequestLimitExceeded …`, `spec.zone` set", schema.KindRateLimited, schema.StatusError, "RequestLimitExceeded", (*failing).throttled},
	{"SSH never up", "`lab slow-boot 9999`", schema.KindUnreachable, schema.StatusError, "SSH", (*failing).neverBoots},
	{"Network cut during a launch", "`lab cut` when the machine is there, `--deadline 10m`", schema.KindUnreachable, schema.StatusError, "SSH", (*failing).cutLaunch},
	{"Deadline passed, in setup", "`spec.setup` = sleep 3600, `--deadline 3m`", schema.KindTimeout, schema.StatusError, "3 minutes", (*failing).longSetup},
}

func (f *failing) throttled(t *testing.T) *schema.Error {
	lab.Must(t, "fault", "RunInstances@"+scenario.Region, "RequestLimitExceeded", "Request limit exceeded.")
	return f.fails(t, func(s *schema.Spec) { s.Zone = scenario.Region + "a" })
}

func (f *failing) neverBoots(t *testing.T) *schema.Error {
	lab.Must(t, "slow-boot", "9999")
	e := f.fails(t)
	t.Cleanup(func() { f.gone(t) })
	return e
}

func (f *failing) cutLaunch(t *testing.T) *schema.Error {
	f.guestOn(t, scenario.NewStage(t, t.TempDir()), []string{"--deadline", "10m"})
	got := scenario.Call(t, f.Peer, schema.ClusterLaunch, schema.LaunchParams{Spec: scenario.Small()})
	f.connecting(t, got.Operation.ID)
	lab.Must(t, "cut")
	e := f.end(t, got.Operation.ID).Operation.Error
	t.Cleanup(func() { f.healAll(t); f.Clear(t) })
	return e
}

func (f *failing) longSetup(t *testing.T) *schema.Error {
	f.guestOn(t, scenario.NewStage(t, t.TempDir()), []string{"--deadline", "3m"})
	e := f.fails(t, func(s *schema.Spec) { s.Setup = "sleep 3600" })
	t.Cleanup(func() { f.Clear(t) })
	return e
}
