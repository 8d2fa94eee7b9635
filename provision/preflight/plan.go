package preflight

import (
	"context"

	"carapace/provision/cloud"
	"carapace/provision/lifecycle"
	"carapace/provision/sky"
	"carapace/provision/store"
	"carapace/provision/task"
	"carapace/provision/vault"
	"carapace/schema"
	"carapace/schema/text"
)

// Plan is a launch that was checked and could begin.
type Plan struct {
	Spec   schema.Spec   // with defaults, its mounts resolved
	Vaults schema.Vaults // resolved
	Upload schema.Upload // what the vaults hold
	Task   []byte        // nil where there is a problem

	sources       vault.Sources
	refusedVaults *schema.Error // what is wrong with the vaults
}

// Plan checks everything that can be checked without the cloud and without Python, in milliseconds. The
// most telling problem comes first. A plan with problems is filled in as far as possible.
func (pre *Preflight) Plan(ctx context.Context, spec schema.Spec, checkCredentials bool) (Plan, []schema.Error) {
	if spec.Name == "" {
		spec.Name = pre.opt.Name
	}
	p, problems := pre.plan(ctx, spec, checkCredentials)
	if there := pre.already(p); there != nil {
		p.Task = nil
		problems = append([]schema.Error{*pre.backend.Clean(there)}, problems...)
	}
	return p, problems
}

// plan is Plan but for what servers there are.
func (pre *Preflight) plan(ctx context.Context, spec schema.Spec, checkCredentials bool) (Plan, []schema.Error) {
	p := Plan{Spec: spec.WithDefaults()}
	var problems []schema.Error
	add := func(refusals ...*schema.Error) {
		for _, r := range refusals {
			if r != nil {
				problems = append(problems, *pre.backend.Clean(r))
			}
		}
	}
	add(task.Validate(p.Spec)...)
	if refusals := pre.planVaults(ctx, &p); refusals != nil {
		p.refusedVaults = pre.backend.Clean(refusals[0])
		add(refusals...)
	}
	path, missing := pre.backend.Locate(ctx)
	add(missing)
	if version, known := pre.backend.KnownVersion(path); known { // else the operation asks for it
		add(task.TooOld(p.Spec, version))
	}
	if checkCredentials {
		add(pre.credentials(p.Spec))
	}
	if len(problems) == 0 {
		add(pre.planTask(&p))
	}
	return p, problems
}

// already refuses a second launch before anything else is said about it. The
// same is asked again, under the lock, when the launch is accepted.
func (pre *Preflight) already(p Plan) (refusal *schema.Error) {
	elsewhere := pre.store.Elsewhere()
	pre.store.Read(func(st *lifecycle.State) {
		if op := st.Running(p.Spec.Name); op != nil {
			refusal = lifecycle.InProgress(p.Spec.Name, op, lifecycle.Holder{})
			return
		}
		if refusal = st.AdmitBeside(schema.OperationLaunch); refusal != nil { // while SkyPilot is installed nobody is told that it is missing
			return
		}
		refusal = st.AdmitLaunch(p.Spec, p.Vaults, elsewhere)
	})
	return refusal
}

func (pre *Preflight) planVaults(ctx context.Context, p *Plan) []*schema.Error {
	paths, refusal := vault.Resolve(p.Spec.Vaults, pre.kept, pre.opt.ProjectDir)
	if refusal == nil {
		refusal = paths.Clear(pre.opt.Reserved)
	}
	if refusal != nil {
		return []*schema.Error{refusal}
	}
	p.Vaults = schema.Vaults{Public: paths.Public, Private: paths.Private}
	upload, problems := vault.Scan(ctx, paths)
	p.Upload = upload
	var refusals []*schema.Error
	for i := range problems {
		refusals = append(refusals, &problems[i])
	}
	if disk := int64(p.Spec.DiskSize) * 1e9; disk > 0 && upload.Bytes > disk { // known before there is a machine to pay for
		refusals = append(refusals, schema.Fail(schema.KindInvalidSpec, &text.SpecDiskTooSmall,
			text.Args{"gigabytes": upload.Bytes / 1e9, "disk": p.Spec.DiskSize}).WithField("spec.diskSize"))
	}
	return refusals
}

// credentials are looked for only where it is this machine's that count, and a
// cloud was named: otherwise SkyPilot judges (docs/protocol.md, "cluster.launch").
func (pre *Preflight) credentials(spec schema.Spec) *schema.Error {
	c, known := cloud.Find(spec.Cloud)
	if !known || !pre.backend.Local() {
		return nil
	}
	_, refusal := pre.opt.Credentials(c, spec.Profile)
	return refusal
}

func (pre *Preflight) planTask(p *Plan) *schema.Error {
	var refusal *schema.Error
	if p.sources, refusal = vault.SourcesIn(pre.store.Dir(), p.Spec.Name, &p.Vaults); refusal != nil {
		return refusal
	}
	if p.Spec.Mounts, refusal = vault.ResolveMounts(p.Spec.Mounts, pre.opt.Environment.Getenv, pre.opt.ProjectDir); refusal != nil {
		return refusal
	}
	yaml, err := p.render(p.Spec)
	if err != nil {
		return schema.Fail(schema.KindInvalidSpec, &text.SpecNotWritten, text.Args{"words": err.Error()})
	}
	p.Task = yaml
	return nil
}

func (p Plan) render(spec schema.Spec) ([]byte, error) {
	return task.Render(task.Input{Spec: spec, Public: p.sources.Public, Private: p.sources.Private, Mounts: spec.Mounts})
}

// Preview says what a launch would do and why it would be refused. It starts
// nothing.
func (pre *Preflight) Preview(ctx context.Context, p schema.SpecParams) (schema.PreviewResult, error) {
	plan, problems := pre.Plan(ctx, pre.store.Config().Complete(p.Spec, false), true)
	if problems == nil {
		problems = []schema.Error{}
	}
	yaml, err := plan.render(task.Redacted(plan.Spec))
	if err != nil && len(problems) == 0 {
		return schema.PreviewResult{}, store.Error(err)
	}
	return schema.PreviewResult{
		YAML: string(yaml), Problems: problems, Upload: &plan.Upload,
		Estimate: pre.lastOffer(plan.Spec),
		Command:  sky.LaunchCommand(plan.Spec.Name, task.FileName, plan.Spec.RetryUntilUp),
	}, nil
}
