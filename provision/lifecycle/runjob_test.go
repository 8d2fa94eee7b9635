package lifecycle

import (
	"testing"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
)

func TestJobIsDue(t *testing.T) {
	running := Cluster{View: schema.Cluster{Status: schema.StatusRunning}, Exists: Existing{State: ExistsSeen}, RunJob: 1, RunJobSince: noon}
	with := func(change func(*Cluster)) Cluster {
		c := running
		change(&c)
		return c
	}
	for name, tt := range map[string]struct {
		rec    Cluster
		asked  time.Duration // since noon
		wait   time.Duration // from then
		wanted time.Duration // likewise, where a person asks
	}{
		"begun":                {running, 0, 45 * time.Second, 45 * time.Second},
		"a quarter of an hour": {running, 15 * time.Minute, 45 * time.Second, 45 * time.Second},
		"an hour":              {running, time.Hour, 3 * time.Minute, 45 * time.Second},
		"a day":                {running, 24 * time.Hour, 10 * time.Minute, 45 * time.Second},
		"of an older sidecar":  {with(func(c *Cluster) { c.RunJobSince = time.Time{} }), 0, 10 * time.Minute, 45 * time.Second},
	} {
		tt.rec.RunJobAsked = noon.Add(tt.asked)
		for wanted, wait := range map[bool]time.Duration{false: tt.wait, true: tt.wanted} {
			if tt.rec.JobIsDue(tt.rec.RunJobAsked.Add(wait-time.Second), wanted, JobSign{}) || !tt.rec.JobIsDue(tt.rec.RunJobAsked.Add(wait), wanted, JobSign{}) {
				t.Errorf("%s: it is not due after %s (a person asks: %v)", name, wait, wanted)
			}
		}
		if !tt.rec.JobIsDue(tt.rec.RunJobAsked.Add(-time.Hour), false, JobSign{}) {
			t.Errorf("%s: not due after the clock was set back", name)
		}
	}
	for name, rec := range map[string]Cluster{
		"no job":      with(func(c *Cluster) { c.RunJob = 0 }),
		"over":        with(func(c *Cluster) { c.RunJobOver = true }),
		"not running": with(func(c *Cluster) { c.View.Status = schema.StatusStopped }),
		"lost":        with(func(c *Cluster) { c.Exists.State = ExistsLost }),
	} {
		if rec.JobIsDue(noon.Add(1000*time.Hour), true, JobSign{}) {
			t.Errorf("%s: due", name)
		}
	}
}

// What the machine says decides when the queue is asked, for as long as it is fresh and was not wrong.
func TestTheMachineSaysWhenAJobIsDue(t *testing.T) {
	rec := Cluster{
		View: schema.Cluster{Status: schema.StatusRunning}, Exists: Existing{State: ExistsSeen}, RunJob: 1,
		RunJobSince: noon.Add(-10 * time.Hour), RunJobAsked: noon, // due again at 12:10, by itself
	}
	at := func(after time.Duration) time.Time { return noon.Add(after) }
	for name, tt := range map[string]struct {
		sign JobSign // at that time
		due  []time.Duration
		not  []time.Duration
	}{
		"nothing":            {JobSign{}, []time.Duration{10 * time.Minute}, []time.Duration{9 * time.Minute}},
		"ended":              {JobSign{Runs: at(time.Minute), Ended: at(2 * time.Minute)}, []time.Duration{2 * time.Minute}, nil},
		"ended, and asked":   {JobSign{Runs: at(-time.Hour), Ended: at(-time.Second)}, []time.Duration{45 * time.Second}, []time.Duration{44 * time.Second}},
		"ended, and wrong":   {JobSign{Ended: at(time.Minute), Wrong: true}, []time.Duration{10 * time.Minute}, []time.Duration{9 * time.Minute}},
		"runs":               {JobSign{Runs: at(30 * time.Minute)}, []time.Duration{30 * time.Minute}, nil},
		"runs, for now":      {JobSign{Runs: at(20 * time.Minute)}, nil, []time.Duration{20*time.Minute + 59*time.Second}},
		"ran, a minute ago":  {JobSign{Runs: at(20 * time.Minute)}, []time.Duration{21 * time.Minute}, nil},
		"runs, and is wrong": {JobSign{Runs: at(20 * time.Minute), Ended: at(5 * time.Minute), Wrong: true}, []time.Duration{20 * time.Minute}, nil},
		"from the future":    {JobSign{Runs: at(time.Hour)}, []time.Duration{10 * time.Minute}, []time.Duration{9 * time.Minute}},
	} {
		for _, after := range tt.due {
			if !rec.JobIsDue(at(after), false, tt.sign) {
				t.Errorf("%s: it is not due after %s", name, after)
			}
		}
		for _, after := range tt.not {
			if rec.JobIsDue(at(after), false, tt.sign) {
				t.Errorf("%s: it is due after %s", name, after)
			}
		}
	}
}

func TestObserveJob(t *testing.T) {
	for status, want := range map[string]struct{ over, warned bool }{
		"RUNNING": {false, false}, "SUCCEEDED": {true, false}, "FAILED": {true, true}, "FAILED_DRIVER": {true, true}, "CANCELLED": {true, true}, "": {false, false},
	} {
		rec := Cluster{View: schema.Cluster{Status: schema.StatusRunning}, RunJob: 2}
		if rec.ObserveJob(sky.Job{ID: 1, Status: "FAILED"}) || rec.ObserveJob(sky.Job{}) {
			t.Error("another job was taken for it")
		}
		changed := rec.ObserveJob(sky.Job{ID: 2, Status: status})
		if changed != want.over || rec.RunJobOver != want.over || (len(rec.View.Warnings) == 1) != want.warned {
			t.Errorf("%s: %v, %v, %+v", status, changed, rec.RunJobOver, rec.View.Warnings)
		}
	}
}
