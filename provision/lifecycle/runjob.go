package lifecycle

import (
	"slices"
	"time"

	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// Only SkyPilot's queue tells how a run command has ended, at three seconds of a processor a question
// (measured with 0.14.1), which for ever each minute would be a twentieth of a core for as long as a
// server runs. So the queue is asked when the machine says that the command's process has ended (package
// jobwatch), and while it says that the process is there, twice an hour.
//
// Where the machine says nothing, the questions follow how long the command has run: what fails in its
// first quarter of an hour, an image that can't be pulled or a port that is taken, is told within a minute,
// and what fails later within a twentieth of that time, and within ten minutes at most.
const (
	jobOften  = 45 * time.Second
	jobSeldom = 10 * time.Minute
	jobShare  = 20
	jobThere  = 30 * time.Minute // the machine says that the process is there
	jobFresh  = time.Minute      // for how long that holds
)

// JobSign is what a server's machine has said of its run command. It is not trusted, and only decides
// when SkyPilot's queue is asked.
type JobSign struct {
	Runs  time.Time // when the process was last said to be there; zero: never
	Ended time.Time // when it was said to have ended; zero: it was not
	Wrong bool      // the queue has shown after that that it goes on: no more is believed
}

// JobRun is one run of a server's run command.
type JobRun struct {
	Hash string // of the server
	Job  int
}

// RunGoesOn returns the run of a running server's run command, unless it has ended.
func (s *State) RunGoesOn(name string) (run JobRun, goesOn bool) {
	c := s.Clusters[name]
	if c == nil || !c.runGoesOn() || c.Identity.Hash == "" || s.Running(name) != nil {
		return JobRun{}, false
	}
	return JobRun{c.Identity.Hash, c.RunJob}, true
}

func (c *Cluster) runGoesOn() bool {
	return c.Existence() == ExistsSeen && c.View.Status == schema.StatusRunning && c.RunJob != 0 && !c.RunJobOver
}

// JobIsDue reports whether the run command's job of a running server is to be asked about. wanted: a
// person asks how the server is.
func (c *Cluster) JobIsDue(now time.Time, wanted bool, sign JobSign) bool {
	if !c.runGoesOn() {
		return false
	}
	saidToEnd := !sign.Wrong && !sign.Ended.IsZero()
	if saidToEnd && c.RunJobAsked.Before(sign.Ended) {
		return true
	}
	wait := jobSeldom // of a job whose beginning an older sidecar did not note
	switch told := now.Sub(sign.Runs); {
	case wanted, saidToEnd:
		wait = jobOften
	case !sign.Wrong && told >= 0 && told < jobFresh:
		wait = jobThere
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
