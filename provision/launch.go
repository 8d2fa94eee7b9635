package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"carapace/provision/journal"
	"carapace/provision/sky"
	"carapace/schema"
)

const taskFile = "task.yaml"

// Launch begins a launch, or finishes one that failed half way. Everything that
// can be known without the cloud is checked before it answers; the error is a
// *schema.Error that says what to mend.
func (s *Service) Launch(ctx context.Context, p schema.LaunchParams) (schema.OperationResult, error) {
	plan, problems := s.plan(ctx, p.Spec, p.CheckCredentials == nil || *p.CheckCredentials)
	if len(problems) > 0 {
		return schema.OperationResult{}, &problems[0]
	}
	if p.DryRun {
		return s.rehearsed(plan), nil
	}
	s.keepSecret(plan.spec)
	return s.accept(ctx, request{
		kind: schema.OperationLaunch, name: plan.spec.Name,
		admit: func(st *journal.State) *schema.Error { return s.onlyOne(st, plan.spec) },
		write: func(id string) error { return s.writeTask(id, plan.yaml) },
		fill:  plan.fill,
	})
}

// rehearsed is the answer to a dry run: an operation that has succeeded, and
// that the journal does not know.
func (s *Service) rehearsed(plan plan) schema.OperationResult {
	at := now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return schema.OperationResult{
		Operation: schema.Operation{
			ID: uuid.NewString(), Kind: schema.OperationLaunch, Cluster: plan.spec.Name,
			State: schema.OperationSucceeded, Phase: schema.PhaseChecking, StartedAt: at, EndedAt: at,
			Message: "Everything that can be checked beforehand is in order. Nothing was started.",
		},
		Cluster: s.view(plan.spec.Name),
	}
}

// onlyOne refuses a second server of another name: policy, not design.
func (s *Service) onlyOne(st *journal.State, spec schema.Spec) *schema.Error {
	for name, rec := range st.Clusters {
		if name != spec.Name && (rec.Machine || st.Running(name) != nil) {
			return schema.NewError(schema.KindClusterActive,
				fmt.Sprintf("There is a server already: %s is %s.", name, words(rec.View.Status)),
				fmt.Sprintf("Use %s, or destroy it before you launch another.", name))
		}
	}
	rec := st.Clusters[spec.Name]
	if rec == nil || rec.View.Status != schema.StatusError || !rec.Machine || rec.Spec == nil {
		return nil
	}
	if was := rec.Spec; was.Cloud != spec.Cloud || was.InstanceType != spec.InstanceType || was.CPUs != spec.CPUs || was.Memory != spec.Memory {
		return schema.NewError(schema.KindClusterActive,
			fmt.Sprintf("%s exists already, with another cloud or size than asked for now, and its launch did not finish.", spec.Name),
			"Launch with the cloud and size of the first time to finish it, or destroy it first.")
	}
	return nil
}

// writeTask writes an operation's task, which holds the secrets, where only its
// user can read it, and lasting: the operation is journaled after it. A task
// that a power cut had emptied is one to sky, which launches a machine of its own
// choice for it (client/cli/command.py: _check_yaml_only).
func (s *Service) writeTask(id string, yaml []byte) error {
	if err := journal.Own(s.operationDir("")); err != nil {
		return err
	}
	return journal.Keep(s.taskPath(id), yaml)
}

func (s *Service) taskPath(id string) string { return filepath.Join(s.operationDir(id), taskFile) }

// launch drives a launch from wherever it stands.
func (d *driver) launch() outcome {
	op := d.operation()
	if op.RequestID == "" {
		if refusal := d.ready(); refusal != nil {
			return d.lost(refusal)
		}
	}
	if op.Step == "" { // else what SkyPilot is doing may well be our own predecessor's
		requests, refusal := d.unclaimed()
		if refusal != nil {
			return d.yield(refusal)
		}
		d.update(func(op *journal.Operation, _ *journal.Cluster) { op.Known = handedOver(requests) })
	}
	if op.Step == stepAgain {
		return d.carryOut(stepAgain, d.s.taskPath(d.id))
	}
	return d.carryOut(stepLaunch, d.s.taskPath(d.id))
}

// carryOut submits the launch task and sees it through to a job whose setup
// succeeded.
func (d *driver) carryOut(step, file string) outcome {
	id, refusal := d.handOver(step, func(ctx context.Context, output string) (string, error) {
		if err := whole(file); err != nil { // sky would take its name for a command, and launch a machine for it
			return "", schema.NewError(schema.KindInterrupted, "The file that says what to launch is gone or can't be read.",
				"Launch again.").WithDetail(err.Error())
		}
		d.update(func(_ *journal.Operation, rec *journal.Cluster) { rec.Incomplete, rec.Machine = true, true })
		return d.sky.SubmitLaunch(ctx, d.cluster, file, d.patient(), output)
	})
	if refusal != nil {
		return d.lost(refusal)
	}
	_ = os.Remove(file) // the secrets in it are no longer needed
	followed, request, failure := d.await(id, d.provisionTime(), d.onLaunchEvent)
	if failure == nil && request.Status != "SUCCEEDED" {
		failure = d.whyEnded(request, followed)
	}
	if failure != nil {
		again, failure := d.remedy(followed, failure)
		if again {
			return d.tryAgain(failure)
		}
		return d.lostAfter(followed, failure)
	}
	return d.settleIn()
}

// whole returns what is wrong with a task file, apart from what stands in it.
func whole(file string) error {
	info, err := os.Stat(file)
	if err == nil && info.Size() == 0 {
		err = errors.New("it is empty")
	}
	return err
}

// patient says whether the launch may wait for the cloud to have a machine.
func (d *driver) patient() bool {
	rec := d.record()
	return rec.Spec != nil && rec.Spec.RetryUntilUp
}

// provisionTime is how long the cloud may take to give the machine. `sky start` has
// no patience to ask for.
func (d *driver) provisionTime() time.Duration {
	if d.patient() && d.operation().Step != stepStart {
		return d.s.cfg.Timing.Patience
	}
	return d.s.cfg.Timing.Provision
}

// whyEnded explains a request that did not succeed.
func (d *driver) whyEnded(request sky.Request, followed sky.FollowResult) *schema.Error {
	if request.Status == "CANCELLED" {
		return schema.NewError(schema.KindInterrupted,
			fmt.Sprintf("The %s was canceled outside of Carapace, with SkyPilot's own command.", d.doing()), again(d.doing()))
	}
	return d.s.clean(sky.Explain(sky.Failure{
		Operation: d.doing(), Cluster: d.cluster, Cloud: d.cloud(),
		Stdout: followed.Stdout, Stderr: followed.Stderr,
	}))
}

// doing is what SkyPilot was asked to do last: a canceled launch ends with a
// removal, and a canceled start with a stop, which fail for reasons of their own.
func (d *driver) doing() schema.OperationKind {
	switch d.operation().Step {
	case stepStop:
		return schema.OperationStop
	case stepDown:
		return schema.OperationDestroy
	}
	return d.kind
}

func (d *driver) cloud() string {
	rec := d.record()
	if rec.View.Cloud != "" {
		return rec.View.Cloud
	}
	if op := d.operation(); op.Spec != nil {
		return op.Spec.Cloud
	}
	return ""
}

// settleIn goes from a machine that is up to a server that is ready: SkyPilot
// must say UP, the vaults must be exact, and the job must have got past setup.
func (d *driver) settleIn() outcome {
	d.say(schema.PhaseSyncing, "Checking that the server is up.")
	found, failure := d.mustBeUp(false)
	if failure != nil {
		return d.lost(failure)
	}
	d.update(func(_ *journal.Operation, rec *journal.Cluster) { d.s.learn(rec, found) })
	if failure := d.mirror(); failure != nil {
		return d.unready(found, failure)
	}
	warning, failure := d.awaitJob()
	if failure != nil && failure.Kind != schema.KindSetupFailed {
		return d.lost(failure) // the machine itself may be gone: look
	}
	if failure != nil {
		return d.unready(found, failure)
	}
	if rec := d.record(); d.kind == schema.OperationStart && rec.Spec != nil { // its task was made from what the journal keeps
		return d.inService(found, warning, withoutSecretsWarning(rec.Spec))
	}
	return d.inService(found, warning)
}

// mustBeUp looks at SkyPilot's record, which alone says whether there is a server;
// refresh asks the cloud, where SkyPilot has not just done so itself.
func (d *driver) mustBeUp(refresh bool) (sky.Cluster, *schema.Error) {
	ctx, _ := d.contexts()
	report, err := d.look(refresh)
	for try := 0; err != nil && try < 3 && d.pause(ctx) == nil; try++ {
		report, err = d.look(refresh) // minutes of work are not lost over one look
	}
	if err != nil {
		return sky.Cluster{}, d.explainError(err)
	}
	found, ok := report.Find(d.cluster)
	switch {
	case !ok:
		return found, schema.NewError(schema.KindTerminatedExternally,
			"The server is gone: it was removed while it was being set up.", "Launch it again.")
	case found.State != sky.StateUp:
		return found, d.s.clean(sky.Explain(sky.Failure{
			Operation: d.kind, Cluster: d.cluster, Cloud: found.Cloud, InitReason: found.InitReason, LastEvent: found.LastEvent,
		}))
	}
	return found, nil
}

// look asks SkyPilot for the driver's cluster. The caller's deadline is the
// operation's; this one call has its own.
func (d *driver) look(refresh bool) (sky.StatusReport, error) {
	outer, _ := d.contexts()
	timeout := d.s.cfg.Timing.Short
	if refresh {
		timeout = d.s.cfg.Timing.Refresh
	}
	ctx, cancel := context.WithTimeout(outer, timeout)
	defer cancel()
	begun := now()
	report, err := d.sky.Status(ctx, refresh, d.cluster)
	if err == nil && report.Failures[d.cluster] == "" {
		d.s.sawAt(d.cluster, begun)
	}
	return report, err
}
