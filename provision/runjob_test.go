package provision

import (
	"strings"
	"testing"
	"time"

	"carapace/schema"
	"carapace/skysim"
)

// A run command that fails some time after the start is told of within a minute or
// so, and one that is over is not asked about again.
func TestARunCommandThatFailsLaterIsToldOf(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.inject("run_fails_later", "")
		m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
		w.runner = m
		s := w.launched()
		failed := func() bool {
			for _, warning := range s.status().Warnings {
				if warning.Kind == schema.KindRunFailed {
					return true
				}
			}
			return false
		}
		if failed() {
			t.Fatal("it has failed already: this tests nothing")
		}
		began := time.Now()
		for !failed() {
			if time.Sleep(time.Second); time.Since(began) > 3*time.Minute {
				t.Fatal("nobody says that the run command has failed")
			}
		}
		s.wantStatus(schema.StatusRunning)
		asked := m.sinceThen()["queue"]
		time.Sleep(time.Hour)
		if again := m.sinceThen()["queue"]; asked == 0 || again != 0 {
			t.Errorf("a job that is over was asked about %d times more, %d before", again, asked)
		}
		if !failed() {
			t.Error("the warning is gone after an hour")
		}
	})
}

// An autostop that SkyPilot drops by itself is a warning at once, and set again.
func TestADroppedAutostopIsSetAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.launched()
		if _, err := s.SetAutostop(ctx, schema.AutostopParams{IdleMinutes: 600}); err != nil {
			t.Fatal(err)
		}
		w.outside(skysim.OutsideDropAutostop)
		lost := false
		for range 120 {
			if c := s.status(); c.Autostop != nil && c.Autostop.Lost {
				lost = true
				if !strings.Contains(c.Warnings[len(c.Warnings)-1].Message, "dropped") {
					t.Errorf("the warnings are %+v", c.Warnings)
				}
			}
			time.Sleep(time.Second)
		}
		if c := s.status(); !lost || c.Autostop == nil || c.Autostop.Lost || c.Autostop.IdleMinutes != 600 {
			t.Errorf("lost: %v; then it is %+v", lost, c.Autostop)
		}
		if c, err := s.SetAutostop(ctx, schema.AutostopParams{Cancel: true}); err != nil || c.Autostop != nil {
			t.Errorf("canceled: %+v (%v)", c.Autostop, err)
		}
		time.Sleep(5 * time.Minute)
		if c := s.status(); c.Autostop != nil {
			t.Errorf("what was canceled is %+v", c.Autostop)
		}
	})
}
