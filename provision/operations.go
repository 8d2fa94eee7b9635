package provision

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"carapace/provision/cloud"
	"carapace/provision/lifecycle"
	"carapace/provision/operation"
	"carapace/provision/preflight"
	"carapace/provision/sky"
	"carapace/provision/vault"
	"carapace/schema"
	"carapace/schema/text"
)

// Launch begins a launch, or finishes one that failed half way. Everything that
// can be known without the cloud is checked before it answers; the error is a
// *schema.Error that says what to mend.
func (s *Service) Launch(ctx context.Context, p schema.LaunchParams) (schema.OperationResult, error) {
	return s.once(schema.OperationLaunch, p.RequestID, func() (schema.OperationResult, error) { return s.launch(ctx, p) })
}

func (s *Service) launch(ctx context.Context, p schema.LaunchParams) (schema.OperationResult, error) {
	switch {
	case p.Again:
		spec, refusal := s.again(p.Spec, p.AnyRegion)
		if refusal != nil {
			return schema.OperationResult{}, refusal
		}
		p.Spec = spec
	case p.AnyRegion:
		return schema.OperationResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsAnyRegion).WithField("anyRegion")
	default:
		p.Spec = s.store.Config().Complete(p.Spec, false)
	}
	plan, problems := s.preflight.Plan(ctx, p.Spec, p.CheckCredentials == nil || *p.CheckCredentials)
	if len(problems) > 0 {
		if problems[0].Kind == schema.KindClusterActive {
			s.watcher.WatchFor(plan.Spec.Name) // it may be of another state folder: then it is shown here, too
		}
		return schema.OperationResult{}, &problems[0]
	}
	if p.DryRun {
		return s.dryRunResult(plan), nil
	}
	s.store.KeepSecrets(plan.Spec)
	account := s.backend.AccountOf(plan.Spec.Cloud, lifecycle.Profile(&plan.Spec))
	return s.operations.Begin(ctx, operation.Request{
		Kind: schema.OperationLaunch, Cluster: plan.Spec.Name, Task: plan.Task, RequestID: p.RequestID,
		Admit: func(st *lifecycle.State) *schema.Error {
			return st.AdmitLaunch(plan.Spec, plan.Vaults, s.store.Elsewhere())
		},
		Fill: func(st *lifecycle.State, op *lifecycle.Operation) {
			st.BeginLaunch(op, plan.Spec, plan.Vaults, account)
			op.AllowDeletions = p.AllowDeletions
		},
	})
}

// again is the spec of the last launch under a name.
func (s *Service) again(asked schema.Spec, anyRegion bool) (spec schema.Spec, refusal *schema.Error) {
	asked.Name = s.store.NameOf(asked.Name)
	s.store.Read(func(st *lifecycle.State) { spec, refusal = st.Again(asked, anyRegion) })
	return spec, refusal
}

// dryRunResult is the answer to a dry run: an operation that has succeeded, and
// that the state does not know.
func (s *Service) dryRunResult(plan preflight.Plan) schema.OperationResult {
	at := schema.Now()
	cluster, _ := s.store.Cluster(plan.Spec.Name)
	said := text.New(&text.EndDryRun)
	return schema.OperationResult{
		Operation: schema.Operation{
			ID: uuid.NewString(), Kind: schema.OperationLaunch, Cluster: plan.Spec.Name,
			State: schema.OperationSucceeded, Phase: schema.PhaseChecking, StartedAt: at, EndedAt: at,
			Message: said.Message(), Texts: []text.Text{said},
		},
		Cluster: cluster,
	}
}

// Start begins to resume a stopped server, or to bring back one in an error.
func (s *Service) Start(ctx context.Context, p schema.StartParams) (schema.OperationResult, error) {
	return s.once(schema.OperationStart, p.RequestID, func() (schema.OperationResult, error) {
		if refusal := s.vaultsStand(ctx, s.store.NameOf(p.Name), p.AllowDeletions); refusal != nil {
			return schema.OperationResult{}, refusal
		}
		return s.operations.Begin(ctx, operation.Request{
			Kind: schema.OperationStart, Cluster: s.store.NameOf(p.Name), RequestID: p.RequestID,
			Fill: func(_ *lifecycle.State, op *lifecycle.Operation) { op.AllowDeletions = p.AllowDeletions },
		})
	})
}

// vaultsStand refuses a start whose vaults are not here, or are empty where they were not: it
// would fail when the machine is up and costs money. It asks no server, and blocks for
// looking through the vaults.
func (s *Service) vaultsStand(ctx context.Context, name string, allowed bool) *schema.Error {
	rec := s.store.Remembered(name)
	if rec.View.Status != schema.StatusStopped {
		return nil // refused for its status
	}
	all, refusal := s.mirrors.Of(name, rec)
	if refusal != nil {
		return refusal
	}
	for _, v := range all {
		if _, problem := s.mirrors.ChangedHere(ctx, &v); problem != nil {
			return problem
		}
		v.Allowed = allowed
		if refusal := v.Emptied(); refusal != nil {
			return refusal
		}
	}
	return nil
}

// Stop begins a stop. It is refused before it is tried where the cloud can't.
func (s *Service) Stop(ctx context.Context, p schema.ChangeParams) (schema.OperationResult, error) {
	return s.once(schema.OperationStop, p.RequestID, func() (schema.OperationResult, error) {
		return s.operations.Begin(ctx, operation.Request{Kind: schema.OperationStop, Cluster: s.store.NameOf(p.Name), RequestID: p.RequestID})
	})
}

// Destroy begins a destroy, from every state. An operation in progress gives way
// to it.
func (s *Service) Destroy(_ context.Context, p schema.DestroyParams) (schema.OperationResult, error) {
	return s.once(schema.OperationDestroy, p.RequestID, func() (schema.OperationResult, error) {
		name := s.store.NameOf(p.Name)
		return s.operations.Override(operation.Request{
			Kind: schema.OperationDestroy, Cluster: name, RequestID: p.RequestID,
			Admit: func(st *lifecycle.State) *schema.Error { return st.AdmitDestroy(name, s.cfg.Name) },
			Fill:  func(_ *lifecycle.State, op *lifecycle.Operation) { op.Purge = p.Purge },
		})
	})
}

// Sync begins to make the vaults on the server exact mirrors of the local ones.
func (s *Service) Sync(ctx context.Context, p schema.SyncParams) (schema.OperationResult, error) {
	return s.once(schema.OperationSync, p.RequestID, func() (schema.OperationResult, error) {
		name := s.store.NameOf(p.Name)
		if rec := s.store.Remembered(name); rec.Vaults != nil {
			if _, problems := vault.Scan(ctx, vault.Paths{Public: rec.Vaults.Public, Private: rec.Vaults.Private}); len(problems) > 0 {
				return schema.OperationResult{}, &problems[0]
			}
		}
		return s.operations.Begin(ctx, operation.Request{
			Kind: schema.OperationSync, Cluster: name, RequestID: p.RequestID,
			Fill: func(_ *lifecycle.State, op *lifecycle.Operation) {
				op.AllowDeletions, op.DryRun = p.AllowDeletions, p.DryRun
			},
		})
	})
}

// Cancel asks for the operation in progress to be canceled. An installation is of no
// server: a request without a name means it where nothing is in progress on the server.
func (s *Service) Cancel(_ context.Context, p schema.NameParams) (schema.OperationResult, error) {
	name := s.store.NameOf(p.Name)
	if p.Name == "" && s.store.Running(name) == nil && s.store.Running("") != nil {
		name = ""
	}
	return s.operations.Cancel(name)
}

// InstallSkyPilot begins to install SkyPilot in a folder of ours.
func (s *Service) InstallSkyPilot(ctx context.Context, p schema.SkyPilotInstallParams) (schema.InstallResult, error) {
	if s.simulated() {
		return schema.InstallResult{}, schema.Fail(schema.KindUnsupported, &text.InstallSimulated)
	}
	version := p.Version
	if version == "" {
		version = sky.Tested
	}
	if v, ok := sky.ParseVersion(version); !ok || !v.Supported() {
		return schema.InstallResult{}, schema.Fail(schema.KindInvalidParams, &text.ParamsVersion, text.Args{"given": version, "minimum": sky.Minimum}).
			WithField("version")
	}
	clouds, refusal := s.cloudsToInstall(p.Clouds)
	if refusal != nil {
		return schema.InstallResult{}, refusal
	}
	result, err := s.operations.BeginInstall(ctx, version, clouds)
	return schema.InstallResult{Operation: result.Operation}, err
}

// cloudsToInstall returns SkyPilot's names of the clouds that an installation is for: those
// that were asked for, or those with credentials here, or else aws.
func (s *Service) cloudsToInstall(asked []string) (clouds []string, refusal *schema.Error) {
	for i, id := range asked {
		c, known := cloud.Find(id)
		if !known {
			return nil, schema.Fail(schema.KindInvalidParams, &text.ParamsUnknownCloud, text.Args{"given": id}).
				WithField(fmt.Sprintf("clouds[%d]", i))
		}
		clouds = append(clouds, c.ID)
	}
	if len(asked) > 0 {
		return clouds, nil
	}
	for _, c := range cloud.All() {
		if found, _ := s.cfg.Credentials(c, ""); found.Present {
			clouds = append(clouds, c.ID)
		}
	}
	if len(clouds) == 0 {
		clouds = []string{"aws"}
	}
	return clouds, nil
}
