package sky

import (
	"context"
	"strconv"
	"strings"

	"carapace/schema"
)

func jobLogsArgs(cluster string, job int, follow bool, tail int) []string {
	args := []string{"logs", cluster, strconv.Itoa(job)}
	if !follow {
		args = append(args, "--no-follow")
	}
	if tail > 0 {
		args = append(args, "--tail", strconv.Itoa(tail))
	}
	return args
}

func provisionLogsArgs(cluster string) []string {
	return []string{"logs", "--provision", cluster, "--no-follow"}
}

// JobLogs streams the log of a job: setup's lines begin with "(setup pid=N) ",
// those of run with "(NAME, pid=N) ". With follow it goes on until the job ends;
// without, it ends at once. tail is how many lines to begin with, 0 for all. line
// is as in Follow. The result's Code is 1 if the log could not be read; 0, or 100 to 103
// where the job has not succeeded (docs/skypilot.md, "Logs of a job"; recording logs-job-none), otherwise.
func (c *Client) JobLogs(ctx context.Context, cluster string, job int, follow bool, tail int, line func(schema.Stream, string)) (FollowResult, error) {
	if err := checkCluster(cluster); err != nil {
		return FollowResult{}, err
	}
	call := Call{Purpose: Question, Args: jobLogsArgs(cluster, job, follow, tail), Line: line}
	if follow {
		call.Purpose = Follow
	}
	res, err := c.run(ctx, call)
	return followed(res), err
}

// ProvisionLogs prints the log of how the machine was made, as far as it has
// got, also after a failure. line is as in Follow. Code 1 means that there is
// none (recording logs-provision-unknown).
func (c *Client) ProvisionLogs(ctx context.Context, cluster string, line func(schema.Stream, string)) (FollowResult, error) {
	if err := checkCluster(cluster); err != nil {
		return FollowResult{}, err
	}
	res, err := c.run(ctx, Call{Purpose: Question, Args: provisionLogsArgs(cluster), Line: line})
	return followed(res), err
}

// JobFinished returns the status that a line of a job's log says that the job has ended with, one of those
// that SkyPilot 0.14.1 has for an end (sky/skylet/job_lib.py, JobStatus), "" where it says none. The line is
// SkyPilot's own, and its last; those of the job bear a mark (recording logs-job), but for what follows a
// carriage return: a job that prints these words after one is believed. Pure.
func JobFinished(line string) (status string) {
	status, ends := strings.CutSuffix(strings.TrimSpace(Clean(line)), ").")
	status, begins := strings.CutPrefix(status, "✓ Job finished (status: ")
	switch status {
	case "SUCCEEDED", "FAILED", "FAILED_SETUP", "FAILED_DRIVER", "CANCELLED":
		if begins && ends {
			return status
		}
	}
	return ""
}

// JobStarted reports whether a line of a job's log says that the job has what it needs: its setup begins
// (transcript logs-job), or, as a job of `sky exec` has none, within seconds its run command (docs/skypilot.md,
// "Logs of a job"). Pure.
func JobStarted(line string) bool {
	return strings.HasPrefix(Clean(line), "└── Job started.")
}

// RunLine reports whether a line of a job's log is its run command's: setup, which comes
// before, has ended then. Pure.
func RunLine(line string) bool {
	source, text := JobLine(line)
	return source == schema.LogRun && text != line
}

// JobLine tells the setup's lines from the run command's by the mark that
// SkyPilot puts before each: "(setup pid=28010) " and "(NAME, pid=28010) "
// (transcript logs-job).
func JobLine(line string) (schema.LogSource, string) {
	mark, text, ok := strings.Cut(line, ") ")
	if !ok || !strings.HasPrefix(mark, "(") || !strings.Contains(mark, "pid=") {
		return schema.LogRun, line
	}
	if strings.HasPrefix(mark, "(setup ") {
		return schema.LogSetup, text
	}
	return schema.LogRun, text
}
