package operation

import (
	"context"
	"strings"
	"time"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/schema"
	"carapace/schema/text"
)

// onLaunchEvent turns an event in a launch's output into progress.
func (d *driver) onLaunchEvent(e sky.Event) {
	if e.Offer != nil { // the table has whole cents
		priced := d.backend.Priced(*e.Offer)[0].Offer
		e.Offer = &priced
		if len(e.Said) > 0 { // else it was told before
			e.Said = sky.Chose(priced)
		}
	}
	d.journalEvent(e)
	d.expectSoon(e)
	if len(e.Said) > 0 {
		phase := e.Phase
		if phase == "" {
			phase, _ = d.progress.now()
		}
		if phase == schema.PhaseSetup {
			phase = schema.PhaseSyncing // the setup phase begins only after the vaults are synced
		}
		d.reportProgress(phase, e.Said...)
	}
}

// onChangeEvent turns an event in the output of another request into progress. Except for
// a start it keeps the current phase: a stop prints no phases of a stop.
func (d *driver) onChangeEvent(e sky.Event) {
	d.journalEvent(e)
	d.expectSoon(e)
	if len(e.Said) > 0 && d.operation().Step != lifecycle.StepExec { // exec prints about a setup although it runs none
		phase, _ := d.progress.now()
		if d.kind == schema.OperationStart && e.Phase != "" {
			phase = e.Phase
		}
		d.reportProgress(phase, e.Said...)
	}
}

// expectSoon has the Python of the `sky` started that the operation needs when its request has ended,
// so that the seconds it takes pass while the machine is set up: a look and the job's log after a
// launch, a look and `sky exec` after a start.
func (d *driver) expectSoon(e sky.Event) {
	if e.Phase != schema.PhaseConnecting { // nor Running
		return
	}
	step := d.operation().Step
	if step == lifecycle.StepLaunch || step == lifecycle.StepAgain {
		if e.Running {
			d.sky.Expect(2)
		}
		return
	}
	if step != lifecycle.StepStart {
		return
	}
	switch rec := d.record(); {
	case d.kind == schema.OperationStart && rec.Spec == nil, d.kind == schema.OperationStop:
		d.sky.Expect(1) // there is no run command, or none is run
	case d.kind == schema.OperationStart && !rec.Incomplete:
		d.sky.Expect(2)
	}
}

// journalEvent journals the facts that only the output has: the zone, the price, the job's
// id.
func (d *driver) journalEvent(e sky.Event) {
	if e.JobID == 0 && len(e.Zones) != 1 && e.Offer == nil {
		return
	}
	d.update(func(op *lifecycle.Operation, rec *lifecycle.Cluster) {
		if e.JobID != 0 {
			op.JobID, rec.RunJob = e.JobID, e.JobID
			if lifecycle.RequestName(op.Step) == lifecycle.RequestName(lifecycle.StepLaunch) {
				rec.SetupJob = e.JobID
			}
		}
		if len(e.Zones) == 1 {
			rec.View.Zone = e.Zones[0]
		}
		if e.Offer != nil {
			rec.View.HourlyCost, rec.View.Cloud, rec.View.Region = e.Offer.HourlyCost, e.Offer.Cloud, e.Offer.Region
		}
	})
}

// awaitJob waits until the job's setup has succeeded and its run command has begun, or one
// of them has failed. The cluster's state does not tell: it is UP throughout (transcript
// launch-setup-fails-attached). A run command that failed is only a warning.
func (d *driver) awaitJob(log *jobLog) (warning, failure *schema.Error) {
	id := d.operation().JobID
	if id == 0 {
		return nil, schema.Fail(schema.KindInternal, &text.SetupJobUnknown).AndHint(lifecycle.TryAgain(d.kind)...)
	}
	if lifecycle.RequestName(d.operation().Step) == lifecycle.RequestName(lifecycle.StepLaunch) {
		d.reportProgress(schema.PhaseSetup, text.New(&text.ProgressSetup))
	}
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Setup)
	defer cancel()
	job, refusal := d.awaitSetup(ctx, id, log)
	log.stop()
	if refusal != nil {
		return nil, refusal
	}
	over := job.Status != "RUNNING"
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) {
		rec.RunJobOver, rec.RunJobSince = over, schema.Now()
		rec.RunJobAsked = rec.RunJobSince
	})
	switch job.Status {
	case "FAILED_SETUP", "FAILED_DRIVER":
		return nil, d.whyJobEnded(job)
	case "FAILED", "CANCELLED":
		return d.whyJobEnded(job), nil
	}
	return nil, nil
}

// awaitSetup waits until the job is past its setup and its run command has gone on for a
// moment: most of those that fail do so at once. The job's log is followed anyway, and says
// when that is: the end of a job that has succeeded, and a line of the run command's, which
// only comes after setup; of a job without a setup, that it has started. SkyPilot's queue
// is asked for what the log does not say: how a job ended that has not succeeded, and whether
// one runs that prints nothing. Each question takes three seconds of a processor beside the
// setup's own work, so that they become seldom, and a log that goes on speaking needs none.
func (d *driver) awaitSetup(ctx context.Context, id int, log *jobLog) (sky.Job, *schema.Error) {
	log.awaitWord(ctx, d.timing.Quiet)
	running, misses, wait := false, 0, log.patience(d.timing.JobInterval)
	for {
		news := log.await(ctx, wait, !running)
		switch {
		case ctx.Err() != nil:
			return sky.Job{ID: id}, d.tookTooLong(ctx, d.timing.Setup)
		case news == jobSucceeded:
			return sky.Job{ID: id, Status: "SUCCEEDED"}, nil
		case news == jobRuns:
			running, wait = true, d.setupOver()
			continue
		case news == jobStarts:
			running, wait = true, d.setupOver()+startPatience*d.timing.JobInterval
			continue
		case news == jobQuiet && running && log.goesOn():
			return sky.Job{ID: id, Status: "RUNNING"}, nil
		}
		log.makeRoom()
		job, err := d.lookUpJob(ctx, id, log)
		if log.hasSucceeded() {
			continue // the question may have been given up for that
		}
		if misses = countMisses(misses, job, err); misses >= 3 {
			misses = 0
			if gone := d.checkMachine(); gone != nil {
				return job, gone
			}
		}
		wait = min(2*wait, maxJobPatience*d.timing.JobInterval)
		switch job.Status {
		case "SUCCEEDED", "FAILED", "FAILED_SETUP", "FAILED_DRIVER", "CANCELLED":
			return job, nil
		case "RUNNING":
			if running {
				return job, nil
			}
			running, wait = true, d.setupOver()
		}
		if err != nil && ctx.Err() == nil {
			d.log.Warn("the job queue could not be read", "cluster", d.cluster, "error", err)
		}
		if misses > 0 || !log.follows() && !running {
			wait = d.timing.JobInterval
		}
	}
}

// setupOver says that the run command has begun, and returns how long it is waited for.
func (d *driver) setupOver() time.Duration {
	d.reportProgress(schema.PhaseStarting, text.New(&text.ProgressServing))
	return runPatience * d.timing.JobInterval
}

// The waits of awaitSetup, in multiples of Timing.JobInterval.
const (
	jobPatience    = 3 // of a silent log before the first question; twice that where the log is followed from the job's beginning
	maxJobPatience = 10
	runPatience    = 2 // for a run command that fails at once
	startPatience  = 2 // for it to begin, after its job has started
)

// lookUpJob reads the job from SkyPilot's queue, the zero Job where it is not in it. Its
// deadline is Timing.Short, because SSH to a dead machine hangs. It is given up when the log says
// that the job has succeeded.
func (d *driver) lookUpJob(ctx context.Context, id int, log *jobLog) (sky.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timing.Short)
	ended := d.group.Beside("a job's end", func() {
		select {
		case <-ctx.Done():
		case <-log.succeeded:
			cancel()
		}
	})
	defer func() { cancel(); ended() }()
	jobs, err := d.sky.Queue(ctx, d.cluster)
	return findJob(jobs, id), err
}

// countMisses counts the lookups in a row that did not find the job.
func countMisses(before int, job sky.Job, err error) int {
	if err == nil && job.ID != 0 {
		return 0
	}
	return before + 1
}

// checkMachine asks the cloud whether the machine exists and runs; the error says that it
// does not. nil also where that is unknown.
func (d *driver) checkMachine() *schema.Error {
	report, err := d.look(true)
	if err != nil || report.Failures[d.cluster] != "" {
		return nil //nolint:nilerr // unknown: the caller's deadline ends the wait
	}
	found, ok := report.Find(d.cluster)
	switch {
	case !ok:
		return schema.Fail(schema.KindTerminatedExternally, &text.SetupRemovedOutside)
	case found.State == sky.StateStopped:
		return schema.Fail(schema.KindInterrupted, &text.SetupStoppedOutside).AndHint(lifecycle.TryAgain(d.kind)...)
	}
	return nil
}

func findJob(jobs []sky.Job, id int) sky.Job {
	for _, j := range jobs {
		if j.ID == id {
			return j
		}
	}
	return sky.Job{}
}

// whyJobEnded explains a failed job by the end of its output.
func (d *driver) whyJobEnded(job sky.Job) *schema.Error {
	return d.backend.Clean(sky.Explain(sky.Failure{Cloud: d.cloud(), JobStatus: job.Status, Job: d.jobTail(job.ID)}))
}

// jobTail returns the end of the job's output, without SkyPilot's own lines.
func (d *driver) jobTail(id int) []string {
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Short)
	defer cancel()
	var lines []string
	_, err := d.sky.JobLogs(ctx, d.cluster, id, false, tailLines, func(_ schema.Stream, line string) {
		if strings.Contains(line, "pid=") && strings.HasPrefix(line, "(") {
			lines = append(lines, line)
		}
	})
	if err != nil {
		d.log.Warn("the job's log could not be read", "cluster", d.cluster, "error", err)
	}
	return lines[max(0, len(lines)-tailLines):]
}

const tailLines = 40
