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
			if tt.rec.JobIsDue(tt.rec.RunJobAsked.Add(wait-time.Second), wanted) || !tt.rec.JobIsDue(tt.rec.RunJobAsked.Add(wait), wanted) {
				t.Errorf("%s: it is not due after %s (a person asks: %v)", name, wait, wanted)
			}
		}
		if !tt.rec.JobIsDue(tt.rec.RunJobAsked.Add(-time.Hour), false) {
			t.Errorf("%s: not due after the clock was set back", name)
		}
	}
	for name, rec := range map[string]Cluster{
		"no job":      with(func(c *Cluster) { c.RunJob = 0 }),
		"over":        with(func(c *Cluster) { c.RunJobOver = true }),
		"not running": with(func(c *Cluster) { c.View.Status = schema.StatusStopped }),
		"lost":        with(func(c *Cluster) { c.Exists.State = ExistsLost }),
	} {
		if rec.JobIsDue(noon.Add(1000*time.Hour), true) {
			t.Errorf("%s: due", name)
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
