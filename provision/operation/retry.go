package operation

import (
	"context"
	"strings"

	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/schema"
	"carapace/schema/text"
)

// repairCredentials makes SkyPilot use credentials that were corrected after its API server
// started: the server keeps using the old ones (transcript api-logs-stale-identity), and
// keeps a cloud disabled until it is checked again (docs/skypilot.md, "Credentials"). It reports whether the
// launch is worth another try, and returns the failure, better explained where possible.
func (d *driver) repairCredentials(followed sky.FollowResult, failure *schema.Error) (again bool, _ *schema.Error) {
	_, mustCtx := d.contexts()
	if mustCtx.Err() != nil || d.operation().Step == lifecycle.StepAgain || !d.backend.Local() {
		return false, failure
	}
	switch {
	case sky.StaleIdentity(followed.Stdout + "\n" + followed.Stderr):
		return d.restartAPIServer(mustCtx, failure)
	case failure.Kind == schema.KindCredentialsInvalid || failure.Kind == schema.KindCredentialsMissing:
		return d.recheckCloud(mustCtx, failure)
	}
	return false, failure
}

// restartAPIServer restarts SkyPilot's local API server, unless a request runs on it that
// the restart would end.
func (d *driver) restartAPIServer(mustCtx context.Context, failure *schema.Error) (bool, *schema.Error) {
	d.reportProgress(schema.PhasePreparing, text.New(&text.ProgressEarlierKeys))
	ctx, cancel := context.WithTimeout(mustCtx, 2*d.timing.APIServer)
	defer cancel()
	requests, err := d.sky.AllRequests(ctx)
	if err != nil {
		return false, failure
	}
	for _, r := range requests {
		if !r.Ended() && !strings.Contains(r.ID, "daemon") && !readsOnly(r.Name) {
			return false, schema.Fail(schema.KindAPIServer, &text.SkyPilotEarlierKeys, text.Args{"request": r.Name}).
				WithProvider(failure.Provider).WithDetail(failure.Detail)
		}
	}
	if d.sky.StopAPIServer(ctx) != nil || d.backend.StartAPIServer(ctx) != nil {
		return false, failure
	}
	return true, failure
}

// readsOnly reports whether a request only reads, so that a restart may end it.
func readsOnly(name string) bool {
	return strings.HasSuffix(name, ".status") || strings.HasSuffix(name, ".check") || strings.HasSuffix(name, ".queue") || strings.Contains(name, "refresh")
}

// recheckCloud makes SkyPilot check the cloud's credentials again.
func (d *driver) recheckCloud(mustCtx context.Context, failure *schema.Error) (bool, *schema.Error) {
	name := d.cloud()
	if name == "" {
		return false, failure
	}
	d.reportProgress(schema.PhaseChecking, text.New(&text.ProgressKeysRefused))
	ctx, cancel := context.WithTimeout(mustCtx, 2*d.timing.Refresh)
	defer cancel()
	report, err := d.sky.Check(ctx, name)
	if err != nil {
		return false, failure
	}
	said, ok := report.Find(name)
	if ok && said.Enabled {
		return true, failure
	}
	if why := said.Explain(); ok && why != nil {
		return false, d.backend.Clean(why.WithProvider(name))
	}
	return false, failure
}

// relaunch submits the launch once more. The task file was removed after the first
// submission, and the journal has no secrets, so a launch with secrets has to be asked for
// again.
func (d *driver) relaunch(failure *schema.Error) lifecycle.Outcome {
	rec := d.record()
	if rec.Spec == nil || len(rec.Spec.Secrets) > 0 {
		return d.failLaunch(schema.Fail(failure.Kind, &text.LaunchCauseMended, text.Args{"why": failure.Texts()}).
			WithProvider(failure.Provider).WithDetail(failure.Detail))
	}
	if refusal := d.ready(); refusal != nil {
		return d.failLaunch(refusal)
	}
	file, refusal := d.taskFor(rec, task.Render)
	if refusal != nil {
		return d.failLaunch(refusal)
	}
	d.update(func(op *lifecycle.Operation, _ *lifecycle.Cluster) { op.JobID = 0 })
	return d.runLaunch(lifecycle.StepAgain, file)
}
