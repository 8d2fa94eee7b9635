package lifecycle

import (
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// What a person has to mend before a server can be looked at is told by its own kind: that SkyPilot is too
// old was a network that does not answer, to be tried again. It stays an error of the look, whose recovery is no
// change of the server's.
func TestAFailedLookKeepsItsKind(t *testing.T) {
	for kind, want := range map[schema.Kind]schema.Kind{
		schema.KindSkyPilotUnsupported: schema.KindSkyPilotUnsupported, schema.KindSkyPilotNotFound: schema.KindSkyPilotNotFound,
		schema.KindCredentialsInvalid: schema.KindCredentialsInvalid, schema.KindNetwork: schema.KindNetwork, schema.KindAPIServer: schema.KindAPIServer,
		schema.KindTimeout: schema.KindNetwork, schema.KindInternal: schema.KindNetwork,
	} {
		s := Empty()
		rec := s.Ensure("c")
		rec.Learn(sky.Cluster{Name: "c", Hash: "h", State: sky.StateUp, AutostopMinutes: -1}, "", noon)
		SetStatus(rec, schema.StatusRunning, []text.Text{text.New(&text.ServerStopped)}, nil)
		failure := schema.Fail(kind, &text.LookCloudSilent)
		if !s.ApplyFailedLook("c", Look{Failures: FailedLooks, Since: noon}, failure, noon.Add(time.Minute)) || rec.View.Status != schema.StatusError {
			t.Fatalf("%s: two failed looks change nothing: %+v", kind, rec.View)
		}
		if e := rec.View.Error; e.Kind != want || e.Retryable != (failure.Retryable || want == schema.KindNetwork) {
			t.Errorf("%s is told as %s, to be tried again: %v", kind, e.Kind, e.Retryable)
		}
		if Admit(schema.OperationLaunch, "c", rec) == nil {
			t.Errorf("%s: a launch is accepted beside a machine that merely can't be looked at", kind)
		}
		observeOutside(rec, sky.Cluster{Name: "c", Hash: "h", State: sky.StateUp, AutostopMinutes: -1}, nil, nil, "", noon.Add(time.Hour))
		if rec.View.Status != schema.StatusRunning || rec.View.LastChange != nil {
			t.Errorf("%s: after the recovery it is %s, and the last change %+v", kind, rec.View.Status, rec.View.LastChange)
		}
	}
}
