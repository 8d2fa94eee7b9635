package sky

import (
	"context"

	"carapace/schema"
)

// execArgs is the argv that runs a task's run command on a server that is up: no file
// mounts, no setup (recording exec-async). Without --async it prints the request's log, in
// which the job's id stands, and without -d it then follows the job's log.
func execArgs(cluster, taskFile string) []string {
	return []string{"exec", cluster, taskFile}
}

// Exec hands the run command of taskFile, an absolute path that ends in .yaml, to a server
// that is up, and then streams the log of its job, as [Client.JobLogs] does: one process,
// where a submission, the log of its request and that of the job are three. line is as in
// Follow; Progress finds the job's id in what comes before the job's log. It blocks until
// the job ends or ctx is done; a job that was submitted goes on. An end before there was an
// id does not tell whether SkyPilot has the request.
func (c *Client) Exec(ctx context.Context, cluster, taskFile string, line func(schema.Stream, string)) (FollowResult, error) {
	dir, name, err := splitTask(taskFile)
	if err != nil {
		return FollowResult{}, err
	}
	if err := checkCluster(cluster); err != nil {
		return FollowResult{}, err
	}
	res, err := c.run(ctx, Call{Args: execArgs(cluster, name), Dir: dir, Line: line})
	return followed(res), err
}
