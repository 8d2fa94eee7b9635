package provision

import (
	"testing"
	"time"

	"carapace/schema"
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
			if time.Sleep(time.Second); time.Since(began) > 150*time.Second { // 90 s until it fails, and a minute
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
