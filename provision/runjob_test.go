package provision

import (
	"context"
	"regexp"
	"strconv"
	"testing"
	"time"

	"carapace/provision/sky"
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

// A run command that fails is told of within a minute however long it has run: the machine says when its
// process has ended. Until then SkyPilot's queue is hardly asked.
func TestARunCommandThatFailsIsToldOfWithinAMinuteAtAnyAge(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		const lasts = 5*time.Hour + 5*time.Minute
		if err := w.control.SetRunTime(lasts); err != nil {
			t.Fatal(err)
		}
		w.inject("run_fails_later", "")
		m := &misbehaving{Runner: w.runner, calls: map[string]int{}}
		w.runner = m
		s := w.launched()
		m.sinceThen()
		time.Sleep(4 * time.Hour)
		if calls := m.sinceThen(); calls["queue"] > 9 {
			t.Errorf("in four hours the queue was asked %d times, want two an hour", calls["queue"])
		} else if calls["ssh"] > 1 {
			t.Errorf("%d connections were made in four hours", calls["ssh"])
		}
		s.stopNow()
		s = w.start() // the next sidecar watches it as well
		for began := time.Now(); len(s.status().Warnings) == 0; time.Sleep(time.Second) {
			if time.Since(began) > lasts {
				t.Fatal("nobody says that the run command has failed")
			}
		}
		told := time.Now()
		queue, err := w.runner.Run(ctx, sky.Call{Program: "sky", Args: []string{"queue", schema.DefaultClusterName, "-o", "json"}})
		end := regexp.MustCompile(`"end_at": ([0-9]+)`).FindStringSubmatch(queue.Stdout)
		if err != nil || end == nil {
			t.Fatalf("%+v, %v", queue, err)
		}
		seconds, _ := strconv.ParseInt(end[1], 10, 64)
		if kind := s.status().Warnings[0].Kind; kind != schema.KindRunFailed {
			t.Errorf("the warning is of kind %s", kind)
		}
		if late := told.Sub(time.Unix(seconds, 0)); late > time.Minute || late < 0 {
			t.Errorf("it was told %s after it had failed", late)
		}
	})
}

// A machine that can't be asked: its port answers, and every ssh fails.
type mute struct{ sky.Runner }

func (m mute) Run(ctx context.Context, call sky.Call) (sky.Result, error) {
	if call.Program == "ssh" {
		return sky.Result{Code: 255, Stderr: "kex_exchange_identification: Connection closed by remote host"}, nil
	}
	return m.Runner.Run(ctx, call)
}

// A server whose run command goes on is looked at as seldom as any other. Where its machine says nothing of
// it, its queue is asked the more seldom the longer it runs: by two sidecars of a state folder together, also after a restart.
func TestARunCommandThatGoesOnIsAskedAboutSeldom(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		if err := w.control.SetRunTime(100 * time.Hour); err != nil {
			t.Fatal(err)
		}
		w.inject("run_fails_later", "")
		m := &misbehaving{Runner: mute{w.runner}, calls: map[string]int{}}
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
