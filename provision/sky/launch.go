package sky

import (
	"context"

	"carapace/schema"
)

// launchArgs is the argv of an asynchronous launch. -d leaves the job alone
// once it is submitted; with --async the command ends in seconds with a request
// id (transcript launch-async-d). With retry SkyPilot asks the cloud again every
// 30 s for as long as it has no such machine to give (docs/skypilot.md, "Launch"); the task has
// no field for that.
func launchArgs(cluster, taskFile string, retry bool) []string {
	args := []string{"launch", "-y", "-c", cluster, "-d", "--async"}
	if retry {
		args = append(args, "--retry-until-up")
	}
	return append(args, taskFile)
}

// LaunchCommand is the command that SubmitLaunch runs, for a person to read.
// Pure.
func LaunchCommand(cluster, taskFile string, retry bool) []string {
	return append([]string{"sky"}, launchArgs(cluster, taskFile, retry)...)
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
// launch-async-duplicate): that is confirm's to do.
func (c *Client) SubmitLaunch(ctx context.Context, cluster, taskFile string, retry bool, output string, confirm Confirm) (requestID string, err error) {
	dir, name, err := splitTask(taskFile)
	if err != nil {
		return "", err
	}
	return c.submitRequest(ctx, schema.OperationLaunch, cluster, output, Call{Args: launchArgs(cluster, name, retry), Dir: dir, Confirm: confirm})
}
