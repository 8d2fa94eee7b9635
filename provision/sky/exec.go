package sky

import "context"

// execArgs is the argv that runs a task's run command on a server that is up:
// no file mounts, no setup (recording exec-async).
func execArgs(cluster, taskFile string) []string {
	return []string{"exec", "-d", "--async", cluster, taskFile}
}

// SubmitExec hands the run command of taskFile, an absolute path that ends in
// .yaml, to a server that is up, and returns the request id; see SubmitLaunch
// for output. The request ends once the job is submitted; a server that is not
// up fails the request, not the submission (recording api-logs-exec-stopped).
func (c *Client) SubmitExec(ctx context.Context, cluster, taskFile, output string) (requestID string, err error) {
	return c.submitTask(ctx, cluster, taskFile, output, execArgs)
}
