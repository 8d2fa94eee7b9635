package sky

import (
	"context"
	"fmt"
	"strings"

	"carapace/schema"
)

// execArgs is the argv that runs a task's run command on a server that is up:
// no file mounts, no setup (recording exec-async). Without --async it ends once the
// job is submitted, and prints the request's log, in which the job's id stands.
func execArgs(cluster, taskFile string) []string {
	return []string{"exec", "-d", cluster, taskFile}
}

// Exec hands the run command of taskFile, an absolute path that ends in .yaml, to a
// server that is up, and returns what was printed, in which Progress finds the job's
// id; see SubmitLaunch for output. It blocks until the job is submitted: one process,
// where a submission and the log of its request are two. A failure does not tell whether
// SkyPilot has the request, so that its error is ErrUnanswered, with the reason in the
// chain.
func (c *Client) Exec(ctx context.Context, cluster, taskFile, output string) (printed string, err error) {
	dir, name, err := splitTask(taskFile)
	if err != nil {
		return "", err
	}
	if err := checkCluster(cluster); err != nil {
		return "", err
	}
	res, err := c.submit(ctx, output, Call{Args: execArgs(cluster, name), Dir: dir})
	switch {
	case err != nil:
		return "", err
	case res.Code != 0 || !submitsJob(res.Stdout):
		return "", fmt.Errorf("%w: %w", ErrUnanswered, fail(Failure{Operation: schema.OperationStart, Cluster: cluster}, res))
	}
	return res.Stdout, nil
}

// submitsJob reports whether the log of a request has the id of the job that it submitted.
func submitsJob(log string) bool {
	var read Progress
	for line := range strings.Lines(log) {
		if event, ok := read.Line(line); ok && event.JobID != 0 {
			return true
		}
	}
	return false
}
