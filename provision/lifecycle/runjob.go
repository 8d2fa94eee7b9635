package lifecycle

import (
	"slices"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Nothing on this computer shows that a run command has ended: the machine's port answers as before,
// and no file of SkyPilot's changes. Only SkyPilot's queue tells, at three seconds of a processor a
// question (measured with 0.14.1), which for ever each minute would be a twentieth of a core for as
// long as a server runs. So the questions follow how long the command has run: what fails in its first
// quarter of an hour, an image that can't be pulled or a port that is taken, is told within a minute,
// and what fails later within a twentieth of that time, and within ten minutes at most.
const (
	jobOften  = 45 * time.Second
	jobSeldom = 10 * time.Minute
	jobShare  = 20
)

// JobIsDue reports whether the run command's job of a running server is to be asked about. wanted: a
// person asks how the server is.
func (c *Cluster) JobIsDue(now time.Time, wanted bool) bool {
	if c.Existence() != ExistsSeen || c.View.Status != schema.StatusRunning || c.RunJob == 0 || c.RunJobOver {
		return false
	}
	wait := jobSeldom // of a job whose beginning an older sidecar did not note
	switch {
	case wanted:
		wait = jobOften
	case !c.RunJobSince.IsZero():
		wait = min(max(jobOften, c.RunJobAsked.Sub(c.RunJobSince)/jobShare), jobSeldom)
	}
	since := now.Sub(c.RunJobAsked)
	return since >= wait || since < 0 // the clock was set back
}

// ObserveJob notes the state of the run command's job, and reports whether that changes anything. A job
// that has failed becomes a warning; one that has ended is not asked about again.
func (c *Cluster) ObserveJob(job sky.Job) (changed bool) {
	if job.ID == 0 || job.ID != c.RunJob || c.RunJobOver {
		return false
	}
	switch job.Status {
	case "SUCCEEDED":
		c.RunJobOver = true
	case "FAILED", "FAILED_DRIVER", "CANCELLED":
		c.RunJobOver = true
		if c.View.Status == schema.StatusRunning {
			c.View.Warnings = append(slices.Clip(c.View.Warnings), *schema.Fail(schema.KindRunFailed, &text.RunFailed))
			c.Source = schema.SourcePoll
		}
	}
	return c.RunJobOver
}
