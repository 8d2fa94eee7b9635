package demo

import (
	"testing"
	"time"

	"carapace/schema"
)

// What a look finds, held against a launch of 12:00:00.9 that failed at 12:01 with
// no machine seen.
func TestJudge(t *testing.T) {
	began, ended := noon.Add(900*time.Millisecond), noon.Add(time.Minute)
	failed := schema.Cluster{Name: server, Status: schema.StatusError, CreatedAt: began}
	launched := func(at time.Time) schema.Cluster {
		c := failed
		c.LaunchedAt = at
		return c
	}
	for name, c := range map[string]struct {
		now    schema.Cluster
		change func(*claim)
		newest string
		want   owner
	}{
		"no machine":                         {now: failed, want: ours},
		"a machine of the launch's time":     {now: launched(noon), want: ours}, // SkyPilot's time: whole seconds
		"a machine of the launch's end":      {now: launched(ended), want: ours},
		"a machine of before":                {now: launched(noon.Add(-time.Second)), want: unsure},
		"a machine of after":                 {now: launched(ended.Add(time.Second)), want: unsure},
		"one that was seen, started later":   {now: launched(ended.Add(time.Hour)), change: func(c *claim) { c.seen = true }, want: ours},
		"another record":                     {now: machine(began.Add(time.Millisecond)), want: theirs},
		"another record, of a seen one":      {now: machine(ended), change: func(c *claim) { c.seen = true }, want: theirs},
		"nothing":                            {now: gone(), want: nobodys},
		"nothing, but it could not be asked": {now: schema.Cluster{Name: server, Status: schema.StatusNoServer, Stale: true}, want: unsure},
		"not looked at":                      {now: schema.Cluster{Name: server, Status: schema.StatusRunning, CreatedAt: began, Stale: true}, want: unsure},
		"a later operation of the demo's":    {now: failed, newest: "stop", change: func(c *claim) { c.begun = append(c.begun, "stop") }, want: ours},
		"a later operation of another's":     {now: failed, newest: "other", want: theirs},
		"a launch that took one over":        {now: failed, change: func(c *claim) { c.created = began.Add(-time.Hour) }, want: theirs},
		"a launch that found a server": {now: failed, change: func(c *claim) {
			c.launch.Error = &schema.Error{Kind: schema.KindClusterActive}
		}, want: theirs},
		"a launch that found another launch": {now: failed, change: func(c *claim) {
			c.launch.Error = &schema.Error{Kind: schema.KindOperationInProgress}
		}, want: theirs},
	} {
		t.Run(name, func(t *testing.T) {
			claim := newClaim(schema.OperationResult{
				Operation: schema.Operation{ID: "launch", StartedAt: began},
				Cluster:   schema.Cluster{Name: server, CreatedAt: began},
			})
			claim.ended(schema.Finished{
				Operation: schema.Operation{ID: "launch", StartedAt: began, EndedAt: ended, State: schema.OperationFailed, Error: errNoCapacity},
				Cluster:   failed,
			})
			if c.change != nil {
				c.change(claim)
			}
			if c.newest == "" {
				c.newest = "launch"
			}
			got, why := claim.judge(c.now, c.newest)
			if got != c.want || (why == "") != (got == ours) {
				t.Errorf("it is %d (%s), want %d", got, why, c.want)
			}
		})
	}
}
