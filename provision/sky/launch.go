package sky

import "context"

// launchArgs is the argv of an asynchronous launch. -d leaves the job alone
// once it is submitted; with --async the command ends in seconds with a request
// id (transcript launch-async-d).
func launchArgs(cluster, taskFile string) []string {
	return []string{"launch", "-y", "-c", cluster, "-d", "--async", taskFile}
}

// LaunchCommand is the command that SubmitLaunch runs, for a person to read.
// Pure.
func LaunchCommand(cluster, taskFile string) []string {
	return append([]string{"sky"}, launchArgs(cluster, taskFile)...)
}

// dryRunArgs is the argv that prices a task: it ends with the optimizer's table
// and makes nothing (transcript launch-dryrun).
func dryRunArgs(cluster, taskFile string) []string {
	return []string{"launch", "--dryrun", "-y", "-c", cluster, taskFile}
}

// SubmitLaunch hands a launch of taskFile, an absolute path that ends in .yaml,
// to SkyPilot's API server and returns its request id. What `sky` prints goes to
// the file output, from which ParseSubmission reads the id if this process does
// not live to do it. SkyPilot does not refuse a second launch (transcript
// launch-async-duplicate): that is the caller's to do.
func (c *Client) SubmitLaunch(ctx context.Context, cluster, taskFile, output string) (requestID string, err error) {
	return c.submitTask(ctx, cluster, taskFile, output, launchArgs)
}
