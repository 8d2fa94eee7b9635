package lifecycle

import (
	"encoding/json"
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

// That SkyPilot can't work with a machine is an error of kind unreachable, as a failed look may be, and yet the machine's: when it
// is over, the server has changed, and nobody asked for that. The two were told apart by kind, and by the words that were said.
func TestAnErrorIsOfTheLookOrOfTheServer(t *testing.T) {
	up := sky.Cluster{Name: "c", Hash: "h", State: sky.StateUp, AutostopMinutes: -1}
	broken := up
	broken.State = sky.StateInit
	const started = "The launch was interrupted."
	for name, tt := range map[string]struct {
		fail   func(*State, *Cluster)
		source schema.ChangeSource
	}{
		"of the server": {func(_ *State, rec *Cluster) { Observe(rec, broken, "", noon) }, schema.SourceExternal},
		"of the look": {func(s *State, rec *Cluster) {
			s.ApplyFailedLook("c", Look{Failures: FailedLooks, Since: noon}, schema.Fail(schema.KindTimeout, &text.LookCloudSilent), noon)
		}, schema.SourcePoll},
		"of the look, with other words": {func(s *State, rec *Cluster) {
			s.ApplyFailedLook("c", Look{Failures: FailedLooks, Since: noon}, schema.Fail(schema.KindSkyPilotUnsupported, &text.LookCloudSilent), noon)
			rec.say([]text.Text{text.Words(started)})
		}, schema.SourcePoll},
	} {
		s := Empty()
		rec := s.Ensure("c")
		s.Operations = []*Operation{{Operation: schema.Operation{ID: "launch", Cluster: "c", Kind: schema.OperationLaunch, State: schema.OperationSucceeded, StartedAt: noon, EndedAt: noon}}}
		rec.Learn(up, "", noon)
		SetStatus(rec, schema.StatusRunning, []text.Text{text.New(&text.ServerStopped)}, nil)
		tt.fail(s, rec)
		if rec.View.Error == nil {
			t.Fatalf("%s: there is none: %+v", name, rec.View)
		}
		written, err := json.Marshal(rec)
		if err == nil {
			err = json.Unmarshal(written, rec) // another process goes on
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Apply("c", Observation{Answer: Answer{Report: sky.StatusReport{Clusters: []sky.Cluster{up}}}, Begun: s.Epoch("c"), At: noon.Add(time.Hour)})
		if rec.View.Status != schema.StatusRunning || rec.Source != tt.source || (rec.View.LastChange != nil) != (tt.source == schema.SourceExternal) || rec.ErrorOrigin != "" {
			t.Errorf("%s: when it is over it is %s, told as %s, with the last change %+v and the mark %q", name, rec.View.Status, rec.Source, rec.View.LastChange, rec.ErrorOrigin)
		}
	}
}
