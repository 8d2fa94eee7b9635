package operation

import (
	"context"
	"errors"
	"strings"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/supervisor"
	"carapace/schema"
	"carapace/schema/text"
)

// onLaunchEvent turns an event in a launch's output into progress.
func (d *driver) onLaunchEvent(e sky.Event) {
	d.journalEvent(e)
	if e.Message != "" {
		phase := e.Phase
		if phase == "" {
			phase, _ = d.progress.now()
		}
		if phase == schema.PhaseSetup {
			phase = schema.PhaseSyncing // the setup phase begins only after the vaults are synced
		}
		d.reportProgress(phase, e.Message)
	}
}

// onChangeEvent turns an event in the output of another request into progress. Except for
// a start it keeps the current phase: a stop prints no phases of a stop.
func (d *driver) onChangeEvent(e sky.Event) {
	d.journalEvent(e)
	if e.Message != "" && d.operation().Step != lifecycle.StepExec { // exec prints about a setup although it runs none
		phase, _ := d.progress.now()
		if d.kind == schema.OperationStart && e.Phase != "" {
			phase = e.Phase
		}
		d.reportProgress(phase, e.Message)
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
func (d *driver) awaitJob() (warning, failure *schema.Error) {
	id := d.operation().JobID
	if id == 0 {
		return nil, schema.Fail(schema.KindInternal, text.SetupJobUnknown).AndHint(lifecycle.TryAgain(d.kind)...)
	}
	if lifecycle.RequestName(d.operation().Step) == lifecycle.RequestName(lifecycle.StepLaunch) {
		d.reportProgress(schema.PhaseSetup, "Setting the server up.")
	}
	outer, _ := d.contexts()
	ctx, cancel := context.WithTimeout(outer, d.timing.Setup)
	defer cancel()
	stopLogs := d.relayJob(ctx, id)
	job, refusal := d.awaitSetup(ctx, id)
	stopLogs()
	if refusal != nil {
		return nil, refusal
	}
	over := job.Status != "RUNNING"
	d.update(func(_ *lifecycle.Operation, rec *lifecycle.Cluster) { rec.RunJobOver = over })
	switch job.Status {
	case "FAILED_SETUP", "FAILED_DRIVER":
		return nil, d.whyJobEnded(job)
	case "FAILED", "CANCELLED":
		return d.whyJobEnded(job), nil
	}
	return nil, nil
}

// awaitSetup polls SkyPilot's queue until the job is past its setup. It looks once more at
// a job that runs, because most run commands that fail do so at once.
func (d *driver) awaitSetup(ctx context.Context, id int) (sky.Job, *schema.Error) {
	seenRunning, misses := false, 0
	for {
		job, err := d.lookUpJob(ctx, id)
		if misses = countMisses(misses, job, err); misses >= 3 {
			misses = 0
			if gone := d.checkMachine(); gone != nil {
				return job, gone
			}
		}
		switch job.Status {
		case "SUCCEEDED", "FAILED", "FAILED_SETUP", "FAILED_DRIVER", "CANCELLED":
			return job, nil
		case "RUNNING":
			if seenRunning {
				return job, nil
			}
			seenRunning = true
			d.reportProgress(schema.PhaseStarting, "Starting what the server is for.")
		}
		if err != nil && ctx.Err() == nil {
			d.log.Warn("the job queue could not be read", "cluster", d.cluster, "error", err)
		}
		if !d.sleepJobInterval(ctx) {
			return job, d.tookTooLong(ctx, d.timing.Setup)
		}
	}
}

// lookUpJob reads the job from SkyPilot's queue, the zero Job where it is not in it. Its
// deadline is Timing.Short, because SSH to a dead machine hangs.
func (d *driver) lookUpJob(ctx context.Context, id int) (sky.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timing.Short)
	defer cancel()
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
		return schema.Fail(schema.KindTerminatedExternally, text.SetupRemovedOutside)
	case found.State == sky.StateStopped:
		return schema.Fail(schema.KindInterrupted, text.SetupStoppedOutside).AndHint(lifecycle.TryAgain(d.kind)...)
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

// relayJob passes on the job's log in a goroutine. The returned function ends the goroutine
// and waits for it.
func (d *driver) relayJob(ctx context.Context, id int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := d.group.Beside("a job's log", func() {
		_, err := d.sky.JobLogs(ctx, d.cluster, id, true, 0, func(stream schema.Stream, line string) {
			source, text := sky.JobLine(line)
			d.relay(source, stream, text)
			if source == schema.LogSetup && strings.TrimSpace(text) != "" {
				phase, _ := d.progress.now()
				if phase == schema.PhaseSetup {
					d.reportProgress(phase, text)
				}
			}
		})
		if err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
			d.log.Debug("the job's log ended early", "error", err)
		}
	})
	return func() { cancel(); ended() }
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

func (d *driver) sleepJobInterval(ctx context.Context) bool {
	return supervisor.Sleep(ctx, d.timing.JobInterval)
}
