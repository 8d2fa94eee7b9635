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

// A server whose run command goes on is looked at as seldom as any other, and its queue is asked the
// more seldom the longer it runs: by two sidecars of a state folder together, also after a restart.
func TestARunCommandThatGoesOnIsAskedAboutSeldom(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		if err := w.control.SetRunTime(100 * time.Hour); err != nil {
			t.Fatal(err)
		}
		w.inject("run_fails_later", "")
		m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
		w.runner = m
		s := w.launched()
		m.sinceThen()
		within := func(d time.Duration, queues, looks [2]int) {
			t.Helper()
			time.Sleep(d)
			calls := m.sinceThen()
			if n := calls["queue"]; n < queues[0] || n > queues[1] {
				t.Errorf("in %s the queue was asked %d times, want %d to %d", d, n, queues[0], queues[1])
			}
			if n := calls["status"]; n < looks[0] || n > looks[1] {
				t.Errorf("in %s the cloud was asked %d times, want %d to %d", d, n, looks[0], looks[1])
			}
		}
		within(15*time.Minute, [2]int{15, 21}, [2]int{1, 4})
		within(time.Hour, [2]int{25, 40}, [2]int{5, 8})
		other := w.start() // to which the first one's questions are news, now and then
		within(20*time.Minute, [2]int{4, 6}, [2]int{2, 12})
		s.stopNow()
		other.stopNow()
		third := w.start()
		within(20*time.Minute, [2]int{3, 5}, [2]int{2, 4})
		time.Sleep(time.Minute)
		m.sinceThen()
		for range 2 { // a person asks
			if _, err := third.Status(ctx, schema.StatusParams{Refresh: true}); err != nil {
				t.Fatal(err)
			}
		}
		within(0, [2]int{1, 1}, [2]int{2, 3})
		third.wantStatus(schema.StatusRunning)
	})
}
