package provision

import (
	"testing"
	"time"

	"carapace/provision/cloud"
	"carapace/schema"
)

// warned waits until a running server has a warning of a kind.
func (s *sidecar) warned(kind schema.Kind) *schema.Error {
	s.t.Helper()
	for range 300 {
		for _, warning := range s.status().Warnings {
			if warning.Kind == kind {
				return &warning
			}
		}
		time.Sleep(time.Second)
	}
	s.t.Fatalf("no warning %s within five minutes: %+v", kind, s.status().Warnings)
	return nil
}

// Buttons that need a situation of their own.
func TestRemediesOfRareSituations(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*world){
		"stop after a run command that failed, and its log": func(w *world) {
			w.inject("run_fails_later", "")
			s := w.launched()
			e := s.warned(schema.KindRunFailed)
			if log, err := s.press(e, "run_log"); err != nil || len(log.(schema.LogsResult).Lines) == 0 {
				w.t.Errorf("%+v, %v", log, err)
			}
			s.mends(e, "stop")
			s.wantStatus(schema.StatusStopped)
		},
		"launch again after a termination": func(w *world) {
			s := w.launched()
			s.outside("terminate")
			c := s.becomes(schema.StatusNoServer)
			if len(c.Warnings) == 0 && c.Error == nil {
				w.t.Fatalf("nothing is said of it: %+v", c)
			}
			e := c.Error
			if e == nil {
				e = &c.Warnings[0]
			}
			s.mends(e, "launch_again")
			s.wantStatus(schema.StatusRunning)
		},
		"the log of a launch whose cloud hung": func(w *world) {
			w.inject("launch_hangs", "")
			s := w.start()
			e := s.failed(s.Launch(ctx, onAWS))
			if log, err := s.press(e, "provision_log"); err != nil || len(log.(schema.LogsResult).Lines) == 0 {
				w.t.Errorf("%+v, %v", log, err)
			}
		},
		"another region, where the one that was named has none": func(w *world) {
			w.inject("capacity", "us-west-2")
			s := w.start()
			there := onAWS
			there.Spec.Region = "us-west-2"
			e := s.failed(s.Launch(ctx, there))
			_, err := s.Launch(ctx, schema.LaunchParams{AnyRegion: true})
			wantKind(w.t, err, schema.KindInvalidParams)
			s.mends(e, "any_region") // while that region has none still
			if c := s.wantStatus(schema.StatusRunning); c.Region == "us-west-2" {
				w.t.Errorf("it is in %s", c.Region)
			}
		},
		"forget what was lost": func(w *world) {
			s := w.launched()
			time.Sleep(time.Minute)
			w.inject("down_refused", "")
			w.byHand("down", "-y", "--purge", schema.DefaultClusterName)
			w.heal()
			e := s.becomes(schema.StatusError).Error
			if _, err := s.press(e, "forget"); err != nil {
				w.t.Fatal(err)
			}
			s.wantStatus(schema.StatusNoServer)
		},
		"install what is missing, and cancel that": func(w *world) {
			s := w.start(w.opened(&shop{}), func(c *Config) {
				c.Credentials = func(cloud.Cloud, string) (schema.Credentials, *schema.Error) {
					return schema.Credentials{Present: true}, nil
				}
			})
			_, err := s.Launch(ctx, onAWS)
			missing := s.refusal(err, schema.KindSkyPilotNotFound)
			result, err := s.press(missing, "install")
			if err != nil {
				w.t.Fatal(err)
			}
			_, err = s.Launch(ctx, onAWS)
			if _, err := s.press(s.refusal(err, schema.KindOperationInProgress), "cancel"); err != nil {
				w.t.Fatal(err)
			}
			accepted := schema.OperationResult{Operation: result.(schema.InstallResult).Operation}
			if end := s.until(accepted, nil); end.Operation.State != schema.OperationCanceled {
				w.t.Errorf("%+v", end.Operation)
			}
			if result, err = s.press(missing, "install"); err != nil {
				w.t.Fatal(err)
			}
			s.succeeds(schema.OperationResult{Operation: result.(schema.InstallResult).Operation}, nil)
			s.succeeds(s.Launch(ctx, onAWS))
		},
	} {
		t.Run(name, func(t *testing.T) { inWorld(t, play) })
	}
}
