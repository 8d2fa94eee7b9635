package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"carapace/provision/cloud"
	"carapace/provision/journal"
	"carapace/provision/redact"
	"carapace/provision/sky"
	"carapace/provision/task"
	"carapace/provision/vault"
	"carapace/schema"
)

// plan is a launch that was checked and could begin.
type plan struct {
	spec    schema.Spec // with defaults
	vaults  schema.Vaults
	sources vault.Sources
	upload  schema.Upload
	yaml    []byte
}

// plan checks all that can be known without the cloud and without Python, in
// milliseconds (design.md 6), the most telling problem first. A plan with
// problems is filled as far as it goes.
func (s *Service) plan(ctx context.Context, spec schema.Spec, checkCredentials bool) (plan, []schema.Error) {
	if spec.Name == "" {
		spec.Name = s.cfg.Name
	}
	p := plan{spec: spec.WithDefaults()}
	var problems []schema.Error
	add := func(refusals ...*schema.Error) {
		for _, r := range refusals {
			if r != nil {
				problems = append(problems, *s.clean(r))
			}
		}
	}
	add(s.already(p.spec))
	add(task.Validate(p.spec)...)
	add(s.planVaults(ctx, &p)...)
	_, missing := s.cfg.Locate(ctx)
	add(missing)
	if checkCredentials {
		add(s.credentials(p.spec))
	}
	if len(problems) == 0 {
		add(s.planTask(&p))
	}
	return p, problems
}

// already refuses a second launch before anything else is said about it. The
// same is asked again, under the lock, when the launch is accepted.
func (s *Service) already(spec schema.Spec) *schema.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op := s.state.Running(spec.Name); op != nil {
		return inProgress(spec.Name, op, journal.Holder{})
	}
	return s.admit(s.state, request{
		kind: schema.OperationLaunch, name: spec.Name,
		admit: func(st *journal.State) *schema.Error { return s.onlyOne(st, spec) },
	})
}

func (s *Service) planVaults(ctx context.Context, p *plan) []*schema.Error {
	paths, refusal := vault.Resolve(p.spec.Vaults, s.cfg.Environment.Getenv, s.cfg.ProjectDir)
	if refusal != nil {
		return []*schema.Error{refusal}
	}
	p.vaults = schema.Vaults{Public: paths.Public, Private: paths.Private}
	upload, problems := vault.Scan(ctx, paths)
	p.upload = upload
	var refusals []*schema.Error
	for i := range problems {
		refusals = append(refusals, &problems[i])
	}
	if disk := int64(p.spec.DiskSize) * 1e9; disk > 0 && upload.Bytes > disk { // known before there is a machine to pay for
		refusals = append(refusals, schema.NewError(schema.KindInvalidSpec,
			fmt.Sprintf("The vaults hold %d GB, and the server's disk has %d.", upload.Bytes/1e9, p.spec.DiskSize),
			"Ask for a greater diskSize, or move what the server does not need out of the vaults.").WithField("spec.diskSize"))
	}
	return refusals
}

// credentials are looked for only where it is this machine's that count, and a
// cloud was named: otherwise SkyPilot judges (protocol.md, cluster.launch).
func (s *Service) credentials(spec schema.Spec) *schema.Error {
	c, known := cloud.Find(spec.Cloud)
	if !known || !s.cfg.Endpoint.Local {
		return nil
	}
	_, refusal := s.cfg.Credentials(c, spec.Profile)
	return refusal
}

func (s *Service) planTask(p *plan) *schema.Error {
	var refusal *schema.Error
	if p.sources, refusal = s.sources(p.spec.Name, &p.vaults); refusal != nil {
		return refusal
	}
	if p.spec.Mounts, refusal = vault.ResolveMounts(p.spec.Mounts, s.cfg.Environment.Getenv, s.cfg.ProjectDir); refusal != nil {
		return refusal
	}
	yaml, err := p.render(p.spec)
	if err != nil {
		var known *schema.Error
		if errors.As(err, &known) {
			return known
		}
		return schema.NewError(schema.KindInvalidSpec, "The task for SkyPilot could not be written: "+err.Error()+".", "Change the spec.")
	}
	p.yaml = yaml
	return nil
}

func (p plan) render(spec schema.Spec) ([]byte, error) {
	return task.Render(task.Input{Spec: spec, Public: p.sources.Public, Private: p.sources.Private, Mounts: spec.Mounts})
}

// fill completes an accepted launch. A machine that is there already is kept in
// mind: a cancel must not destroy it.
func (p plan) fill(st *journal.State, op *journal.Operation) {
	rec := ensure(st, p.spec.Name)
	op.Fresh = !rec.Machine
	if op.Fresh {
		*rec = bare(noServer(p.spec.Name), rec)
		rec.View.CreatedAt = now()
		rec.View.Cloud, rec.View.Region = p.spec.Cloud, p.spec.Region
	}
	for name, other := range st.Clusters {
		if name != p.spec.Name && !other.Machine && !other.Unheard && st.Running(name) == nil {
			delete(st.Clusters, name) // a failed launch that left nothing: this one takes its place
		}
	}
	kept := withoutSecrets(p.spec)
	rec.Spec, rec.Vaults = &kept, &p.vaults
	op.Spec = &kept
}

// withoutSecrets keeps the names of the secrets and none of their values: the
// journal outlives the launch (design.md 5).
func withoutSecrets(spec schema.Spec) schema.Spec {
	if spec.Secrets == nil {
		return spec
	}
	names := make(map[string]string, len(spec.Secrets))
	for name := range spec.Secrets {
		names[name] = ""
	}
	spec.Secrets = names
	return spec
}

// keepSecret makes the spec's secrets known to what cleans every text.
func (s *Service) keepSecret(spec schema.Spec) {
	for _, value := range spec.Secrets {
		s.cfg.Redactor.Add(value)
	}
	for name, value := range spec.Envs {
		if redact.Secretive(name) {
			s.cfg.Redactor.Add(value)
		}
	}
}

// keepSecretsOf makes the secrets of an operation that somebody else accepted known:
// until it is submitted they stand in its task file, and nowhere else.
func (s *Service) keepSecretsOf(id string) {
	if rendered, err := os.ReadFile(s.taskPath(id)); err == nil {
		s.keepSecret(schema.Spec{Secrets: task.Secrets(rendered)})
	}
}

// Preview says what a launch would do and why it would be refused. It starts
// nothing.
func (s *Service) Preview(ctx context.Context, p schema.SpecParams) (schema.PreviewResult, error) {
	plan, problems := s.plan(ctx, p.Spec, true)
	if problems == nil {
		problems = []schema.Error{}
	}
	yaml, err := plan.render(task.Redacted(plan.spec))
	if err != nil && len(problems) == 0 {
		return schema.PreviewResult{}, StateError(err)
	}
	return schema.PreviewResult{
		YAML: string(yaml), Problems: problems, Upload: &plan.upload,
		Estimate: s.lastOffer(plan.spec),
		Command:  sky.LaunchCommand(plan.spec.Name, taskFile, plan.spec.RetryUntilUp),
	}, nil
}

// nameOf is the server that a request without a name means: the one there is,
// else the configured one.
func (s *Service) nameOf(name string) string {
	if name != "" {
		return name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var only []string
	for n, rec := range s.state.Clusters {
		if rec.Machine || rec.View.Status != schema.StatusNoServer || s.state.Running(n) != nil {
			only = append(only, n)
		}
	}
	if len(only) == 1 {
		return only[0]
	}
	return s.cfg.Name
}

// ours refuses a server that is the user's own: one that the journal does not
// know and that does not bear the configured name (protocol.md, "Which clusters
// are ours").
func (s *Service) ours(st *journal.State, name string) *schema.Error {
	if st.Clusters[name] != nil || name == s.cfg.Name {
		return nil
	}
	return notFound(name)
}

// profile is the name of the credentials that a server was launched with.
func profile(spec *schema.Spec) string {
	if spec == nil {
		return ""
	}
	return strings.TrimSpace(spec.Profile)
}
